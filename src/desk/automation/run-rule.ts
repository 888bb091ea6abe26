/** One rule on one ticket: asked, done or not, and written down. What goes wrong in it stops no other. */
import { sql } from 'kysely';
import pg from 'pg';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { hasRefused, type Tx } from '../../store/database.ts';
import type { RunOutcome } from '../../store/schema.ts';
import { findCustomer } from '../customers/customers.ts';
import { lockTicket, type Ticket } from '../tickets/tickets.ts';
import { act } from './act.ts';
import { type Facts, holds } from './conditions.ts';
import { isOpenAt } from './hours.ts';
import type { Rule } from './rules.ts';
import type { AutomationSettings } from './settings.ts';

/** How many rules in a row may lead to each other. */
export const maxDepth = 5;

/** How often rules may act on one ticket within an hour. */
export const maxRunsAnHour = 30;

/** What led to it. */
export interface Cause {
  /** Null: its time had come. */
  eventId: string | null;
  /** Of the message that it is about. */
  messageId?: string | undefined;
  /** How many rules led there. */
  depth: number;
  /** The same was written down before. */
  again?: boolean;
}

/** @returns what came of it. @throws where the transaction cannot go on: then all of it is done again. */
export async function runRule(
  scope: Scope,
  rule: Rule,
  ticketId: string,
  cause: Cause,
  { settings, log }: { settings: AutomationSettings; log: Logger },
): Promise<RunOutcome> {
  const { tx, workspace } = scope;
  // Read anew, for the rule before this one may have changed it.
  const ticket = (await lockTicket(tx, workspace.id, ticketId))!;
  const facts = await factsOf(scope, ticket, cause, settings);
  const say = (outcome: RunOutcome, detail: string) => write(scope, rule, ticketId, cause, outcome, detail);
  if (!holds(rule.allOf, rule.anyOf, facts)) return say('not_met', 'its conditions did not hold');
  if (cause.depth >= maxDepth) return say('capped', `${cause.depth} rules in a row led here`);
  if ((await firedWithinAnHour(scope, ticketId)) >= maxRunsAnHour)
    return say('capped', `rules have acted ${maxRunsAnHour} times on the ticket within an hour`);
  const doing = { ...scope, caller: { kind: 'house', id: rule.id }, depth: cause.depth + 1 } as const;
  const done = await attempt(tx, () => act(doing, ticket, rule.actions));
  if ('value' in done) return say('fired', done.value.told.join('; '));
  const { error } = done;
  if (!(error instanceof PosternError))
    log.error({ error: String(error), workspaceId: workspace.id, rule: rule.id }, 'a rule broke');
  return say('failed', error instanceof PosternError ? error.message : 'something broke; it has been logged');
}

/**
 * Does the work, or none of it while the transaction goes on.
 * @throws what another try may not meet, and what ends the transaction
 */
export async function attempt<T>(tx: Tx, work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  await sql`savepoint attempt`.execute(tx);
  try {
    const value = await work();
    await sql`release savepoint attempt`.execute(tx);
    return { value };
  } catch (error) {
    if (mayPass(error)) throw error;
    await sql`rollback to savepoint attempt`.execute(tx);
    return { error };
  }
}

/** A deadlock, a lost race, a connection that broke. */
const mayPass = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (!hasRefused(error) || /^(40|55P03|57014)/.test(error.code ?? ''));

async function factsOf(
  { tx, workspace, now }: Scope,
  ticket: Ticket,
  { messageId }: Cause,
  { hours }: AutomationSettings,
): Promise<Facts> {
  const customer = ticket.customerId ? await findCustomer(tx, workspace.id, ticket.customerId) : undefined;
  const public_ = tx
    .selectFrom('messages')
    .select('body')
    .where('workspaceId', '=', workspace.id)
    .where('ticketId', '=', ticket.id)
    .where('visibility', '=', 'public');
  const message = await (messageId
    ? public_.where('id', '=', messageId)
    : public_.where('author', 'in', ['customer', 'agent']).orderBy('createdAt', 'desc').orderBy('id', 'desc')
  )
    .limit(1)
    .executeTakeFirst();
  return {
    ticket,
    address: customer?.email ?? null,
    body: message?.body ?? '',
    open: isOpenAt(now, hours),
  };
}

async function firedWithinAnHour({ tx, workspace, now }: Scope, ticketId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int4 as count from rule_runs
    where workspace_id = ${workspace.id} and ticket_id = ${ticketId} and outcome = 'fired'
      and at > ${now}::timestamptz - interval '1 hour'`.execute(tx);
  return rows[0]!.count;
}

async function write(
  { tx, workspace, ids, now }: Scope,
  rule: Rule,
  ticketId: string,
  { eventId, depth, again }: Cause,
  outcome: RunOutcome,
  detail: string,
): Promise<RunOutcome> {
  if (again && outcome !== 'fired' && outcome !== 'failed') return outcome;
  const row = { workspaceId: workspace.id, id: ids('run'), ruleId: rule.id, ticketId, eventId };
  await tx
    .insertInto('ruleRuns')
    .values({ ...row, outcome, detail: detail.slice(0, 500), depth, at: now })
    .execute();
  return outcome;
}
