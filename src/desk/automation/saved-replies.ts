/** Texts that are written once. */
import { type Selectable, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Schema } from '../../store/schema.ts';
import { assertUnused, mustBe, remove } from './named.ts';

export type SavedReply = Omit<Selectable<Schema['savedReplies']>, 'workspaceId'>;

/** Those of these ids that there are, by name. */
export const savedRepliesOf = ({ tx, workspace }: Scope, ids: readonly string[]): Promise<SavedReply[]> =>
  tx
    .selectFrom('savedReplies')
    .select(['id', 'name', 'body', 'version', 'createdAt', 'updatedAt'])
    .where('workspaceId', '=', workspace.id)
    .where(sql<boolean>`id = any(${ids})`)
    .orderBy(sql`caseless(name) collate "C"`)
    .orderBy('id')
    .execute();

/** @throws {PosternError} `not_found` */
export const findSavedReply = async (scope: Scope, id: string): Promise<SavedReply> =>
  mustBe('savedReplies', (await savedRepliesOf(scope, [id]))[0]);

/** @returns its name. @throws {PosternError} `not_found`; `conflict` while a macro or a rule uses it */
export async function deleteSavedReply(scope: Scope, id: string): Promise<string> {
  // First, for whoever is about to use it holds it.
  const name = await remove(scope, 'savedReplies', id);
  await assertUnused(scope, { savedReplyId: id });
  return name;
}
