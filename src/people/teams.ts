/** Teams: members that tickets are given to together. */
import { sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import { audit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import { type Changer, roleOf } from './members.ts';

export interface Team {
  id: string;
  name: string;
  /** Users' ids. */
  members: string[];
}

/** All teams, by name. */
export const listTeams = (tx: Tx, workspaceId: string): Promise<Team[]> =>
  tx
    .selectFrom('teams')
    .leftJoin('teamMembers', (join) =>
      join
        .onRef('teamMembers.workspaceId', '=', 'teams.workspaceId')
        .onRef('teamMembers.teamId', '=', 'teams.id'),
    )
    .select([
      'teams.id',
      'teams.name',
      sql<
        string[]
      >`coalesce(array_agg(user_id order by user_id) filter (where user_id is not null), '{}')`.as('members'),
    ])
    .where('teams.workspaceId', '=', workspaceId)
    .groupBy(['teams.id', 'teams.name'])
    .orderBy(sql`caseless(teams.name) collate "C"`)
    .execute();

/** The team that is called so, by its id or its name, in capitals or not. @returns its id; none where there is none */
export async function teamNamed(tx: Tx, workspaceId: string, name: string): Promise<string | undefined> {
  const teams = await listTeams(tx, workspaceId);
  const found =
    teams.find(({ id }) => id === name) ??
    teams.find((team) => team.name.toLowerCase() === name.toLowerCase());
  return found?.id;
}

/** @throws {PosternError} `conflict` where the name is taken, in capitals or not */
export async function createTeam(tx: Tx, workspaceId: string, name: string, by: Changer): Promise<Team> {
  const id = by.ids('tea');
  await holdNames(tx, workspaceId);
  const made = await tx
    .insertInto('teams')
    .values({ workspaceId, id, name })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!made) throw nameTaken();
  await record(tx, workspaceId, 'team.created', id, { name }, by);
  return { id, name, members: [] };
}

/**
 * Gives a team another name.
 * @throws {PosternError} `not_found`; `conflict` where the name is taken, in capitals or not
 */
export async function renameTeam(
  tx: Tx,
  workspaceId: string,
  { teamId, name }: { teamId: string; name: string },
  by: Changer,
): Promise<void> {
  await holdNames(tx, workspaceId);
  const { rows } = await sql<{ taken: boolean }>`
    select exists (select from teams where workspace_id = ${workspaceId} and id <> ${teamId}
      and caseless(name) = caseless(${name})) as taken`.execute(tx);
  if (rows[0]!.taken) throw nameTaken();
  const before = await lockTeam(tx, workspaceId, teamId);
  if (before === name) return;
  await tx
    .updateTable('teams')
    .set({ name })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', teamId)
    .execute();
  await record(tx, workspaceId, 'team.renamed', teamId, { from: before, to: name }, by);
}

/** One at a time gives a team its name: of two at once each would find it free. */
const holdNames = (tx: Tx, workspaceId: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`teams ${workspaceId}`}, 0))`.execute(tx);

/** Takes a team away, with who is in it. @throws {PosternError} `not_found` */
export async function deleteTeam(tx: Tx, workspaceId: string, teamId: string, by: Changer): Promise<void> {
  const name = await lockTeam(tx, workspaceId, teamId);
  await tx.deleteFrom('teams').where('workspaceId', '=', workspaceId).where('id', '=', teamId).execute();
  await record(tx, workspaceId, 'team.deleted', teamId, { name }, by);
}

export interface Membership {
  teamId: string;
  userId: string;
}

/** Adds a member of the workspace; one who is in it stays. @throws {PosternError} `not_found` */
export async function addTeamMember(
  tx: Tx,
  workspaceId: string,
  who: Membership,
  by: Changer,
): Promise<void> {
  await assertTeam(tx, workspaceId, who.teamId);
  if ((await roleOf(tx, workspaceId, who.userId)) === undefined)
    throw new PosternError('not_found', 'No member of this workspace has this id.');
  const added = await tx
    .insertInto('teamMembers')
    .values({ workspaceId, ...who })
    .onConflict((conflict) => conflict.doNothing())
    .returning('userId')
    .executeTakeFirst();
  if (added) await record(tx, workspaceId, 'team.member_added', who.teamId, { userId: who.userId }, by);
}

/** @throws {PosternError} `not_found` where there is no such team, or they are not in it */
export async function removeTeamMember(
  tx: Tx,
  workspaceId: string,
  who: Membership,
  by: Changer,
): Promise<void> {
  await assertTeam(tx, workspaceId, who.teamId);
  const removed = await tx
    .deleteFrom('teamMembers')
    .where('workspaceId', '=', workspaceId)
    .where('teamId', '=', who.teamId)
    .where('userId', '=', who.userId)
    .returning('userId')
    .executeTakeFirst();
  if (!removed) throw new PosternError('not_found', 'This user is not in this team.');
  await record(tx, workspaceId, 'team.member_removed', who.teamId, { userId: who.userId }, by);
}

const nameTaken = () => new PosternError('conflict', 'A team of this name exists already.');

/** @returns its name. @throws {PosternError} `not_found` */
async function lockTeam(tx: Tx, workspaceId: string, id: string): Promise<string> {
  const team = await tx
    .selectFrom('teams')
    .select('name')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!team) throw noTeam();
  return team.name;
}

const noTeam = () => new PosternError('not_found', 'No team of this workspace has this id.');

async function assertTeam(tx: Tx, workspaceId: string, id: string): Promise<void> {
  const team = await tx
    .selectFrom('teams')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!team) throw noTeam();
}

const record = (
  tx: Tx,
  workspaceId: string,
  action: 'team.created' | 'team.renamed' | 'team.deleted' | 'team.member_added' | 'team.member_removed',
  subject: string,
  details: Record<string, string>,
  by: Changer,
): Promise<void> => audit(tx, by.ids, { workspaceId, actor: by.actor, action, subject, reason: '', details });
