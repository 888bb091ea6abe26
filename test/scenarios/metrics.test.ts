/** What Prometheus scrapes: it parses, agrees with the treasury, is never public, and outlives a chain that is away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTreasury } from '../../src/door/treasury.ts';
import { callTool, signPayment, startTestPostern, termsOf, viewsOf } from '../postern.ts';
import { stand, ticket } from '../stand.ts';

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Prometheus's text format, strictly. @throws {assert.AssertionError} for a line that is none of it */
function parse(text: string): Sample[] {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const type = /^# TYPE (\w+) (gauge|counter|histogram|summary)$/.exec(line);
    if (type) types.set(type[1]!, type[2]!);
    if (line.startsWith('#')) continue;
    const match = /^([a-zA-Z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(match, line);
    const name = match[1]!;
    assert.ok(types.has(name) || types.has(name.replace(/_(bucket|sum|count)$/, '')), `${name} has no type`);
    const labels = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g)].map(([, key, value]) => [
      key!,
      value!,
    ]);
    const value = match[3] === '+Inf' ? Number.POSITIVE_INFINITY : Number(match[3]);
    assert.ok(!Number.isNaN(value) || match[3] === 'Nan', line);
    samples.push({ name, labels: Object.fromEntries(labels), value });
  }
  return samples;
}

async function scrape(url: string): Promise<(name: string, labels?: Record<string, string>) => number> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
  const samples = parse(await response.text());
  return (name, labels = {}) => {
    const found = samples.filter(
      (sample) =>
        sample.name === `postern_${name}` &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    assert.ok(found.length > 0, `no ${name} ${JSON.stringify(labels)}`);
    return found.reduce((sum, { value }) => sum + value, 0);
  };
}

const on = { network: 'base-sepolia' };

test('what was bought, refused and asked is counted, and the figures are the treasury’s', async () => {
  const postern = await startTestPostern({ metrics: { host: '127.0.0.1', port: 0 } });
  const { url, db, devnet } = postern;
  const terms = await termsOf(url, 'create_ticket', ticket);
  for (let i = 0; i < 3; i++) {
    const payment = await signPayment(await postern.fundedWallet(), terms);
    assert.equal((await callTool(url, 'create_ticket', ticket, payment)).status, 200);
  }
  const poor = await signPayment(await postern.fundedWallet(), terms, { accepted: { amount: '1' } });
  assert.equal((await callTool(url, 'create_ticket', ticket, poor)).status, 402);
  assert.equal((await callTool(url, 'no_such_tool', ticket)).status, 404);
  assert.equal((await callTool(url, 'search_kb', { query: 'shutter' })).status, 200);

  const value = await scrape(postern.metricsUrl!);
  assert.equal(value('challenges_total', { operation: 'create_ticket' }), 1);
  assert.equal(value('call_duration_seconds_count', { outcome: 'delivered' }), 3);
  assert.equal(value('call_duration_seconds_count', { outcome: 'free' }), 1);
  assert.equal(value('call_duration_seconds_count', { outcome: 'refused' }), 2);
  assert.equal(value('refusals_total', { reason: 'tool_not_found' }), 1);
  assert.equal(value('refusals_total'), 2);
  assert.equal(value('http_requests_total', { method: 'POST', status: '200' }), 4);
  assert.equal(value('http_requests_total', { status: '402' }), 2);

  const views = viewsOf(devnet);
  const { networks, workspaces } = await readTreasury({ db, views }, new Date());
  const [network] = networks;
  assert.equal(value('network_up', on), 1);
  assert.equal(value('revenue_usdc_atomic_total', on), Number(network!.revenue.total.amountAtomic));
  assert.equal(value('revenue_usdc_atomic_total', on), 3 * Number(terms.amount));
  assert.equal(value('payments_settled_total', on), 3);
  assert.equal(value('settlements_queued', on) + value('settlements_sent', on), 0);
  assert.equal(value('oldest_unsettled_seconds', on), 0);
  const fee = value('fee_per_payment_native_tokens', on);
  const covered = value('hot_key_balance_native_tokens', on) / fee;
  assert.ok(Math.abs(value('hot_key_payments_covered', on) - covered) <= covered / 1e6 + 1);
  assert.ok(value('rpc_methods_total', { ...on, method: 'eth_sendRawTransaction' }) > 0);
  // Both are rounded to a double, each on its own way there.
  const held = Number(network!.hotKeys[0]!.balanceNativeAtomic) / 1e18;
  assert.ok(Math.abs(value('hot_key_balance_native_tokens', on) / held - 1) <= 2 * Number.EPSILON);
  assert.equal(value('settlement_duration_seconds_count', on), 3);
  assert.equal(value('settlement_duration_seconds_bucket', { ...on, le: '+Inf' }), 3);
  assert.equal(value('settlement_duration_seconds_bucket', { ...on, le: '120' }), 3);
  assert.ok(value('settlement_duration_seconds_sum', on) > 0);
  assert.equal(value('claims_total', on), 3);
  assert.equal(value('deliveries_total', on), 3);
  assert.equal(value('purchases', { ...on, state: 'delivered' }), 3);
  const balance = workspaces[0]!.float!.balanceAtomic;
  assert.equal(value('float_balance_usdc_atomic', { ...on, workspace: 'acme' }), Number(balance));
  assert.equal(value('in_doubt', on), 0);
  assert.ok(value('treasury_age_seconds') < 60);
  // The process's own, by their usual names.
  const text = await (await fetch(postern.metricsUrl!)).text();
  for (const name of [
    'process_cpu_seconds_total',
    'nodejs_eventloop_lag_seconds',
    'process_resident_memory_bytes',
  ])
    assert.match(text, new RegExp(`^${name} `, 'm'));
});

test('metrics are on a listener of their own, and nothing else is', async () => {
  const postern = await startTestPostern({ metrics: { host: '127.0.0.1', port: 0 } });
  for (const path of ['/metrics', '/metrics/', '//metrics', '/acme/metrics'])
    assert.equal((await fetch(`${postern.url}${path}`)).status, 404, path);
  const { origin, port } = new URL(postern.metricsUrl!);
  assert.notEqual(port, new URL(postern.url).port);
  for (const path of ['/', '/health', '/api/mcp/acme', '/devnet'])
    assert.equal((await fetch(`${origin}${path}`)).status, 404, path);
  assert.equal((await fetch(`${origin}/metrics`, { method: 'POST' })).status, 404);
  await postern.stop();
  await assert.rejects(fetch(`${origin}/metrics`));

  const silent = await startTestPostern();
  assert.equal((await fetch(`${silent.url}/metrics`)).status, 404);
  await silent.stop();
});

test('a chain that is away takes its balances with it, and nothing more', async (t) => {
  const it = await stand(t, { settings: { POSTERN_METRICS_PORT: '0' } });
  it.node.refuse = () => 'cut';
  const value = await scrape(it.postern.metricsUrl!);
  assert.equal(value('network_up', on), 0);
  assert.equal(value('revenue_usdc_atomic_total', on), 0);
  assert.throws(() => value('hot_key_balance_native_tokens', on), /no hot_key_balance/);
});
