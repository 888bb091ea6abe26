/**
 * The facilitator's part of the treasury's view: what settling costs and what it brings, per network. Statements that only
 * read, over rows that belong to no workspace. Amounts of USDC in atomic units, of gas in the chain's smallest native unit
 * (wei, lamports), both as decimal strings.
 */
import { type RawBuilder, sql } from 'kysely';
import type { ChainView } from '../chains/view.ts';
import type { Database } from '../store/database.ts';

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
  /** Seconds from queue to final of every settlement: how many took up to each bound of `settledWithinSeconds`. */
  settledWithin: number[];
  settledSecondsSum: number;
  /** Settlements that went out in transactions of ours; by `gas.total.transactions` it gives the size of a batch. */
  carried: number;
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

/** Every refund's settlement is named so, by its purchase. */
const isRefund = sql`id like 'rfd\\_%'`;

/** @param budgets of networks that have one, as the relayer keeps them */
export async function networkFigures(
  db: Database,
  network: string,
  view: ChainView | undefined,
  gasBudget: GasBudget | null = null,
): Promise<NetworkFigures> {
  const [settlements, gas, keys, measured, reconciled] = await Promise.all([
    settlementFigures(db, network),
    gasSpent(db, network),
    keyAddresses(db, network),
    measuredFee(db, network),
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
    ...gas,
    reconciled,
  };
}

/** Three figures over the three spans, as one JSON object. */
const over = (figure: (since: RawBuilder<unknown>) => RawBuilder<unknown>) =>
  sql`json_build_object('today', ${figure(sql`date_trunc('day', now(), 'UTC')`)},
    'days30', ${figure(sql`now() - interval '30 days'`)}, 'total', ${figure(sql`'-infinity'::timestamptz`)})`;

/** One pass over the network's settlements. */
async function settlementFigures(db: Database, network: string) {
  const settled = (which: RawBuilder<unknown>) =>
    over((since) => {
      const counted = sql`filter (where state = 'settled' and ${which} and updated_at >= ${since})`;
      return sql`json_build_object('amountAtomic', coalesce(sum(amount_atomic) ${counted}, 0)::text,
        'count', count(*) ${counted})`;
    });
  const took = sql`extract(epoch from updated_at - created_at)`;
  const within = settledWithinSeconds.map(
    (bound) => sql`count(*) filter (where state = 'settled' and ${took} <= ${bound}::float8)`,
  );
  const { rows } = await sql<
    Pick<NetworkFigures, 'oldestUnsettledSeconds' | 'settledSecondsSum' | 'revenue' | 'refunds'> &
      Record<'queued' | 'sent', bigint> & { settledWithin: string[] }
  >`
    select count(*) filter (where state = 'queued') as queued, count(*) filter (where state = 'sent') as sent,
      extract(epoch from now() - min(created_at) filter (where state in ('queued', 'sent')))::float8
        as oldest_unsettled_seconds,
      coalesce(sum(${took}) filter (where state = 'settled'), 0)::float8 as settled_seconds_sum,
      array[${sql.join(within)}]::text[] as settled_within,
      ${settled(sql`not ${isRefund}`)} as revenue, ${settled(isRefund)} as refunds
    from settlements where network = ${network}`.execute(db);
  const { queued, sent, settledWithin, ...figures } = rows[0]!;
  return {
    ...figures,
    queued: Number(queued),
    sent: Number(sent),
    settledWithin: settledWithin.map(Number),
  };
}

/** Read from its index alone. */
async function gasSpent(db: Database, network: string) {
  const spent = over((since) => {
    const counted = sql`filter (where mined_at >= ${since})`;
    return sql`json_build_object('feeNativeAtomic', coalesce(sum(fee_wei) ${counted}, 0)::text,
      'transactions', count(*) ${counted})`;
  });
  const { rows } = await sql<{ gas: Over<GasSpent>; carried: bigint }>`
    select ${spent} as gas, (
      select count(*) from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where t.network = ${network} and t.fee_wei is not null) as carried
    from relayer_transactions where network = ${network} and fee_wei is not null`.execute(db);
  return { gas: rows[0]!.gas, carried: Number(rows[0]!.carried) };
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
