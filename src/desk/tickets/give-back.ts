import { sql } from 'kysely';
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import { ticketChanged } from './history.ts';

/**
 * Takes what is open of a member's tickets from them: nobody has them then, and history says so of each. One statement, however
 * many there are.
 */
export const giveBackTickets = (scope: Scope, userId: string): Promise<void> =>
  giveBack(scope, 'assigneeId', userId);

/** The same of a team’s: they are of none then. */
export const giveBackTeamTickets = (scope: Scope, teamId: string): Promise<void> =>
  giveBack(scope, 'teamId', teamId);

async function giveBack(
  { tx, workspace, caller, now }: Scope,
  field: 'assigneeId' | 'teamId',
  id: string,
): Promise<void> {
  const column = sql.ref(field);
  const { rows } = await sql<{ id: string }>`
    with given as (
      select id from tickets
      where workspace_id = ${workspace.id} and ${column} = ${id} and status in ('open', 'pending', 'snoozed')
      order by id for update
    ), back as (
      update tickets t set ${column} = null, version = version + 1, updated_at = ${now}
      from given where t.workspace_id = ${workspace.id} and t.id = given.id
      returning t.id, t.version
    ), told as (
      insert into ticket_events (workspace_id, id, ticket_id, kind, actor, changes, version)
      select ${workspace.id}, 'evt_' || substr(translate(gen_random_uuid()::text, '-', ''), 1, 24), id, 'ticket.updated',
        ${actorOf(caller)}, jsonb_build_object(${field}::text, jsonb_build_object('from', ${id}::text, 'to', null)), version
      from back
    )
    select id from back`.execute(tx);
  for (const { id } of rows)
    await sql`select pg_notify('postern', ${ticketChanged(workspace.id, id)})`.execute(tx);
}
