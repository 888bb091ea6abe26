import { parseArgs } from 'node:util';
import { type Caps, type Rules, readCaps, readRules, setCaps, setRules } from '../../door/policy.ts';
import { PosternError } from '../../kernel/errors.ts';
import { formatUsdc, usdc } from '../../kernel/money.ts';
import { auditTrail } from '../../store/audit.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { inScope, operator } from './operator-scope.ts';
import { oneLine, stamp } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const actor = `operator:${operator.id}` as const;
const noReason = 'set on the command line';
const string = { type: 'string' } as const;

const count = (text: string): number => {
  if (!/^\d{1,10}$/.test(text)) throw new PosternError('invalid_arguments', `${oneLine(text)} is no number.`);
  return Number(text);
};

const dollars = (text: string): bigint => {
  try {
    return usdc(text.replace(/^\$/, ''));
  } catch {
    throw new PosternError('invalid_arguments', `${oneLine(text)} is no amount; write it as 2.50.`);
  }
};

/** An option that sets one value. */
type Setter<Values> = (values: Partial<Values>, text: string) => void;

const capOptions: Record<string, Setter<Omit<Caps, 'standing'>>> = {
  'calls-per-minute': (values, text) => {
    values.callsPerMinute = count(text);
  },
  'actions-per-day': (values, text) => {
    values.actionsPerDay = count(text);
  },
  'usd-per-day': (values, text) => {
    values.amountPerDayAtomic = dollars(text);
  },
};

const counted =
  (name: keyof CountRules): Setter<Rules> =>
  (values, text) => {
    values[name] = count(text);
  };
type CountRules = { [K in keyof Rules as Rules[K] extends number ? K : never]: Rules[K] };

const ruleOptions: Record<string, Setter<Rules>> = {
  'known-after-purchases': counted('knownAfterPurchases'),
  'trusted-after-approvals': counted('trustedAfterApprovals'),
  'trusted-approved-percent': counted('trustedApprovedPercent'),
  'trusted-strike-free-days': counted('trustedStrikeFreeDays'),
  'waiting-proposals-of-new': counted('waitingProposalsOfNew'),
  'refund-after-seconds': counted('refundAfterSeconds'),
  'refund-usd-per-day-wallet': (values, text) => {
    values.refundPerDayWalletAtomic = dollars(text);
  },
  'refund-usd-per-day-workspace': (values, text) => {
    values.refundPerDayWorkspaceAtomic = dollars(text);
  },
};

const optionsOf = (setters: object) => Object.fromEntries(Object.keys(setters).map((name) => [name, string]));
const usageOf = (setters: object) =>
  Object.keys(setters)
    .map((name) => `[--${name} <n>]`)
    .join(' ');

const capsUsage = `caps [--workspace <slug>]
caps set new|known|trusted|all-new ${usageOf(capOptions)} [--reason <text>] [--workspace <slug>]`;

export const capsCommand: OperatorCommand = {
  summary: 'caps [set <standing> --calls-per-minute <n> ...]: what wallets may do by their standing',
  async run(args, context) {
    const { slug, reason, words, values } = parse(args, capOptions, capsUsage, context);
    const [verb, name, ...rest] = words;
    if (verb === undefined && Object.keys(values).length === 0) return showCaps(slug, context);
    const standing = (['new', 'known', 'trusted', 'all new'] as const).find(
      (known) => known.replace(' ', '-') === name,
    );
    if (verb !== 'set' || !standing || rest.length > 0) throw new UsageError(capsUsage);
    await inScope(context, slug, ({ tx, ids, workspace }) =>
      setCaps(tx, ids, { workspaceId: workspace.id, standing, values, actor, reason }),
    );
    await showCaps(slug, context);
  },
};

