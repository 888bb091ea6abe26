import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fakeApp } from '../../../test/fakes/app.ts';
import { termsOn } from '../../../test/fakes/door.ts';
import { encode, paymentV1, paymentV2 } from '../../../test/fakes/payments.ts';
import { type RunningServer, serve } from '../http-serve.ts';

const terms = termsOn(['base-sepolia'], 20_000n)[0]!;
const ticket = {
  name: 'create_ticket',
  arguments: { subject: 'Stuck lens', body: 'It does not move. Ünïcode — ✓' },
};
const rpc = (method: string, params?: object, id: unknown = 7) => ({ jsonrpc: '2.0', id, method, params });
const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modernHeaders = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'create_ticket',
};

interface Case {
  body: unknown;
  path?: string;
  headers?: Record<string, string | string[]>;
}

const cases: Record<string, Case> = {
  'a challenge': { body: rpc('tools/call', ticket) },
  'a challenge whose id is text': { body: rpc('tools/call', ticket, 'ü"\\') },
  'a challenge inside a result': { body: rpc('tools/call', ticket), path: '/api/mcp/acme?payment=meta' },
  'another query': { body: rpc('tools/call', ticket), path: '/api/mcp/acme?payment=meta&x=1' },
  'a modern challenge': { body: rpc('tools/call', { ...ticket, _meta }), headers: modernHeaders },
  'a modern call without its headers': { body: rpc('tools/call', { ...ticket, _meta }) },
  'a header twice': {
    body: rpc('tools/list'),
    headers: { 'mcp-protocol-version': ['2025-11-25', '2025-11-25'] },
  },
  'a payment that does not decode': { body: rpc('tools/call', ticket), headers: { 'x-payment': 'nonsense' } },
  'an empty payment': { body: rpc('tools/call', ticket), headers: { 'payment-signature': '' } },
  'two payments': {
    body: rpc('tools/call', ticket),
    headers: { 'payment-signature': [encode(paymentV2(terms, 601)), encode(paymentV2(terms, 602))] },
  },
  'a payment of too little': {
    body: rpc('tools/call', ticket),
    headers: { 'x-payment': encode(paymentV1(termsOn(['base-sepolia'], 1n)[0]!, 603)) },
  },
  'a paid call': {
    body: rpc('tools/call', ticket),
    headers: { 'payment-signature': encode(paymentV2(terms, 604)) },
  },
  'a payment in _meta': {
    body: rpc('tools/call', { ...ticket, _meta: { 'x402/payment': paymentV2(terms, 605) } }),
  },
  'a free tool': { body: rpc('tools/call', { name: 'search_kb', arguments: { query: 'q' } }) },
  'a listing': { body: rpc('tools/list') },
  'a notification': { body: { jsonrpc: '2.0', method: 'notifications/initialized' } },
  'a batch': { body: [rpc('ping')] },
  'no JSON': { body: '{"jsonrpc":' },
  'no UTF-8': { body: Buffer.from([0x22, 0xff, 0x22]) },
  'no body': { body: '' },
  'a body that is too large': { body: rpc('ping', { pad: 'x'.repeat(400_000) }) },
  'an unknown method': { body: rpc('nope') },
  'an unknown tool': { body: rpc('tools/call', { name: '__proto__' }) },
  'an unknown workspace': { body: rpc('tools/list'), path: '/api/mcp/other' },
  'an odd workspace': { body: rpc('tools/list'), path: '/api/mcp/ac%6De' },
  'an encoded slash': { body: rpc('tools/list'), path: '/api/mcp/acme%2f..' },
  'a slash too many': { body: rpc('tools/list'), path: '/api/mcp/acme/' },
  'another host': { body: rpc('tools/list'), headers: { host: 'evil.example' } },
  'a host with a port': { body: rpc('tools/list'), headers: { host: 'LOCALHOST:1' } },
  'a host with a path': { body: rpc('tools/list'), headers: { host: 'localhost/@evil' } },
};

describe('the shortcut', () => {
  const sides = [fakeApp(), fakeApp()] as const;
  const servers: RunningServer[] = [];
  before(async () => {
    const [short, long] = sides;
    servers.push(await serve({ ...short, host: '127.0.0.1', port: 0 }));
    servers.push(await serve({ app: long.app, host: '127.0.0.1', port: 0 }));
  });
  after(() => Promise.all(servers.map((server) => server.stop(0))));

  const ask = (port: number, { body, path = '/api/mcp/acme', headers = {} }: Case) =>
    new Promise<object>((resolve, reject) => {
      const bytes = Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const length = { 'content-length': bytes.length, host: 'localhost', ...headers };
      const outgoing = request(
        { port, host: '127.0.0.1', path, method: 'POST', headers: length },
        async (response) => {
          const { date: _, 'content-length': __, 'transfer-encoding': ___, ...told } = response.headers;
          const text = Buffer.concat(await response.toArray()).toString();
          resolve({ status: response.statusCode, headers: told, text });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(bytes);
    });

  for (const [what, asked] of Object.entries(cases))
    test(`answers ${what} as the long way does`, async () => {
      const [short, long] = await Promise.all(servers.map(({ port }) => ask(port, asked)));
      assert.deepEqual(short, long);
      const [mine, theirs] = sides.map(({ door }) =>
        door.calls.splice(0).map(({ admit: _, ...call }) => call),
      );
      assert.deepEqual(mine, theirs);
    });

  test('is taken by what is plainly a call, and leaves the rest alone', () => {
    const taken = (url: string, headers: Record<string, string>, method = 'POST') => {
      const incoming = { url, headers, method, on: () => {}, once: () => {}, socket: {} };
      return sides[0].shortcut(incoming as never, {} as never);
    };
    const plain = { host: 'localhost:4020', 'content-length': '2' };
    assert.equal(taken('/api/mcp/acme', plain), true);
    assert.equal(taken('/api/mcp/acme?payment=meta', plain), true);
    for (const url of ['/api/mcp/acme?', '/api/mcp/acme/', '/api/mcp/', '/api/mcp/A', '/x/api/mcp/acme', '*'])
      assert.equal(taken(url, plain), false, url);
    for (const method of ['GET', 'OPTIONS', 'PUT'])
      assert.equal(taken('/api/mcp/acme', plain, method), false);
    for (const length of ['', '-1', '1e3', '0x10', '393217', '9999999'])
      assert.equal(taken('/api/mcp/acme', { ...plain, 'content-length': length }), false, length);
    assert.equal(taken('/api/mcp/acme', { host: 'localhost', 'transfer-encoding': 'chunked' }), false);
    assert.equal(taken('/api/mcp/acme', { 'content-length': '2' }), false);
    assert.equal(taken('/api/mcp/acme', { ...plain, host: 'evil.example' }), false);
  });

  test('none of it was an error of ours', () => {
    for (const { logged } of sides) assert.deepEqual(logged, []);
  });
});
