import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd, testDatabaseUrl } from '../../../test/harness.ts';
import { restoreBackup } from './restore.ts';
import { writeBackup } from './write.ts';

/** The message that says that a copy has no more rows: what comes after it is the count of them. */
const copyDone = Buffer.from([0x63, 0, 0, 0, 4]);

/** The same server, whose packets end with each such message. */
async function pausing(url: string): Promise<string> {
  const { port, hostname } = new URL(url);
  const proxy = createServer(async (client) => {
    const server = connect(Number(port), hostname);
    client.pipe(server);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    for await (const data of server as AsyncIterable<Buffer>) {
      let rest = data;
      for (let at = rest.indexOf(copyDone); at >= 0; at = rest.indexOf(copyDone)) {
        client.write(rest.subarray(0, at + copyDone.length));
        rest = rest.subarray(at + copyDone.length);
        await sleep(10);
      }
      client.write(rest);
    }
    client.end();
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  atEnd(() => new Promise((done) => void proxy.close(() => done())));
  const through = new URL(url);
  through.port = String((proxy.address() as AddressInfo).port);
  return through.href;
}

test('a backup can be put back, in whatever packets the database answered', async () => {
  const url = await testDatabaseUrl();
  const into = await testDatabaseUrl();
  const folder = await mkdtemp(join(tmpdir(), 'postern-backup-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into workspaces (id, slug, name) select 'wsp_' || i, 'w' || i, 'W' from generate_series(1, 3) i`,
  );
  await client.end();
  const file = join(folder, 'backup');
  const written = await writeBackup(await pausing(url), file, new Date());
  assert.equal(written.tables.find(({ name }) => name === 'workspaces')!.rows, 3);
  assert.deepEqual(await restoreBackup(into, file), written);
});
