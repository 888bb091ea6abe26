import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeDoor } from '../../../test/fakes/door.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Meter } from '../../kernel/meter.ts';
import { meteredDoor } from './metered-door.ts';
import { createMetrics } from './metrics.ts';

/** A meter that keeps what it is told. */
function fakeMeter() {
  const told: string[] = [];
  const meter: Meter = {
    called: (outcome, seconds) => told.push(`called ${outcome} ${seconds}`),
    challenged: (operation) => told.push(`challenged ${operation}`),
    refused: (reason) => told.push(`refused ${reason}`),
    answered: (method, status) => told.push(`answered ${method} ${status}`),
  };
  return { told, meter };
}

test('a metered door answers and refuses as the door does', async () => {
  const { told, meter } = fakeMeter();
  let ms = 0;
  const refusal = new PosternError('wallet_busy');
  const answers = [
    () => ({ kind: 'result', output: {} }) as const,
    () => {
      throw refusal;
    },
    () => {
      throw new Error('a defect');
    },
  ];
  const door = {
    ...fakeDoor(),
    async call() {
      ms += 250;
      return answers.shift()!();
    },
  };
  const metered = meteredDoor(door, meter, () => ms);
  const call = { workspace: 'acme', operation: 'search_kb', input: {}, payment: undefined };
  assert.deepEqual(await metered.call(call), { kind: 'result', output: {} });
  await assert.rejects(metered.call(call), refusal);
  await assert.rejects(metered.call(call), /a defect/);
  assert.deepEqual(told, [
    'called free 0.25',
    'refused wallet_busy',
    'called refused 0.25',
    'refused internal',
    'called refused 0.25',
  ]);
});

test('what the nodes were asked is shown as their clients counted it, with or without a treasury', async () => {
  const methods = new Map([['eth_call', 12]]);
  const { scrape, meter } = createMetrics(
    async () => undefined,
    () => [{ network: 'base', methods }],
  );
  methods.set('eth_call', 13);
  meter.answered('BREW', 418);
  const text = await scrape();
  assert.match(text, /^postern_rpc_methods_total\{network="base",method="eth_call"\} 13$/m);
  assert.match(text, /^postern_http_requests_total\{method="other",status="418"\} 1$/m);
  assert.match(text, /^# TYPE postern_settlement_duration_seconds histogram$/m);
  assert.doesNotMatch(text, /^postern_revenue_usdc_atomic_total /m);
});
