import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { privateKeyToAccount } from 'viem/accounts';
import { run } from './commands.ts';
import type { Terminal } from './terminal.ts';
import { readWallet } from './wallet.ts';

async function machine(environment: Record<string, string> = {}) {
  const home = await mkdtemp(join(tmpdir(), 'postern-wallet-'));
  after(() => rm(home, { recursive: true }));
  const lines: string[] = [];
  const terminal: Terminal = {
    environment,
    home,
    print: (line) => lines.push(line),
    note: (line) => lines.push(line),
    fetch,
    clock: () => 0,
    sleep: async () => {},
  };
  const postern = async (...args: string[]) => {
    lines.length = 0;
    return { code: await run(args, terminal), text: lines.join('\n') };
  };
  return { home, terminal, postern, file: join(home, '.postern', 'wallet.key') };
}

test('a new key is readable to its owner only, printed as an address, and never overwritten', async () => {
  const { postern, file } = await machine();

  const made = await postern('wallet', 'new');
  const key = (await readFile(file, 'utf8')).trim() as `0x${string}`;
  assert.equal(made.code, 0);
  assert.ok(made.text.startsWith(privateKeyToAccount(key).address));
  assert.ok(!made.text.includes(key.slice(2)));
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  const again = await postern('wallet', 'new');
  assert.equal(again.code, 1);
  assert.match(again.text, /is there already and stays/);
  assert.equal((await readFile(file, 'utf8')).trim(), key);
});

test('of many that make a key at once, one does', async () => {
  const { postern, file } = await machine();
  const codes = await Promise.all(
    Array.from({ length: 8 }, async () => (await postern('wallet', 'new')).code),
  );
  assert.equal(codes.filter((code) => code === 0).length, 1);
  assert.match(await readFile(file, 'utf8'), /^0x[0-9a-f]{64}\n$/);
});

test('the key comes from --key, else the environment, else the default file', async () => {
  const [one, two] = [`0x${'1'.repeat(64)}`, `0x${'2'.repeat(64)}`] as const;
  const { terminal, home } = await machine({ POSTERN_WALLET_KEY: one });
  const file = join(home, 'other.key');
  await writeFile(file, two.slice(2));
  assert.equal((await readWallet(undefined, terminal)).address, privateKeyToAccount(one).address);
  assert.equal((await readWallet(file, terminal)).address, privateKeyToAccount(two).address);
});

test('a key that is none is refused without being shown', async () => {
  for (const secret of ['0xnot-a-key', 'f'.repeat(64), '0x1234', '0'.repeat(64)]) {
    const { postern } = await machine({ POSTERN_WALLET_KEY: secret });
    const { code, text } = await postern('wallet', 'show');
    assert.equal(code, 1, secret);
    assert.match(text, /^postern: POSTERN_WALLET_KEY does not hold a (valid )?private key/);
    assert.ok(!text.includes(secret));
  }
});

/** A devnet's two addresses. The chain itself is not asked for here. */
async function startFaucet() {
  const asked: { network: string; address: string }[] = [];
  const listing = ['base-sepolia', 'sei-testnet'].map((network) => ({
    network,
    rpcUrl: 'http://127.0.0.1:9',
  }));
  const server = createServer(async (request, response) => {
    if (request.url === '/devnet') return response.end(JSON.stringify({ networks: listing }));
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push(JSON.parse(text));
    response.end(JSON.stringify({ balanceAtomic: '10000000' }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after(() => server.close());
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/mcp/acme` };
}

test('--fund asks the devnet of the door, on all its networks or the one named', async () => {
  const { asked, url } = await startFaucet();
  const { postern } = await machine();

  const made = await postern('wallet', 'new', '--fund', '--door', url);
  assert.equal(made.code, 0);
  assert.match(made.text, /base-sepolia: \$10\.00/);
  const address = made.text.split('\n')[0]!;
  assert.deepEqual(asked.splice(0), [
    { network: 'base-sepolia', address },
    { network: 'sei-testnet', address },
  ]);

  assert.equal((await postern('wallet', 'fund', '--door', url, '--network', 'sei-testnet')).code, 0);
  assert.deepEqual(asked, [{ network: 'sei-testnet', address }]);
  assert.equal((await postern('wallet', 'fund', '--door', url, '--network', 'base')).code, 1);
});
