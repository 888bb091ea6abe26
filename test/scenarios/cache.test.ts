/** A caching proxy in front: what one caller paid for, or was asked for, is never given to the next. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, describe, test } from 'node:test';
import { findNginx, startNginx } from '../nginx.ts';
import { type Accept, signPayment, startTestPostern } from '../postern.ts';

const nginx = await findNginx();
const skip = nginx || process.env.POSTERN_CI ? false : 'nginx is not installed (apt-get install nginx-light)';

/** Caches whatever it may of GET, HEAD and POST, by the address alone. */
const everything = `
      proxy_cache all;
      proxy_cache_methods GET HEAD POST;
      proxy_cache_key $request_uri;
      proxy_cache_valid any 10m;`;

/** Ways to write a cache that still heed Cache-Control. All go by the address alone, so that one caller could meet another's. */
const caches: Record<string, string> = {
  'that keeps every status of every method': everything,
  'that takes HEAD for a method of its own, and asks again by condition': `${everything}
      proxy_cache_convert_head off;
      proxy_cache_revalidate on;`,
  'that serves what is stale, and one answer to all who wait': `${everything}
      proxy_cache_use_stale error timeout invalid_header updating http_500 http_502 http_503 http_504 http_403 http_404 http_429;
      proxy_cache_background_update on;
      proxy_cache_lock on;
      proxy_cache_min_uses 1;`,
  'that forgets who asked, and heeds neither cookies nor Vary': `${everything}
      proxy_ignore_headers Set-Cookie Vary;
      proxy_set_header Accept-Encoding "";
      proxy_hide_header Vary;`,
};

/** An answer; `cache` is nginx's own word on it: HIT, MISS, STALE and so on. */
interface Got {
  status: number;
  headers: Headers;
  cache: string | null;
  text: string;
}

async function ask(url: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  return { status, headers, cache: headers.get('x-cache'), text: await response.text() };
}

const post = (url: string, body: unknown, payment?: string) =>
  ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(payment ? { 'PAYMENT-SIGNATURE': payment } : {}) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const rpc = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params });
const callOf = (name: string, args: object) => rpc('tools/call', { name, arguments: args });
const ticket = { subject: 'Strap lug loose', body: 'It came off on a hill.' };

const termsIn = ({ headers }: Got): Accept =>
  JSON.parse(Buffer.from(headers.get('payment-required')!, 'base64').toString()).accepts[0];

test('the proxy is here where it must be', () => assert.ok(nginx || !process.env.POSTERN_CI));

