import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fakeApp, get, post } from '../../test/fakes/app.ts';

const call = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'search_kb', arguments: { query: 'q' } },
};
const route = '/api/mcp/acme';

describe('the HTTP face', () => {
  test('serves only the hosts it was told of, and its health to all', async () => {
    const app = fakeApp();
    for (const host of ['evil.example', 'evil.example:4020', 'localhost.evil.example', '[::1]']) {
      for (const path of [route, '/', '/.well-known/x402', '/api/purchases/pur_1']) {
        const response = await get(app, path, { headers: { host } });
        assert.equal(response.status, 403, `${host}${path}`);
        assert.equal((await response.json()).code, 'host_not_allowed');
      }
      assert.equal((await get(app, '/health', { headers: { host } })).status, 200);
    }
    for (const host of ['localhost', 'LOCALHOST:4020', '127.0.0.1:1']) {
      assert.equal((await get(app, '/', { headers: { host } })).status, 200, host);
    }
  });

  test('lets any page call the door: preflight', async () => {
    const app = fakeApp();
    const asked = [
      'Access-Control-Expose-Headers',
      'X-PAYMENT',
      'PAYMENT-SIGNATURE',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
      'mcp-session-id',
      'authorization',
      'content-type',
      'SIGN-IN-WITH-X',
    ];
    for (const path of [
      route,
      '/api/x402/tools/acme/create_ticket',
      '/api/purchases/pur_1',
      '/.well-known/x402',
    ]) {
      const headers = { origin: 'https://agent.example', 'access-control-request-headers': asked.join(',') };
      const response = await get(app, path, { method: 'OPTIONS', headers });
      assert.equal(response.status, 204);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      const allowed = response.headers.get('access-control-allow-headers')!.split(', ');
      for (const name of asked) assert.ok(allowed.includes(name.toLowerCase()), name);
      assert.match(response.headers.get('access-control-allow-methods')!, /POST/);
    }
  });

  test('exposes the payment headers to pages, on errors too', async () => {
    const app = fakeApp();
    for (const body of [
      call,
      '{',
      { ...call, params: { name: 'create_ticket', arguments: { subject: 's', body: 'b' } } },
    ]) {
      const response = await post(app, route, body, { origin: 'https://agent.example' });
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      const exposed = response.headers.get('access-control-expose-headers')!;
      for (const name of ['PAYMENT-REQUIRED', 'PAYMENT-RESPONSE', 'X-PAYMENT-RESPONSE'])
        assert.ok(exposed.includes(name));
    }
  });

  test('answers an unknown address with JSON, authorization documents among them', async () => {
    const app = fakeApp();
    for (const path of [
      '/nothing',
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/api/mcp/acme',
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/api/mcp',
      '/devnet',
    ]) {
      const response = await get(app, path);
      assert.equal(response.status, 404, path);
      assert.match(response.headers.get('content-type')!, /^application\/problem\+json/);
      assert.equal((await response.json()).code, 'not_found');
    }
  });

  for (const path of [route, '/api/x402/tools/acme/create_ticket']) {
    test(`logs what breaks and tells nobody how: ${path}`, async () => {
      const app = fakeApp();
      app.door.failure = new TypeError('secret in /srv/postern/x.ts');
      const response = await post(app, path, call);
      const text = await response.text();
      assert.equal(response.status, 500);
      assert.match(text, /"internal"/);
      assert.doesNotMatch(text, /secret|x\.ts|at /);
      assert.equal(app.logged.length, 1);
      assert.match(app.logged[0]!, /secret in/);
    });
  }

  test('logs nothing for what callers do wrong', async () => {
    const app = fakeApp();
    for (const body of ['{', [], { ...call, method: 'nope' }, { ...call, params: { name: 'nope' } }]) {
      assert.notEqual((await post(app, route, body)).status, 500);
    }
    assert.deepEqual(app.logged, []);
  });
});
