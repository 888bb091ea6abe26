import { parseArgs } from 'node:util';
import { findNetwork } from '../../chains/networks.ts';
import { findWorkspace } from '../../desk/workspaces.ts';
import { type NetworkTreasury, readTreasury, type WorkspaceTreasury } from '../../door/treasury.ts';
import type { GasSpent, HotKey, Over, Sum } from '../../facilitator/treasury.ts';
import { formatUnits, formatUsdc } from '../../kernel/money.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { showReconciliation } from './operator-reconcile.ts';
import { oneLine, stamp } from './operator-text.ts';
import { columns, UsageError } from './terminal.ts';

const usage = `treasury [--workspace <slug>] [--json]
treasury reconcile [--network <name>] [--from <block|time>] [--to <block|time>] [--json]`;

export const treasuryCommand: OperatorCommand = {
  summary:
    'treasury [reconcile] [--json]: hot keys, queues, gas against revenue, floats; the ledger against the chain',
  async run(args, context) {
    const { values, positionals } = parse(args);
    const { workspace, network, from, to, json = false } = values;
    const [verb, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(usage);
    if (verb === 'reconcile' && workspace === undefined)
      return showReconciliation({ network, from, to, json }, context);
    if (verb !== undefined || (network ?? from ?? to) !== undefined) throw new UsageError(usage);
    return show({ workspace, json }, context);
  },
};

function parse(args: string[]) {
  const string = { type: 'string' } as const;
  try {
    const options = { workspace: string, network: string, from: string, to: string } as const;
    return parseArgs({ args, allowPositionals: true, options: { ...options, json: { type: 'boolean' } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

/** Of all workspaces, or of one. @throws {PosternError} `workspace_not_found` */
async function show(
  { workspace, json }: { workspace: string | undefined; json: boolean },
  { db, now, print, openViews, gas }: OperatorContext,
): Promise<void> {
  if (workspace !== undefined) await findWorkspace(db, workspace);
  const views = (await openViews?.()) ?? [];
  const treasury = await readTreasury({ db, views, gas }, now, workspace);
  if (json) return print(JSON.stringify(treasury, undefined, 2));
  print(`${stamp(now)} UTC; gas in each chain’s own token`);
  for (const network of treasury.networks) {
    print(`\n${network.network}${network.reached ? '' : ' (its chain cannot be asked)'}`);
    for (const line of columns(networkRows(network))) print(line);
  }
  for (const shop of treasury.workspaces) {
    print(`\n${shop.workspace} on ${shop.network}${shop.payTo ? `, paid to ${shop.payTo}` : ''}`);
    for (const line of columns(workspaceRows(shop))) print(line);
  }
  if (treasury.alerts.length > 0) print('\nLook at:');
  for (const alert of treasury.alerts) print(`  ${oneLine(alert)}`);
}

type Row = readonly [string, string];

const dollars = (amountAtomic: string): string => `$${formatUsdc(BigInt(amountAtomic))}`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function networkRows(figures: NetworkTreasury): Row[] {
  const { network, hotKeys, feePerPayment, gasBudget, queued, sent, oldestUnsettledSeconds } = figures;
  const { gas, revenue, refunds, reconciled } = figures;
  const decimals = findNetwork(network)?.family === 'evm' ? 18 : 9;
  const native = (amount: string) => formatUnits(BigInt(amount), decimals);
  const spent = ({ feeNativeAtomic, transactions }: GasSpent) =>
    `${native(feeNativeAtomic)} in ${plural(transactions, 'transaction')}`;
  const oldest =
    oldestUnsettledSeconds === null ? '' : `, the oldest for ${Math.round(oldestUnsettledSeconds)} s`;
  const rows: Row[] = hotKeys.map((key) => ['hot key', hotKeyText(key, native)]);
  if (feePerPayment) {
    const how = feePerPayment.from === 'receipts' ? 'as measured of late' : 'by the fees of now';
    rows.push(['a payment', `costs ${native(feePerPayment.nativeAtomic)}, ${how}`]);
  }
  rows.push(['queue', `${queued} waiting, ${sent} sent and not final${oldest}`]);
  rows.push(['gas', overText(gas, spent)]);
  if (gas.days30.transactions > 0) {
    const settled = revenue.days30.count + refunds.days30.count;
    rows.push(['batches', `${(settled / gas.days30.transactions).toFixed(2)} settled a transaction`]);
  }
  if (gasBudget) {
    const { spentNativeAtomic, perDayNativeAtomic } = gasBudget;
    rows.push(['gas budget', `${native(spentNativeAtomic)} of ${native(perDayNativeAtomic)} spent today`]);
  }
  rows.push(['revenue', overText(revenue, sumText)]);
  rows.push(['refunds', overText(refunds, sumText)]);
  if (reconciled) {
    const { toBlock, at, differences, lastDifference } = reconciled;
    const found = differences === 0 ? 'no difference' : `${plural(differences, 'difference')}`;
    const last = lastDifference ? `, the last: ${oneLine(lastDifference)}` : '';
    rows.push(['reconciled', `up to block ${toBlock} at ${stamp(new Date(at))}: ${found}${last}`]);
  }
  return rows;
}

function hotKeyText({ address, balanceNativeAtomic, coversPayments }: HotKey, native: (a: string) => string) {
  if (balanceNativeAtomic === null) return address;
  const covers = coversPayments === null ? '' : `, ${plural(coversPayments, 'more payment')}`;
  return `${address} holds ${native(balanceNativeAtomic)}${covers}`;
}

const overText = <T>({ today, days30, total }: Over<T>, text: (figure: T) => string): string =>
  `today ${text(today)}; 30 days ${text(days30)}; in all ${text(total)}`;

const sumText = ({ amountAtomic, count }: Sum): string => `${dollars(amountAtomic)} (${count})`;

function workspaceRows({ float, owes, purchases, inDoubt }: WorkspaceTreasury): Row[] {
  const holds = float?.balanceAtomic ? ` holds ${dollars(float.balanceAtomic)}` : '';
  const states = Object.entries(purchases).filter(([, { count }]) => count > 0);
  const bought = states.map(([state, sum]) => `${state} ${sumText(sum)}`).join(', ');
  return [
    ['float', float ? `${float.address}${holds}` : 'none derived yet'],
    ['owes', sumText(owes)],
    ['purchases', bought || 'none'],
    ...inDoubt.map(
      ({ purchase, state, amountAtomic, ageSeconds, why }): Row => [
        'in doubt',
        `${purchase} ${dollars(amountAtomic)} ${state} for ${ageSeconds} s: ${oneLine(why)}`,
      ],
    ),
  ];
}
