import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Answered, fakeApp, get, post, unlimited } from '../../test/fakes/app.ts';
import { termsOn } from '../../test/fakes/door.ts';
import { encode, paymentV2 } from '../../test/fakes/payments.ts';
import { silent } from '../../test/harness.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds } from '../kernel/ids.ts';
import { clientsBehind } from './client-address.ts';
import { serve } from './http-serve.ts';
import { type Counter, createLimits, type LimitSettings } from './limits.ts';

const mcp = '/api/mcp/acme';
const rest = '/api/x402/tools/acme';
const search = {
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'search_kb', arguments: { query: 'q' } },
};
const ticket = { subject: 's', body: 'b' };

/** An app with these bounds, whose callers come through a proxy that says who they are. */
function boundedApp(settings: Partial<LimitSettings>, counter?: () => Counter) {
  const limits = createLimits({
    settings: { ...unlimited, ...settings },
    ids: randomIds,
    log: silent,
    counter,
  });
  // app.request() has no socket: the header alone says who asks.
  const clientOf = (c: Parameters<ReturnType<typeof clientsBehind>>[0]) => () =>
    c.req.header('x-from') ?? 'someone';
  return fakeApp({ limits, clientOf });
}
type App = ReturnType<typeof boundedApp>;

const searching = (app: App, from = 'a') => post(app, mcp, search, { 'x-from': from });
const terms = termsOn(['base-sepolia'], 20_000n)[0]!;
let nonces = 0;
const good = () => encode(paymentV2(terms, ++nonces));
const tooLittle = () => encode(paymentV2(termsOn(['base-sepolia'], 1n)[0]!, ++nonces));

describe('free reads', () => {
  test('of one address end at its bound, in the caller’s protocol, and not another’s', async () => {
    const app = boundedApp({ reads: 3 });
    for (let n = 0; n < 2; n++) assert.equal((await searching(app)).status, 200);
    const told = await searching(app);
    assert.equal(told.status, 200);
    const { id, result } = await told.json();
    assert.equal(id, 7);
    assert.equal(result.isError, true, JSON.stringify(result));
    assert.equal(result.structuredContent.error.code, 'rate_limited');
    assert.ok(result.structuredContent.error.retryAfterSeconds >= 1);
    assert.match(told.headers.get('retry-after')!, /^\d+$/);
    assert.match(told.headers.get('cache-control')!, /no-store/);

    const plain = await post(app, `${rest}/search_kb`, { query: 'q' }, { 'x-from': 'a' });
    assert.equal(plain.status, 429);
    assert.match(plain.headers.get('content-type')!, /problem\+json/);
    assert.match(plain.headers.get('retry-after')!, /^\d+$/);
    assert.equal((await plain.json()).code, 'rate_limited');
    for (const path of ['/api/purchases/pur_1', '/.well-known/x402', '/', `${mcp}/manifest`])
      for (const method of ['GET', 'HEAD'])
        assert.equal((await get(app, path, { method, headers: { 'x-from': 'a' } })).status, 429, path);
    assert.equal((await get(app, '/health', { headers: { 'x-from': 'a' } })).status, 200);
    assert.equal((await (await searching(app, 'b')).json()).result.isError, undefined);
  });

  test('of a workspace end at its bound, whoever asks', async () => {
    const app = boundedApp({ workspaceReads: 3 });
    for (const from of ['a', 'b', 'c'])
      assert.equal((await (await searching(app, from)).json()).result.isError, undefined);
    assert.equal((await (await searching(app, 'd')).json()).result.isError, true);
  });

  test('names that no workspace has are looked up so often, and no oftener', async () => {
    const app = boundedApp({ reads: 5 });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++)
      statuses.push((await post(app, `/api/mcp/none-${n}`, search, { 'x-from': 'a' })).status);
    assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429, 429, 429]);
  });

  test('a challenge and the list of tools are bounded by nothing', async () => {
    const app = boundedApp({ reads: 1, workspaceReads: 1, failedPayments: 1, workspaceFailedPayments: 1 });
    for (let n = 0; n < 50; n++) {
      assert.equal((await post(app, `${rest}/create_ticket`, ticket)).status, 402);
      assert.equal((await post(app, mcp, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status, 200);
    }
  });
});

