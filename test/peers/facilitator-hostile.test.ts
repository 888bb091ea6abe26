/** What callers and resource servers may do to the facilitator that stands alone: odd requests, tokens, repeats. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { type Answer, ask, coldWallet, requestOf, requirementsFor, startAlone, tokenFor } from '../alone.ts';
import { chainRpc, type PaymentChange, signPayment, startGround } from '../postern.ts';
import { balanceOf } from '../stand.ts';

const ground = await startGround();
const { url } = await startAlone(ground);
const payTo = coldWallet();
const token = await tokenFor(ground, payTo);
const terms = requirementsFor(payTo);
const wallet = await ground.fundedWallet();
const payer = wallet.address.toLowerCase();
const request = async (change: PaymentChange = {}, requirements: object = terms) =>
  requestOf(await signPayment(wallet, terms, change), requirements);
const settlementsOf = (address: string) =>
  ground.db.selectFrom('settlements').selectAll().where('payer', '=', address.toLowerCase()).execute();

/** Both routes refuse it, in their shapes. */
async function assertRefused(body: unknown, status: number, reason: string, what: string): Promise<void> {
  const verified = await ask(url, '/verify', token, body);
  assert.deepEqual([verified.status, verified.body.isValid], [status, false], what);
  assert.equal(verified.body.invalidReason, reason, what);
  const settled = await ask(url, '/settle', token, body);
  assert.deepEqual([settled.status, settled.body.success], [status, false], what);
  assert.equal(settled.body.errorReason, reason, what);
  assert.equal(settled.body.transaction, '', what);
  assert.equal(typeof settled.body.network, 'string', what);
}

/** Well-formed, and not good: an answer, in the specification's words. */
const notGood: [string, PaymentChange, object, string][] = [
  [
    'amount above the terms',
    { signed: { value: 20_001n } },
    {},
    'invalid_exact_evm_payload_authorization_value',
  ],
  [
    'amount changed after signing',
    { authorization: { value: '20001' } },
    {},
    'invalid_exact_evm_payload_authorization_value',
  ],
  ['accepted.amount altered', { accepted: { amount: '1' } }, {}, 'invalid_payment_requirements'],
  ['accepted.payTo altered', { accepted: { payTo: coldWallet() } }, {}, 'invalid_payment_requirements'],
  ['accepted.asset altered', { accepted: { asset: payTo } }, {}, 'invalid_payment_requirements'],
  ['another asset', { accepted: { asset: payTo } }, { asset: payTo }, 'invalid_payment_requirements'],
  [
    'someone else is paid',
    { signed: { to: coldWallet() } },
    {},
    'invalid_exact_evm_payload_recipient_mismatch',
  ],
  [
    'a far end',
    { signed: { validBefore: 99_999_999_999n } },
    {},
    'invalid_exact_evm_payload_authorization_valid_before',
  ],
  [
    'an end too near',
    { signed: { validBefore: 1n } },
    {},
    'invalid_exact_evm_payload_authorization_valid_before',
  ],
  [
    'not valid yet',
    { signed: { validAfter: 9_999_999_999n } },
    {},
    'invalid_exact_evm_payload_authorization_valid_after',
  ],
  ['another’s signature', { signed: { from: coldWallet() } }, {}, 'insufficient_funds'],
  [
    'a forged nonce',
    { authorization: { nonce: `0x${'ab'.repeat(32)}` } },
    {},
    'invalid_exact_evm_payload_signature',
  ],
  ['another scheme', { accepted: { scheme: 'upto' } }, {}, 'unsupported_scheme'],
  ['requirements of another scheme', {}, { scheme: 'upto' }, 'unsupported_scheme'],
  ['requirements of another network', {}, { network: 'eip155:8453' }, 'invalid_network'],
  [
    'a v1 name in version 2',
    { accepted: { network: 'base-sepolia' } },
    { network: 'base-sepolia' },
    'invalid_network',
  ],
];

test('a payment that is not good is answered in the specification’s words', async () => {
  for (const [what, change, requirements, reason] of notGood) {
    await assertRefused(await request(change, { ...terms, ...requirements }), 200, reason, what);
  }
  assert.deepEqual(await settlementsOf(wallet.address), []);
});

/** Not the specification's shape: 400. */
const malformed: [string, PaymentChange, object][] = [
  ['spaces in the value', { authorization: { value: ' 20000 ' } }, {}],
  ['hexadecimal', { authorization: { value: '0x4e20' } }, {}],
  ['a leading zero', { authorization: { value: '020000' } }, {}],
  ['no address', { authorization: { from: '0x1234' } }, {}],
  ['a short nonce', { authorization: { nonce: '0x12' } }, {}],
  ['no signature', { signature: () => 'none' }, {}],
  ['a huge signature', { signature: () => `0x${'00'.repeat(3_000)}` }, {}],
  ['a number for an amount', {}, { amount: 20_000 }],
  ['an amount with spaces', {}, { amount: ' 20000 ' }],
  ['nothing to be paid', {}, { amount: '0' }],
  ['no payTo', {}, { payTo: undefined }],
  ['payTo that is no text', {}, { payTo: { toLowerCase: 1 } }],
  ['asset null', {}, { asset: null }],
  ['network a list', {}, { network: [] }],
  ['time without end', {}, { maxTimeoutSeconds: 1e9 }],
  ['time that is no number', {}, { maxTimeoutSeconds: '300' }],
  ['time below zero', {}, { maxTimeoutSeconds: -1 }],
];

