/**
 * Reconciliation: what the ledger calls settled, against what the chain logged, transfer by transfer and sum by sum
 * (invariant 6). It believes neither: every row has to find its transfer, and every transfer to a payTo of ours or out of a
 * float its row. Whatever does not is named.
 *
 * The chain is read through its view, so a network of another family comes with its view and nothing here.
 */
import { sql } from 'kysely';
import type { ChainView, ExplainedTransfer, Span, Transfer } from '../chains/view.ts';
import { formatUsdc } from '../kernel/money.ts';
import type { Database } from '../store/database.ts';
import type { Settlement } from './book.ts';

export type DifferenceKind =
  /** On the chain, to a payTo of ours, and the ledger has never heard of it: a gift, or a payTo that another database shares. */
  | 'unexplained transfer'
  /** The same out of a float. */
  | 'unexplained refund'
  /** On the chain, and its settlement says otherwise: void, or on its way for longer than its window. */
  | 'not booked'
  | 'not on chain'
  /** Its transfer is there, in another block than the ledger has. */
  | 'other block'
  | 'other amount'
  | 'other recipient'
  | 'other payer'
  /** Two settlements rest on one transfer. */
  | 'credited twice'
  /** Called settled, and no log is credited for it. */
  | 'not credited'
  /** A purchase says other than its settlement; found by who owns the purchases. */
  | 'purchase differs';

/** Amounts in atomic units; null for the side that does not have it. */
export interface Difference {
  kind: DifferenceKind;
  settlement: string | null;
  transactionHash: string | null;
  block: string | null;
  ledgerAtomic: string | null;
  chainAtomic: string | null;
  /** In words, on one line. */
  says: string;
}

/** What each side came to, in atomic units. */
export interface Sides {
  ledgerAtomic: string;
  chainAtomic: string;
}

export interface Reconciliation {
  network: string;
  fromBlock: string;
  toBlock: string;
  /** Settlements that found their transfer, alike in everything. */
  matched: number;
  /** Transfers whose settlements are about to be booked. */
  underWay: number;
  /** Settlements among the matched that landed after they were called void. */
  late: string[];
  /** Rows of a devnet that has begun anew since: their chain is gone. */
  ofAnotherChain: number;
  /** By day (UTC) on which something moved, the first first. */
  days: { day: string; payments: Sides; refunds: Sides }[];
  payments: Sides;
  refunds: Sides;
  differences: Difference[];
}

/** Whose transfers need a row: of one database, on one network. */
export interface Accounts {
  /** Every payTo that a workspace has, or had when it was paid. */
  payTo: readonly string[];
  floats: readonly string[];
}

/** Blocks that are compared at once: rows and transfers of so many are in memory together. */
const chunkBlocks = 5_000n;

/** @param span blocks that are final. @throws {RpcUnavailable} @throws {RpcError} */
export async function reconcile(
  db: Database,
  view: ChainView,
  accounts: Accounts,
  span: Span,
): Promise<Reconciliation> {
  const books = openBooks(view, accounts);
  for (let from = span.from; from <= span.to; from += chunkBlocks) {
    const to = from + chunkBlocks - 1n < span.to ? from + chunkBlocks - 1n : span.to;
    await compare(db, view, books, { from, to });
  }
  return closeBooks(books, view, span);
}

/** A settled row with the log that is credited for it. */
interface Row extends Settlement {
  creditedHash: string | null;
  creditIndex: number | null;
}

const isRefund = ({ id }: Pick<Settlement, 'id'>): boolean => id.startsWith('rfd_');
/** As chains write them: hexadecimal in lower case, and to the letter what is base58, where each case is another hash. */
const hashOf = (hash: string): string => (hash.startsWith('0x') ? hash.toLowerCase() : hash);
const keyOf = (hash: string, index: number): string => `${hashOf(hash)}:${index}`;

