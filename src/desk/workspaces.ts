import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Database } from '../store/database.ts';

/** Slugs that are addresses of the server's own. */
const reserved = new Set(['api', 'app', 'devnet', 'metrics', 'health', 'assets', 'widget']);

/** Whether an address is the server's own, so that no workspace can have it. */
export const isReserved = (slug: string): boolean => reserved.has(slug);

export interface Workspace {
  id: string;
  slug: string;
  name: string;
}

/** Makes a workspace. It sells nothing until it takes money somewhere. @throws {PosternError} `invalid_arguments`, `conflict` */
export async function createWorkspace(
  db: Database,
  ids: Ids,
  { slug, name }: { slug: string; name: string },
): Promise<Workspace> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(slug) || isReserved(slug))
    throw new PosternError(
      'invalid_arguments',
      `${JSON.stringify(slug)} is no workspace address: lower-case letters, digits and hyphens, up to 63, and none of ${[...reserved].join(', ')}.`,
    );
  const created = await db
    .insertInto('workspaces')
    .values({ id: ids('wsp'), slug, name })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returning(['id', 'slug', 'name'])
    .executeTakeFirst();
  if (!created) throw new PosternError('conflict', `The workspace ${slug} exists already.`);
  return created;
}

/** @throws {PosternError} `workspace_not_found` */
export async function findWorkspace(db: Database, slug: string): Promise<Workspace> {
  const found = await db
    .selectFrom('workspaces')
    .select(['id', 'slug', 'name'])
    .where('slug', '=', slug)
    .executeTakeFirst();
  if (!found)
    throw new PosternError('workspace_not_found', `No workspace has the address ${JSON.stringify(slug)}.`);
  return found;
}
