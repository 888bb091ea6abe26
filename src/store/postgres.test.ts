import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startPostgres } from './postgres.ts';

/** Starts a server in a process of its own, ends that with a signal, and looks for the server again. */
async function endBySignal(handler: string) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-signal-'));
  // Where root runs the tests, Postgres runs as another user and has to get through.
  await chmod(folder, 0o755);
  after(() => rm(folder, { recursive: true, force: true }));
  const module = new URL('./postgres.ts', import.meta.url).href;
  const script = `
    import { startPostgres } from ${JSON.stringify(module)};
    await startPostgres(${JSON.stringify(folder)});
    ${handler}
    console.log('up');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  const server = await startPostgres(folder);
  await server.stop();
  return { code, survived: server.reused };
}

test('a signal that nobody handles stops the server with the process', async () => {
  assert.deepEqual(await endBySignal(''), { code: 143, survived: false });
});

test('a process that handles the signal ends by its own rules', async () => {
  const handler = `process.on('SIGTERM', () => setTimeout(() => process.exit(7), 500));`;
  assert.deepEqual(await endBySignal(handler), { code: 7, survived: true });
});
