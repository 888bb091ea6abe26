/** Rules on one ticket: asked, done or not, and written down. What goes wrong in one stops no other. */
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

/** How often one rule may act on one ticket within an hour. What one uses up the others still have. */
export const maxRunsAnHour = 30;

/** How often it may since somebody changed the ticket, or wrote, because of rules: where two trigger each other, each of them does. */
export const maxEchoes = maxDepth;

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

/**
 * Asks rules, in their order, and does what those whose conditions hold say. Each is asked of the ticket as the one before
 * left it.
 * @returns what came of each. @throws where the transaction cannot go on: then all of it is done again.
 */
export async function runRules(
  scope: Scope,
  rules: readonly Rule[],
  ticketId: string,
  cause: Cause,
  ports: { settings: AutomationSettings; log: Logger },
): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  const runs: Run[] = [];
  let facts: Facts | undefined;
  for (const rule of rules) {
    facts ??= await factsOf(scope, ticketId, cause, ports.settings);
    const run: Run = holds(rule.allOf, rule.anyOf, facts)
      ? await runRule(scope, rule, facts.ticket, cause, ports.log)
      : { rule, outcome: 'not_met', detail: 'its conditions did not hold' };
    if (run.outcome === 'fired') facts = undefined;
    runs.push(run);
    outcomes.push(run.outcome);
  }
  await write(scope, runs, ticketId, cause);
  return outcomes;
}

interface Run {
  rule: Rule;
  outcome: RunOutcome;
  detail: string;
}

async function runRule(
  scope: Scope,
  rule: Rule,
  ticket: Ticket,
  { depth }: Cause,
  log: Logger,
): Promise<Run> {
  const { tx, workspace } = scope;
  if (depth >= maxDepth) return { rule, outcome: 'capped', detail: `${depth} rules in a row led here` };
  const { fired, echoes } = await firedBefore(scope, rule.id, ticket.id);
  if (fired >= maxRunsAnHour) {
    const detail = `it has acted ${maxRunsAnHour} times on the ticket within an hour`;
    return { rule, outcome: 'capped', detail };
  }
  if (depth > 0 && echoes >= maxEchoes) {
    const detail = `rules have led here ${maxEchoes} times since anybody else changed the ticket`;
    return { rule, outcome: 'capped', detail };
  }
  const doing = { ...scope, caller: { kind: 'house', id: rule.id }, depth: depth + 1 } as const;
  const done = await attempt(tx, () => act(doing, ticket, rule.actions));
  if ('value' in done) return { rule, outcome: 'fired', detail: done.value.told.join('; ') };
  const { error } = done;
  if (error instanceof PosternError) return { rule, outcome: 'failed', detail: error.message };
  log.error({ error: String(error), workspaceId: workspace.id, rule: rule.id }, 'a rule broke');
  return { rule, outcome: 'failed', detail: 'something broke; it has been logged' };
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
  ticketId: string,
  { messageId }: Cause,
  { hours }: AutomationSettings,
): Promise<Facts> {
  const ticket = (await lockTicket(tx, workspace.id, ticketId))!;
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

/** How often the rule acted on the ticket within an hour, and how often of these rules led there since somebody else did. */
async function firedBefore(
  { tx, workspace, now }: Scope,
  ruleId: string,
  ticketId: string,
): Promise<{ fired: number; echoes: number }> {
  const { rows } = await sql<{ fired: number; echoes: number }>`
    select count(*)::int4 as fired, (count(*) filter (where depth > 0 and at >= (
        select max(at) from ticket_events
        where workspace_id = ${workspace.id} and ticket_id = ${ticketId} and depth = 0)))::int4 as echoes
    from rule_runs
    where workspace_id = ${workspace.id} and ticket_id = ${ticketId} and rule_id = ${ruleId} and outcome = 'fired'
      and at > ${now}::timestamptz - interval '1 hour'`.execute(tx);
  return rows[0]!;
}

/** What fired or failed is always told; the rest once, where the rule asks again and again. */
async function write(
  { tx, workspace, ids, now }: Scope,
  runs: readonly Run[],
  ticketId: string,
  { eventId, depth, again }: Cause,
): Promise<void> {
  const told = runs.filter(({ outcome }) => !again || outcome === 'fired' || outcome === 'failed');
  if (told.length === 0) return;
  const rows = told.map(({ rule, outcome, detail }) => ({
    workspaceId: workspace.id,
    id: ids('run'),
    ruleId: rule.id,
    ticketId,
    eventId,
    outcome,
    detail: detail.slice(0, 500),
    depth,
    at: now,
  }));
  await tx.insertInto('ruleRuns').values(rows).execute();
}
