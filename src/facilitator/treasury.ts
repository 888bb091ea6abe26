/**
 * The facilitator's part of the treasury's view: what settling costs and what it brings, per network. Statements that only
 * read, over rows that belong to no workspace. Amounts of USDC in atomic units, of gas in the chain's smallest native unit
 * (wei, lamports), both as decimal strings.
 */
import { type RawBuilder, sql } from 'kysely';
import { findNetwork } from '../chains/networks.ts';
import type { ChainView } from '../chains/view.ts';
import type { Database } from '../store/database.ts';
import { gasBook } from './postgres-gas.ts';
import { svmFeePayers, svmFeesSpent, svmMeasuredFee } from './svm/fees.ts';

/** Over today (since midnight, UTC), the last 30 days, and since the first. */
export interface Over<T> {
  today: T;
  days30: T;
  total: T;
}

/** What the chain took for transactions of ours, failed ones and empty ones included, as their receipts say. */
export interface GasSpent {
  feeNativeAtomic: string;
  transactions: number;
}

/** Money that moved. */
export interface Sum {
  amountAtomic: string;
  count: number;
}

export interface HotKey {
  address: string;
  /** Null where the chain could not be asked. */
  balanceNativeAtomic: string | null;
  /** Payments that the balance still pays the fees of; null where that is not known. */
  coversPayments: number | null;
}

/** How much may be spent on gas in a day, where there is a bound. */
export interface GasBudget {
  perDayNativeAtomic: string;
  spentNativeAtomic: string;
}

export interface NetworkFigures {
  network: string;
  hotKeys: HotKey[];
  /** What a payment costs: measured over recent transactions, else by the network's fees of now. */
  feePerPayment: { nativeAtomic: string; from: 'receipts' | 'network' } | null;
  gasBudget: GasBudget | null;
  /** Waiting to be sent. */
  queued: number;
  /** Sent, and not final yet. */
  sent: number;
  /** Age of the oldest settlement that is queued or sent. */
  oldestUnsettledSeconds: number | null;
  gas: Over<GasSpent>;
  /** Payments settled; refunds are not among them. */
  revenue: Over<Sum>;
  /** Refunds settled. */
  refunds: Over<Sum>;
  /** Seconds from queue to final of every settlement: how many took less than each bound of `settledWithinSeconds`. */
  settledWithin: number[];
  settledSecondsSum: number;
  /** How far the running servers compared ledger and chain, and what they found; null before the first time. */
  reconciled: Reconciled | null;
}

export interface Reconciled {
  toBlock: string;
  /** ISO 8601. */
  at: string;
  /** Differences found since the first turn. */
  differences: number;
  lastDifference: string | null;
  /** ISO 8601. */
  lastDifferenceAt: string | null;
}

/** Bounds of `settledWithin`. */
export const settledWithinSeconds = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120] as const;

/** Settings in place of the network's own bound. */
export type GasBudgets = Readonly<Record<string, { gasBudgetWei?: bigint }>>;

export async function networkFigures(
  db: Database,
  network: string,
  view: ChainView | undefined,
  budgets: GasBudgets = {},
): Promise<NetworkFigures> {
  const isSvm = findNetwork(network)?.family === 'svm';
  const [gasBudget, settlements, gas, keys, measured, reconciled] = await Promise.all([
    gasBudgetOf(db, network, budgets),
    settlementFigures(db, network),
    gasSpent(db, isSvm ? svmFeesSpent(network) : feesSpent(network)),
    isSvm ? svmFeePayers(db, network) : keyAddresses(db, network),
    isSvm ? svmMeasuredFee(db, network) : measuredFee(db, network),
    lastReconciled(db, network),
  ]);
  const fee = measured ?? (await networkFee(view));
  const balances = await view?.nativeBalances(keys).catch(() => undefined);
  return {
    network,
    hotKeys: keys.map((address, i) => {
      const balance = balances?.[i];
      return {
        address,
        balanceNativeAtomic: balance?.toString() ?? null,
        coversPayments: balance === undefined || !fee ? null : Number(balance / BigInt(fee.nativeAtomic)),
      };
    }),
    feePerPayment: fee ?? null,
    gasBudget,
    ...settlements,
    gas,
    reconciled,
  };
}

const midnight = sql`date_trunc('day', now(), 'UTC')`;
const days30 = sql`now() - interval '30 days'`;

/** Settled rows of one kind that took about as long: of some 500,000 rows a dozen such. */
interface Settled {
  refund: boolean;
  /** Which of `settledWithinSeconds` they took less than; its length where none. */
  bucket: number;
  today: bigint;
  todayAtomic: string;
  days30: bigint;
  days30Atomic: string;
  total: bigint;
  totalAtomic: string;
  seconds: number;
}

