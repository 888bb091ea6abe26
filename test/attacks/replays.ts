/** One payment, presented more than once: in other spellings, at other doors, for other things, all at the same time. */
import assert from 'node:assert/strict';
import type { Hex } from 'viem';
import { seedDemo } from '../../src/desk/demo.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openPayment } from '../authorization.ts';
import { silent, testDatabaseUrl } from '../harness.ts';
import { callTool, signPayment, startSecondProcess } from '../postern.ts';
import { type Attack, sealPayment } from './stand.ts';

const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The same signature in its other form: s mirrored, v flipped. */
function mirrored(signature: Hex): Hex {
  const s = curveOrder - BigInt(`0x${signature.slice(66, 130)}`);
  const v = signature.endsWith('1b') ? '1c' : '1b';
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${v}` as Hex;
}

/** Every spelling of one payment that a decoder might take for another. */
function spellings(payment: string): { v2: string[]; v1: string[] } {
  const { accepted, payload } = openPayment(payment);
  const { authorization: a, signature } = payload;
  const upper = (hex: string) => `0x${hex.slice(2).toUpperCase()}`;
  const v = Number.parseInt(signature.slice(130), 16);
  const bent = [
    payload,
    { signature, authorization: { ...a, nonce: upper(a.nonce) } },
    { signature, authorization: { ...a, from: a.from.toLowerCase(), to: a.to.toLowerCase() } },
    { signature, authorization: { ...a, from: upper(a.from) } },
    { signature: upper(signature), authorization: a },
    { signature: `${signature.slice(0, 130)}${(v - 27).toString().padStart(2, '0')}`, authorization: a },
    { signature: mirrored(signature), authorization: a },
    { signature, authorization: { ...a, value: `0${a.value}` } },
    { signature, authorization: { ...a, value: ` ${a.value} ` } },
    { signature, authorization: { ...a, value: `0x${BigInt(a.value).toString(16)}` } },
    { signature, authorization: { ...a, more: 'than there was' } },
  ];
  const whole = (inner: object) => ({ x402Version: 2, accepted, payload: inner });
  const network = 'base-sepolia';
  return {
    v2: [
      ...bent.map((inner) => sealPayment(whole(inner))),
      sealPayment(JSON.stringify(whole(payload), null, 2)),
      sealPayment({ payload, accepted, x402Version: 2 }),
      sealPayment(`${JSON.stringify(whole(payload)).slice(0, -1)},"x402Version":2}`),
    ],
    v1: bent.map((inner) => sealPayment({ x402Version: 1, scheme: 'exact', network, payload: inner })),
  };
}

export const replays: Attack[] = [
  {
    name: 'a thousand concurrent replays of one payment, over two processes',
    source: 'arXiv 2605.11781 (248 grants of 1,000)',
    defence: 'one row per authorization, claimed before anything runs; a repeat is answered from that row',
    async run({ fundedWallet, terms, urls, pay }) {
      const wallet = await fundedWallet();
      const payment = await signPayment(wallet, terms);
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) => pay(payment, urls[i % 2]).then(({ status }) => status)),
      );
      for (const status of new Set(answers))
        assert.ok([200, 202, 409].includes(status), `a replay was answered ${status}`);
      return { attempts: answers.length, wallets: [wallet] };
    },
  },
  {
    name: 'replay in other spellings: hex case, v of 0 or 27, high s, whitespace, key order, v1 and v2',
    source: 'seen in the reference implementation',
    defence: 'a payment is normalised before it is a key; what has two spellings is refused',
    async run({ fundedWallet, terms, urls, pay, ticket }) {
      const wallet = await fundedWallet();
      const { v1, v2 } = spellings(await signPayment(wallet, terms));
      const path = '/api/x402/tools/acme/create_ticket';
      const post = (payment: string, i: number) =>
        fetch(`${urls[i % 2]}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'X-PAYMENT': payment },
          body: JSON.stringify(ticket),
        });
      await Promise.all([...v2.map((payment, i) => pay(payment, urls[i % 2])), ...v1.map(post)]);
      for (const [i, payment] of v2.entries()) await pay(payment, urls[(i + 1) % 2]);
      return { attempts: 2 * v2.length + v1.length, wallets: [wallet] };
    },
  },
  {
    name: 'one payment for fifty different calls at once',
    source: 'arXiv 2605.30998 (cross-resource substitution, duplicate-settlement race)',
    defence:
      'the claim holds the hash of workspace, operation and arguments; for another call it is a conflict',
    async run({ fundedWallet, terms, urls, pay, ticket }) {
      const wallet = await fundedWallet();
      const payment = await signPayment(wallet, terms);
      const calls = Array.from({ length: 50 }, (_, i) =>
        pay(payment, urls[i % 2], { ...ticket, subject: `Meter reads low, ${i}` }),
      );
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 200).length, 1);
      return { attempts: calls.length, wallets: [wallet] };
    },
  },
  {
    name: 'one payment for another tool, and in another workspace',
    source: 'arXiv 2605.30998 (cross-resource substitution)',
    defence: 'as above; a workspace is part of the hash, and its payTo of what was signed',
    async run({ fundedWallet, terms, urls, pay, db, ticket }) {
      const wallet = await fundedWallet();
      const payment = await signPayment(wallet, terms);
      const first = await pay(payment);
      assert.equal(first.status, 200);
      const { ticketId } = first.body as { ticketId: string };
      await db
        .insertInto('workspaces')
        .values({ id: `wsp_${'z'.repeat(24)}`, slug: 'rival', name: 'Rival' })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const statuses: number[] = [];
      for (const tool of ['get_ticket_context', 'draft_reply'])
        statuses.push((await callTool(urls[1], tool, { ticketId, body: 'x' }, payment)).status);
      const rival = await fetch(`${urls[0]}/api/x402/tools/rival/create_ticket`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': payment },
        body: JSON.stringify(ticket),
      });
      statuses.push(rival.status);
      return {
        attempts: statuses.length,
        wallets: [wallet],
        leaked: statuses.filter((s) => s === 200).length,
      };
    },
  },
  {
    name: 'one payment at a second door that shares the payTo and not the database',
    source: 'own review: a payTo shared by two databases',
    defence: 'an authorization that is used when it first reaches us is refused',
    async run(stand) {
      const { fundedWallet, terms, pay } = stand;
      const wallet = await fundedWallet();
      const payment = await signPayment(wallet, terms);
      assert.equal((await pay(payment)).status, 200);
      const databaseUrl = await testDatabaseUrl();
      const other = openDatabase({ url: databaseUrl, poolSize: 1, log: silent });
      const workspaceId = await seedDemo(other, randomIds, new Date());
      await other
        .insertInto('workspaceNetworks')
        .values({ workspaceId, network: 'base-sepolia', payTo: terms.payTo })
        .execute();
      await other.destroy();
      const second = await startSecondProcess(stand, { databaseUrl });
      const again = await callTool(second.url, 'create_ticket', stand.ticket, payment);
      return { attempts: 1, wallets: [wallet], leaked: again.status === 200 ? 1 : 0 };
    },
  },
];
