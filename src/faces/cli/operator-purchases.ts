import { parseArgs } from 'node:util';
import { findNetwork } from '../../chains/networks.ts';
import {
  awaits,
  listPurchases,
  type PurchaseOverview,
  type SettlementOverview,
} from '../../door/overview.ts';
import { requestDelivery, requestRefund } from '../../door/requests.ts';
import { purchaseStates } from '../../door/states.ts';
import { PosternError } from '../../kernel/errors.ts';
import { formatUsdc } from '../../kernel/money.ts';
import type { PurchaseState } from '../../store/schema.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { inScope, operator } from './operator-scope.ts';
import { oneLine, stamp } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const listLength = 50;

const purchasesUsage = `purchases [--state ${purchaseStates.join('|')}] [--wallet <address>] [--workspace <slug>]
purchases <id> [--workspace <slug>]`;

export const purchasesCommand: OperatorCommand = {
  summary:
    'purchases [<id>] [--state <state>] [--wallet <address>]: what was bought, and what is in doubt and why',
  async run(args, context) {
    const { values, positionals } = parse(args, purchasesUsage);
    const { state, wallet } = values;
    if (state !== undefined && !purchaseStates.includes(state as PurchaseState))
      throw new UsageError(`no state ${oneLine(state)}\n${purchasesUsage}`);
    if (positionals.length > 1) throw new UsageError(purchasesUsage);
    const slug = values.workspace ?? context.workspace;
    const [id] = positionals;
    const filter = {
      id,
      state: state as PurchaseState | undefined,
      payer: wallet?.startsWith('0x') ? wallet.toLowerCase() : wallet,
      limit: listLength,
    };
    const found = await inScope(context, slug, ({ tx, workspace }) =>
      listPurchases(tx, workspace.id, filter),
    );
    if (id !== undefined && found.length === 0)
      throw new PosternError('not_found', `No purchase ${oneLine(id)} in ${slug}.`);
    if (found.length === 0) context.print('No purchases.');
    for (const purchase of found) (id === undefined ? printRow : printWhole)(purchase, context);
  },
};

const owedUsage = `owed [--workspace <slug>]
owed deliver|refund <id> --reason <text> [--workspace <slug>]`;

/** What may be asked for, and how it is told. */
const requests = {
  deliver: { ask: requestDelivery, done: 'is delivered, or refused once more,' },
  refund: { ask: requestRefund, done: 'is paid back' },
};

export const owedCommand: OperatorCommand = {
  summary:
    'owed [deliver|refund <id> --reason <text>]: what is paid and not delivered; deliver it after all, or pay it back now',
  async run(args, context) {
    const { values, positionals } = parse(args, owedUsage);
    const slug = values.workspace ?? context.workspace;
    const [verb, purchaseId, ...rest] = positionals;
    if (verb === undefined) return listOwed(slug, context);
    const request = Object.hasOwn(requests, verb) ? requests[verb as keyof typeof requests] : undefined;
    if (!request || purchaseId === undefined || rest.length > 0 || !values.reason?.trim())
      throw new UsageError(owedUsage);
    const { reason } = values;
    await inScope(context, slug, ({ tx, ids, workspace }) =>
      request.ask(tx, ids, {
        workspaceId: workspace.id,
        purchaseId,
        actor: `operator:${operator.id}`,
        reason,
      }),
    );
    context.print(`${oneLine(purchaseId)} ${request.done} as soon as a running Postern gets to it.`);
  },
};

async function listOwed(slug: string, context: OperatorContext): Promise<void> {
  const found = await inScope(context, slug, ({ tx, workspace }) =>
    listPurchases(tx, workspace.id, { owed: true, limit: listLength }),
  );
  if (found.length === 0) context.print('Nothing is owed.');
  for (const purchase of found) {
    printRow(purchase, context);
    const since = purchase.owedAt && `  owed since ${stamp(purchase.owedAt)}`;
    const next = purchase.refundNextAt && `, tried again at ${stamp(purchase.refundNextAt)}`;
    if (since) context.print(`${since}${next ?? ''}`);
  }
}

function parse(args: string[], usage: string) {
  const string = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { state: string, wallet: string, workspace: string, reason: string },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

function printRow(purchase: PurchaseOverview, { print }: OperatorContext): void {
  const { id, state, operation, amountAtomic, network, payer, createdAt } = purchase;
  print(
    `${id}  ${state.padEnd(9)}  ${stamp(createdAt)}  $${formatUsdc(amountAtomic)}  ${network}  ${operation}  ${payer}`,
  );
  const doubt = awaits(purchase);
  if (doubt) print(`  awaits ${oneLine(doubt)}`);
}

function printWhole(purchase: PurchaseOverview, context: OperatorContext): void {
  const { print } = context;
  const { reason, standing, payTo, settlement, refund, receiptId, updatedAt, owedAt } = purchase;
  const isSvm = findNetwork(purchase.network)?.family === 'svm';
  printRow(purchase, context);
  if (reason) print(`  because ${oneLine(reason)}`);
  print(`  claimed by a wallet that was ${standing}; to ${payTo}`);
  printSettlement('payment', isSvm, settlement, print);
  if (receiptId) print(`  delivered, receipt ${receiptId}`);
  if (owedAt) print(`  owed since ${stamp(owedAt)}`);
  if (refund) printSettlement('refund', isSvm, refund, print);
  print(`  last moved ${stamp(updatedAt)}`);
}

function printSettlement(
  what: string,
  isSvm: boolean,
  settlement: SettlementOverview,
  print: (line: string) => void,
): void {
  const { state, attempts, lastError, validBefore, transactionHash, blockNumber, sent } = settlement;
  const until = isSvm ? `height ${validBefore}` : stamp(new Date(Number(validBefore) * 1000));
  print(
    `  ${what} ${state}, valid until ${until}${lastError ? `; last trouble: ${oneLine(lastError)}` : ''}`,
  );
  if (attempts > 0) print(`    tried ${attempts} times`);
  for (const hash of sent) print(`    sent as ${hash}`);
  if (transactionHash)
    print(`    landed in ${transactionHash}${blockNumber ? `, block ${blockNumber}` : ''}`);
}
