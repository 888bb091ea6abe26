/** The app in the browser: `web/dist` as `npm ci` built it, read once. One page for every address below `/app`. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import { randomSecret } from '../../kernel/ids.ts';
import { noStore } from '../http-reply.ts';

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * No inline script, nothing from elsewhere. The one style element is what a dialog writes while it is open, by a nonce of the
 * page's; what scripts of ours set as properties this does not concern.
 */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  ...noStore,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};

/** Their names change with what is in them. */
const assetHeaders = {
  'Cache-Control': 'public, max-age=31536000, immutable',
  Vary: 'Accept-Encoding',
  'X-Content-Type-Options': 'nosniff',
};

/** What the build left beside each file, the smallest first, and the file itself. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
  ['', ''],
] as const;

/** Those of them that a browser takes; one that it weighs with nothing it refuses. */
function takenBy(accepted = ''): readonly (typeof encodings)[number][] {
  const taken = new Set(
    accepted
      .toLowerCase()
      .split(',')
      .map((one) => one.trim().split(/\s*;\s*/))
      .filter(([, weight]) => !/^q=0(\.0*)?$/.test(weight ?? ''))
      .map(([name]) => name),
  );
  return encodings.filter(([name]) => name === '' || taken.has(name));
}

export function mountBundle(app: Hono, folder: string): void {
  const read = new Map<string, Promise<Buffer<ArrayBuffer>>>();
  const file = (path: string): Promise<Buffer<ArrayBuffer>> => {
    let found = read.get(path);
    if (!found) {
      found = readFile(join(folder, path));
      read.set(path, found);
      found.catch(() => read.delete(path));
    }
    return found;
  };
  const page = async () => {
    const html = await file('index.html').catch(() => {
      throw new PosternError('not_found', 'The app is not built: `npm ci` does, or `npm run build`.');
    });
    const nonce = randomSecret(16).toString('base64');
    return new Response(html.toString().replace('__NONCE__', nonce), {
      headers: { ...pageHeaders, 'Content-Security-Policy': policyWith(nonce) },
    });
  };
  app.get('/app', page);
  app.get('/app/*', page);
  app.get('/assets/:name', async (c) => {
    const name = c.req.param('name');
    const type = types[extname(name)];
    const known = type && /^[\w.-]+$/.test(name);
    for (const [encoding, ending] of known ? takenBy(c.req.header('accept-encoding')) : []) {
      const body = await file(`assets/${name}${ending}`).catch(() => undefined);
      if (!body) continue;
      const headers = {
        ...assetHeaders,
        'Content-Type': type!,
        ...(encoding && { 'Content-Encoding': encoding }),
      };
      return new Response(body, { headers });
    }
    throw new PosternError('not_found', `Nothing is at ${c.req.path}.`);
  });
}
