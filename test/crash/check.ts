/** What must be true once the faults are over: the ledger against the chain's log, the desk, and what agents were told. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { type Hex, keccak256, toHex } from 'viem';
import { sleep } from '../../src/kernel/time.ts';
import type { Database } from '../../src/store/database.ts';
import { chainRpc, type Ground } from '../postern.ts';
import type { Intention } from './agents.ts';

/** Waits until no purchase is under way. @throws after the time, with what is left. */
export async function settleDown(db: Database, seconds: number): Promise<void> {
  const open = () =>
    db
      .selectFrom('claims as c')
      .innerJoin('settlements as s', 's.id', 'c.id')
      .select(['c.id', 'c.state', 'c.processId', 's.state as settlement', 's.lastError', 's.validBefore'])
      .where('c.state', 'in', ['settling', 'paid', 'refunding'])
      .execute();
  for (let i = 0; i < seconds * 2; i++) {
    if ((await open()).length === 0) return;
    await sleep(500);
  }
  assert.deepEqual(await open(), [], `still under way after ${seconds} s`);
}

/** Invariants 1, 2, 3, 4, 6 and 7, and 8 by what agents were told. @returns purchases by state. */
export async function checkBooks(
  db: Database,
  ground: Ground,
  intentions: readonly Intention[],
): Promise<Record<string, number>> {
  const claims = await db
    .selectFrom('claims as c')
    .leftJoin('purchases as p', 'p.id', 'c.id')
    .leftJoin('settlements as s', 's.id', 'c.id')
    .leftJoin('receipts as r', 'r.purchaseId', 'c.id')
    .select([
      'c.id',
      'c.payer',
      'c.nonce',
      'c.state',
      'c.payTo',
      'c.amountAtomic',
      'p.input',
      'p.output',
      's.state as settlement',
      's.transactionHash',
      'r.id as receiptId',
    ])
    .execute();
  const byNonce = new Map(claims.map((claim) => [claim.nonce, claim]));
  assert.equal(byNonce.size, claims.length, 'an authorization was claimed twice');

  const moved = await transfersOf(ground, new Set(claims.map(({ payTo }) => payTo.toLowerCase())));
  for (const claim of claims) {
    const paid = moved.get(claim.nonce);
    const where = `${claim.id}, ${claim.state}`;
    if (claim.state === 'void') assert.equal(paid, undefined, `${where}: void, and its money moved`);
    else
      assert.deepEqual(
        paid,
        { payer: claim.payer, amountAtomic: claim.amountAtomic, transactionHash: claim.transactionHash },
        `${where}: what the chain logged`,
      );
    assert.equal(claim.receiptId !== null, claim.state === 'delivered', `${where}: its receipt`);
  }
  for (const nonce of moved.keys())
    assert.ok(byNonce.has(nonce), `money came in that no claim explains: ${nonce}`);

  await checkEffects(db, claims);
  checkAnswers(intentions, byNonce);
  await checkRelayer(db, ground);
  const counts: Record<string, number> = {};
  for (const { state } of claims) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

interface Claim {
  id: string;
  payer: string;
  state: string;
  input: unknown;
  output: unknown;
}

/** Each delivered purchase made its ticket, once, and nothing else made any. */
async function checkEffects(db: Database, claims: readonly Claim[]): Promise<void> {
  const tickets = await db
    .selectFrom('tickets')
    .select(['id', 'subject'])
    .where('wallet', 'is not', null)
    .execute();
  const bought = claims.filter(({ state }) => state === 'delivered');
  const expected = bought.map(({ input, output }) => [
    (output as { ticketId: string }).ticketId,
    (input as { subject: string }).subject,
  ]);
  assert.deepEqual(tickets.map(({ id, subject }) => [id, subject]).sort(), expected.sort(), 'tickets');
}

/** One intention is charged at most once, and no answer said what is not so. */
function checkAnswers(intentions: readonly Intention[], byNonce: ReadonlyMap<string, Claim>): void {
  for (const { subject, payments } of intentions) {
    const charged = payments.filter(({ nonce }) => (byNonce.get(nonce)?.state ?? 'void') !== 'void');
    assert.ok(charged.length <= 1, `${subject}: charged ${charged.length} times`);
    for (const { nonce, answers } of payments) {
      const state = byNonce.get(nonce)?.state;
      assert.ok(!answers.includes('broken'), `${subject}: an answer of no kind we know`);
      // Under its name a payment is answered by the one that was charged before it.
      if (answers.includes('delivered')) assert.equal(charged.length, 1, `${subject}: told delivered`);
      if (answers.includes('void') || answers.includes('challenged'))
        assert.ok(
          state === undefined || state === 'void',
          `${subject}: told to pay anew, and it is ${state}`,
        );
    }
  }
}

/** Nothing hangs: every settlement is final, and the hot key's account has no gap. */
async function checkRelayer(db: Database, ground: Ground): Promise<void> {
  const { rows } = await sql<{ open: bigint }>`
    select count(*) as open from settlements where state in ('queued', 'sent')`.execute(db);
  assert.equal(rows[0]!.open, 0n, 'settlements under way');
  const account = await db.selectFrom('relayerAccounts').selectAll().executeTakeFirstOrThrow();
  const count = BigInt(await chainRpc<Hex>(ground, 'eth_getTransactionCount', [account.address, 'latest']));
  assert.equal(count, account.nextNonce, 'account nonces that the chain has not seen');
}

const usedTopic = keccak256(toHex('AuthorizationUsed(address,bytes32)'));
const transferTopic = keccak256(toHex('Transfer(address,address,uint256)'));

interface RpcLog {
  topics: Hex[];
  data: Hex;
  logIndex: Hex;
  transactionHash: Hex;
}

/** Every payment by authorization into these wallets that the chain logged, by nonce. */
async function transfersOf(ground: Ground, payTos: ReadonlySet<string>) {
  const [{ network }] = ground.devnet.networks as [Ground['devnet']['networks'][0]];
  const logs = await chainRpc<RpcLog[]>(ground, 'eth_getLogs', [
    { address: network.asset, fromBlock: '0x0', toBlock: 'latest' },
  ]);
  const paid = new Map<string, { payer: string; amountAtomic: bigint; transactionHash: string }>();
  for (const [i, log] of logs.entries()) {
    const next = logs[i + 1];
    if (log.topics[0] !== usedTopic || next?.topics[0] !== transferTopic) continue;
    const payTo = `0x${next.topics[2]!.slice(26)}`;
    if (!payTos.has(payTo)) continue;
    assert.ok(!paid.has(log.topics[2]!), 'one authorization moved money twice');
    paid.set(log.topics[2]!, {
      payer: `0x${log.topics[1]!.slice(26)}`,
      amountAtomic: BigInt(next.data),
      transactionHash: log.transactionHash,
    });
  }
  return paid;
}
