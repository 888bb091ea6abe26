/** Views: filters with a name. */
import { type Selectable, type SqlBool, sql } from 'kysely';
import { actorOf, roles, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { type Actor, audit } from '../../store/audit.ts';
import type { Schema } from '../../store/schema.ts';
import { fold } from '../search/fold.ts';
import type { ListOrder } from '../search/list.ts';
import { filters, hasText, parseTicketQuery, readTicketQuery } from '../search/query.ts';

export interface View {
  id: string;
  name: string;
  /** As `search_tickets` reads it, without words. */
  query: string;
  sort: ListOrder;
  /** Whose it is: what everybody has, the workspace's, or one member's. */
  of: 'everybody' | 'workspace' | 'me';
  /** The member who made it; null for those that are there from the beginning. */
  madeBy: string | null;
}

const built = (id: string, name: string, query: string, sort: ListOrder = 'active'): View => ({
  id,
  name,
  query,
  sort,
  of: 'everybody',
  madeBy: null,
});

/** What every desk has; nobody changes them. */
export const builtInViews: readonly View[] = [
  built('mine', 'Mine', 'assignee:me status:open status:pending'),
  built('unassigned', 'Unassigned', 'is:unassigned status:open status:pending'),
  built('open', 'All open', 'status:open'),
  built('snoozed', 'Snoozed', 'status:snoozed'),
];

/** Of one member, and of the workspace. */
const maxViews = 50;

const columns = ['id', 'name', 'query', 'sort', 'ownerId', 'madeBy'] as const;

const viewOf = ({ ownerId, ...view }: Pick<Selectable<Schema['views']>, (typeof columns)[number]>): View => ({
  ...view,
  of: ownerId === null ? 'workspace' : 'me',
});

/** The caller's id where a member calls: personal views are members'. */
const memberOf = ({ caller }: Scope): string | null => (caller.kind === 'operator' ? caller.id : null);

/** Those that the caller sees. */
const viewsOf = (scope: Scope) =>
  scope.tx
    .selectFrom('views')
    .select(columns)
    .where('workspaceId', '=', scope.workspace.id)
    .where(sql<SqlBool>`(owner_id is null or owner_id = ${memberOf(scope)})`);

/** All that the caller may choose from: everybody's, the workspace's, their own; each by name. */
export async function listViews(scope: Scope): Promise<View[]> {
  const rows = await viewsOf(scope)
    .orderBy(sql`owner_id is not null`)
    .orderBy(sql`caseless(name) collate "C"`)
    .orderBy('id')
    .execute();
  return [...builtInViews, ...rows.map(viewOf)];
}

/** @throws {PosternError} `not_found`, for another member's too. */
export async function findView(scope: Scope, id: string): Promise<View> {
  const known = builtInViews.find((view) => view.id === id);
  if (known) return known;
  const row = await viewsOf(scope).where('id', '=', id).executeTakeFirst();
  if (!row) throw new PosternError('not_found', 'No view of yours has this id.');
  return viewOf(row);
}

/** @throws {PosternError} `invalid_arguments` where something of it is no filter. */
export function assertFilters(query: string): void {
  const { query: parsed, misread } = readTicketQuery(query);
  const [word] = [
    ...misread.map(({ piece }) => piece),
    ...parsed.words,
    ...parsed.phrases,
    ...parsed.without,
  ];
  const takes = misread.flatMap(({ key }) =>
    filters.has(key) ? [` ${key}: takes ${filters.get(key)!.takes}.`] : [],
  );
  if (hasText(parsed) || misread.length > 0)
    throw new PosternError(
      'invalid_arguments',
      `query: a view is made of filters, such as status:open or tag:lens, and ${JSON.stringify(word)} is none.${takes[0] ?? ''}`,
    );
}

/** @throws {PosternError} `not_permitted`: a view of the workspace takes who works tickets. */
function assertMayShare({ caller }: Scope): void {
  if (caller.kind === 'operator' && roles.indexOf(caller.role) < roles.indexOf('operator'))
    throw new PosternError('not_permitted', 'A view of the workspace takes the role operator or above.');
}

const nameTaken = () => new PosternError('conflict', 'A view of this name exists already.');

/** @throws {PosternError} `conflict` for a name that is taken, or one view too many; `not_permitted` */
export async function createView(
  scope: Scope,
  { name, query, sort, shared }: { name: string; query: string; sort: ListOrder; shared: boolean },
): Promise<View> {
  const { tx, workspace, ids, now } = scope;
  assertFilters(query);
  if (shared) assertMayShare(scope);
  const ownerId = shared ? null : memberOf(scope);
  if (!shared && ownerId === null)
    throw new PosternError('invalid_arguments', 'shared: only members have views of their own.');
  await lockShelf(scope, ownerId);
  await assertSpace(scope, ownerId);
  const row = await tx
    .insertInto('views')
    .values({
      workspaceId: workspace.id,
      id: ids('viw'),
      name,
      query,
      sort,
      ownerId,
      madeBy: ownerId ?? memberOf(scope) ?? 'house',
      createdAt: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning(columns)
    .executeTakeFirst();
  if (!row) throw nameTaken();
  return viewOf(row);
}

async function assertSpace({ tx, workspace }: Scope, ownerId: string | null): Promise<void> {
  const { count } = await tx
    .selectFrom('views')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('workspaceId', '=', workspace.id)
    .where('ownerId', 'is not distinct from', ownerId)
    .executeTakeFirstOrThrow();
  if (count >= maxViews) throw new PosternError('conflict', `There are ${maxViews} views already.`);
}

/** Two who add to one shelf at once count one after the other. */
const lockShelf = ({ tx, workspace }: Scope, ownerId: string | null) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`views ${workspace.id} ${ownerId ?? ''}`}, 0))`.execute(
    tx,
  );

/** A view that the caller may change: their own, one that they made for all, or any of the workspace's for an admin. */
async function viewToChange(scope: Scope, id: string): Promise<View> {
  const view = await findView(scope, id);
  if (view.of === 'everybody')
    throw new PosternError('not_permitted', 'This view is every desk’s; make one of your own.');
  const { caller } = scope;
  const isAdmin = caller.kind === 'operator' && roles.indexOf(caller.role) >= roles.indexOf('admin');
  if (view.of === 'workspace' && !isAdmin && view.madeBy !== memberOf(scope))
    throw new PosternError('not_permitted', 'Who made a view of the workspace changes it, or an admin.');
  return view;
}

/** @throws {PosternError} `not_found`, `not_permitted`, `conflict`, `invalid_arguments` */
export async function updateView(
  scope: Scope,
  id: string,
  change: {
    name?: string | undefined;
    query?: string | undefined;
    sort?: ListOrder | undefined;
    shared?: boolean | undefined;
  },
): Promise<View> {
  const view = await viewToChange(scope, id);
  if (change.query !== undefined) assertFilters(change.query);
  const { name = view.name, query = view.query, sort = view.sort, shared = view.of === 'workspace' } = change;
  const moves = shared !== (view.of === 'workspace');
  if (moves) assertMayMove(scope, view);
  const ownerId = shared ? null : memberOf(scope);
  await lockShelf(scope, ownerId);
  if (moves) await assertSpace(scope, ownerId);
  const { rows } = await sql`
    update views set name = ${name}, query = ${query}, sort = ${sort}, owner_id = ${ownerId}
    where workspace_id = ${scope.workspace.id} and id = ${id} and not exists (
      select from views other where other.workspace_id = views.workspace_id and other.id <> views.id
        and other.owner_id is not distinct from ${ownerId} and caseless(other.name) = caseless(${name}))
    returning id`.execute(scope.tx);
  if (rows.length === 0) throw nameTaken();
  await auditView(scope, 'view.changed', view);
  return { ...view, name, query, sort, of: shared ? 'workspace' : 'me' };
}

/** Sharing is as making a shared one; what others look at goes back to nobody but who made it. */
function assertMayMove(scope: Scope, { of, madeBy }: View): void {
  if (of === 'me') assertMayShare(scope);
  else if (madeBy !== memberOf(scope))
    throw new PosternError('not_permitted', 'Only who made a view of the workspace has it for themselves.');
}

/** Whether the caller made it. */
export const isMadeBy = (scope: Scope, { madeBy }: View): boolean =>
  madeBy !== null && madeBy === memberOf(scope);

/** @throws {PosternError} `not_found`, `not_permitted` */
export async function deleteView(scope: Scope, id: string): Promise<void> {
  const view = await viewToChange(scope, id);
  await scope.tx
    .deleteFrom('views')
    .where('workspaceId', '=', scope.workspace.id)
    .where('id', '=', id)
    .execute();
  await auditView(scope, 'view.deleted', view);
}

/** Whoever changes what another made for all. Neither name nor filters: they may name a customer. */
async function auditView(
  scope: Scope,
  action: 'view.changed' | 'view.deleted',
  { id, madeBy }: View,
): Promise<void> {
  const { tx, workspace, caller, ids } = scope;
  if (madeBy === memberOf(scope)) return;
  const actor = actorOf(caller) as Actor;
  await audit(tx, ids, {
    workspaceId: workspace.id,
    actor,
    action,
    subject: id,
    reason: '',
    details: { madeBy },
  });
}

/** Takes out the views that name a customer who is erased, by address or by a name that they have or had. */
export async function forgetInViews(
  { tx, workspace }: Scope,
  { customerIds, addresses }: { customerIds: readonly string[]; addresses: readonly string[] },
): Promise<void> {
  const views = await tx
    .selectFrom('views')
    .select(['id', 'query'])
    .where('workspaceId', '=', workspace.id)
    .where('query', 'ilike', '%from:%')
    .execute();
  if (views.length === 0) return;
  const people = await tx
    .selectFrom('customers')
    .select('name')
    .where('workspaceId', '=', workspace.id)
    .where('id', 'in', customerIds)
    .unionAll(
      tx
        .selectFrom('customerAliases')
        .select('value as name')
        .where('workspaceId', '=', workspace.id)
        .where('customerId', 'in', customerIds),
    )
    .execute();
  const about = views.filter(({ query }) => {
    const from = fold(parseTicketQuery(query).from ?? '');
    return addresses.includes(from) || people.some(({ name }) => fold(name ?? '').startsWith(from));
  });
  if (about.length > 0)
    await tx
      .deleteFrom('views')
      .where('workspaceId', '=', workspace.id)
      .where(
        'id',
        'in',
        about.map(({ id }) => id),
      )
      .execute();
}
