/**
 * `npm test`: every test on one Postgres server, a database for each file that wants one.
 * Names of files or folders as arguments run only those. With DATABASE_URL the run uses that server instead of its own.
 */
import { glob } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { prepareTemplate, serverVariable, startTestServer } from './server.ts';

const wanted = process.argv.slice(2);
const files = (await Array.fromAsync(glob('{src,test,bench,examples,web}/**/*.test.ts')))
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(relative('.', name))))
  .sort();

const external = process.env.DATABASE_URL;
const server = external ? { url: external, stop: async () => {} } : await startTestServer();
if (external) await prepareTemplate(external);
process.env[serverVariable] = server.url;
delete process.env.DATABASE_URL;

const count = { passed: 0, failed: 0, skipped: 0 };
const stream = run({ files, concurrency: Math.max(2, availableParallelism()), timeout: 600_000 });
stream.on('test:pass', ({ skip, todo, details }) => {
  if (details.type === 'suite') return;
  if (skip || todo) count.skipped++;
  else count.passed++;
});
stream.on('test:fail', () => {
  count.failed++;
});
stream.compose(spec).pipe(process.stdout);
stream.on('end', async () => {
  await server.stop();
  process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
  process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
});
