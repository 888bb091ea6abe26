/** Does what actions say, to one ticket, in their order. All of it stands, or the transaction ends without any. */
import type { Scope } from '../../catalogue/operation.ts';
import { runIn } from '../../catalogue/perform.ts';
import { assert, PosternError } from '../../kernel/errors.ts';
import { body as bodyField } from '../fields.ts';
import { sendReply } from '../operations/send-reply.ts';
import { addToThread, applyChange, type TicketChange } from '../tickets/change.ts';
import { authorOf, lockTicket, type Ticket } from '../tickets/tickets.ts';
import { assertWorker, type RuleAction } from './actions.ts';
import { automaticReply } from './automatic-reply.ts';
import { isOpenAt } from './hours.ts';
import { findMacro } from './macros.ts';
import { render, valuesOf } from './render.ts';
import { holdTurns, presentIn, takeTurn } from './round-robin.ts';
import { findSavedReply } from './saved-replies.ts';
import { hoursOf } from './settings.ts';

const maxTags = 50;

interface Doing {
  scope: Scope;
  ticket: Ticket;
  /** Changes of fields wait for each other, so that several in a row are one change of the ticket. */
  change: TicketChange;
  /** What came of it, in words for the log of rules. */
  told: string[];
}

/**
 * Runs the actions on a ticket that the transaction has locked.
 * @returns the ticket then, and what came of it.
 * @throws {PosternError} `conflict`, `invalid_arguments`: the world is no longer what the actions were made for.
 */
export async function act(
  scope: Scope,
  ticket: Ticket,
  actions: readonly RuleAction[],
): Promise<{ ticket: Ticket; told: string[] }> {
  const all = await spelledOut(scope, actions);
  const teams = all.flatMap((action) => (action.kind === 'assign_round_robin' ? [action.teamId] : []));
  await holdTurns(scope, teams);
  const doing: Doing = { scope, ticket, change: {}, told: [] };
  for (const action of all) await perform(doing, action);
  await settle(doing);
  return { ticket: doing.ticket, told: doing.told };
}

/** Macros in the place of their names. A macro holds none. */
async function spelledOut(scope: Scope, actions: readonly RuleAction[]): Promise<RuleAction[]> {
  const all: RuleAction[] = [];
  for (const action of actions) {
    if (action.kind !== 'macro') all.push(action);
    else all.push(...((await findMacro(scope, action.macroId)).actions as RuleAction[]));
  }
  return all;
}

async function perform(doing: Doing, action: RuleAction): Promise<void> {
  const { scope, change } = doing;
  switch (action.kind) {
    case 'set_status':
      doing.change = { ...change, status: action.status, snoozedUntil: null };
      return;
    case 'snooze': {
      const until = new Date(scope.now.getTime() + action.hours * 3_600_000);
      doing.change = { ...change, status: 'snoozed', snoozedUntil: until };
      return;
    }
    case 'set_priority':
      change.priority = action.priority;
      return;
    case 'set_assignee':
      if (action.userId !== null) await assertWorker(scope, action.userId);
      change.assigneeId = action.userId;
      return;
    case 'set_team':
      change.teamId = action.teamId;
      return;
    case 'assign_round_robin':
      return giveInTurn(doing, action.teamId);
    case 'add_tags':
    case 'remove_tags':
      return tagged(doing, action);
    case 'add_note':
      return note(doing, action.body);
    case 'reply':
    case 'acknowledge':
    case 'out_of_hours_reply':
      return reply(doing, action);
    case 'macro':
      assert(false, 'macros are spelled out');
  }
}

/** Writes what waits. */
async function settle(doing: Doing): Promise<void> {
  const { scope, ticket, change } = doing;
  doing.change = {};
  doing.ticket = await applyChange(scope, ticket, change);
}

function tagged(doing: Doing, { kind, tags }: { kind: 'add_tags' | 'remove_tags'; tags: string[] }): void {
  const before = doing.change.tags ?? doing.ticket.tags;
  const after =
    kind === 'add_tags' ? [...new Set([...before, ...tags])] : before.filter((tag) => !tags.includes(tag));
  if (after.length > maxTags && after.length > before.length)
    throw new PosternError('conflict', `The ticket would have more than ${maxTags} tags.`);
  doing.change.tags = after;
}

async function giveInTurn({ scope, ticket, change, told }: Doing, teamId: string): Promise<void> {
  change.teamId = teamId;
  const present = await presentIn(scope, teamId);
  const has = change.assigneeId === undefined ? ticket.assigneeId : change.assigneeId;
  if (has !== null && present.includes(has)) {
    told.push(`${has} has it already`);
    return;
  }
  if (present.length === 0) {
    told.push('nobody of the team is there');
    return;
  }
  change.assigneeId = await takeTurn(scope, teamId, present);
  told.push(`given to ${change.assigneeId}`);
}

async function note(doing: Doing, body: string): Promise<void> {
  await settle(doing);
  const { scope, ticket } = doing;
  doing.ticket = (
    await addToThread(scope, ticket, { ...authorOf(scope.caller), visibility: 'note', body })
  ).ticket;
  doing.scope = later(scope);
}

async function reply(
  doing: Doing,
  { kind, savedReplyId }: { kind: 'reply' | 'acknowledge' | 'out_of_hours_reply'; savedReplyId: string },
): Promise<void> {
  await settle(doing);
  const { scope, ticket, told } = doing;
  const saved = await findSavedReply(scope, savedReplyId);
  const { text } = render(saved.body, await valuesOf(scope, ticket));
  const fits = bodyField.safeParse(text);
  if (!fits.success) throw new PosternError('conflict', 'The reply, filled in, is empty or too long.');
  if (scope.caller.kind === 'operator') {
    await replyAs(scope, ticket, text);
  } else if (kind === 'out_of_hours_reply' && isOpenAt(scope.now, await hoursOf(scope))) {
    told.push('not mailed: the desk is open');
  } else {
    const outcome = await automaticReply(scope, ticket, text, { once: kind === 'acknowledge' });
    told.push('refused' in outcome ? `not mailed: ${outcome.refused}` : 'mailed');
  }
  doing.ticket = (await lockTicket(scope.tx, scope.workspace.id, ticket.id))!;
  doing.scope = later(scope);
}

/** A thread is in the order of its times, and what follows comes after. */
const later = (scope: Scope): Scope => ({ ...scope, now: new Date(scope.now.getTime() + 1) });

/** The operator's own reply, by the one path that all of them go. */
const replyAs = (scope: Scope, { id }: Ticket, body: string) =>
  runIn(scope, sendReply, { ticketId: id, body });
