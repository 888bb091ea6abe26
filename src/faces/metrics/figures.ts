/**
 * The treasury's view as Prometheus names it. These figures are of the whole database: every process on it shows the same,
 * so a query takes their maximum, not their sum.
 */
import { findNetwork } from '../../chains/networks.ts';
import type { NetworkTreasury, Treasury, WorkspaceTreasury } from '../../door/treasury.ts';
import { settledWithinSeconds } from '../../facilitator/treasury.ts';
import { formatUnits } from '../../kernel/money.ts';

export type Labels = Record<string, string | number>;

/** One line of a metric; `suffix` for those that are several, as a histogram is. */
export interface Value {
  labels: Labels;
  value: number;
  suffix?: '_bucket' | '_sum' | '_count';
}

export interface Figure {
  name: string;
  help: string;
  type: 'gauge' | 'counter' | 'histogram';
  values(treasury: Treasury): Value[];
}

type Row = [value: number | string | null | undefined, labels?: Labels];

const values = (rows: readonly Row[], common: Labels): Value[] =>
  rows.flatMap(([value, labels]) =>
    value === null || value === undefined ? [] : [{ value: Number(value), labels: { ...common, ...labels } }],
  );

const ofNetworks = (
  type: Figure['type'],
  name: string,
  help: string,
  rows: (network: NetworkTreasury, native: (amount: string) => string) => Row[],
): Figure => ({
  name: `postern_${name}`,
  help,
  type,
  values: ({ networks }) =>
    networks.flatMap((network) => {
      const decimals = findNetwork(network.network)?.family === 'evm' ? 18 : 9;
      const native = (amount: string) => formatUnits(BigInt(amount), decimals);
      return values(rows(network, native), { network: network.network });
    }),
});

const ofWorkspaces = (name: string, help: string, rows: (workspace: WorkspaceTreasury) => Row[]): Figure => ({
  name: `postern_${name}`,
  help,
  type: 'gauge',
  values: ({ workspaces }) =>
    workspaces.flatMap((one) => values(rows(one), { workspace: one.workspace, network: one.network })),
});

/** Purchases of a network's workspaces, by those states that are asked for, or all. */
const purchases = (name: string, help: string, states?: readonly string[]): Figure => ({
  name: `postern_${name}`,
  help,
  type: 'counter',
  values({ workspaces }) {
    const counts = new Map<string, number>();
    for (const { network, purchases } of workspaces)
      for (const [state, { count }] of Object.entries(purchases))
        if (!states || states.includes(state)) counts.set(network, (counts.get(network) ?? 0) + count);
    return [...counts].map(([network, value]) => ({ value, labels: { network } }));
  },
});

const settlementDuration: Figure = {
  name: 'postern_settlement_duration_seconds',
  help: 'From a claim, or the signing of a refund, to a final block. Database-wide.',
  type: 'histogram',
  values: ({ networks }) =>
    networks.flatMap(({ network, settledWithin, settledSecondsSum, revenue, refunds }): Value[] => {
      const count = revenue.total.count + refunds.total.count;
      const buckets = settledWithinSeconds.map((le, i): Value => {
        return { suffix: '_bucket', labels: { network, le }, value: settledWithin[i]! };
      });
      return [
        ...buckets,
        { suffix: '_bucket', labels: { network, le: '+Inf' }, value: count },
        { suffix: '_sum', labels: { network }, value: settledSecondsSum },
        { suffix: '_count', labels: { network }, value: count },
      ];
    }),
};

/** Amounts of USDC in atomic units, of gas in whole native tokens: a double holds no wei. */
export const figures: readonly Figure[] = [
  ofNetworks('gauge', 'network_up', 'Whether the chain could be asked.', ({ reached }) => [
    [reached ? 1 : 0],
  ]),
  ofNetworks('gauge', 'settlements_queued', 'Settlements that wait to be sent.', ({ queued }) => [[queued]]),
  ofNetworks('gauge', 'settlements_sent', 'Settlements that are sent and not final.', ({ sent }) => [[sent]]),
  ofNetworks(
    'gauge',
    'oldest_unsettled_seconds',
    'Age of the oldest settlement that is not final; 0 where there is none.',
    ({ oldestUnsettledSeconds }) => [[oldestUnsettledSeconds ?? 0]],
  ),
  ofNetworks('gauge', 'hot_key_balance_native_tokens', 'What a hot key holds.', ({ hotKeys }, native) =>
    hotKeys.map(({ address, balanceNativeAtomic: balance }) => [balance && native(balance), { address }]),
  ),
  ofNetworks('gauge', 'hot_key_payments_covered', 'Payments whose fees a hot key can pay.', ({ hotKeys }) =>
    hotKeys.map(({ address, coversPayments }) => [coversPayments, { address }]),
  ),
  ofNetworks(
    'gauge',
    'fee_per_payment_native_tokens',
    'What a payment costs.',
    ({ feePerPayment }, native) => [[feePerPayment && native(feePerPayment.nativeAtomic), {}]],
  ),
  ofNetworks('counter', 'gas_spent_native_tokens_total', 'Fees paid, by receipts.', ({ gas }, native) => [
    [native(gas.total.feeNativeAtomic)],
  ]),
  ofNetworks('gauge', 'gas_budget_native_tokens', 'The gas budget of a day.', ({ gasBudget }, native) => [
    [gasBudget && native(gasBudget.perDayNativeAtomic)],
  ]),
  ofNetworks('gauge', 'gas_budget_spent_native_tokens', 'Spent of it today.', ({ gasBudget }, native) => [
    [gasBudget && native(gasBudget.spentNativeAtomic)],
  ]),
  ofNetworks('counter', 'relayer_transactions_total', 'Transactions mined.', ({ gas }) => [
    [gas.total.transactions],
  ]),
  ofNetworks('counter', 'revenue_usdc_atomic_total', 'Payments settled, in atomic units.', ({ revenue }) => [
    [revenue.total.amountAtomic],
  ]),
  ofNetworks('counter', 'payments_settled_total', 'Payments settled.', ({ revenue }) => [
    [revenue.total.count],
  ]),
  ofNetworks('counter', 'refunds_usdc_atomic_total', 'Refunds settled, in atomic units.', ({ refunds }) => [
    [refunds.total.amountAtomic],
  ]),
  ofNetworks('counter', 'refunds_settled_total', 'Refunds settled.', ({ refunds }) => [
    [refunds.total.count],
  ]),
  settlementDuration,
  ofNetworks(
    'counter',
    'reconciliation_differences_total',
    'Differences found between ledger and chain.',
    ({ reconciled }) => [[reconciled?.differences]],
  ),
  ofNetworks('gauge', 'reconciled_block', 'Block up to which they were compared.', ({ reconciled }) => [
    [reconciled?.toBlock],
  ]),
  purchases('claims_total', 'Authorizations claimed.'),
  purchases('deliveries_total', 'Purchases delivered.', ['delivered', 'lost']),
  ofWorkspaces('purchases', 'Purchases by the state they are in.', (one) =>
    Object.entries(one.purchases).map(([state, { count }]) => [count, { state }]),
  ),
  ofWorkspaces('owed_usdc_atomic', 'Owed or being paid back, in atomic units.', ({ owes }) => [
    [owes.amountAtomic],
  ]),
  ofWorkspaces('float_balance_usdc_atomic', 'What a refund float holds, in atomic units.', ({ float }) => [
    [float?.balanceAtomic],
  ]),
  ofWorkspaces('in_doubt', 'Purchases that should have ended by now.', ({ inDoubt }) => [[inDoubt.length]]),
];
