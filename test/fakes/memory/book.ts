/** The book in memory: each function says what its statement in src/facilitator/postgres-book.ts does. */
import {
  type Account,
  type Book,
  type Credit,
  type CreditedBlock,
  mostOfOnePayer,
  type OpenSettlement,
  type SeenChain,
  type SignedTransaction,
  type Slot,
  type StoredTransaction,
} from '../../../src/facilitator/book.ts';
import type { Session } from './database.ts';
import { barred, memoryGas } from './gas.ts';
import type { Row, Statement } from './statement.ts';

export function memoryBook(session: Session): Book {
  return {
    due: (network, limit) => session.run((s) => due(s, network, limit)),
    take: (account, groups, sign) =>
      session.transaction(async (tx) => {
        const ours = await tx.run((s) => lockQueued(s, groups));
        // Its own statement here: the locks above are kept while this one waits for the account.
        const firstNonce = await tx.run((s) => allocate(s, account, ours.length));
        if (ours.length === 0 || firstNonce === undefined) return [];
        const stored = await Promise.all(
          ours.map(async (settlementIds, i) => {
            const accountNonce = firstNonce + BigInt(i);
            return { ...(await sign(settlementIds, accountNonce)), settlementIds, accountNonce };
          }),
        );
        await tx.run((s) => {
          for (const item of stored) store(s, account, item);
        });
        return stored;
      }),
    postpone: (items) =>
      session.run((s) => {
        for (const { id, error } of items) postpone(s, id, error);
      }),
    requeue: (...args) => session.run((s) => requeue(s, ...args)),
    handOver: (network, latest, limit, againSeconds) =>
      session.run((s) => handOver(s, network, latest, limit, againSeconds)),
    takeBack: (id, error) => session.run((s) => takeBack(s, id, error)),
    open: (network) => session.run((s) => open(s, network)),
    credit: (network, credits) => session.run((s) => credit(s, network, credits), { relaxed: true }),
    makeVoid: (id, reason) => session.run((s) => makeVoid(s, id, reason)),
    creditedBlocks: (network, fromNumber) => session.run((s) => creditedBlocks(s, network, fromNumber)),
    reopen: (network, blocks) => session.run((s) => reopen(s, network, blocks)),
    voided: (network, limit) => session.run((s) => voided(s, network, limit)),
    openAccount: (account, chain) => session.run((s) => openAccount(s, account, chain)),
    markMined: (account, count) =>
      session.run((s) => {
        for (const row of transactionsOfAccount(s, account))
          if (row.state === 'stored' && row.accountNonce < count) s.put('relayerTransactions', mined(s, row));
      }),
    slots: (account, count, limit) => session.run((s) => slots(s, account, count, limit)),
    fill: (account, nonce, transaction) => session.run((s) => fill(s, account, nonce, transaction)),
    replace: (account, nonce, replacedHash, signed) =>
      session.transaction(async (tx) => {
        await tx.run((s) => {
          const row = s.get('relayerAccounts', account.network, account.sender);
          if (row) s.lock('relayerAccounts', row);
        });
        return tx.run((s) => replace(s, account, nonce, replacedHash, signed));
      }),
    ...memoryGas(session),
  };
}

type Transaction = Row<'relayerTransactions'>;

const isOpen = ({ state }: Row<'settlements'>) => state === 'queued' || state === 'sent';
const after = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000);
const age = (s: Statement, { createdAt }: Transaction) => (s.now.getTime() - createdAt.getTime()) / 1000;

/** Of two that were stored at the same moment the later one comes first. */
const newestFirst = (transactions: Transaction[]) =>
  transactions.reverse().sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());

/** Those that a settlement was sent with, newest first. */
const transactionsOf = (s: Statement, settlementId: string) =>
  newestFirst(
    s
      .all('relayerTransactionSettlements', (link) => link.settlementId === settlementId)
      .flatMap(({ transactionId }) => s.get('relayerTransactions', transactionId) ?? []),
  );

const settlementsOf = (s: Statement, transactionId: string) =>
  s
    .all('relayerTransactionSettlements', (link) => link.transactionId === transactionId)
    .flatMap(({ settlementId }) => s.get('settlements', settlementId) ?? []);

