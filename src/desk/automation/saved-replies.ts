/** Texts that are written once. */
import type { Selectable } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Schema } from '../../store/schema.ts';
import { assertUnused, mustBe, remove } from './named.ts';

export type SavedReply = Omit<Selectable<Schema['savedReplies']>, 'workspaceId'>;

/** @throws {PosternError} `not_found` */
export async function findSavedReply({ tx, workspace }: Scope, id: string): Promise<SavedReply> {
  const row = await tx
    .selectFrom('savedReplies')
    .select(['id', 'name', 'body', 'createdAt', 'updatedAt'])
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .executeTakeFirst();
  return mustBe('savedReplies', row);
}

/** @throws {PosternError} `not_found`; `conflict` while a macro or a rule uses it */
export async function deleteSavedReply(scope: Scope, id: string): Promise<void> {
  // First, for whoever is about to use it holds it.
  await remove(scope, 'savedReplies', id);
  await assertUnused(scope, { savedReplyId: id });
}