describe('behind nginx', { skip }, async () => {
  if (skip) return;
  const postern = await startTestPostern();
  after(() => postern.stop());

  for (const [name, directives] of Object.entries(caches))
    describe(`a cache ${name}`, async () => {
      const url = await startNginx(nginx!, postern.url, directives);
      const tool = `${url}/api/x402/tools/acme/create_ticket`;
      const mcp = `${url}/api/mcp/acme`;

      // Fails without `noStore` in purchaseHeaders and in the challenges of rest/tools.ts.
      test('a paid answer, and the 402 before it, are nobody else’s', async () => {
        const first = await post(tool, ticket);
        assert.equal(first.status, 402, first.text);
        const paid = await post(
          tool,
          ticket,
          await signPayment(await postern.fundedWallet(), termsIn(first)),
        );
        assert.equal(paid.status, 200, paid.text);
        const { ticketId } = JSON.parse(paid.text);
        assert.match(ticketId, /^tkt_/);
        for (const init of [
          { method: 'POST', body: JSON.stringify(ticket) },
          { method: 'POST', body: JSON.stringify({ subject: 'x', body: 'y' }) },
          { method: 'GET' },
          { method: 'HEAD' },
          { method: 'GET', headers: { 'if-none-match': '*', 'if-modified-since': new Date().toUTCString() } },
          { method: 'GET', headers: { range: 'bytes=0-10' } },
        ]) {
          const next = await ask(tool, init);
          assert.equal(next.cache, 'MISS', `${init.method}: ${next.cache}`);
          assert.equal(next.status, init.method === 'POST' ? 402 : 405);
          assert.ok(!next.text.includes(ticketId));
          for (const header of ['payment-response', 'postern-purchase', 'postern-receipt', 'location'])
            assert.equal(next.headers.get(header), null, header);
        }
        const second = await post(
          tool,
          ticket,
          await signPayment(await postern.fundedWallet(), termsIn(first)),
        );
        assert.equal(second.status, 200);
        assert.notEqual(JSON.parse(second.text).ticketId, ticketId);
      });

      // Fails without `noStore` in json() and empty(): all of MCP is one address.
      test('on the one address of MCP every call gets its own answer', async () => {
        const calls: [unknown, RegExp][] = [
          [rpc('tools/list'), /"create_ticket"/],
          [{ jsonrpc: '2.0', method: 'notifications/initialized' }, /^$/],
          [rpc('initialize', { protocolVersion: '2025-06-18' }), /"serverInfo"/],
          ['{', /-32700/],
          [rpc('no/such'), /-32601/],
          [callOf('search_kb', { query: 'water in my lens' }), /articles/],
          [callOf('search_kb', {}), /isError/],
          [callOf('create_ticket', ticket), /accepts/],
          [callOf('nothing', {}), /tool_not_found/],
        ];
        for (const round of [1, 2])
          for (const [body, expected] of calls) {
            const got = await post(mcp, body);
            assert.match(got.text, expected, `round ${round}: ${JSON.stringify(body)}`);
            assert.equal(got.cache, 'MISS', JSON.stringify(body));
          }
        const asked = callOf('create_ticket', ticket);
        const terms = termsIn(await post(mcp, asked));
        const paid = await post(mcp, asked, await signPayment(await postern.fundedWallet(), terms));
        assert.match(paid.text, /tkt_/);
        assert.doesNotMatch((await post(mcp, asked)).text, /tkt_/);
      });

      // Fails without `noStore` in rest/wallets.ts and in json(): a wallet is shown more of itself than others are.
      test('how a wallet stands is read anew by each who asks', async () => {
        const { address } = await postern.fundedWallet();
        for (const query of ['?workspace=acme', ''])
          for (const method of ['GET', 'HEAD', 'GET']) {
            const got = await ask(`${url}/api/wallets/${address}${query}`, { method });
            assert.equal(got.cache, 'MISS', `${method} ${query}`);
          }
      });

      // Fails without `noStore` in purchaseHeaders: the id is the proof, and `settling` is not for ever.
      test('a purchase is read anew by each who asks, found or not', async () => {
        const terms = termsIn(await post(tool, ticket));
        const paid = await post(tool, ticket, await signPayment(await postern.fundedWallet(), terms));
        const id = paid.headers.get('postern-purchase')!;
        for (const path of [`/api/purchases/${id}`, '/api/purchases/pur_000000000000000000000000'])
          for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) {
            const got = await ask(`${url}${path}`, { method });
            assert.equal(got.cache, 'MISS', `${method} ${path}`);
            assert.match(got.headers.get('cache-control')!, /no-store/);
          }
      });

      // Fails without refuseUnreadable and errorHandler in http-serve.ts: one bad request would close an address to all.
      test('a request that cannot be read leaves nothing behind', async () => {
        const path = `/api/x402/tools/acme/draft_reply?${name.length}`;
        // More than Node takes in all, in lines that nginx takes each.
        const long = 'a'.repeat(30_000);
        const bad: Record<string, string>[] = [
          { 'x-a': long, 'x-b': long },
          { expect: '200-nonsense' },
          { host: 'nowhere.example' },
        ];
        for (const header of bad) await rawGet(`${url}${path}`, header);
        const next = await ask(`${url}${path}`);
        assert.equal(next.status, 405);
        assert.equal(next.cache, 'MISS');
      });

      test('what is the same for everyone may be kept', async () => {
        const address = `${url}/api/mcp/acme/manifest?${name.length}`;
        const [first, second] = [await ask(address), await ask(address)];
        assert.deepEqual([first.cache, second.cache], ['MISS', 'HIT']);
        assert.equal(first.text, second.text);
      });
    });

  // The operator's own fault, and what it costs: docs/limits.md says so.
  test('told to ignore Cache-Control, a cache gives paid answers away: that is known, and said', async () => {
    const url = await startNginx(
      nginx!,
      postern.url,
      `${everything}\n      proxy_ignore_headers Cache-Control;`,
    );
    const tool = `${url}/api/x402/tools/acme/create_ticket`;
    await post(tool, ticket);
    const second = await post(tool, { subject: 'x', body: 'y' });
    assert.equal(second.cache, 'HIT');
  });
});

/** A GET with headers that fetch would not send. Any answer will do. */
function rawGet(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = request(url, { headers }, (response) => {
      response.resume();
      response.once('close', () => resolve());
    });
    outgoing.once('error', () => resolve());
    outgoing.end();
  });
}
