/** What is wrong with the payment itself, or with how it is sent. Nothing of it is ever claimed. */
import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import { openPayment } from '../authorization.ts';
import { callTool, type PaymentChange, signPayment } from '../postern.ts';
import { type Attack, type AttackStand, sealPayment } from './stand.ts';

const now = () => BigInt(Math.floor(Date.now() / 1000));

/** Sends each payment to both processes; all of them must be refused, by a status below 500. */
async function allRefused(stand: AttackStand, payments: readonly string[]): Promise<number> {
  let taken = 0;
  for (const [i, payment] of payments.entries()) {
    const { status } = await stand.pay(payment, stand.urls[i % 2]);
    assert.ok(status < 500, `payment ${i} was answered ${status}`);
    if (status === 200 || status === 202) taken++;
  }
  return taken;
}

/** One attack of several payments, each made by bending a good one. */
const bending = (
  about: Omit<Attack, 'run'>,
  changes: (stand: AttackStand) => readonly PaymentChange[],
): Attack => ({
  ...about,
  async run(stand) {
    const wallet = await stand.fundedWallet();
    const payments = await Promise.all(
      changes(stand).map((change) => signPayment(wallet, stand.terms, change)),
    );
    return { attempts: payments.length, wallets: [wallet], leaked: await allRefused(stand, payments) };
  },
});