/** One pass over what is settled; what is not is found by its index. */
async function settlementFigures(db: Database, network: string) {
  const [{ rows: settled }, { rows: open }] = await Promise.all([
    sql<Settled>`
      select id like 'rfd\\_%' as refund,
        width_bucket(extract(epoch from updated_at - created_at)::float8, ${[...settledWithinSeconds]}::float8[]) as bucket,
        count(*) filter (where updated_at >= ${midnight}) as today,
        coalesce(sum(amount_atomic) filter (where updated_at >= ${midnight}), 0)::text as today_atomic,
        count(*) filter (where updated_at >= ${days30}) as days30,
        coalesce(sum(amount_atomic) filter (where updated_at >= ${days30}), 0)::text as days30_atomic,
        count(*) as total, sum(amount_atomic)::text as total_atomic,
        sum(extract(epoch from updated_at - created_at))::float8 as seconds
      from settlements where network = ${network} and state = 'settled' group by 1, 2`.execute(db),
    sql<{ state: string; count: bigint; oldest: number }>`
      select state, count(*), extract(epoch from now() - min(created_at))::float8 as oldest
      from settlements where network = ${network} and state in ('queued', 'sent') group by 1`.execute(db),
  ]);
  const countOf = (state: string) => Number(open.find((row) => row.state === state)?.count ?? 0);
  return {
    queued: countOf('queued'),
    sent: countOf('sent'),
    oldestUnsettledSeconds: open.length === 0 ? null : Math.max(0, ...open.map(({ oldest }) => oldest)),
    revenue: sumUp(settled.filter(({ refund }) => !refund)),
    refunds: sumUp(settled.filter(({ refund }) => refund)),
    settledWithin: settledWithinSeconds.map((_, i) =>
      settled.reduce((sum, { bucket, total }) => sum + (bucket <= i ? Number(total) : 0), 0),
    ),
    settledSecondsSum: settled.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

function sumUp(rows: readonly Settled[]): Over<Sum> {
  const over = (span: 'today' | 'days30' | 'total'): Sum => ({
    amountAtomic: rows.reduce((sum, row) => sum + BigInt(row[`${span}Atomic`]), 0n).toString(),
    count: rows.reduce((sum, row) => sum + Number(row[span]), 0),
  });
  return { today: over('today'), days30: over('days30'), total: over('total') };
}

/** What receipts say of an EVM network: read from its index alone. */
const feesSpent = (network: string) => sql`
  select fee_wei as fee, mined_at as at from relayer_transactions
  where network = ${network} and fee_wei is not null`;

/** @param spent a query of what was burnt, `fee`, and when, `at` */
async function gasSpent(db: Database, spent: RawBuilder<unknown>): Promise<Over<GasSpent>> {
  const { rows } = await sql<Record<keyof Over<unknown>, GasSpent>>`
    select ${spentSince(midnight)} as today, ${spentSince(days30)} as days30,
      ${spentSince(sql`'-infinity'::timestamptz`)} as total
    from (${spent}) as spent`.execute(db);
  return rows[0]!;
}

const spentSince = (since: RawBuilder<unknown>) =>
  sql`json_build_object('feeNativeAtomic', coalesce(sum(fee) filter (where at >= ${since}), 0)::text,
    'transactions', count(*) filter (where at >= ${since}))`;

/** As the relayer reckons: what is under way counts as if it took all that it may. */
async function gasBudgetOf(db: Database, name: string, budgets: GasBudgets): Promise<GasBudget | null> {
  const network = findNetwork(name);
  if (network?.family !== 'evm') return null;
  const perDay = budgets[name]?.gasBudgetWei ?? network.gasBudgetWei;
  const spent = await gasBook(db).gasSpent(name);
  return { perDayNativeAtomic: perDay.toString(), spentNativeAtomic: spent.toString() };
}

/** Every key that has sent on this network: an earlier one may still hold something. */
async function keyAddresses(db: Database, network: string): Promise<string[]> {
  const { rows } = await sql<{ address: string }>`
    select address from relayer_accounts where network = ${network} order by next_nonce desc, address`.execute(
    db,
  );
  return rows.map(({ address }) => address);
}

/** Transactions of each key that the measure looks back over. */
const measuredOver = 50;

/** What was burnt on transactions that settled nothing is part of what the others cost. */
async function measuredFee(db: Database, network: string): Promise<NetworkFigures['feePerPayment']> {
  const { rows } = await sql<{ fee: string | null }>`
    with recent as (
      select t.id, t.fee_wei from relayer_accounts a, lateral (
        select id, fee_wei from relayer_transactions
        where network = a.network and sender = a.address and fee_wei is not null
        order by account_nonce desc limit ${measuredOver}) t
      where a.network = ${network}
    )
    select ceil((select sum(fee_wei) from recent) / nullif((
      select count(distinct s.id) from recent
        join relayer_transaction_settlements l on l.transaction_id = recent.id
        join settlements s on s.id = l.settlement_id and s.state = 'settled'), 0))::text as fee`.execute(db);
  const fee = rows[0]?.fee;
  return fee && fee !== '0' ? { nativeAtomic: fee, from: 'receipts' } : null;
}

async function networkFee(view: ChainView | undefined): Promise<NetworkFigures['feePerPayment']> {
  const fee = await view?.feePerPayment().catch(() => undefined);
  return fee ? { nativeAtomic: fee.toString(), from: 'network' } : null;
}

async function lastReconciled(db: Database, network: string): Promise<Reconciled | null> {
  const row = await db
    .selectFrom('reconciliations')
    .selectAll()
    .where('network', '=', network)
    .where('takenAt', '>', sql<Date>`'-infinity'`)
    .executeTakeFirst();
  if (!row) return null;
  return {
    toBlock: row.toBlock.toString(),
    at: row.takenAt.toISOString(),
    differences: Number(row.differences),
    lastDifference: row.lastDifference,
    lastDifferenceAt: row.lastDifferenceAt?.toISOString() ?? null,
  };
}
