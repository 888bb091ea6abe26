/** Where a tag is named beside the tickets that have it: what names it follows when it gets another name. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import type { RuleAction } from '../automation/actions.ts';
import type { Condition } from '../automation/conditions.ts';
import { listRules } from '../automation/rules.ts';
import { renewDueTimes } from '../automation/settings.ts';
import { withTagRenamed } from '../search/query.ts';

/** How many of each named it. */
export interface Followed {
  rules: number;
  macros: number;
  policies: number;
  views: number;
  proposals: number;
  /** Whether it is the tag that opens tickets to agents. */
  settings: number;
}

/** As `line` bounds the filters of a view. */
const maxQuery = 500;

/**
 * Proposals that wait and would give a ticket the tag, locked. Before any ticket is, for an approval holds its proposal and
 * then asks for the ticket.
 */
export async function lockProposalsNaming({ tx, workspace }: Scope, tag: string): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from proposals
    where workspace_id = ${workspace.id} and state = 'waiting' and arguments -> 'tags' @> ${JSON.stringify([tag])}::jsonb
    order by id for update`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * Gives everything that names `from` the name `to`. What is saved meanwhile under the old name waits, or is done before.
 * @param proposals what `lockProposalsNaming` found
 * @throws {PosternError} `conflict` where tickets would be opened to agents that are not now
 */
export async function followTag(
  scope: Scope,
  { from, to, proposals }: { from: string; to: string; proposals: readonly string[] },
): Promise<Followed> {
  const settings = await followInSettings(scope, from, to);
  const policies = await followInPolicies(scope, from, to);
  return {
    rules: await followInRules(scope, from, to),
    macros: await followInMacros(scope, from, to),
    policies,
    views: await followInViews(scope, from, to),
    proposals: await followInProposals(scope, { from, to, proposals }),
    settings,
  };
}

/**
 * What is to have no name any more must be named nowhere: a condition without it would hold for every ticket.
 * @throws {PosternError} `conflict`, with what names it
 */
export async function assertNowhereNamed(scope: Scope, tag: string): Promise<void> {
  const { tx, workspace } = scope;
  const rules = (await listRules(scope)).filter((rule) => renamedRule(rule, tag, '') !== undefined);
  const macros = (await macrosNaming(scope, tag)).map(({ name }) => name);
  const policies = await tx
    .selectFrom('slaPolicies')
    .select('name')
    .where('workspaceId', '=', workspace.id)
    .where('tag', '=', tag)
    .execute();
  // One member's views are nobody else's to name; they find nothing then.
  const views = (await viewsNaming(scope, tag)).filter(({ ownerId }) => ownerId === null);
  const users = [...rules, ...policies, ...views].map(({ name }) => name).concat(macros);
  const { agentsSee, agentsTag } = await lockSettings(scope);
  if (agentsSee === 'tag' && agentsTag === tag)
    throw new PosternError(
      'conflict',
      `${tag} opens tickets to agents; choose another tag for that in the settings first.`,
    );
  if (users.length > 0)
    throw new PosternError(
      'conflict',
      `It is named by ${users
        .slice(0, 5)
        .map((name) => JSON.stringify(name))
        .join(', ')}; change ${users.length === 1 ? 'that' : 'those'} first.`,
    );
}

const lockSettings = ({ tx, workspace }: Scope) =>
  tx
    .selectFrom('deskSettings')
    .select(['agentsSee', 'agentsTag'])
    .where('workspaceId', '=', workspace.id)
    .forUpdate()
    .executeTakeFirstOrThrow();

async function followInSettings(scope: Scope, from: string, to: string): Promise<number> {
  const { tx, workspace } = scope;
  const { agentsSee, agentsTag } = await lockSettings(scope);
  if (agentsSee === 'tag' && (agentsTag === to || (agentsTag === from && (await isInUse(scope, to)))))
    throw new PosternError(
      'conflict',
      `${agentsTag} opens tickets to agents, and ${agentsTag === to ? from : to} does not; under one name all of them would be open. Change that setting, or tag the tickets themselves.`,
    );
  if (agentsTag !== from) return 0;
  await tx
    .updateTable('deskSettings')
    .set({ agentsTag: to })
    .where('workspaceId', '=', workspace.id)
    .execute();
  return 1;
}

async function isInUse({ tx, workspace }: Scope, tag: string): Promise<boolean> {
  const { rows } = await sql`
    select from tickets
    where workspace_id = ${workspace.id} and tags @> array[${tag}]::text[] and merged_into is null limit 1`.execute(
    tx,
  );
  return rows.length > 0;
}

async function followInPolicies(scope: Scope, from: string, to: string): Promise<number> {
  const { numUpdatedRows } = await scope.tx
    .updateTable('slaPolicies')
    .set({ tag: to })
    .where('workspaceId', '=', scope.workspace.id)
    .where('tag', '=', from)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) await renewDueTimes(scope);
  return Number(numUpdatedRows);
}

async function followInRules(scope: Scope, from: string, to: string): Promise<number> {
  const { tx, workspace } = scope;
  await sql`select from rules where workspace_id = ${workspace.id} order by id for update`.execute(tx);
  let count = 0;
  for (const rule of await listRules(scope)) {
    const renamed = renamedRule(rule, from, to);
    if (!renamed) continue;
    count += 1;
    await tx
      .updateTable('rules')
      .set({
        allOf: JSON.stringify(renamed.allOf),
        anyOf: JSON.stringify(renamed.anyOf),
        actions: JSON.stringify(renamed.actions),
      })
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', rule.id)
      .execute();
  }
  return count;
}

interface Naming {
  allOf: readonly Condition[];
  anyOf: readonly Condition[];
  actions: readonly RuleAction[];
}

/** Undefined where it names no such tag. */
function renamedRule(rule: Naming, from: string, to: string): Naming | undefined {
  const asked = (conditions: readonly Condition[]) =>
    conditions.map((one) => (one.field === 'tag' ? { ...one, values: replaced(one.values, from, to) } : one));
  const renamed = {
    allOf: asked(rule.allOf),
    anyOf: asked(rule.anyOf),
    actions: renamedActions(rule.actions, from, to),
  };
  const { allOf, anyOf, actions } = rule;
  return JSON.stringify(renamed) === JSON.stringify({ allOf, anyOf, actions }) ? undefined : renamed;
}

const renamedActions = <A extends RuleAction>(actions: readonly A[], from: string, to: string): A[] =>
  actions.map((one) => ('tags' in one ? { ...one, tags: replaced(one.tags, from, to) } : one));

/** As conditions compare: in capitals or not. */
function replaced(names: readonly string[], from: string, to: string): string[] {
  if (!names.some((name) => name.toLowerCase() === from)) return [...names];
  return [...new Set(names.map((name) => (name.toLowerCase() === from ? to : name)))];
}

async function macrosNaming({ tx, workspace }: Scope, tag: string) {
  const rows = await tx
    .selectFrom('macros')
    .select(['id', 'name', 'actions'])
    .where('workspaceId', '=', workspace.id)
    .where(sql<boolean>`actions @> ${JSON.stringify([{ tags: [tag] }])}::jsonb`)
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows as unknown as { id: string; name: string; actions: RuleAction[] }[];
}

async function followInMacros(scope: Scope, from: string, to: string): Promise<number> {
  const macros = await macrosNaming(scope, from);
  for (const { id, actions } of macros)
    await scope.tx
      .updateTable('macros')
      .set({ actions: JSON.stringify(renamedActions(actions, from, to)), updatedAt: scope.now })
      .where('workspaceId', '=', scope.workspace.id)
      .where('id', '=', id)
      .execute();
  return macros.length;
}

/** Everybody's, whoever calls: under their old filters they would find nothing. */
async function viewsNaming({ tx, workspace }: Scope, tag: string) {
  const views = await tx
    .selectFrom('views')
    .select(['id', 'name', 'query', 'ownerId'])
    .where('workspaceId', '=', workspace.id)
    .where('query', 'ilike', '%tag:%')
    .orderBy('id')
    .forUpdate()
    .execute();
  return views.filter(({ query }) => withTagRenamed(query, tag, `${tag}.`) !== query);
}

async function followInViews(scope: Scope, from: string, to: string): Promise<number> {
  const views = await viewsNaming(scope, from);
  for (const { id, query } of views) {
    const renamed = withTagRenamed(query, from, to);
    if (renamed.length > maxQuery)
      throw new PosternError(
        'conflict',
        `The filters of a view would be longer than ${maxQuery} characters; take a shorter name.`,
      );
    await scope.tx
      .updateTable('views')
      .set({ query: renamed })
      .where('workspaceId', '=', scope.workspace.id)
      .where('id', '=', id)
      .execute();
  }
  return views.length;
}

async function followInProposals(
  { tx, workspace }: Scope,
  { from, to, proposals }: { from: string; to: string; proposals: readonly string[] },
): Promise<number> {
  if (proposals.length === 0) return 0;
  const rows = await tx
    .selectFrom('proposals')
    .select(['id', 'arguments'])
    .where('workspaceId', '=', workspace.id)
    .where('id', 'in', proposals)
    .execute();
  for (const { id, arguments: input } of rows) {
    const { tags, ...rest } = input as { tags: string[] } & Record<string, Json>;
    await tx
      .updateTable('proposals')
      .set({ arguments: JSON.stringify({ ...rest, tags: replaced(tags, from, to) }) })
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', id)
      .execute();
  }
  return rows.length;
}
