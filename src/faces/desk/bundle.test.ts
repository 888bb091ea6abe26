import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { atEnd } from '../../../test/harness.ts';
import { createLogger } from '../../kernel/log.ts';
import { problem, visibleError } from '../http-reply.ts';
import { mountBundle } from './bundle.ts';

const code = 'export const answer = 42;\n'.repeat(40);
const folder = await mkdtemp(join(tmpdir(), 'postern-bundle-'));
atEnd(() => rm(folder, { recursive: true, force: true }));
await mkdir(join(folder, 'assets'));
await writeFile(join(folder, 'index.html'), '<meta name="nonce" content="__NONCE__">');
await writeFile(join(folder, 'assets/app-1.js'), code);
await writeFile(join(folder, 'assets/app-1.js.br'), brotliCompressSync(code));
await writeFile(join(folder, 'assets/app-1.js.gz'), gzipSync(code));
await writeFile(join(folder, 'assets/plain-1.css'), 'body{}');
await writeFile(join(folder, 'secret.js'), 'no');

const app = new Hono();
mountBundle(app, folder);
app.onError((error) => problem(visibleError(error, createLogger('silent'))));

const get = async (path: string, encoding?: string) => {
  const answer = await app.request(path, {
    headers: encoding === undefined ? {} : { 'accept-encoding': encoding },
  });
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
};

test('a file goes as small as the browser takes it', async () => {
  const ways: [accepted: string | undefined, encoding: string | null, unpack: (bytes: Buffer) => Buffer][] = [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ['BR', 'br', brotliDecompressSync],
    ['identity', null, (bytes) => bytes],
    [undefined, null, (bytes) => bytes],
  ];
  for (const [accepted, encoding, unpack] of ways) {
    const { answer, bytes } = await get('/assets/app-1.js', accepted);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-encoding'), encoding, accepted);
    assert.equal(answer.headers.get('vary'), 'Accept-Encoding');
    assert.equal(answer.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.match(answer.headers.get('cache-control')!, /immutable/);
    assert.equal(unpack(bytes).toString(), code);
  }
});

test('what has no small copy goes as it is', async () => {
  const { answer, bytes } = await get('/assets/plain-1.css', 'br, gzip');
  assert.equal(answer.headers.get('content-encoding'), null);
  assert.equal(bytes.toString(), 'body{}');
});

test('nothing beside the files of the build is served', async () => {
  for (const path of [
    '/assets/app-1.js.br',
    '/assets/..%2Fsecret.js',
    '/assets/%2e%2e%2fsecret.js',
    '/assets/none.js',
    '/assets/app-1.js%00.js',
  ])
    assert.equal((await get(path, 'br')).answer.status, 404, path);
});

test('each page has a nonce of its own, and its policy names it', async () => {
  const pages = await Promise.all([get('/app'), get('/app/acme/inbox')]);
  const nonces = pages.map(({ answer, bytes }) => {
    const [, nonce] = /content="([^"]+)"/.exec(bytes.toString())!;
    const policy = new Map(
      answer.headers
        .get('content-security-policy')!
        .split('; ')
        .map((directive) => directive.split(/ (.*)/) as [name: string, from: string]),
    );
    const expected = {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': `'self' 'nonce-${nonce}'`,
      'connect-src': "'self'",
      // What is said of these nowhere else is said by no default either.
      'form-action': "'self'",
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
    };
    for (const [name, from] of Object.entries(expected)) assert.equal(policy.get(name), from, name);
    for (const [name, from] of policy) assert.doesNotMatch(from, /unsafe|\*|https?:/, name);
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
});
