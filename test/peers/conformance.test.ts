import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RunningServer, serve } from '../../src/faces/http-serve.ts';
import { fakeApp } from '../fakes/app.ts';
import { startConformanceServer } from './conformance/server.ts';

/**
 * MCP's own conformance suites: 0.1.16 for the revisions with `initialize`, 0.2.0-alpha.12 for 2026-07-28. What they
 * ask for and we do not offer stands in conformance/expected-failures-*.yaml, with a reason for each.
 */

const suites = {
  legacy: { bin: bin('@modelcontextprotocol/conformance'), baseline: baseline('0.1.16') },
  modern: { bin: bin('mcp-conformance-2'), baseline: baseline('2026-07-28') },
};

function bin(packageName: string): string {
  return fileURLToPath(new URL(`../../node_modules/${packageName}/dist/index.js`, import.meta.url));
}

function baseline(name: string): string {
  return fileURLToPath(new URL(`./conformance/expected-failures-${name}.yaml`, import.meta.url));
}

describe('MCP conformance', () => {
  let folder: string;
  let tools: RunningServer;
  let product: RunningServer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-conformance-'));
    tools = await startConformanceServer();
    product = await serve({ ...fakeApp(), host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await Promise.all([tools.stop(0), product.stop(0), rm(folder, { recursive: true })]);
  });

  /** Runs a suite, which writes its results into the folder it runs in. Resolves with its output and exit code. */
  const run = (era: keyof typeof suites, url: string, options: string[]) =>
    new Promise<{ code: number | string; output: string }>((resolve) => {
      const { bin, baseline } = suites[era];
      const args = [bin, 'server', '--url', url, '--expected-failures', baseline, ...options];
      execFile(process.execPath, args, { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? 1) : 0, output: stdout + stderr }),
      );
    });

  const check = async (era: keyof typeof suites, server: RunningServer, path: string, options: string[]) => {
    const { code, output } = await run(era, `http://localhost:${server.port}${path}`, options);
    assert.equal(code, 0, output);
    return output;
  };

  test('0.1.16, the active suite', async () => {
    const output = await check('legacy', tools, '/mcp', ['--suite', 'active']);
    assert.match(output, /✓ tools-call-simple-text: 1 passed, 0 failed/);
  });

  test('0.2.0-alpha.12, what 2026-07-28 requires', async () => {
    const output = await check('modern', tools, '/mcp', ['--requirements', '2026-07-28']);
    assert.match(output, /✗ server-stateless: 23 passed, 2 failed/);
    assert.match(output, /✓ http-header-validation: 14 passed, 0 failed/);
  });

  for (const [era, scenario] of [
    ['legacy', 'server-initialize'],
    ['legacy', 'tools-list'],
    ['legacy', 'dns-rebinding-protection'],
    ['modern', 'tools-list'],
    ['modern', 'http-header-validation'],
    ['modern', 'dns-rebinding-protection'],
  ] as const) {
    test(`the door itself: ${scenario}, ${era} era`, async () => {
      const version = era === 'modern' ? ['--spec-version', '2026-07-28'] : [];
      await check(era, product, '/api/mcp/acme', ['--scenario', scenario, ...version]);
    });
  }
});
