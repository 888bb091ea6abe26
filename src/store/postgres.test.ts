import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { freePort, holdPort, startPostgres } from './postgres.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-server-'));
  // Where root runs the tests, Postgres runs as another user and has to get through.
  await chmod(folder, 0o711);
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a server left by a killed process is found with what it holds, and stopped', async () => {
  const folder = await newFolder();
  const module = new URL('./postgres.ts', import.meta.url).href;
  const script = `
    const { startPostgres } = await import(${JSON.stringify(module)});
    const server = await startPostgres(${JSON.stringify(folder)});
    await server.ensureDatabase('kept');
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');

  const found = await startPostgres(folder);
  assert.equal(found.reused, true);
  const client = new pg.Client({ connectionString: found.url('kept') });
  await client.connect();
  assert.equal((await client.query('show fsync')).rows[0].fsync, 'on');
  await client.end();
  await found.stop();

  const again = await startPostgres(folder);
  assert.equal(again.reused, false);
  await again.stop();
});

test('a port that somebody took a moment ago is not insisted on', async () => {
  const held = await holdPort();
  const ports = [held.port, held.port];
  const server = await startPostgres(await newFolder(), async () => ports.pop() ?? freePort());
  assert.notEqual(new URL(server.url('postgres')).port, String(held.port));
  await server.ensureDatabase('kept');
  await server.stop();
  await held.letGo();
});

test('a port that is held is nobody else’s, and free once it is let go', async () => {
  const { port, letGo } = await holdPort();
  const take = () => {
    const taker = createServer().listen(port, '127.0.0.1');
    return once(taker, 'listening').then(() => taker);
  };
  await assert.rejects(take(), { code: 'EADDRINUSE' });
  await letGo();
  await letGo();
  const taker = await take();
  assert.equal((taker.address() as AddressInfo).port, port);
  taker.close();
});