const transactionsOfAccount = (s: Statement, { network, sender }: Account) =>
  s.all('relayerTransactions', (row) => row.network === network && row.sender === sender);

function due(s: Statement, network: string, limit: number): Row<'settlements'>[] {
  const none = new Set(barred(s));
  const queued = s
    .all(
      'settlements',
      (row) => row.network === network && row.state === 'queued' && row.nextAttemptAt <= s.now,
    )
    .filter(({ payer }) => !none.has(payer))
    .sort((a, b) => a.nextAttemptAt.getTime() - b.nextAttemptAt.getTime());
  const ofPayer = new Map<string, number>();
  const turns = queued.map((row) => {
    const turn = (ofPayer.get(row.payer) ?? 0) + 1;
    ofPayer.set(row.payer, turn);
    return { row, turn };
  });
  return turns
    .filter(({ turn }) => turn <= mostOfOnePayer)
    .sort((a, b) => a.turn - b.turn)
    .slice(0, limit)
    .map(({ row }) => row);
}

function lockQueued(s: Statement, groups: readonly (readonly string[])[]): string[][] {
  const free = groups.map((ids) =>
    ids
      .flatMap((id) => s.get('settlements', id) ?? [])
      .filter((row) => row.state === 'queued' && !s.isLocked('settlements', row)),
  );
  for (const row of free.flat()) s.lock('settlements', row);
  return free.map((rows) => rows.map(({ id }) => id)).filter((ids) => ids.length > 0);
}

function allocate(s: Statement, { network, sender }: Account, count: number): bigint | undefined {
  const account = s.get('relayerAccounts', network, sender);
  if (!account || count === 0) return undefined;
  s.put('relayerAccounts', { ...account, nextNonce: account.nextNonce + BigInt(count) });
  return account.nextNonce;
}

const rowOf = (s: Statement, account: Account, accountNonce: bigint, signed: SignedTransaction) => {
  const { id, hash, raw, gasLimit, maxFeeWei } = signed;
  const bound = { gasLimit, maxFeeWei, gasUsed: null, feeWei: null, minedAt: null };
  return { id, hash, raw, ...account, ...bound, accountNonce, state: 'stored' as const, createdAt: s.now };
};

function store(s: Statement, account: Account, stored: StoredTransaction): void {
  if (!s.insert('relayerTransactions', rowOf(s, account, stored.accountNonce, stored)))
    throw new Error('a unique key of relayerTransactions is taken');
  for (const settlementId of stored.settlementIds) {
    s.put('relayerTransactionSettlements', { transactionId: stored.id, settlementId });
    s.put('settlements', { ...s.get('settlements', settlementId)!, state: 'sent', updatedAt: s.now });
  }
}

function postpone(s: Statement, id: string, error: string): void {
  const row = s.get('settlements', id);
  if (row?.state !== 'queued') return;
  const nextAttemptAt = after(s.now, Math.min(30, 2 ** Math.min(row.attempts, 5)));
  const attempts = row.attempts + 1;
  s.put('settlements', { ...row, attempts, lastError: error, nextAttemptAt, updatedAt: s.now });
}

function requeue(s: Statement, id: string, newestHash: string, together: number, error: string): void {
  const row = s.get('settlements', id);
  if (row?.state !== 'sent' || transactionsOf(s, id)[0]?.hash !== newestHash) return;
  s.put('settlements', {
    ...row,
    state: 'queued',
    attempts: row.attempts + 1,
    lastError: error,
    nextAttemptAt: after(s.now, 1),
    together,
    updatedAt: s.now,
  });
}

const isCarried = (s: Statement, id: string) =>
  transactionsOf(s, id).some(({ state }) => state !== 'dropped');

function handOver(s: Statement, network: string, latest: bigint, limit: number, againSeconds: number) {
  return s
    .all('settlements', (row) => row.network === network && isOpen(row) && row.nextAttemptAt <= s.now)
    .filter((row) => row.validBefore > latest && !isCarried(s, row.id) && !s.isLocked('settlements', row))
    .sort((a, b) => a.nextAttemptAt.getTime() - b.nextAttemptAt.getTime())
    .slice(0, limit)
    .map((row) => {
      const nextAttemptAt = after(s.now, againSeconds);
      return s.put('settlements', { ...row, state: 'sent', nextAttemptAt, updatedAt: s.now });
    });
}

