import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const shim = fileURLToPath(new URL('../../../bin/postern.js', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'postern-main-'));
after(() => rm(folder, { recursive: true }));

/** The command as a shell runs it, with an environment of its own. */
const postern = (...args: string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: folder, env: { HOME: folder, POSTERN_DATA: join(folder, 'data') } };
    execFile(process.execPath, [shim, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

test('the process exits with what became of the command', async () => {
  const [version, help, usage, refused] = await Promise.all([
    postern('--version'),
    postern('help'),
    postern('call'),
    // Loads the database's packages, one of which would like to set the exit code itself.
    postern('tickets'),
  ]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(help.code, 0);
  for (const command of ['call', 'wallet', 'tools', 'tickets', 'approve <proposal>'])
    assert.ok(help.stdout.includes(`  ${command}`), command);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /^postern: .+\n$/);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^postern: there is no desk in .+\n$/);
});

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [shim, 'help'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  assert.equal(stderr, '');
  assert.equal(code, 0);
});
