import type { Scope } from '../../catalogue/operation.ts';
import {
  approveProposal,
  type Decided,
  type Proposal,
  rejectProposal,
  waitingProposals,
} from '../../desk/proposals.ts';
import { findTicket } from '../../desk/tickets/tickets.ts';
import { recordDecision } from '../../door/standing.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { OperatorCommand } from './operator-command.ts';
import { commandCatalogue, inScope, readVerdict } from './operator-scope.ts';
import { oneLine, printable, stamp } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const listLength = 50;

const proposalsUsage = 'proposals [--workspace <slug>]';

export const proposalsCommand: OperatorCommand = {
  summary: 'proposals: what waits for approval',
  async run(args, context) {
    const { workspace, words } = readVerdict(args, context, proposalsUsage);
    if (words.length > 0) throw new UsageError(proposalsUsage);
    await inScope(context, workspace, async (scope) => {
      const waiting = await waitingProposals(scope.tx, scope.workspace.id, listLength);
      if (waiting.length === 0) context.print('Nothing waits for approval.');
      for (const proposal of waiting) await printProposal(proposal, scope, context.print);
    });
  },
};

async function printProposal(
  proposal: Proposal,
  { tx, workspace }: Scope,
  print: (text: string) => void,
): Promise<void> {
  const about = proposal.ticketId ? await findTicket(tx, workspace.id, proposal.ticketId) : undefined;
  const moved = about && about.threadVersion > (proposal.ticketVersion ?? 0);
  print(`${proposal.id}  ${proposal.operation}  ${stamp(proposal.createdAt)}`);
  if (about) print(`  on #${about.number} ${oneLine(about.subject)}${moved ? ' (has moved since)' : ''}`);
  if (proposal.wallet) print(`  by ${proposal.wallet}`);
  if (proposal.flags.length > 0) print(`  look twice: ${proposal.flags.join(', ')}`);
  print(`${indent(printable(contentOf(proposal)))}\n`);
}

const approveUsage = 'approve <proposal> [--seen <version>] [--workspace <slug>]';

export const approveCommand: OperatorCommand = {
  summary: 'approve <proposal> [--seen <version>]: approve a proposal and run it',
  async run(args, context) {
    const { workspace, words, seen } = readVerdict(args, context, approveUsage);
    const id = onlyWord(words, approveUsage);
    if (seen !== undefined && !/^[1-9]\d{0,8}$/.test(seen)) throw new UsageError(approveUsage);
    const catalogue = commandCatalogue(context.ids);
    const output = await inScope(context, workspace, (scope) =>
      approveProposal(scope, { catalogue, decided: decidedIn(scope) }, id, {
        seen: seen === undefined ? undefined : Number(seen),
      }),
    ).catch((error: unknown) => {
      throw howToGoOn(error, id);
    });
    context.print(`Approved ${oneLine(id)}.`);
    if (output.mailed === true) context.print('The reply is in the outbox.');
    if (output.mailed === false)
      context.print('The customer left no email: the reply stands on the ticket only.');
  },
};

/** A thread that moved is read first, and then approved as it was seen. */
function howToGoOn(error: unknown, id: string): unknown {
  if (!(error instanceof PosternError) || error.code !== 'conflict') return error;
  const { version } = error.data ?? {};
  if (typeof version !== 'number') return error;
  const how = `postern ticket shows the thread; then: postern approve ${oneLine(id)} --seen ${version}`;
  return new PosternError('conflict', `${error.message} ${how}`, error.data);
}

const rejectUsage = 'reject <proposal> --reason <text> [--spam] [--workspace <slug>]';

export const rejectCommand: OperatorCommand = {
  summary: 'reject <proposal> --reason <text> [--spam]: reject a proposal',
  async run(args, context) {
    const { workspace, words, reason, spam } = readVerdict(args, context, rejectUsage);
    const id = onlyWord(words, rejectUsage);
    await inScope(context, workspace, (scope) =>
      rejectProposal(scope, { decided: decidedIn(scope) }, id, { reason, spam }),
    );
    context.print(`Rejected ${oneLine(id)}.`);
  },
};

/** Decisions count for the standing of the wallet that proposed. */
const decidedIn =
  ({ ids }: Scope): Decided =>
  (tx, decision) =>
    recordDecision(tx, ids, decision);

function onlyWord(words: string[], usage: string): string {
  const [word, ...rest] = words;
  if (word === undefined || rest.length > 0) throw new UsageError(usage);
  return word;
}

const contentOf = ({ arguments: input }: Proposal): string =>
  typeof input.body === 'string' ? input.body : JSON.stringify(input);

const indent = (text: string): string => text.replace(/^/gm, '  | ');