describe('payments that fail', () => {
  const pay = (app: App, payment: string, from = 'a', body: object = ticket): Promise<Answered> =>
    post(app, `${rest}/create_ticket`, body, { 'PAYMENT-SIGNATURE': payment, 'x-from': from });

  const failing: Record<string, (app: App) => Promise<Answered>> = {
    'a header that cannot be decoded': (app) => pay(app, '%%%'),
    'a payment of too little': (app) => pay(app, tooLittle()),
    'arguments that do not fit': (app) => pay(app, good(), 'a', { subject: 1 }),
    'two payments at once': (app) =>
      post(app, `${rest}/create_ticket`, ticket, {
        'PAYMENT-SIGNATURE': good(),
        'X-PAYMENT': good(),
        'x-from': 'a',
      }),
    'a claim that was refused': (app) => {
      app.door.failure = new PosternError('wallet_busy');
      return pay(app, good());
    },
    'garbage in _meta': (app) =>
      post(
        app,
        mcp,
        { ...search, params: { name: 'create_ticket', arguments: ticket, _meta: { 'x402/payment': 'x' } } },
        { 'x-from': 'a' },
      ),
  };
  for (const [what, fail] of Object.entries(failing))
    test(`are counted: ${what}`, async () => {
      const app = boundedApp({ failedPayments: 3 });
      for (let n = 0; n < 3; n++) assert.notEqual((await fail(app)).status, 429);
      const refused = await pay(app, good());
      assert.equal(refused.status, 429);
      assert.equal((await refused.json()).code, 'rate_limited');
      assert.equal((await pay(app, good(), 'b')).status, 200);
    });

  // Fails if mayPay is asked as `fresh` before the door has looked for the authorization.
  test('do not keep an address from what it bought before', async () => {
    const app = boundedApp({ failedPayments: 3 });
    const bought = good();
    assert.equal((await pay(app, bought)).status, 200);
    for (let n = 0; n < 20; n++) await pay(app, '%%%');
    assert.equal((await pay(app, good())).status, 429);
    assert.equal((await pay(app, bought)).status, 200);
    // But not for ever: even the look costs something.
    for (let n = 0; n < 20; n++) await pay(app, '%%%');
    assert.equal((await pay(app, bought)).status, 429);
  });

  test('of many addresses close a workspace to newcomers, not to who paid lately', async () => {
    const app = boundedApp({ failedPayments: 3, workspaceFailedPayments: 6 });
    assert.equal((await pay(app, good(), 'customer')).status, 200);
    // One address spends its own share of the workspace's, and no more.
    for (let n = 0; n < 20; n++) await pay(app, '%%%', 'a');
    assert.equal((await pay(app, good(), 'newcomer')).status, 200);
    for (let n = 0; n < 3; n++) await pay(app, '%%%', 'b');
    assert.equal((await pay(app, good(), 'stranger')).status, 429);
    assert.equal((await pay(app, good(), 'customer')).status, 200);
  });

  test('payments that deliver are bounded by nothing here', async () => {
    const app = boundedApp({ failedPayments: 1, workspaceFailedPayments: 1, reads: 5 });
    for (let n = 0; n < 50; n++) assert.equal((await pay(app, good())).status, 200);
  });

  test('what is our fault is not counted', async () => {
    const app = boundedApp({ failedPayments: 1 });
    for (const failure of [new PosternError('no_network'), new TypeError('a bug')]) {
      app.door.failure = failure;
      await pay(app, good());
    }
    assert.equal((await pay(app, good())).status, 200);
  });
});

// Fails without the catch in `count`: the error would be a 500, or, swallowed, a way in.
test('a limiter that breaks lets nobody in free, and is no error of the server', async () => {
  const broken = async () => {
    throw new Error('out of memory');
  };
  const app = boundedApp({}, () => ({ add: broken, look: broken }));
  assert.equal((await get(app, '/.well-known/x402')).status, 429);
  assert.equal((await post(app, `${rest}/search_kb`, { query: 'q' })).status, 429);
  const paying = await post(app, `${rest}/create_ticket`, ticket, { 'PAYMENT-SIGNATURE': good() });
  assert.equal(paying.status, 429);
  assert.deepEqual(app.door.calls, []);
});

test('on a real socket, a header that names another address gains nothing', async () => {
  const limits = createLimits({ settings: { ...unlimited, reads: 3 }, ids: randomIds, log: silent });
  const ask = async (proxies: string[]) => {
    const { app } = fakeApp({ limits, clientOf: clientsBehind(proxies) });
    const server = await serve({ app, host: '127.0.0.1', port: 0 });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) {
      const headers = {
        'x-forwarded-for': `203.0.113.${n}`,
        forwarded: `for=203.0.113.${n}`,
        'x-real-ip': `203.0.113.${n}`,
      };
      statuses.push((await fetch(`http://127.0.0.1:${server.port}/`, { headers })).status);
    }
    await server.stop(0);
    return statuses;
  };
  assert.deepEqual(await ask([]), [200, 200, 200, 429, 429]);
  assert.deepEqual(await ask(['127.0.0.0/8']), [200, 200, 200, 200, 200]);
});

test('a million addresses take bounded memory', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const limits = createLimits({ settings: unlimited, ids: randomIds, log: silent });
  gc();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  for (let n = 0; n < 1_000_000; n++) {
    const client = () => `${n & 255}.${(n >> 8) & 255}.${n >> 16}.1`;
    await limits.read(client);
    // As many as fill every counter there is.
    if (n < 300_000) await limits.paid(client, 'wsp_1', n % 2 === 0);
  }
  const microseconds = ((performance.now() - startedAt) * 1000) / 1_000_000;
  gc();
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  t.diagnostic(`${megabytes.toFixed(1)} MB more heap, ${microseconds.toFixed(1)} us an address`);
  assert.ok(megabytes < 60, `${megabytes} MB`);
});
