import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeApp, get, post } from '../../../test/fakes/app.ts';

const path = '/api/mcp/acme';
const rpc = (method: string, params?: object, id: number | string = 7) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modern = (method: string, params: object = {}) => rpc(method, { ...params, _meta: envelope });
const modernHeaders = (method: string) => ({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method });

describe('the MCP endpoint, legacy era', () => {
  test('lists tools and prices to a bare curl', async () => {
    const response = await post(fakeApp(), path, rpc('tools/list'));
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type')!, /^application\/json/);
    const { id, result } = await response.json();
    assert.equal(id, 7);
    const [free, priced] = result.tools;
    assert.equal(free.name, 'search_kb');
    assert.equal(free.outputSchema.type, 'object');
    assert.equal(free._meta, undefined);
    assert.equal(priced.name, 'create_ticket');
    assert.equal(priced.inputSchema.type, 'object');
    assert.equal('outputSchema' in priced, false);
    assert.match(priced.description, /\$0\.02/);
    assert.deepEqual(priced._meta, {
      'agents-x402/paymentRequired': true,
      'agents-x402/priceUSD': 0.02,
      'x402/price': '$0.02',
      'postern/price': {
        amountAtomic: '20000',
        currency: 'USDC',
        usd: '0.02',
        networks: ['eip155:84532', 'eip155:1328'],
      },
    });
    for (const { annotations } of result.tools) {
      const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
      for (const hint of hints) assert.equal(typeof annotations[hint], 'boolean', hint);
    }
  });

  test('parses JSON whatever the content type, and asks for no Accept', async () => {
    for (const type of ['text/plain;charset=UTF-8', 'application/x-www-form-urlencoded']) {
      const response = await post(fakeApp(), path, rpc('ping'), {
        'content-type': type,
        accept: 'image/png',
      });
      assert.deepEqual(await response.json(), { jsonrpc: '2.0', id: 7, result: {} });
    }
  });

  test('agrees on the version asked for, or offers its newest', async () => {
    for (const [asked, agreed] of [
      ['2024-11-05', '2024-11-05'],
      ['2025-03-26', '2025-03-26'],
      ['2025-06-18', '2025-06-18'],
      ['2025-11-25', '2025-11-25'],
      ['2026-07-28', '2025-11-25'],
      ['1.0', '2025-11-25'],
    ]) {
      const params = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'a', version: '1' } };
      const { result } = await (await post(fakeApp(), path, rpc('initialize', params))).json();
      assert.equal(result.protocolVersion, agreed);
      assert.deepEqual(result.capabilities, { tools: {} });
      assert.equal(result.serverInfo.name, 'postern');
    }
  });

  test('takes notifications with 202, and runs none of them', async () => {
    const app = fakeApp();
    const call = {
      jsonrpc: '2.0',
      method: 'tools/call',
      params: { name: 'search_kb', arguments: { query: 'q' } },
    };
    for (const body of [call, { jsonrpc: '2.0', method: 'notifications/initialized' }]) {
      const response = await post(app, path, body);
      assert.equal(response.status, 202);
      assert.equal(await response.text(), '');
    }
    assert.deepEqual(app.door.calls, []);
  });

  test('opens no stream and knows no session', async () => {
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const response = await get(fakeApp(), path, { method });
      assert.equal(response.status, 405);
      assert.match(response.headers.get('allow')!, /POST/);
    }
  });

  const absurd = '['.repeat(5000);
  for (const [what, body, status, rpcCode, code] of [
    ['bad JSON', '{"jsonrpc":', 400, -32700, 'parse_error'],
    ['no body', '', 400, -32700, 'parse_error'],
    [
      'absurd depth',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":${absurd}`,
      400,
      -32700,
      'parse_error',
    ],
    [
      'the same key twice',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
      400,
      -32700,
      'parse_error',
    ],
    ['a batch', [rpc('ping')], 400, -32600, 'batch_not_supported'],
    [
      'too large a body',
      JSON.stringify(rpc('ping', { pad: 'x'.repeat(393_216) })),
      413,
      -32600,
      'body_too_large',
    ],
    ['no JSON-RPC', { hello: 1 }, 400, -32600, 'invalid_request'],
    ['an unknown method', rpc('resources/list'), 200, -32601, 'method_not_found'],
    ['discover without an envelope', rpc('server/discover'), 200, -32601, 'method_not_found'],
    ['an unknown tool', rpc('tools/call', { name: 'nope' }), 200, -32602, 'tool_not_found'],
    ['a tool of Object', rpc('tools/call', { name: '__proto__' }), 200, -32602, 'tool_not_found'],
    ['no tool', rpc('tools/call'), 200, -32602, 'invalid_arguments'],
    [
      'arguments in a list',
      rpc('tools/call', { name: 'search_kb', arguments: [1] }),
      200,
      -32602,
      'invalid_arguments',
    ],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const app = fakeApp();
      const response = await post(app, path, body);
      assert.equal(response.status, status);
      const { jsonrpc, error } = await response.json();
      assert.equal(jsonrpc, '2.0');
      assert.equal(error.code, rpcCode);
      assert.equal(error.data.code, code);
      // Which tools there are is the door's to say: what one sold before it was withdrawn is still answered.
      assert.equal(app.door.calls.length, code === 'tool_not_found' ? 1 : 0);
    });
  }

  test('is not there for an unknown workspace, whatever is asked', async () => {
    for (const body of [
      rpc('tools/list'),
      rpc('initialize'),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
    ]) {
      const response = await post(fakeApp(), '/api/mcp/nobody', body);
      assert.equal(response.status, 404);
      assert.equal((await response.json()).error.data.code, 'workspace_not_found');
    }
  });

  test('answers an error with the id of its request', async () => {
    for (const id of [3, 'x']) {
      const answer = await (await post(fakeApp(), path, rpc('nope', {}, id))).json();
      assert.equal(answer.id, id);
    }
    assert.equal((await (await post(fakeApp(), path, '{')).json()).id, null);
  });
});

