/** What must hold in the end, when faults are over and recovery had its time: the ledger's rows against the chain's log. */
import { type ExpectedPayment, topics } from '../../src/chains/evm/eip3009.ts';
import { refundIdOf } from '../../src/door/debts.ts';
import type { Purchase } from '../../src/door/ledger.ts';
import { refundNonceOf } from '../../src/door/refunds.ts';
import type { Row } from '../fakes/memory/statement.ts';
import type { Crowd } from './actors.ts';
import { findOnChain } from './invariants.ts';
import type { Effect } from './storage.ts';
import type { World } from './world.ts';

interface Books {
  claims: Purchase[];
  settlements: Map<string, Row<'settlements'>>;
  receipts: Row<'receipts'>[];
  credited: Row<'creditedLogs'>[];
  effects: Effect[];
  markers: Map<string, string>;
}

/** Adds what does not hold to the world's violations. */
export async function judge(world: World, crowd: Crowd): Promise<void> {
  const { storage, watch } = world;
  const fail = (text: string) => {
    world.note('judge', text);
    watch.violations.push(text);
  };
  const books: Books = {
    claims: await storage.rows('claims'),
    settlements: new Map((await storage.rows('settlements')).map((row) => [row.id, row])),
    receipts: await storage.rows('receipts'),
    credited: await storage.rows('creditedLogs'),
    effects: await storage.effects(),
    markers: new Map((await storage.rows('purchases')).map(({ id, input }) => [id, String(input.marker)])),
  };
  for (const purchase of books.claims) judgePurchase(world, books, purchase, fail);
  judgeEffects(world.isDeep, crowd, books, fail);
  judgeSums(world, books, fail);
  judgeRefunds(world, books, fail);
  judgeCaps(world, books, fail);
  judgeAnswers(world.isDeep, crowd, books, fail);
  for (const text of await noncesHanging(world)) fail(text);
}

type Fail = (text: string) => void;

const expectedOf = ({ asset, payer, nonce, payTo, amountAtomic }: Purchase): ExpectedPayment => ({
  asset,
  payer,
  nonce,
  payTo,
  amountAtomic,
});

function judgePurchase(world: World, books: Books, purchase: Purchase, fail: Fail): void {
  const { id, state, network } = purchase;
  const settlement = books.settlements.get(id);
  const chain = world.chains.find((chain) => chain.network.name === network)!;
  const paid = findOnChain(chain, expectedOf(purchase)) !== undefined;
  const receipts = books.receipts.filter(({ purchaseId }) => purchaseId === id).length;
  const keepsDebts = world.weather.rules.refundAfterSeconds > 1_000;
  const isFinal = ['delivered', 'void', 'refunded', 'lost', keepsDebts ? 'owed' : ''].includes(state);
  if (!isFinal) fail(`7: ${id} is still ${state}`);
  if (state === 'delivered' && !paid) fail(`2: ${id} is delivered and not paid`);
  if (state === 'void' && paid) fail(`3: ${id} is void and paid`);
  if (state === 'lost' && (paid || !world.isDeep))
    fail(`2: ${id} is lost, and ${paid ? 'paid' : 'nothing was taken back'}`);
  if (receipts !== (wasDelivered(purchase) ? 1 : 0)) fail(`1: ${id} is ${state} with ${receipts} receipts`);
  if (paid !== (settlement?.state === 'settled'))
    fail(
      `6: the settlement of ${id} is ${settlement?.state}, and the chain says ${paid ? 'paid' : 'not paid'}`,
    );
}

const wasDelivered = ({ state }: Purchase) => state === 'delivered' || state === 'lost';

/** Invariant 1: as many effects as deliveries, call by call; and an honest client pays for a call once. */
function judgeEffects(isDeep: boolean, crowd: Crowd, { claims, effects, markers }: Books, fail: Fail): void {
  const count = <T>(items: readonly T[], markerOf: (item: T) => string | undefined) => {
    const counts = new Map<string, number>();
    for (const item of items) counts.set(markerOf(item) ?? '', (counts.get(markerOf(item) ?? '') ?? 0) + 1);
    return counts;
  };
  const done = count(effects, ({ marker }) => marker);
  const delivered = count(claims.filter(wasDelivered), ({ id }) => markers.get(id));
  for (const marker of new Set([...done.keys(), ...delivered.keys()]))
    if (done.get(marker) !== delivered.get(marker))
      fail(
        `1: ${marker} was delivered ${delivered.get(marker) ?? 0} times and done ${done.get(marker) ?? 0} times`,
      );
  const charged = count(
    claims.filter(({ state }) => state !== 'void' && state !== 'refunded' && state !== 'lost'),
    ({ id }) => markers.get(id),
  );
  for (const { marker, honest } of crowd.intentions)
    if (honest && !isDeep && (charged.get(marker) ?? 0) > 1)
      fail(`8: an honest client was charged ${charged.get(marker)} times for ${marker}`);
}

