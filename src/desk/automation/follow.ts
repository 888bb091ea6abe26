/**
 * Follows the history of tickets: each event is looked at once, in the order of its ticket, and what rules do of it stands in
 * the transaction that says so. One process at a time is at a workspace; one that dies has done nothing of its event.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/time.ts';
import { asSystem, type Database, inWorkspace, type Tx } from '../../store/database.ts';
import type { TicketEvent } from '../tickets/history.ts';
import { lockTicket } from '../tickets/tickets.ts';
import { refreshClocks } from './clocks.ts';
import { listPolicies } from './policies.ts';
import { isOn, listRules, triggerOf } from './rules.ts';
import { attempt, runRules } from './run-rule.ts';
import { settingsOf } from './settings.ts';

export interface AutomationPorts {
  db: Database;
  ids: Ids;
  clock: Clock;
  log: Logger;
}

/** What is done by itself, before a rule says that it was the one. */
const house = { kind: 'house', id: 'automation' } as const;

/** Events that are passed over at once where nothing acts by itself. */
const passedAtOnce = 500;

/** A transaction in a workspace, in which things happen by themselves. */
export const byItself = <T>(
  { db, ids, clock }: AutomationPorts,
  workspace: Scope['workspace'],
  work: (scope: Scope) => Promise<T>,
): Promise<T> =>
  inWorkspace(db, workspace.id, (tx) => work({ tx, workspace, ids, caller: house, now: new Date(clock()) }));

const lockKey = ({ id }: Scope['workspace']) => `automation ${id}`;

/** Whether nobody else is at the workspace; nobody is until the transaction ends. */
export async function tryHold({ tx, workspace }: Scope): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${lockKey(workspace)}, 0)) as held`.execute(tx);
  return rows[0]!.held;
}

/** The same, once whoever is at it has ended. */
export async function hold({ tx, workspace }: Scope): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${lockKey(workspace)}, 0))`.execute(tx);
}

/** Workspaces that have events nobody has looked at. */
export const withEvents = (db: Database): Promise<Scope['workspace'][]> =>
  // One loop follows all workspaces.
  asSystem(db, async (tx: Tx) => {
    const { rows } = await sql<Scope['workspace']>`
      select id, slug, name from workspaces w
      where id in (select distinct workspace_id from ticket_events where not handled)
      order by id`.execute(tx);
    return rows;
  });

/**
 * Looks at the oldest event of a workspace.
 * @returns whether there may be more; `busy` where another process is at it.
 */
export const followNext = (
  ports: AutomationPorts,
  workspace: Scope['workspace'],
): Promise<'more' | 'none' | 'busy'> =>
  byItself(ports, workspace, async (scope) => {
    if (!(await tryHold(scope))) return 'busy';
    if (!(await isOn(scope))) return (await passOver(scope)) ? 'more' : 'none';
    const event = await oldest(scope);
    if (!event) return 'none';
    await look(scope, event, ports.log);
    return 'more';
  });

/** @returns whether there were any. */
async function passOver({ tx, workspace }: Scope): Promise<boolean> {
  const { rows } = await sql`
    with passed as (
      select id from ticket_events where workspace_id = ${workspace.id} and not handled
      order by at, id limit ${passedAtOnce} for update skip locked
    )
    update ticket_events e set handled = true from passed
    where e.workspace_id = ${workspace.id} and e.id = passed.id returning 1`.execute(tx);
  return rows.length > 0;
}

const oldest = ({ tx, workspace }: Scope): Promise<TicketEvent | undefined> =>
  tx
    .selectFrom('ticketEvents')
    .select(['id', 'ticketId', 'kind', 'actor', 'changes', 'version', 'depth', 'at'])
    .where('workspaceId', '=', workspace.id)
    .where('handled', '=', false)
    .orderBy('at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();

async function look(scope: Scope, event: TicketEvent, log: Logger): Promise<void> {
  const { tx, workspace } = scope;
  // The ticket first, as everyone else locks them.
  const ticket = (await lockTicket(tx, workspace.id, event.ticketId))!;
  await done(scope, event);
  const settings = await settingsOf(scope);
  const policies = await listPolicies(scope);
  const settled = !leavesWork(event);
  const clocks = await attempt(tx, () => refreshClocks(scope, ticket, { policies, settings, settled }));
  if ('error' in clocks)
    log.error({ error: String(clocks.error), ticketId: ticket.id }, 'the due times of a ticket broke');
  const trigger = triggerOf(event, ticket);
  if (!trigger || ticket.mergedInto) return;
  const { messageId } = event.changes;
  const cause = {
    eventId: event.id,
    messageId: typeof messageId === 'string' ? messageId : undefined,
    depth: event.depth,
  };
  const rules = (await listRules(scope)).filter((rule) => rule.enabled && rule.trigger === trigger);
  await runRules(scope, rules, ticket.id, cause, { settings, log });
}

/** Whether it moved the ticket on from where somebody still had to do something. */
function leavesWork({ kind, changes }: TicketEvent): boolean {
  const from = (changes.status as JsonObject | undefined)?.from;
  return kind === 'ticket.created' || (from !== undefined && from !== 'resolved' && from !== 'closed');
}

/** Nobody else has looked at it, nor will: the workspace is held. */
const done = ({ tx, workspace }: Scope, { id }: TicketEvent) =>
  tx
    .updateTable('ticketEvents')
    .set({ handled: true })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .execute();