test('what cannot be read is refused clearly, and never a 500', async () => {
  for (const [what, change, requirements] of malformed)
    await assertRefused(await request(change, { ...terms, ...requirements }), 400, 'invalid_payload', what);
  const good = await request();
  const text = JSON.stringify(good);
  const bodies: [unknown, number, string][] = [
    ['', 400, 'invalid_payload'],
    ['null', 400, 'invalid_payload'],
    ['[]', 400, 'invalid_payload'],
    ['{"x402Version":2', 400, 'invalid_payload'],
    ['{}', 400, 'invalid_payload'],
    [{ ...good, paymentPayload: null }, 400, 'invalid_payload'],
    [{ ...good, paymentPayload: 'abc' }, 400, 'invalid_payload'],
    [{ ...good, paymentPayload: { x402Version: 2, payload: 7 } }, 400, 'invalid_payload'],
    [{ ...good, paymentRequirements: [] }, 400, 'invalid_payload'],
    [{ ...good, x402Version: 1 }, 400, 'invalid_x402_version'],
    [
      { ...good, x402Version: 3, paymentPayload: { ...good.paymentPayload, x402Version: 3 } },
      200,
      'invalid_x402_version',
    ],
    [text.replace('"value":"20000"', '"value":"1","value":"20000"'), 400, 'invalid_payload'],
    [`${'['.repeat(100_000)}`, 400, 'invalid_payload'],
    [text.replace('"x402Version":2', `"x402Version":2,"x":"${'x'.repeat(400_000)}"`), 413, 'invalid_payload'],
    [{ ...good, paymentPayload: { ...good.paymentPayload, x: 'x'.repeat(9_000) } }, 413, 'invalid_payload'],
  ];
  for (const [body, status, reason] of bodies)
    await assertRefused(body, status, reason, JSON.stringify(body).slice(0, 120));
  assert.deepEqual(await settlementsOf(wallet.address), []);
});

test('only a good token is heard, and only to be paid where it says', async () => {
  const body = await request();
  const heard = async (bearer: string | undefined) => {
    const verified = await ask(url, '/verify', bearer, body);
    const settled = await ask(url, '/settle', bearer, body);
    assert.deepEqual(
      [verified.body.isValid, settled.body.success, settled.body.transaction],
      [false, false, ''],
    );
    return [verified.status, settled.status];
  };
  assert.deepEqual(await heard(undefined), [401, 401]);
  assert.deepEqual(await heard('pft_wrong'), [401, 401]);
  assert.equal((await ask(url, '/settlements/stl_000000000000000000000000', undefined)).status, 401);
  assert.deepEqual(await heard(await tokenFor(ground, coldWallet())), [403, 403]);
  // The same address on another network is another permission.
  const elsewhere = await tokenFor(ground, payTo, { payTo: [{ network: 'sei-testnet', payTo }] });
  assert.deepEqual(await heard(elsewhere), [403, 403]);

  const name = randomIds('ftk');
  const revoked = await tokenFor(ground, payTo, { name });
  assert.equal((await ask(url, '/verify', revoked, body)).body.isValid, true);
  await ground.db
    .updateTable('facilitatorTokens')
    .set({ revokedAt: new Date() })
    .where('name', '=', name)
    .execute();
  assert.deepEqual(await heard(revoked), [401, 401]);
  assert.deepEqual(await settlementsOf(wallet.address), []);
  const stored = await ground.db.selectFrom('facilitatorTokens').select('tokenHash').execute();
  assert.ok(stored.every(({ tokenHash }) => !tokenHash.includes(revoked)));
});

test('ten at once, under two keys and none: one outcome for the first key, and duplicates', async () => {
  const one = await ground.fundedWallet();
  const body = requestOf(await signPayment(one, terms), terms);
  const other = await tokenFor(ground, payTo);
  const settle = (bearer: string, key?: string) =>
    ask(url, '/settle', bearer, body, key ? { 'idempotency-key': key } : {});
  const first = await settle(token, 'order-1');
  assert.equal(first.body.success, true, JSON.stringify(first.body));
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => settle(token, 'order-1')),
    ...Array.from({ length: 3 }, () => settle(token)),
    settle(token, 'order-2'),
    // Another's key of the same name is another key.
    settle(other, 'order-1'),
  ]);
  for (const { body: again } of answers.slice(0, 4)) assert.deepEqual(again, first.body);
  for (const { status, body: again } of answers.slice(4)) {
    assert.deepEqual([status, again.success, again.errorReason], [200, false, 'duplicate_settlement']);
    assert.equal(again.transaction, first.body.transaction);
  }
  const elsewise = await ask(url, '/settle', token, { ...body, note: 1 }, { 'idempotency-key': 'order-1' });
  assert.deepEqual(
    [elsewise.status, elsewise.body.success, elsewise.body.errorReason],
    [409, false, 'conflict'],
  );
  assert.equal((await settlementsOf(one.address)).length, 1);
  assert.equal(await balanceOf(ground, terms, one.address), 10_000_000n - 20_000n);

  const { settlementId } = first.body.extra as { settlementId: string };
  assert.equal((await ask(url, `/settlements/${settlementId}`, token)).body.state, 'settled');
  assert.equal((await ask(url, `/settlements/${settlementId}`, other)).status, 404);
});

