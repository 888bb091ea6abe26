#!/usr/bin/env node
// Plain JavaScript, because the Node at hand may be too old to strip types: then Node 24, which npm installed with
// Postern, runs this same file.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

if (process.features.typescript) {
  const { main } = await import('../src/faces/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2), {
    // Loaded when called, for no other command runs a server.
    facilitator: async (port) => (await import('../src/main/facilitator.ts')).runFacilitator(port),
  });
} else {
  const child = spawn(installedNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`postern: Node 24 does not start (${error.message}); run npm ci first\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

/** The `node` package keeps its binary in its bin folder. */
function installedNode() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node');
  } catch {
    process.stderr.write('postern: needs Node 24, which npm ci installs\n');
    process.exit(1);
  }
}
