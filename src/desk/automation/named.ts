/** What saved replies, macros, policies and rules share: a name of their own, lists by pages, and who uses what. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { type Actor, audit } from '../../store/audit.ts';

/** Tables of what has a name. */
export type NamedTable = 'savedReplies' | 'macros' | 'slaPolicies' | 'rules';

const words = { savedReplies: 'saved reply', macros: 'macro', slaPolicies: 'policy', rules: 'rule' } as const;

/** How many of each a workspace may have; all rules and policies are looked at for each event. */
const most = { savedReplies: 2_000, macros: 1_000, slaPolicies: 50, rules: 200 } as const;

/**
 * Locks what there may be one more of, for two at once would each find room.
 * @throws {PosternError} `conflict` where there are as many as may be, or the name is taken, in capitals or not
 */
export async function assertRoom(
  { tx, workspace }: Scope,
  table: NamedTable,
  name: string,
  except = '',
): Promise<void> {
  const key = `${table} ${workspace.id}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  const { rows } = await sql<{ count: number; taken: boolean | null }>`
    select count(*)::int4 as count, bool_or(caseless(name) = caseless(${name})) as taken from ${sql.table(table)}
    where workspace_id = ${workspace.id} and id <> ${except}`.execute(tx);
  if (rows[0]!.taken) throw new PosternError('conflict', `Another ${words[table]} has this name.`);
  if (rows[0]!.count >= most[table])
    throw new PosternError('conflict', `A workspace has at most ${most[table]} of these.`);
}

/** @throws {PosternError} `not_found` */
export function mustBe<T>(table: NamedTable, row: T | undefined): T {
  if (row === undefined) throw new PosternError('not_found', `No ${words[table]} has this id.`);
  return row;
}

/**
 * Locks one for who changes it as they saw it.
 * @throws {PosternError} `not_found`; `conflict` with the version that it has now
 */
export async function lockSeenNamed(
  { tx, workspace }: Scope,
  table: Exclude<NamedTable, 'slaPolicies'>,
  id: string,
  seen: number,
): Promise<void> {
  const row = await tx
    .selectFrom(table)
    .select('version')
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  refuseStale(mustBe(table, row).version, seen, words[table]);
}

/** @throws {PosternError} `conflict` with the version that it has now, where that is not the one that was seen */
export function refuseStale(version: number, seen: number, what: string): void {
  if (version !== seen)
    throw new PosternError('conflict', `The ${what} has changed since you read it; read it again.`, {
      version,
    });
}

/** Takes one away. @returns its name. @throws {PosternError} `not_found` */
export async function remove({ tx, workspace }: Scope, table: NamedTable, id: string): Promise<string> {
  const gone = await tx
    .deleteFrom(table)
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .returning('name')
    .executeTakeFirst();
  return mustBe(table, gone).name;
}

/**
 * Ids of a page by name. `after`: the id of the one before it.
 * @throws {PosternError} `not_found` where nothing has that id
 */
export async function pageByName(
  { tx, workspace }: Scope,
  table: 'savedReplies' | 'macros',
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<{ ids: string[]; next: string | undefined }> {
  const from = sql.table(table);
  const named = async (id: string) => {
    const { rows } = await sql<{ name: string }>`select caseless(name) as name from ${from}
      where workspace_id = ${workspace.id} and id = ${id}`.execute(tx);
    return mustBe(table, rows[0]).name;
  };
  const behind =
    after === undefined
      ? sql`true`
      : sql`(caseless(name) collate "C", id) > (${await named(after)}, ${after})`;
  const { rows } = await sql<{ id: string }>`
    select id from ${from} where workspace_id = ${workspace.id} and ${behind}
    order by caseless(name) collate "C", id limit ${limit + 1}`.execute(tx);
  const ids = rows.slice(0, limit).map(({ id }) => id);
  return { ids, next: rows.length > limit ? ids.at(-1) : undefined };
}

/** Names of the macros and rules whose actions hold this, such as `{ savedReplyId: 'rpl_…' }`. */
export async function usersOf(
  { tx, workspace }: Scope,
  used: { savedReplyId: string } | { macroId: string },
): Promise<string[]> {
  const holds = JSON.stringify([used]);
  const { rows } = await sql<{ name: string }>`
    select name from macros where workspace_id = ${workspace.id} and actions @> ${holds}::jsonb
    union all select name from rules where workspace_id = ${workspace.id} and actions @> ${holds}::jsonb
    order by name limit 5`.execute(tx);
  return rows.map(({ name }) => name);
}

/** @throws {PosternError} `conflict`, naming what uses it */
export async function assertUnused(
  scope: Scope,
  used: { savedReplyId: string } | { macroId: string },
): Promise<void> {
  const users = await usersOf(scope, used);
  if (users.length > 0)
    throw new PosternError(
      'conflict',
      `It is used by ${users.map((name) => JSON.stringify(name)).join(', ')}.`,
    );
}

/**
 * What rules act by is changed by who may change rules, while one of them is on that uses it, be it through a macro.
 * @throws {PosternError} `not_permitted` for an operator, naming the rule
 */
export async function assertMaySteer(
  { tx, workspace, caller }: Scope,
  used: { savedReplyId: string } | { macroId: string },
): Promise<void> {
  if (caller.kind === 'operator' && caller.role !== 'operator') return;
  const holds = JSON.stringify([used]);
  const { rows } = await sql<{ name: string }>`
    select name from rules where workspace_id = ${workspace.id} and enabled and (
      actions @> ${holds}::jsonb
      or exists (
        select from macros where macros.workspace_id = ${workspace.id} and macros.actions @> ${holds}::jsonb
          and rules.actions @> jsonb_build_array(jsonb_build_object('macroId', macros.id))
      )
    ) order by position, id limit 1`.execute(tx);
  if (rows[0])
    throw new PosternError(
      'not_permitted',
      `The rule ${JSON.stringify(rows[0].name)} acts by it: an admin changes what rules act by.`,
    );
}

/**
 * Into the audit log: what acts by itself was changed, by whom, and what it does `now`. Its name and kinds; no texts, tags,
 * addresses, or words that conditions ask for, for the log outlives the erasure of a customer whom they name.
 */
export async function auditAutomation(
  { tx, workspace, ids, caller }: Scope,
  subject: string | null,
  what: string,
  now: JsonObject,
): Promise<void> {
  const actor: Actor = caller.kind === 'operator' ? `operator:${caller.id}` : 'system';
  const entry = {
    workspaceId: workspace.id,
    actor,
    action: 'automation.changed',
    subject,
    reason: '',
  } as const;
  await audit(tx, ids, { ...entry, details: { what, ...now } });
}
