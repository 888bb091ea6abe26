/** Starting and stopping, as a newcomer and an operator meet it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { readConfig } from '../../src/config.ts';
import { startPostern } from '../../src/main.ts';
import { openDatabase } from '../../src/store/database.ts';
import { atEnd, silent, testDatabaseUrl } from '../harness.ts';
import { callTool, signPayment, termsOf } from '../postern.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-start-'));
  await chmod(folder, 0o711);
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a setting that cannot be used stops the start with one line that names it', async () => {
  const folder = await newFolder();
  const file = join(folder, 'file');
  await writeFile(file, 'no key');
  const databaseUrl = await testDatabaseUrl();
  const real = { POSTERN_NETWORKS: 'base', POSTERN_BASE_RPC_URL: 'http://127.0.0.1:1' };
  const bad: [string, Record<string, string>][] = [
    ['PORT', { PORT: 'abc' }],
    ['POSTERN_DATA', { POSTERN_DATA: file }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }],
    ['POSTERN_HOT_KEY_FILE', { ...real, POSTERN_HOT_KEY_FILE: join(folder, 'none') }],
    ['POSTERN_HOT_KEY_FILE', { ...real, POSTERN_HOT_KEY_FILE: file }],
    ['POSTERN_HOST', { POSTERN_HOST: '203.0.113.1', POSTERN_DEVNET: 'base-sepolia' }],
  ];
  for (const [name, variables] of bad) {
    const child = spawn(process.execPath, [new URL('../../src/main.ts', import.meta.url).pathname], {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        POSTERN_DATA: join(folder, 'data'),
        DATABASE_URL: databaseUrl,
        ...variables,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 1, name);
    const lines = complaint
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    assert.equal(lines.length, 1, complaint);
    assert.ok(lines[0]!.startsWith(`postern: ${name}: `), complaint);
  }
});

test('a desk that is stopped and started again goes on where it was, on the same chain', async () => {
  const folder = await newFolder();
  const databaseUrl = await testDatabaseUrl();
  const config = readConfig({
    PORT: '0',
    POSTERN_DATA: folder,
    DATABASE_URL: databaseUrl,
    POSTERN_DEVNET: 'base-sepolia',
    POSTERN_LOG_LEVEL: 'error',
  });
  const db = openDatabase({ url: databaseUrl, poolSize: 2, log: silent });
  atEnd(() => db.destroy());
  const wallet = privateKeyToAccount(generatePrivateKey());
  const ticket = { subject: 'Again', body: 'And again.' };
  const blocks = new Set<string>();
  for (let start = 0; start < 10; start++) {
    const postern = await startPostern(config);
    if (start === 0) await postern.devnet!.fund('base-sepolia', wallet.address);
    const terms = await termsOf(postern.url, 'create_ticket', ticket);
    const answer = await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    await postern.stop();
    for (const { firstBlockHash } of await db.selectFrom('relayerAccounts').selectAll().execute())
      blocks.add(firstBlockHash);
  }
  assert.equal(blocks.size, 1, 'the chain kept its identity');
  const dropped = await db
    .selectFrom('relayerTransactions')
    .select('hash')
    .where('state', '=', 'dropped')
    .execute();
  assert.deepEqual(dropped, []);
  const nonces = await db
    .selectFrom('relayerTransactions')
    .select('accountNonce')
    .orderBy('accountNonce')
    .execute();
  assert.deepEqual(
    nonces.map(({ accountNonce }) => accountNonce),
    Array.from({ length: 10 }, (_, nonce) => BigInt(nonce)),
  );
});
