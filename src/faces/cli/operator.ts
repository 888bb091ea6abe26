import { parseArgs } from 'node:util';
import { findCustomer } from '../../desk/customers/customers.ts';
import { ticketStatus } from '../../desk/fields.ts';
import { findTicket, findTicketByNumber, newestMessages, newestTickets } from '../../desk/tickets/tickets.ts';
import { PosternError } from '../../kernel/errors.ts';
import { readFlags } from './arguments.ts';
import { breakerCommand } from './operator-breaker.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { doCommand } from './operator-do.ts';
import { listMail, showMail } from './operator-mail.ts';
import { inviteCommand, membersCommand, sessionsCommand, signinCommand } from './operator-members.ts';
import { auditCommand, capsCommand, rulesCommand } from './operator-policy.ts';
import { approveCommand, proposalsCommand, rejectCommand } from './operator-proposals.ts';
import { owedCommand, purchasesCommand } from './operator-purchases.ts';
import { inScope } from './operator-scope.ts';
import { oneLine, printable, stamp } from './operator-text.ts';
import { treasuryCommand } from './operator-treasury.ts';
import { walletsCommand } from './operator-wallets.ts';
import { workspaceCommand } from './operator-workspace.ts';

const listLength = 50;
const ticketsUsage = 'tickets [--status <status>] [--limit <1 to 1000>] [--workspace <slug>]';

/** Commands of the people who work the desk, by name. They work on the database, not through the door. */
export const operatorCommands: Record<string, OperatorCommand> = {
  tickets: { summary: 'tickets [--status s] [--limit n]: the tickets that moved last', run: tickets },
  ticket: { summary: 'ticket <number|id>: one ticket with its messages and mails', run: ticket },
  proposals: proposalsCommand,
  approve: approveCommand,
  reject: rejectCommand,
  do: doCommand,
  breaker: breakerCommand,
  purchases: purchasesCommand,
  owed: owedCommand,
  treasury: treasuryCommand,
  wallets: walletsCommand,
  caps: capsCommand,
  rules: rulesCommand,
  audit: auditCommand,
  workspace: workspaceCommand,
  members: membersCommand,
  invite: inviteCommand,
  signin: signinCommand,
  sessions: sessionsCommand,
  mail: { summary: 'mail [n]: mails that the local catch-all kept, or one of them', run: mail },
};

async function tickets(args: string[], context: OperatorContext): Promise<void> {
  const { words, values, others } = readFlags(args, { values: ['workspace', 'status', 'limit'] });
  const limit = Number(values.get('limit') ?? listLength);
  const status = ticketStatus.optional().safeParse(values.get('status'));
  if (words.length + others.size > 0 || !Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new PosternError('invalid_arguments', `Usage: ${ticketsUsage}`);
  if (!status.success)
    throw new PosternError('invalid_arguments', `--status is one of ${ticketStatus.options.join(', ')}`);
  const slug = values.get('workspace') ?? context.workspace;
  const rows = await inScope(context, slug, ({ tx, workspace }) =>
    newestTickets(tx, workspace.id, limit, status.data),
  );
  if (rows.length === 0) context.print('No tickets.');
  for (const { number, status, updatedAt, channel, subject } of rows)
    context.print(
      `${`#${number}`.padStart(6)}  ${status.padEnd(8)}  ${stamp(updatedAt)}  ${channel.padEnd(5)}  ${oneLine(subject)}`,
    );
}

async function ticket(args: string[], context: OperatorContext): Promise<void> {
  const { workspace, first } = parse(args, context, 1, 'ticket <number|id>');
  await inScope(context, workspace, async ({ tx, workspace }) => {
    const number = /^#?(\d{1,15})$/.exec(first)?.[1];
    const found = number
      ? await findTicketByNumber(tx, workspace.id, BigInt(number))
      : await findTicket(tx, workspace.id, first);
    if (!found) throw new PosternError('not_found', `No ticket ${oneLine(first)} in ${workspace.slug}.`);
    const messages = await newestMessages(tx, workspace.id, found.id, { limit: 100, publicOnly: false });
    const mails = await tx
      .selectFrom('outbox')
      .select(['rcptTo', 'cc', 'bcc', 'state', 'sentAt', 'lastError'])
      .where('workspaceId', '=', workspace.id)
      .where('ticketId', '=', found.id)
      .orderBy('createdAt')
      .execute();
    context.print(`#${found.number}  ${oneLine(found.subject)}`);
    context.print(`${found.id}  ${found.status}  by ${found.channel}  opened ${stamp(found.createdAt)}`);
    const customer = found.customerId && (await findCustomer(tx, workspace.id, found.customerId));
    if (customer)
      context.print(`customer ${oneLine([customer.name, customer.email].filter(Boolean).join(', '))}`);
    if (found.wallet) context.print(`wallet ${found.wallet}`);
    for (const { author, authorId, visibility, body, createdAt } of messages) {
      const kind = visibility === 'note' ? ' (note)' : '';
      context.print(`\n-- ${author}${authorId ? ` ${oneLine(authorId)}` : ''}${kind}, ${stamp(createdAt)}`);
      context.print(printable(body));
    }
    if (mails.length > 0) context.print('');
    for (const { rcptTo, cc, bcc, state, sentAt, lastError } of mails)
      context.print(
        `mail to ${oneLine([rcptTo, ...cc, ...bcc].join(', '))}: ${state}${sentAt ? ` ${stamp(sentAt)}` : ''}${lastError ? ` (${oneLine(lastError)})` : ''}`,
      );
  });
}

async function mail(args: string[], context: OperatorContext): Promise<void> {
  const { first } = parse(args, context, 0, 'mail [n]');
  if (first === '') await listMail(context.mailFolder, context.print);
  else await showMail(context.mailFolder, first, context.print);
}

interface Parsed {
  workspace: string;
  /** The first positional argument, empty if there is none. */
  first: string;
}

/** @throws {PosternError} `invalid_arguments` with how the command is used. */
function parse(args: string[], context: OperatorContext, needed: 0 | 1, usage?: string): Parsed {
  const options = { workspace: { type: 'string' } } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length >= needed && positionals.length <= (usage ? 1 : 0))
      return {
        workspace: values.workspace ?? context.workspace,
        first: positionals[0] ?? '',
      };
  } catch (error) {
    throw new PosternError('invalid_arguments', (error as Error).message);
  }
  throw new PosternError('invalid_arguments', `Usage: ${usage ?? 'this command takes no arguments'}`);
}