export const wireAttacks: Attack[] = [
  bending(
    {
      name: 'less money, someone else’s wallet, terms altered on the way',
      source: 'seen in the reference implementation: an altered amount or payTo is accepted',
      defence: 'terms come from the server; what is signed and what is said to be accepted must be those',
    },
    ({ terms }) => [
      { signed: { value: 1n } },
      { signed: { value: BigInt(terms.amount) - 1n } },
      { signed: { to: '0x4444444444444444444444444444444444444444' } },
      { accepted: { amount: '1' } },
      { accepted: { payTo: '0x4444444444444444444444444444444444444444' } },
      { accepted: { asset: '0x4444444444444444444444444444444444444444' } },
      { authorization: { value: '0x4e20' } },
      { authorization: { value: ` ${terms.amount} ` } },
      { authorization: { value: '20000.0' } },
      { authorization: { value: '2e4' } },
    ],
  ),
  bending(
    {
      name: 'windows that are far, over, or not begun',
      source: 'seen in the reference implementation: validBefore in a year is accepted',
      defence: 'valid now, for at least 30 s more, and at most 30 s longer than asked for',
    },
    () => [
      { signed: { validBefore: now() + 31_536_000n } },
      { signed: { validBefore: 2n ** 255n } },
      { signed: { validBefore: now() + 10n } },
      { signed: { validBefore: now() - 10n } },
      { signed: { validAfter: now() + 60n } },
    ],
  ),
  bending(
    {
      name: 'signatures of someone else, over something else, or of no curve point',
      source: 'x402 specification, section 9',
      defence: 'the signer is recovered over the pinned asset’s domain on the pinned chain',
    },
    () => [
      { signature: () => `0x${'00'.repeat(65)}` },
      { signature: () => `0x${'ff'.repeat(65)}` },
      { signature: (good: Hex) => `${good.slice(0, -2)}1d` },
      { signature: (good: Hex) => good.slice(0, 130) },
      { authorization: { from: '0x4444444444444444444444444444444444444444' } },
      { authorization: { nonce: `0x${'00'.repeat(32)}` } },
    ],
  ),
  {
    name: 'a signature for another chain or another token under our terms',
    source: 'own review: v1 and v2 network mix-ups',
    defence: 'network names are one table, each version its own; chain id and asset are ours',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      const { terms } = stand;
      const elsewhere = await signPayment(wallet, { ...terms, network: 'eip155:8453' });
      const token = await signPayment(wallet, {
        ...terms,
        asset: '0x4444444444444444444444444444444444444444',
      });
      const good = openPayment(await signPayment(wallet, terms));
      const named = (network: string) => sealPayment({ ...good, accepted: { ...terms, network } });
      const payments = [
        sealPayment({ ...openPayment(elsewhere), accepted: terms }),
        sealPayment({ ...openPayment(token), accepted: terms }),
        elsewhere,
        ...['base-sepolia', 'eip155:8453', 'base', 'eip155:084532', 'EIP155:84532', 'eip155:84532 '].map(
          named,
        ),
        sealPayment({ x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload: good.payload }),
        sealPayment({ ...good, x402Version: 3 }),
        sealPayment({ ...good, accepted: { ...terms, scheme: 'upto' } }),
      ];
      return { attempts: payments.length, wallets: [wallet], leaked: await allRefused(stand, payments) };
    },
  },
  {
    name: 'headers that are bombs, ambiguous, or two',
    source: 'own review: parser bombs, duplicate JSON keys, both payment headers at once',
    defence:
      '8 KB before decoding, strict base64 and UTF-8, a bounded depth, no key twice, one payment a call',
    async run(stand) {
      const wallet = await stand.fundedWallet();
      const good = await signPayment(wallet, stand.terms);
      const text = Buffer.from(good, 'base64').toString();
      const payments = [
        'x'.repeat(9_000),
        sealPayment('['.repeat(4_000)),
        sealPayment('{"a":'.repeat(1_000)),
        sealPayment(`${text.slice(0, -1)},"payload":{}}`),
        sealPayment(text.replace('"value":', '"value":"1","value":')),
        sealPayment(text.replace('"value":', '"\\u0076alue":"1","value":')),
        sealPayment('null'),
        sealPayment('[]'),
        sealPayment('{"__proto__":{"x402Version":2}}'),
        `${good.slice(0, 40)} ${good.slice(40)}`,
        good.replace(/=*$/, '').slice(0, -2),
      ];
      let leaked = await allRefused(stand, payments);
      const both = await fetch(`${stand.url}/api/x402/tools/acme/create_ticket`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': good, 'X-PAYMENT': good },
        body: JSON.stringify(stand.ticket),
      });
      assert.equal(both.status, 400);
      const doubled = await fetch(`${stand.url}/api/x402/tools/acme/create_ticket`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': good },
        body: `{"subject":"a","body":"b","subject":"c"}`,
      });
      assert.equal(doubled.status, 400);
      if (both.ok || doubled.ok) leaked++;
      return { attempts: payments.length + 2, wallets: [wallet], leaked };
    },
  },
  {
    name: 'a priced call inside a JSON-RPC batch',
    source: 'own review: batch arrays walk past a gate that reads body.method',
    defence: 'batches are refused; one dispatcher, and every priced operation passes the money path',
    async run({ door, urls }) {
      const call = {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'create_ticket', arguments: { subject: 'a', body: 'b' } },
      };
      const bodies = [[call], [call, call], [[call]], [{ ...call, method: 'tools/list' }, call]];
      let leaked = 0;
      for (const body of bodies) {
        const response = await fetch(door.replace(urls[0], urls[1]), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        assert.equal(response.status, 400);
        if (/tkt_/.test(await response.text())) leaked++;
      }
      return { attempts: bodies.length, wallets: [], leaked };
    },
  },
  {
    name: 'reading a ticket that another wallet opened',
    source: 'invariant 12',
    defence: 'prepare refuses it as unknown, without a charge',
    async run(stand) {
      const [owner, thief] = [await stand.fundedWallet(), await stand.fundedWallet()];
      const { ticketId } = (await stand.pay(await signPayment(owner, stand.terms))).body as {
        ticketId: string;
      };
      const stolen = await callTool(
        stand.urls[1],
        'get_ticket_context',
        { ticketId },
        await signPayment(thief, stand.terms),
      );
      assert.equal(stolen.status, 404);
      const leaked = JSON.stringify(stolen.body).includes('By two stops') ? 1 : 0;
      return { attempts: 1, wallets: [owner, thief], leaked };
    },
  },
];