/** What one run has found so far. */
interface Books {
  payTo: ReadonlySet<string>;
  floats: ReadonlySet<string>;
  matched: number;
  underWay: number;
  late: string[];
  ofAnotherChain: number;
  days: Map<string, Record<'payments' | 'refunds', { ledger: bigint; chain: bigint }>>;
  /** By settlement, or by transfer where there is none: one entry each, the first that was found. */
  differences: Map<string, Difference>;
}

function openBooks(view: ChainView, { payTo, floats }: Accounts): Books {
  return {
    payTo: new Set(payTo.map(view.normal)),
    floats: new Set(floats.map(view.normal)),
    matched: 0,
    underWay: 0,
    late: [],
    ofAnotherChain: 0,
    days: new Map(),
    differences: new Map(),
  };
}

async function compare(db: Database, view: ChainView, books: Books, span: Span): Promise<void> {
  const rows = await settledRows(db, view.network.name, span);
  // Settlements for others (the facilitator alone) have to find their transfers too, to payTos that are none of ours.
  const paid = rows.filter((row) => !isRefund(row)).map(({ payTo }) => view.normal(payTo));
  const refunded = rows.filter(isRefund).map(({ payer }) => view.normal(payer));
  const watched = {
    to: [...new Set([...books.payTo, ...paid])],
    from: [...books.floats.union(new Set(refunded))],
  };
  // Anyone can log a transfer of nothing, to anyone.
  const found = (await view.transfers(watched, span)).filter(({ amountAtomic }) => amountAtomic > 0n);
  const transfers = new Map(
    found.map((transfer) => [keyOf(transfer.transactionHash, transfer.creditIndex), transfer]),
  );
  const taken = new Map<string, Row>();
  for (const row of rows) {
    const key = row.creditedHash !== null && keyOf(row.creditedHash, row.creditIndex!);
    const transfer = key ? transfers.get(key) : undefined;
    if (!key) {
      differ(books, row, undefined, 'not credited', 'is called settled, and no log is credited for it');
      addLedger(books, row, undefined);
    } else if (!transfer) await lookFor(view, books, row);
    else if (taken.has(key)) {
      const says = `rests on the transfer that pays for ${taken.get(key)!.id}`;
      differ(books, row, transfer, 'credited twice', says);
      addLedger(books, row, transfer);
    } else {
      taken.set(key, row);
      check(view, books, row, transfer);
      addLedger(books, row, transfer);
      addChain(books, transfer, isRefund(row));
    }
  }
  for (const [key, transfer] of transfers) if (!taken.has(key)) await explain(db, view, books, transfer);
}

