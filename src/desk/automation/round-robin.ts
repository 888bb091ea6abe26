/** Whose turn it is in a team. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';

/**
 * Keeps the turns of these teams until the transaction ends: two tickets at once go to two people. In one order, or two
 * who take two teams would wait for each other. A team that is gone is left out.
 */
export async function holdTurns({ tx, workspace }: Scope, teamIds: readonly string[]): Promise<void> {
  if (teamIds.length === 0) return;
  await sql`
    insert into round_robins (workspace_id, team_id)
    select workspace_id, id from teams where workspace_id = ${workspace.id} and id = any(${teamIds}) order by id
    on conflict do nothing`.execute(tx);
  await sql`
    select from round_robins where workspace_id = ${workspace.id} and team_id = any(${teamIds})
    order by team_id for update`.execute(tx);
}

/** Members of the team who work tickets and are there, by id. */
export async function presentIn({ tx, workspace, now }: Scope, teamId: string): Promise<string[]> {
  const { rows } = await sql<{ userId: string }>`
    select m.user_id from team_members t
    join members m on m.workspace_id = t.workspace_id and m.user_id = t.user_id and m.role <> 'viewer'
    where t.workspace_id = ${workspace.id} and t.team_id = ${teamId} and not exists (
      select from absences a where a.workspace_id = m.workspace_id and a.user_id = m.user_id
        and (a.until is null or a.until > ${now}))
    order by m.user_id collate "C"`.execute(tx);
  return rows.map(({ userId }) => userId);
}

/** Takes the turn of the next of them. The turns are held already. */
export async function takeTurn(scope: Scope, teamId: string, present: readonly string[]): Promise<string> {
  const { tx, workspace } = scope;
  const { lastUserId } = await tx
    .selectFrom('roundRobins')
    .select('lastUserId')
    .where('workspaceId', '=', workspace.id)
    .where('teamId', '=', teamId)
    .executeTakeFirstOrThrow();
  const next = present.find((userId) => lastUserId === null || userId > lastUserId) ?? present[0]!;
  await tx
    .updateTable('roundRobins')
    .set({ lastUserId: next })
    .where('workspaceId', '=', workspace.id)
    .where('teamId', '=', teamId)
    .execute();
  return next;
}