function takeBack(s: Statement, id: string, error: string): void {
  const row = s.get('settlements', id);
  if (row?.state !== 'sent' || isCarried(s, id)) return;
  const nextAttemptAt = after(s.now, Math.min(30, 2 ** Math.min(row.attempts, 5)));
  const attempts = row.attempts + 1;
  s.put('settlements', {
    ...row,
    state: 'queued',
    attempts,
    lastError: error,
    nextAttemptAt,
    updatedAt: s.now,
  });
}

function open(s: Statement, network: string): OpenSettlement[] {
  return s
    .all('settlements', (row) => row.network === network && isOpen(row))
    .map((row) => ({
      ...row,
      transactions: transactionsOf(s, row.id)
        .filter(({ state }) => state !== 'dropped')
        .map((item) => ({
          hash: item.hash,
          sender: item.sender,
          accountNonce: item.accountNonce,
          ageSeconds: age(s, item),
          carries: settlementsOf(s, item.id).length,
          gasLimit: item.gasLimit,
        })),
    }));
}

const mined = (s: Statement, row: Transaction): Transaction => ({
  ...row,
  state: 'mined',
  minedAt: row.minedAt ?? s.now,
});

function credit(s: Statement, network: string, credits: readonly Credit[]): string[] {
  for (const { transactionHash } of credits)
    for (const row of s.all('relayerTransactions', ({ hash }) => hash === transactionHash))
      s.put('relayerTransactions', mined(s, row));
  const settled = new Set<string>();
  for (const credit of [...credits].sort((a, b) => (a.settlementId < b.settlementId ? -1 : 1)))
    if (creditOne(s, network, credit)) settled.add(credit.settlementId);
  return credits.map(({ settlementId }) => settlementId).filter((id) => settled.has(id));
}

/** @returns whether the settlement became final by it. */
function creditOne(
  s: Statement,
  network: string,
  { settlementId, transactionHash, logIndex, blockNumber, blockHash }: Credit,
): boolean {
  if (!s.insert('creditedLogs', { network, transactionHash, logIndex, settlementId })) return false;
  const row = s.get('settlements', settlementId);
  if (!row) throw new Error(`no settlement ${settlementId} to credit`);
  if (row.state === 'settled') return false;
  const late = row.late || row.state === 'void';
  const where = { transactionHash, blockNumber, blockHash };
  s.put('settlements', { ...row, ...where, state: 'settled', late, updatedAt: s.now });
  s.notify('settlement.final', settlementId);
  return true;
}

function makeVoid(s: Statement, id: string, reason: string): boolean {
  const row = s.get('settlements', id);
  if (!row || !isOpen(row)) return false;
  const nextAttemptAt = after(s.now, 15);
  s.put('settlements', { ...row, state: 'void', lastError: reason, nextAttemptAt, updatedAt: s.now });
  s.notify('settlement.final', id);
  return true;
}

function creditedBlocks(s: Statement, network: string, fromNumber: bigint): CreditedBlock[] {
  const found = new Map<string, CreditedBlock>();
  for (const { state, network: of, blockNumber, blockHash } of s.all('settlements'))
    if (of === network && state === 'settled' && blockHash && blockNumber! >= fromNumber)
      found.set(`${blockNumber} ${blockHash}`, { number: blockNumber!, hash: blockHash });
  return [...found.values()].sort((a, b) => Number(a.number - b.number));
}

function reopen(s: Statement, network: string, blocks: readonly CreditedBlock[]): string[] {
  const isGone = ({ state, network: of, blockNumber, blockHash }: Row<'settlements'>) =>
    of === network &&
    state === 'settled' &&
    blocks.some(({ number, hash }) => number === blockNumber && hash === blockHash);
  return s.all('settlements', isGone).map((row) => {
    for (const log of s.all('creditedLogs', ({ settlementId }) => settlementId === row.id))
      s.remove('creditedLogs', log);
    const carried = transactionsOf(s, row.id).filter(({ state }) => state !== 'dropped');
    for (const item of carried) s.put('relayerTransactions', { ...item, state: 'stored' });
    const state = carried.length > 0 ? ('sent' as const) : ('queued' as const);
    const where = { blockNumber: null, blockHash: null, nextAttemptAt: s.now };
    s.put('settlements', { ...row, ...where, state, updatedAt: s.now });
    return row.id;
  });
}