async function showCaps(slug: string, context: OperatorContext): Promise<void> {
  const rows = await inScope(context, slug, ({ tx, workspace }) => readCaps(tx, workspace.id));
  for (const { standing, callsPerMinute, actionsPerDay, amountPerDayAtomic } of rows)
    context.print(
      `${standing.padEnd(7)}  ${callsPerMinute} calls a minute, ${actionsPerDay} actions a day, $${formatUsdc(amountPerDayAtomic)} a day`,
    );
}

const rulesUsage = `rules [--workspace <slug>]
rules set ${usageOf(ruleOptions)} [--reason <text>] [--workspace <slug>]`;

export const rulesCommand: OperatorCommand = {
  summary:
    'rules [set --known-after-purchases <n> ...]: how standing is earned, and what is paid back unasked',
  async run(args, context) {
    const { slug, reason, words, values } = parse(args, ruleOptions, rulesUsage, context);
    const [verb, ...rest] = words;
    if (verb === undefined && Object.keys(values).length === 0) return showRules(slug, context);
    if (verb !== 'set' || rest.length > 0) throw new UsageError(rulesUsage);
    await inScope(context, slug, ({ tx, ids, workspace }) =>
      setRules(tx, ids, { workspaceId: workspace.id, values, actor, reason }),
    );
    await showRules(slug, context);
  },
};

async function showRules(slug: string, context: OperatorContext): Promise<void> {
  const rules = await inScope(context, slug, ({ tx, workspace }) => readRules(tx, workspace.id));
  context.print(`known after ${rules.knownAfterPurchases} delivered purchases
trusted after ${rules.trustedAfterApprovals} approved proposals, at least ${rules.trustedApprovedPercent} percent approved, no strike in ${rules.trustedStrikeFreeDays} days
${rules.waitingProposalsOfNew} proposals of new wallets may wait
what is owed is paid back after ${rules.refundAfterSeconds} seconds, up to $${formatUsdc(rules.refundPerDayWalletAtomic)} a day and wallet, $${formatUsdc(rules.refundPerDayWorkspaceAtomic)} a day in all`);
}

const auditUsage = 'audit [--about <wallet|purchase>] [--workspace <slug>]';
const auditLength = 100;

export const auditCommand: OperatorCommand = {
  summary: 'audit [--about <wallet|purchase>]: who did what to whom, and why',
  async run(args, context) {
    const { values, positionals } = parsed(args, { about: string, workspace: string }, auditUsage);
    if (positionals.length > 0) throw new UsageError(auditUsage);
    const { about, workspace = context.workspace } = values;
    // Wallets stand there in lower case, and so do ids.
    const subject = about?.startsWith('0x') ? about.toLowerCase() : about;
    const filter = { limit: auditLength, ...(subject === undefined ? {} : { subject }) };
    const rows = await inScope(context, workspace, (scope) =>
      auditTrail(scope.tx, scope.workspace.id, filter),
    );
    if (rows.length === 0) context.print('Nothing is written there.');
    for (const { at, actor, action, subject, reason, details } of rows) {
      const more = Object.keys(details).length > 0 ? `  ${JSON.stringify(details)}` : '';
      const what = `${action}${subject ? ` ${subject}` : ''}`;
      context.print(oneLine(`${stamp(at)}  ${actor}  ${what}: ${reason}${more}`));
    }
  },
};

function parsed(args: string[], options: Record<string, typeof string>, usage: string) {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    return { values: values as Record<string, string | undefined>, positionals };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

/** What a command is to set, by its options. @throws {UsageError} @throws {PosternError} `invalid_arguments` */
function parse<Values>(
  args: string[],
  setters: Record<string, Setter<Values>>,
  usage: string,
  context: OperatorContext,
) {
  const options = { ...optionsOf(setters), workspace: string, reason: string };
  const { values: given, positionals: words } = parsed(args, options, usage);
  const values: Partial<Values> = {};
  for (const [name, set] of Object.entries(setters)) {
    const text = given[name];
    if (text !== undefined) set(values, text);
  }
  return { slug: given.workspace ?? context.workspace, reason: given.reason ?? noReason, words, values };
}