/** Every settled row of those blocks, as the ledger has them. */
async function settledRows(db: Database, network: string, { from, to }: Span): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select s.*, l.transaction_hash as credited_hash, l.log_index as credit_index
    from settlements s left join credited_logs l on l.settlement_id = s.id
    where s.network = ${network} and s.state = 'settled' and s.block_number between ${from} and ${to}
    order by s.block_number, s.id`.execute(db);
  return rows;
}

/** A row against the transfer it is credited for. */
function check(view: ChainView, books: Books, row: Row, transfer: Transfer): void {
  const [kind, says] = unlike(view, row, transfer) ?? [];
  if (kind) differ(books, row, transfer, kind, says!);
  else {
    books.matched += 1;
    if (row.late) books.late.push(row.id);
  }
}

function unlike({ normal }: ChainView, row: Row, transfer: Transfer): [DifferenceKind, string] | undefined {
  const { amountAtomic, from, to, blockHash, blockNumber, transactionHash } = transfer;
  const has = (ledger: unknown, chain: unknown) => `the ledger has ${ledger}, the chain ${chain}`;
  if (amountAtomic !== row.amountAtomic)
    return ['other amount', has(`$${formatUsdc(row.amountAtomic)}`, `$${formatUsdc(amountAtomic)}`)];
  if (to !== normal(row.payTo)) return ['other recipient', has(row.payTo, to)];
  if (from !== normal(row.payer)) return ['other payer', has(row.payer, from)];
  if (blockNumber !== row.blockNumber)
    return ['other block', has(`block ${row.blockNumber}`, `block ${blockNumber}`)];
  // Rows of old have none.
  if (row.blockHash !== null && blockHash !== hashOf(row.blockHash))
    return ['other block', has(row.blockHash, `${blockHash} at block ${blockNumber}`)];
  if (row.transactionHash === null || hashOf(row.transactionHash) !== transactionHash)
    return ['not credited', has(row.transactionHash, `the credited log in ${transactionHash}`)];
  return undefined;
}

/** A row whose transfer is not where it says: in another block, to somebody else, or nowhere. */
async function lookFor(view: ChainView, books: Books, row: Row): Promise<void> {
  const transfers = await view.transaction(row.creditedHash!);
  const transfer = transfers?.find(({ creditIndex }) => creditIndex === row.creditIndex);
  const moved =
    transfer ?? transfers?.find(({ from, nonce }) => from === view.normal(row.payer) && nonce === row.nonce);
  // The chain that these were settled on was thrown away, and the ledger told so (`openAccount` of the book).
  if (!transfers && row.blockHash === null && view.network.testnet) {
    books.ofAnotherChain += 1;
    return;
  }
  addLedger(books, row, moved);
  if (moved) return check(view, books, row, moved);
  const says = transfers
    ? `its transaction ${row.creditedHash} holds no such transfer`
    : `the chain has no transaction ${row.creditedHash}`;
  differ(books, row, undefined, 'not on chain', says);
}

/** A transfer that no row of its blocks is credited for. */
async function explain(db: Database, view: ChainView, books: Books, transfer: Transfer): Promise<void> {
  const refund = books.floats.has(transfer.from);
  if (!refund && !books.payTo.has(transfer.to)) return;
  const parts = await view.transaction(transfer.transactionHash);
  const part = parts?.find(({ creditIndex }) => creditIndex === transfer.creditIndex);
  const row = part?.nonce === undefined ? undefined : await rowOf(db, view, part);
  if (row) return tellApart(view, books, row, transfer);
  addChain(books, transfer, refund);
  const { transactionHash, from, to, amountAtomic } = transfer;
  const by = (await sentByUs(db, transactionHash))
    ? 'in a transaction of our own relayer, and the ledger has no row for it'
    : byWhom(refund, part?.nonce !== undefined);
  books.differences.set(keyOf(transactionHash, transfer.creditIndex), {
    ...sidesOf(undefined, transfer),
    kind: refund ? 'unexplained refund' : 'unexplained transfer',
    says: `$${formatUsdc(amountAtomic)} from ${from} to ${to}, ${by}`,
  });
}

function byWhom(refund: boolean, authorized: boolean): string {
  if (!authorized) return 'a plain transfer, by no authorization';
  return refund
    ? 'by an authorization of the float that the ledger does not know: does another database have its key?'
    : 'by an authorization that the ledger does not know: is the payTo shared with another database?';
}

/** The transfer's authorization has a row, which is not credited with it where it lies. */
async function tellApart(view: ChainView, books: Books, row: Row, transfer: Transfer): Promise<void> {
  const open = row.state === 'queued' || row.state === 'sent';
  // Final on the chain, and the next looks book it.
  if (open && !(await view.isOver(row.validBefore, bookingSeconds))) {
    books.underWay += 1;
    return;
  }
  addChain(books, transfer, isRefund(row));
  const settled = row.state === 'settled';
  const credited = settled && row.creditedHash !== null && keyOf(row.creditedHash, row.creditIndex!);
  // Booked between our reading of the ledger and of the chain.
  if (credited === keyOf(transfer.transactionHash, transfer.creditIndex) && !unlike(view, row, transfer)) {
    addLedger(books, row, transfer);
    return check(view, books, row, transfer);
  }
  const where = `${transfer.transactionHash}, block ${transfer.blockNumber}`;
  // Its own blocks name the difference as well: once is enough.
  if (settled) return differ(books, row, transfer, 'other block', `the chain moved the money in ${where}`);
  const state = open ? row.state : `void (${row.lastError ?? 'no reason known'})`;
  differ(
    books,
    row,
    transfer,
    'not booked',
    `the chain moved the money in ${where}, and the ledger calls it ${state}`,
  );
}

/** Beyond its window what is on the chain should be booked within this. */
const bookingSeconds = 120n;

async function rowOf(
  db: Database,
  view: ChainView,
  { from, nonce }: ExplainedTransfer,
): Promise<Row | undefined> {
  const { rows } = await sql<Row>`
    select s.*, l.transaction_hash as credited_hash, l.log_index as credit_index
    from settlements s left join credited_logs l on l.settlement_id = s.id
    where s.network = ${view.network.name} and s.asset = ${view.network.asset} and s.payer = ${from}
      and s.nonce = ${nonce}`.execute(db);
  return rows[0];
}

async function sentByUs(db: Database, hash: string): Promise<boolean> {
  const { rows } = await sql`
    select from relayer_transactions where hash = ${hash}
    union all select from svm_transactions where signature = ${hash}`.execute(db);
  return rows.length > 0;
}

function differ(
  books: Books,
  row: Row,
  transfer: Transfer | undefined,
  kind: DifferenceKind,
  says: string,
): void {
  if (books.differences.has(row.id)) return;
  books.differences.set(row.id, { ...sidesOf(row, transfer), kind, says });
}

const sidesOf = (
  row: Row | undefined,
  transfer: Transfer | undefined,
): Omit<Difference, 'kind' | 'says'> => ({
  settlement: row?.id ?? null,
  transactionHash: transfer?.transactionHash ?? row?.creditedHash ?? row?.transactionHash ?? null,
  block: (transfer?.blockNumber ?? row?.blockNumber)?.toString() ?? null,
  ledgerAtomic: row?.state === 'settled' ? row.amountAtomic.toString() : null,
  chainAtomic: transfer?.amountAtomic.toString() ?? null,
});

/** By the chain's time where it is on the chain, else by when it was booked. */
function addLedger(books: Books, row: Row, transfer: Transfer | undefined): void {
  const at = transfer ? new Date(Number(transfer.at) * 1000) : row.updatedAt;
  dayOf(books, at)[isRefund(row) ? 'refunds' : 'payments'].ledger += row.amountAtomic;
}

function addChain(books: Books, transfer: Transfer, refund: boolean): void {
  const day = dayOf(books, new Date(Number(transfer.at) * 1000));
  day[refund ? 'refunds' : 'payments'].chain += transfer.amountAtomic;
}

function dayOf(books: Books, at: Date) {
  const day = at.toISOString().slice(0, 10);
  const none = () => ({ ledger: 0n, chain: 0n });
  const known = books.days.get(day) ?? { payments: none(), refunds: none() };
  books.days.set(day, known);
  return known;
}

function closeBooks(books: Books, view: ChainView, { from, to }: Span): Reconciliation {
  const { matched, underWay, late, ofAnotherChain, differences } = books;
  const days = [...books.days].sort(([a], [b]) => a.localeCompare(b));
  const sides = (of: readonly { ledger: bigint; chain: bigint }[]): Sides => ({
    ledgerAtomic: of.reduce((sum, { ledger }) => sum + ledger, 0n).toString(),
    chainAtomic: of.reduce((sum, { chain }) => sum + chain, 0n).toString(),
  });
  return {
    network: view.network.name,
    fromBlock: from.toString(),
    toBlock: to.toString(),
    matched,
    underWay,
    late,
    ofAnotherChain,
    days: days.map(([day, { payments, refunds }]) => ({
      day,
      payments: sides([payments]),
      refunds: sides([refunds]),
    })),
    payments: sides(days.map(([, { payments }]) => payments)),
    refunds: sides(days.map(([, { refunds }]) => refunds)),
    differences: [...differences.values()],
  };
}