function voided(s: Statement, network: string, limit: number): Row<'settlements'>[] {
  return s
    .all(
      'settlements',
      (row) => row.network === network && row.state === 'void' && row.nextAttemptAt <= s.now,
    )
    .filter((row) => !s.isLocked('settlements', row))
    .sort((a, b) => a.nextAttemptAt.getTime() - b.nextAttemptAt.getTime())
    .slice(0, limit)
    .map((row) => {
      const seconds = (s.now.getTime() - row.updatedAt.getTime()) / 1000;
      const wait = seconds > 12 * 3600 ? 876_000 * 3600 : Math.max(15, seconds);
      return s.put('settlements', { ...row, nextAttemptAt: after(s.now, wait) });
    });
}

function openAccount(s: Statement, { network, sender }: Account, chain: SeenChain) {
  const { count, firstBlockHash } = chain;
  const known = s.get('relayerAccounts', network, sender);
  const replaced = known !== undefined && known.firstBlockHash !== firstBlockHash;
  if (replaced && !chain.mayBeReplaced) return 'refused';
  const nextNonce = known && !replaced && known.nextNonce > count ? known.nextNonce : count;
  s.put('relayerAccounts', { network, address: sender, nextNonce, firstBlockHash });
  if (!replaced) return 'kept';
  for (const row of s.all('relayerTransactions', (row) => row.network === network && row.state === 'stored'))
    s.put('relayerTransactions', { ...row, state: 'dropped' });
  for (const row of s.all('settlements', (row) => row.network === network && isOpen(row)))
    s.put('settlements', { ...row, state: 'queued', verifiedAtBlock: 0n });
  for (const row of s.all('settlements', (row) => row.network === network && row.state === 'settled'))
    s.put('settlements', { ...row, blockHash: null });
  return 'replaced';
}

function slots(s: Statement, account: Account, count: bigint, limit: number) {
  const next = s.get('relayerAccounts', account.network, account.sender)?.nextNonce ?? count;
  if (next <= count) return { slots: [], missing: 0n };
  const missing = next - count;
  const usable = transactionsOfAccount(s, account).filter(({ state }) => state !== 'dropped');
  const found: Slot[] = [];
  for (let nonce = count; nonce < next && found.length < limit; nonce++) {
    const newest = newestFirst(usable.filter(({ accountNonce }) => accountNonce === nonce))[0];
    found.push({
      nonce,
      raw: newest?.raw ?? null,
      hash: newest?.hash ?? null,
      maxFeeWei: newest?.maxFeeWei ?? null,
      ageSeconds: newest ? age(s, newest) : null,
      wanted: newest !== undefined && settlementsOf(s, newest.id).some(isOpen),
    });
  }
  return { slots: found, missing };
}

function fill(s: Statement, account: Account, nonce: bigint, signed: SignedTransaction): void {
  for (const row of transactionsOfAccount(s, account)) {
    if (row.state !== 'stored' || row.accountNonce !== nonce) continue;
    s.put('relayerTransactions', { ...row, state: 'dropped' });
    for (const settlement of settlementsOf(s, row.id))
      if (settlement.state === 'sent')
        s.put('settlements', { ...settlement, state: 'queued', nextAttemptAt: s.now, updatedAt: s.now });
  }
  if (s.insert('relayerTransactions', rowOf(s, account, nonce, signed))) return;
  for (const row of s.all('relayerTransactions', ({ hash }) => hash === signed.hash))
    s.put('relayerTransactions', { ...row, state: 'stored' });
}

function replace(
  s: Statement,
  account: Account,
  nonce: bigint,
  replacedHash: string,
  signed: SignedTransaction,
): boolean {
  const ofNonce = transactionsOfAccount(s, account).filter(
    ({ state, accountNonce }) => state !== 'dropped' && accountNonce === nonce,
  );
  const newest = newestFirst(ofNonce)[0];
  if (newest?.hash !== replacedHash) return false;
  if (!s.insert('relayerTransactions', rowOf(s, account, nonce, signed))) return false;
  for (const { id } of settlementsOf(s, newest.id))
    s.put('relayerTransactionSettlements', { transactionId: signed.id, settlementId: id });
  return true;
}
