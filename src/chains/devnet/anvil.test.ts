import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { sleep } from '../../kernel/time.ts';
import { httpRpc, type Rpc, unwrap } from '../evm/rpc.ts';
import { type Anvil, type AnvilOptions, startAnvil } from './anvil.ts';

const chainId = 84532;
const wallet = '0x1111111111111111111111111111111111111111';

const call = async <T>(rpc: Rpc, method: string, ...params: unknown[]): Promise<T> =>
  unwrap<T>((await rpc([{ method, params }]))[0]);
const balance = (rpc: Rpc) => call<string>(rpc, 'eth_getBalance', wallet, 'latest');

const isOpen = (rpcUrl: string) =>
  httpRpc(rpcUrl)([{ method: 'eth_chainId', params: [] }]).then(
    () => true,
    () => false,
  );

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > 20_000) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

/** A folder, and starts in it; whatever still runs there at the end is ended. */
async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-'));
  const started: Anvil[] = [];
  t.after(async () => {
    for (const anvil of started) await anvil.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (options: Partial<AnvilOptions> = {}) => {
    const anvil = await startAnvil({ folder, chainId, log: pino({ level: 'silent' }), ...options });
    started.push(anvil);
    return anvil;
  };
  return { folder, start };
}

/** Another process that starts the chain of the folder and then waits to be killed. */
async function startElsewhere(folder: string) {
  const script = `
    import { pino } from 'pino';
    import { startAnvil } from ${JSON.stringify(new URL('./anvil.ts', import.meta.url).href)};
    const anvil = await startAnvil({ folder: ${JSON.stringify(folder)}, chainId: ${chainId}, log: pino({ level: 'silent' }) });
    console.log(JSON.stringify({ pid: anvil.pid, rpcUrl: anvil.rpcUrl }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const running = JSON.parse(String(line)) as { pid: number; rpcUrl: string };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return { ...running, kill };
}

test('a chain has the id it was given, no accounts, and is gone after stop', async (t) => {
  const { folder, start } = await place(t);
  const anvil = await start();
  assert.equal(anvil.reused, false);
  assert.equal(Number(await call(anvil.rpc, 'eth_chainId')), chainId);
  assert.deepEqual(await call(anvil.rpc, 'eth_accounts'), []);
  await anvil.stop();
  await anvil.stop();
  assert.equal(await isOpen(anvil.rpcUrl), false);
  assert.equal(existsSync(join(folder, 'anvil.json')), false);
});

test('it keeps its calls out of its log', async (t) => {
  const { folder, start } = await place(t);
  const anvil = await start();
  for (let i = 0; i < 5; i++) await balance(anvil.rpc);
  assert.doesNotMatch(await readFile(join(folder, 'anvil.log'), 'utf8'), /eth_getBalance/);
});

test('state and blocks survive a stop and a start', async (t) => {
  const { start } = await place(t);
  const first = await start();
  await call(first.rpc, 'anvil_setBalance', wallet, '0x7b');
  await call(first.rpc, 'anvil_mine', '0x3');
  await first.stop();
  const second = await start();
  assert.equal(await balance(second.rpc), '0x7b');
  assert.equal(await call(second.rpc, 'eth_blockNumber'), '0x3');
});

test('a killed chain comes back with what it last saved', async (t) => {
  const { folder, start } = await place(t);
  const first = await start({ stateIntervalSeconds: 1 });
  await call(first.rpc, 'anvil_setBalance', wallet, '0x7b');
  await call(first.rpc, 'evm_mine');
  const saved = () => readFile(join(folder, 'state.json'), 'utf8').catch(() => '');
  await until('the periodic state', async () => /"balance":"0x7b"/.test(await saved()));
  process.kill(first.pid, 'SIGKILL');
  await until('the end', async () => !(await isOpen(first.rpcUrl)));
  const second = await start();
  assert.equal(second.reused, false);
  assert.equal(await balance(second.rpc), '0x7b');
});

test('a state file cut off in the middle takes the chain back to its last start', async (t) => {
  const { folder, start } = await place(t);
  const first = await start();
  await call(first.rpc, 'anvil_setBalance', wallet, '0x7b');
  await first.stop();
  const second = await start();
  await call(second.rpc, 'anvil_setBalance', wallet, '0x7c');
  await second.stop();
  await truncate(join(folder, 'state.json'), 100);
  const third = await start();
  assert.equal(await balance(third.rpc), '0x7b');
  assert.equal(existsSync(join(folder, 'state.json.broken')), true);
});

test('a state file that cannot be read and has nothing behind it stops the start', async (t) => {
  const { folder, start } = await place(t);
  await writeFile(join(folder, 'state.json'), '{"block":{"number":"0x0"');
  await assert.rejects(start(), /anvil ended with code 2 before it listened .*anvil\.log/);
});

test('a chain whose parent was killed is taken over, and ended by its new owner', async (t) => {
  const { folder, start } = await place(t);
  const elsewhere = await startElsewhere(folder);
  t.after(elsewhere.kill);
  await call(httpRpc(elsewhere.rpcUrl), 'anvil_setBalance', wallet, '0x7b');
  await elsewhere.kill();
  const anvil = await start();
  assert.deepEqual([anvil.reused, anvil.pid, anvil.rpcUrl], [true, elsewhere.pid, elsewhere.rpcUrl]);
  assert.equal(await balance(anvil.rpc), '0x7b');
  await anvil.stop();
  assert.equal(await isOpen(anvil.rpcUrl), false);
  const next = await start();
  assert.equal(next.reused, false);
  assert.equal(await balance(next.rpc), '0x7b');
});

test('a chain whose parent lives is shared, and stays when the borrower stops', async (t) => {
  const { folder, start } = await place(t);
  const elsewhere = await startElsewhere(folder);
  t.after(elsewhere.kill);
  const borrowed = await start();
  assert.deepEqual([borrowed.reused, borrowed.pid], [true, elsewhere.pid]);
  await borrowed.stop();
  assert.equal(await isOpen(elsewhere.rpcUrl), true);
  await elsewhere.kill();
  // Now nobody's: taken over, so that the test leaves nothing behind.
  await (await start()).stop();
  assert.equal(await isOpen(elsewhere.rpcUrl), false);
});

test('with a block time, blocks come without transactions', async (t) => {
  const { start } = await place(t);
  const { rpc } = await start({ blockTimeSeconds: 1 });
  await until('two blocks', async () => Number(await call(rpc, 'eth_blockNumber')) >= 2);
});
