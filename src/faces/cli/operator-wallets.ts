import { parseArgs } from 'node:util';
import { isAddress } from 'viem';
import { readAddress } from '../../chains/address.ts';
import { changeOf, type StandingChange, setStanding, standingChanges } from '../../door/standing.ts';
import { ownRecord, publicRecord, spentBy } from '../../door/wallets.ts';
import { PosternError } from '../../kernel/errors.ts';
import { formatUsdc } from '../../kernel/money.ts';
import type { Standing } from '../../store/schema.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { inScope, operator } from './operator-scope.ts';
import { oneLine, stamp } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const listLength = 50;
const standings = ['new', 'known', 'trusted', 'blocked'] as const satisfies readonly Standing[];

const usage = `wallets [--standing ${standings.join('|')}] [--workspace <slug>]
wallets <address> [--workspace <slug>]
wallets promote|demote|block|unblock|reset <address> --reason <text> [--workspace <slug>]
promote and demote go one step; reset leaves the standing to the rules again`;

export const walletsCommand: OperatorCommand = {
  summary:
    'wallets [<address>|promote|demote|block|unblock|reset <address> --reason <text>]: how wallets stand, and why; a hand on it',
  async run(args, context) {
    const { values, positionals } = parse(args);
    const { standing, reason = '' } = values;
    const slug = values.workspace ?? context.workspace;
    const [first, second, ...rest] = positionals;
    if (rest.length > 0 || (standing !== undefined && !(standings as readonly string[]).includes(standing)))
      throw new UsageError(usage);
    if (first === undefined) return list(slug, standing as Standing | undefined, context);
    const verb = standingChanges.find((known) => known === first);
    if (verb && second !== undefined) return change(slug, verb, addressOf(second), reason, context);
    if (verb || second !== undefined) throw new UsageError(usage);
    return show(slug, addressOf(first), context);
  },
};

function parse(args: string[]) {
  const string = { type: 'string' } as const;
  try {
    const options = { workspace: string, standing: string, reason: string };
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

function addressOf(text: string): string {
  const address = isAddress(text, { strict: false }) ? text.toLowerCase() : readAddress(text);
  if (!address) throw new PosternError('invalid_arguments', `${oneLine(text)} is no wallet’s address.`);
  return address;
}

async function list(slug: string, standing: Standing | undefined, context: OperatorContext): Promise<void> {
  const rows = await inScope(context, slug, ({ tx, workspace }) => {
    const all = tx.selectFrom('wallets').selectAll().where('workspaceId', '=', workspace.id);
    const chosen = standing ? all.where('standing', '=', standing) : all;
    return chosen.orderBy('dayAt', 'desc').limit(listLength).execute();
  });
  if (rows.length === 0) context.print('No wallets.');
  for (const row of rows) {
    const { address, standingByHand, purchasesDelivered, proposalsApproved, proposalsRejected, strikes } =
      row;
    const hand = standingByHand ? 'by hand' : '';
    const bought = `${purchasesDelivered} bought`.padEnd(11);
    const decided = `${proposalsApproved} approved, ${proposalsRejected} rejected`;
    const struck = strikes > 0 ? `, ${strikes} strike${strikes > 1 ? 's' : ''}` : '';
    context.print(`${address}  ${row.standing.padEnd(7)}  ${hand.padEnd(7)}  ${bought}  ${decided}${struck}`);
  }
}

async function show(slug: string, address: string, context: OperatorContext): Promise<void> {
  await inScope(context, slug, async ({ tx, workspace }) => {
    const { standing, ...counts } = await publicRecord(tx, workspace.id, address);
    const { standingByHand, caps, reasons } = await ownRecord(tx, workspace.id, address);
    context.print(`${address}  ${standing}${standingByHand ? ', by hand' : ''}`);
    context.print(
      `${counts.purchasesDelivered} purchases delivered, $${formatUsdc(await spentBy(tx, workspace.id, address))}`,
    );
    context.print(`${counts.proposalsApproved} proposals approved, ${counts.proposalsRejected} rejected`);
    context.print(`${counts.strikes} strikes`);
    for (const { cap, of, limit, left, freesAt } of caps) {
      const whose = of === 'wallet' ? '' : ', of all new wallets';
      const until = freesAt ? `, until ${freesAt}` : '';
      context.print(`${cap.replaceAll('_', ' ').padEnd(16)}  ${left} of ${limit} left${whose}${until}`);
    }
    for (const { at, action, reason, from, to } of reasons) {
      const what = from === undefined ? action : `${from} -> ${to}`;
      context.print(`${stamp(new Date(at))}  ${what}: ${oneLine(reason)}`);
    }
  });
}

async function change(
  slug: string,
  verb: StandingChange,
  wallet: string,
  reason: string,
  context: OperatorContext,
): Promise<void> {
  if (reason.trim() === '') throw new UsageError(`say why, with --reason\n${usage}`);
  const { from, to } = await inScope(context, slug, async ({ tx, workspace, ids }) => {
    const { standing } = await publicRecord(tx, workspace.id, wallet);
    const change = { workspaceId: workspace.id, wallet, to: changeOf(verb, standing) };
    return setStanding(tx, ids, { ...change, operator: operator.id, reason });
  });
  context.print(from === to ? `${wallet} is ${to}, and left to the rules.` : `${wallet}: ${from} -> ${to}`);
}
