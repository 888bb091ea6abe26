/** What changed in the product, as customers and agents read it. */
import { type Selectable, sql } from 'kysely';
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import type { ChangelogEntryTable } from '../../store/schema.ts';
import { auditContent, lockSeen, newestFirst, type Page, type PageAsked, seesDrafts } from './publishing.ts';

export type ChangelogEntry = Omit<Selectable<ChangelogEntryTable>, 'workspaceId'>;

const columns = [
  'id',
  'title',
  'body',
  'publishedAt',
  'version',
  'author',
  'createdAt',
  'updatedAt',
] as const;

const entriesOf = ({ tx, workspace }: Scope) =>
  tx.selectFrom('changelogEntries').select(columns).where('workspaceId', '=', workspace.id);

/** Those that the caller may see, the newest first. */
export async function listEntries(
  scope: Scope,
  asked: PageAsked & { published?: boolean | undefined },
): Promise<Page<ChangelogEntry>> {
  const published = seesDrafts(scope.caller) ? asked.published : true;
  let query = entriesOf(scope);
  if (published !== undefined) query = query.where('publishedAt', published ? 'is not' : 'is', null);
  const time = sql<Date>`coalesce(published_at, created_at)`;
  return newestFirst(
    scope,
    query,
    { table: 'changelogEntries', time, published: sql`published_at is not null` },
    asked,
  );
}

/** Any entry, draft or not. */
export const findEntry = (scope: Scope, id: string): Promise<ChangelogEntry | undefined> =>
  entriesOf(scope).where('id', '=', id).executeTakeFirst();

/** Writes a draft. */
export const addEntry = (
  { tx, workspace, caller, ids, now }: Scope,
  entry: Pick<ChangelogEntry, 'title' | 'body'>,
): Promise<ChangelogEntry> =>
  tx
    .insertInto('changelogEntries')
    .values({
      ...entry,
      workspaceId: workspace.id,
      id: ids('chg'),
      author: actorOf(caller),
      createdAt: now,
      updatedAt: now,
    })
    .returning(columns)
    .executeTakeFirstOrThrow();

/**
 * Changes what is given. Published again, it keeps the time at which it first was.
 * @throws {PosternError} `not_found`; `conflict` where it is not the version that was seen
 */
export async function changeEntry(
  scope: Scope,
  id: string,
  version: number,
  { published, ...change }: Partial<Pick<ChangelogEntry, 'title' | 'body'>> & { published?: boolean },
): Promise<ChangelogEntry> {
  const { tx, workspace, now } = scope;
  const before = await lockSeen(entriesOf(scope).where('id', '=', id), version, 'changelog entry');
  const publishedAt =
    published === undefined ? before.publishedAt : published ? (before.publishedAt ?? now) : null;
  const after = await tx
    .updateTable('changelogEntries')
    .set({ ...change, publishedAt, version: version + 1, updatedAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow();
  if ((before.publishedAt === null) !== (publishedAt === null)) {
    await auditContent(scope, 'changelog.published', id, { published: publishedAt !== null });
    if (publishedAt)
      await sql`select pg_notify('postern', ${changelogPublished(workspace.id, id)})`.execute(tx);
  } else if (publishedAt)
    await auditContent(scope, 'changelog.changed', id, { changed: Object.keys(change).sort() });
  return after;
}

/** The hint that tells every process of it; see `store/events.ts`. */
const changelogPublished = (workspaceId: string, id: string): string =>
  `changelog.published:${workspaceId}/${id}`;