describe('the MCP endpoint, modern era', () => {
  const serverInfo = 'io.modelcontextprotocol/serverInfo';

  test('says what it is', async () => {
    const response = await post(fakeApp(), path, modern('server/discover'), modernHeaders('server/discover'));
    const { result } = await response.json();
    assert.equal(result.resultType, 'complete');
    assert.deepEqual(result.supportedVersions, ['2026-07-28']);
    assert.deepEqual(result.capabilities, { tools: {} });
    assert.equal(result.cacheScope, 'public');
    assert.ok(Number.isSafeInteger(result.ttlMs) && result.ttlMs > 0);
    assert.equal(result._meta[serverInfo].name, 'postern');
  });

  test('lists the same tools, with their caching', async () => {
    const app = fakeApp();
    const legacy = await (await post(app, path, rpc('tools/list'))).json();
    const { result } = await (
      await post(app, path, modern('tools/list'), modernHeaders('tools/list'))
    ).json();
    assert.deepEqual(result.tools, legacy.result.tools);
    assert.equal(result.resultType, 'complete');
    assert.equal(result.cacheScope, 'public');
    assert.equal(result._meta[serverInfo].name, 'postern');
  });

  test('calls a tool', async () => {
    const params = { name: 'search_kb', arguments: { query: 'lens' } };
    const headers = { ...modernHeaders('tools/call'), 'mcp-name': 'search_kb' };
    const { result } = await (await post(fakeApp(), path, modern('tools/call', params), headers)).json();
    assert.equal(result.resultType, 'complete');
    assert.deepEqual(result.structuredContent, { articles: [{ title: 'lens' }] });
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  });

  for (const method of ['initialize', 'ping', 'logging/setLevel', 'nope']) {
    test(`has no ${method}`, async () => {
      const response = await post(fakeApp(), path, modern(method), modernHeaders(method));
      assert.equal(response.status, 404);
      assert.equal((await response.json()).error.code, -32601);
    });
  }

  test('names the versions it has', async () => {
    const meta = { ...envelope, 'io.modelcontextprotocol/protocolVersion': 'v9' };
    const response = await post(fakeApp(), path, rpc('tools/list', { _meta: meta }), {
      ...modernHeaders('tools/list'),
      'mcp-protocol-version': 'v9',
    });
    assert.equal(response.status, 400);
    const { error } = await response.json();
    assert.equal(error.code, -32022);
    assert.deepEqual([error.data.supported, error.data.requested], [['2026-07-28'], 'v9']);
  });

  test('refuses headers that say something else', async () => {
    const response = await post(fakeApp(), path, modern('tools/list'), modernHeaders('tools/call'));
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error.code, -32020);
  });
});