/** Invariant 6. */
function judgeSums({ chains }: World, { claims, settlements, credited }: Books, fail: Fail): void {
  for (const chain of chains) {
    const network = chain.network.name;
    const mine = [...settlements.values()].filter(
      (row) => row.network === network && row.id.startsWith('pur_'),
    );
    const settled = sum(mine.filter(({ state }) => state === 'settled').map((row) => row.amountAtomic));
    const landed = sum(
      claims
        .filter((claim) => claim.network === network && findOnChain(chain, expectedOf(claim)))
        .map(({ amountAtomic }) => amountAtomic),
    );
    if (settled !== landed) fail(`6: settled are ${settled} on ${network}, the chain logged ${landed}`);
    for (const { transactionHash, settlementId } of credited.filter((row) => row.network === network)) {
      const block = chain.blocks.find(({ receipts }) => receipts.has(transactionHash));
      if (!block) fail(`6: ${settlementId} is credited by ${transactionHash}, which is on no block`);
    }
  }
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

/** Invariant 3: what was paid back is paid back once, to who paid, and nothing else leaves the float. */
function judgeRefunds({ chains, float }: World, { claims, settlements }: Books, fail: Fail): void {
  for (const chain of chains) {
    const network = chain.network.name;
    const refunded = claims.filter((claim) => claim.network === network && claim.state === 'refunded');
    for (const { id, asset, payer, amountAtomic } of refunded) {
      const expected = { asset, payer: float.address, nonce: refundNonceOf(id), payTo: payer, amountAtomic };
      if (!findOnChain(chain, expected)) fail(`3: ${id} is refunded, and the chain does not say so`);
      if (settlements.get(refundIdOf(id))?.state !== 'settled') fail(`6: the refund of ${id} is not settled`);
    }
    const left = addressWord(float.address);
    const paidBack = chain.blocks.flatMap(({ logs }) =>
      logs.filter(({ topics: [kind, from] }) => kind === topics.transfer && from === left),
    );
    const total = sum(paidBack.map(({ data }) => BigInt(data)));
    const owed = sum(refunded.map(({ amountAtomic }) => amountAtomic));
    if (total !== owed) fail(`3: ${total} left the float on ${network}, and ${owed} was refunded`);
  }
}

/** Invariant 5, of wallets as long as they were new: windows begin with the first call in them. */
function judgeCaps({ weather }: World, { claims, settlements }: Books, fail: Fail): void {
  const { callsPerMinute, amountPerDayAtomic } = weather.rules;
  const byWallet = Map.groupBy(
    claims.filter(({ standing }) => standing === 'new'),
    ({ payer }) => payer,
  );
  for (const [payer, mine] of byWallet) {
    let begun = -Infinity;
    let calls = 0;
    for (const at of mine.map(({ createdAt }) => createdAt.getTime()).sort((a, b) => a - b)) {
      if (at >= begun + 60_000) [begun, calls] = [at, 0];
      if (++calls > callsPerMinute) fail(`5: ${payer} made ${calls} calls in a minute`);
    }
    // What landed after it was final that it could not was admitted by the chain, not by the cap, and is owed.
    const admitted = mine.filter(({ id, state }) => state !== 'void' && !settlements.get(id)?.late);
    const kept = sum(admitted.map(({ amountAtomic }) => amountAtomic));
    if (kept > amountPerDayAtomic) fail(`5: ${payer} spent ${kept} in a day`);
  }
}

const addressWord = (address: string) => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;

/** What was said in the end must be so: final answers stay true. */
function judgeAnswers(isDeep: boolean, crowd: Crowd, { claims, markers }: Books, fail: Fail): void {
  const byKey = new Map(claims.map((claim) => [`${claim.network} ${claim.payer} ${claim.nonce}`, claim]));
  for (const { kind, network, payer, nonce, purchaseId, output } of crowd.heard) {
    const claim = claims.find(({ id }) => id === purchaseId) ?? byKey.get(`${network} ${payer} ${nonce}`);
    if (kind !== 'delivered' && kind !== 'void' && kind !== 'owed' && kind !== 'paid') continue;
    const allowed = { delivered: ['delivered'], void: ['void'], owed: afterOwed, paid: afterPaid }[kind];
    const mayBe = isDeep ? [...allowed, ...takenBack[kind]] : allowed;
    if (!claim || !mayBe.includes(claim.state))
      fail(`a client heard ${kind} for ${nonce}, and it is ${claim?.state ?? 'no purchase'}`);
    if (claim && output !== undefined && output !== markers.get(claim.id))
      fail(`12: a client was given ${output} for ${markers.get(claim.id)}`);
  }
}

/** What else it may come to where what was final is taken back. */
const takenBack = {
  delivered: ['lost'],
  void: ['owed', 'refunding', 'refunded', 'delivered', 'lost'],
  owed: ['void', 'lost'],
  paid: ['void', 'lost'],
};

const afterOwed = ['owed', 'refunding', 'refunded', 'delivered'];
const afterPaid = ['delivered', ...afterOwed];

/** What of the hot key hangs: it gave out nonces that the chain has not seen. */
export async function noncesHanging({ chains, storage }: World): Promise<string[]> {
  return (await storage.rows('relayerAccounts')).flatMap(({ network, address, nextNonce }) => {
    const chain = chains.find((chain) => chain.network.name === network)!;
    const count = chain.blocks.at(-1)!.state.counts.get(address) ?? 0;
    const text = `7: a hot key's next nonce on ${network} is ${nextNonce}, the chain's ${count}`;
    return BigInt(count) === nextNonce ? [] : [text];
  });
}