test('what is not settled in time is pending, and its id says what became of it', async () => {
  const brief = await startAlone(ground, { POSTERN_PATIENCE_SECONDS: '2' });
  const one = await ground.fundedWallet();
  await chainRpc(ground, 'evm_setAutomine', [false]);
  let pending: Answer;
  try {
    pending = await ask(brief.url, '/settle', token, requestOf(await signPayment(one, terms), terms));
  } finally {
    await chainRpc(ground, 'evm_setAutomine', [true]);
  }
  assert.deepEqual(
    [pending.status, pending.body.success, pending.body.errorReason, pending.body.transaction],
    [200, false, 'settlement_pending', ''],
  );
  const { settlementId } = pending.body.extra as { settlementId: string };
  await chainRpc(ground, 'evm_mine');
  for (let i = 0; i < 100; i++) {
    const { body } = await ask(url, `/settlements/${settlementId}`, token);
    if (body.state === 'settled') return assert.match(String(body.transaction), /^0x[0-9a-f]{64}$/);
    assert.equal(body.state, 'pending');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('it was never settled');
});

test('a token’s gas is spent once: of many at once as many pass as there is gas for', async () => {
  const name = randomIds('ftk');
  const poor = await tokenFor(ground, payTo, { name });
  const settle = async () => {
    const one = await ground.fundedWallet();
    return ask(url, '/settle', poor, requestOf(await signPayment(one, terms), terms));
  };
  assert.equal((await settle()).body.success, true);
  const { id } = await ground.db
    .selectFrom('facilitatorTokens')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  const gas = ground.db.selectFrom('facilitatorTokenGas').select('dayNano').where('tokenId', '=', id);
  const { dayNano } = await gas.executeTakeFirstOrThrow();
  assert.ok(dayNano > 0n);
  // Enough for one more, and not for two.
  await ground.db
    .updateTable('facilitatorTokenGas')
    .set({ perDayNano: (dayNano * 23n) / 10n })
    .where('tokenId', '=', id)
    .execute();
  const answers = await Promise.all([1, 2, 3, 4, 5].map(settle));
  assert.equal(answers.filter(({ body }) => body.success).length, 1, JSON.stringify(answers));
  for (const { status, body } of answers.filter((answer) => !answer.body.success))
    assert.deepEqual([status, body.errorReason], [429, 'over_cap']);
  // A new day.
  await ground.db
    .updateTable('facilitatorTokenGas')
    .set({ dayAt: new Date(0) })
    .where('tokenId', '=', id)
    .execute();
  assert.equal((await settle()).body.success, true);
});

test('rates: of a token, and of an address that has none', async () => {
  const tight = await startAlone(ground, {
    POSTERN_TOKEN_REQUESTS_PER_MINUTE: '3',
    POSTERN_READS_PER_MINUTE: '3',
  });
  const body = await request();
  const verify = async (bearer?: string) => (await ask(tight.url, '/verify', bearer, body)).status;
  assert.deepEqual(
    [await verify(token), await verify(token), await verify(token), await verify(token)],
    [200, 200, 200, 429],
  );
  const other = await tokenFor(ground, payTo);
  assert.equal(await verify(other), 200);
  assert.deepEqual(
    [await verify(), await verify('guess'), await verify('guess'), await verify('guess')],
    [401, 401, 401, 429],
  );
  // Who was heard before is heard still, whoever guesses from its address; a token not seen yet waits.
  assert.equal(await verify(other), 200);
  assert.equal(await verify(await tokenFor(ground, payTo)), 429);
  assert.equal((await ask(tight.url, '/supported', undefined)).status, 429);
  assert.equal((await ask(tight.url, '/health', undefined)).status, 200);
});

test('an address is one address, however it is written', async () => {
  const one = await ground.fundedWallet();
  const lower = {
    ...terms,
    payTo: payTo.toLowerCase() as typeof payTo,
    asset: terms.asset.toLowerCase() as typeof payTo,
  };
  const { body } = await ask(url, '/settle', token, requestOf(await signPayment(one, lower), lower));
  assert.equal(body.success, true, JSON.stringify(body));
  assert.equal(body.payer, one.address.toLowerCase());
  assert.notEqual(body.payer, payer);
});
