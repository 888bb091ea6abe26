/** What an agent wrote and no member wants. */
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { articleOf, dropDraft } from './articles.ts';
import { findEntry } from './changelog.ts';
import { holdIssue, issueFor } from './issues.ts';
import { auditContent, seenAs } from './publishing.ts';

/**
 * Deletes what was never published, or drops the change that waits beside what is.
 * @throws {PosternError} `not_found`; `conflict` where it is published, has tickets, or is not the version that was seen
 */
export async function discardDraft(scope: Scope, id: string, version: number): Promise<void> {
  if (id.startsWith('iss')) await discardIssue(scope, id, version);
  else if (id.startsWith('chg')) await discardEntry(scope, id, version);
  else if (id.startsWith('art')) await discardArticle(scope, id, version);
  else throw new PosternError('not_found', 'No draft has this id.');
  await auditContent(scope, 'draft.discarded', id);
}

async function discardIssue(scope: Scope, id: string, version: number): Promise<void> {
  // Held first, so that no ticket is linked between the look and the deletion.
  await holdIssue(scope, id);
  const issue = seenAs(await issueFor(scope, id), version, 'issue');
  if (issue.published) throw published();
  if (issue.tickets > 0)
    throw new PosternError('conflict', 'Tickets are linked to this issue; unlink them first.');
  await remove(scope, 'issues', issue);
}

async function discardEntry(scope: Scope, id: string, version: number): Promise<void> {
  const entry = seenAs(await findEntry(scope, id), version, 'changelog entry');
  if (entry.publishedAt) throw published();
  await remove(scope, 'changelogEntries', entry);
}

async function discardArticle(scope: Scope, id: string, version: number): Promise<void> {
  const article = await articleOf(scope, id);
  if (article.published) await dropDraft(scope, id, version);
  else await remove(scope, 'articles', seenAs(article, version, 'article'));
}

const published = () => new PosternError('conflict', 'It is published; withdraw it first.');

/** Deletes it, unless it changed since the look. */
async function remove(
  { tx, workspace }: Scope,
  table: 'issues' | 'changelogEntries' | 'articles',
  { id, version }: { id: string; version: number },
): Promise<void> {
  const deleted = await tx
    .deleteFrom(table)
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .where('version', '=', version)
    .executeTakeFirst();
  if (deleted.numDeletedRows === 0n)
    throw new PosternError('conflict', 'The draft has changed since you read it; read it again.');
}
