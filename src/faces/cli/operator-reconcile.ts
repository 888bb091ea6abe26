import type { ChainView, Span } from '../../chains/view.ts';
import { reconcileNetwork } from '../../door/reconciliation.ts';
import type { Difference, Reconciliation, Sides } from '../../facilitator/reconciliation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { formatUsdc } from '../../kernel/money.ts';
import type { OperatorContext } from './operator-command.ts';
import { oneLine } from './operator-text.ts';
import { Failure } from './terminal.ts';

export interface Asked {
  /** Name of one network; all that can be asked where none is named. */
  network: string | undefined;
  /** A block's number, or a time in ISO 8601; a day before the last final block where none is given. */
  from: string | undefined;
  /** Likewise; the last final block. */
  to: string | undefined;
  json: boolean;
}

const secondsADay = 86_400n;

/**
 * Prints how ledger and chain compare.
 * @throws {Failure} with the number of differences, if there are any; where no chain can be asked
 */
export async function showReconciliation(
  { network, from, to, json }: Asked,
  { db, print, openViews }: OperatorContext,
): Promise<void> {
  const views = (await openViews?.()) ?? [];
  const chosen = views.filter((view) => network === undefined || view.network.name === network);
  if (chosen.length === 0)
    throw new Failure(
      network === undefined
        ? 'no chain can be asked; on a devnet, Postern has to be running'
        : `${oneLine(network)} is not among the networks that can be asked`,
    );
  const reports: Reconciliation[] = [];
  for (const view of chosen) {
    const report = await reconcileNetwork(db, view, await spanOf(view, from, to));
    reports.push(report);
    if (!json) tell(report, print);
  }
  if (json) print(JSON.stringify(reports, undefined, 2));
  const count = reports.reduce((sum, { differences }) => sum + differences.length, 0);
  if (count > 0) throw new Failure(`${count} difference${count === 1 ? '' : 's'}`, 'differences');
}

/** What is not final yet is not compared: the chain may still change its mind. */
async function spanOf(view: ChainView, from: string | undefined, to: string | undefined): Promise<Span> {
  const last = await view.finalBlock();
  const span = {
    from: from === undefined ? await view.blockAt(last.timestamp - secondsADay) : await blockOf(view, from),
    to: last.number,
  };
  const end = to === undefined ? undefined : await blockOf(view, to, 'end');
  if (end !== undefined && end < last.number) span.to = end;
  return span;
}

/** Of a time the first block since then, or as the end of a span the last before it. @throws {PosternError} `invalid_arguments` */
async function blockOf(view: ChainView, text: string, edge?: 'end'): Promise<bigint> {
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  const seconds = Date.parse(/T.*(Z|[+-]\d\d:\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`) / 1000;
  if (Number.isNaN(seconds) || !/^\d{4}-\d\d/.test(text))
    throw new PosternError(
      'invalid_arguments',
      `${oneLine(text)} is no block and no time; write 2026-11-23 or 2026-11-23T04:20Z.`,
    );
  const block = await view.blockAt(BigInt(Math.ceil(seconds)));
  return edge === 'end' && block > 0n ? block - 1n : block;
}

function tell(report: Reconciliation, print: (line: string) => void): void {
  const { network, fromBlock, toBlock, days, payments, refunds, matched, underWay, late } = report;
  print(`${network}, blocks ${fromBlock} to ${toBlock}`);
  for (const { day, ...sides } of days) print(`  ${day}  ${sidesText(sides)}`);
  print(`  in all      ${sidesText({ payments, refunds })}`);
  const more = [
    underWay > 0 && `${underWay} about to be booked`,
    late.length > 0 && `${late.length} landed after they were called void`,
    report.ofAnotherChain > 0 && `${report.ofAnotherChain} of a chain that is gone`,
  ].filter(Boolean);
  print(`  ${[`${matched} matched`, ...more].join(', ')}`);
  if (report.differences.length === 0) print('  no difference');
  for (const difference of report.differences) for (const line of differenceLines(difference)) print(line);
}

const dollars = (atomic: string): string => `$${formatUsdc(BigInt(atomic))}`;

const sidesText = ({ payments, refunds }: { payments: Sides; refunds: Sides }): string =>
  `paid ${bothText(payments)}; paid back ${bothText(refunds)}`;

const bothText = ({ ledgerAtomic, chainAtomic }: Sides): string =>
  ledgerAtomic === chainAtomic
    ? `${dollars(ledgerAtomic)} on both sides`
    : `${dollars(ledgerAtomic)} in the ledger, ${dollars(chainAtomic)} on the chain`;

function differenceLines({ kind, settlement, transactionHash, block, says }: Difference): string[] {
  const where = [settlement, transactionHash, block && `block ${block}`].filter(Boolean).join('  ');
  return [`  ${kind}: ${oneLine(says)}`, `    ${where}`];
}
