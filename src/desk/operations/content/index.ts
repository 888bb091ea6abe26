import type { Operation } from '../../../catalogue/operation.ts';
import {
  createKb,
  discardDraftOperation,
  getArticle,
  listArticlesOperation,
  publishArticleOperation,
  updateKb,
} from './articles.ts';
import {
  createChangelog,
  getChangelogEntry,
  listChangelog,
  publishChangelog,
  updateChangelog,
} from './changelog.ts';
import {
  createIssue,
  getIssue,
  listIssuesOperation,
  listIssueTickets,
  publishIssue,
  updateIssue,
} from './issues.ts';

/** What the workspace publishes: issues, changelog, articles. */
export const contentOperations: readonly Operation[] = [
  listIssuesOperation,
  getIssue,
  listIssueTickets,
  createIssue,
  updateIssue,
  publishIssue,
  listChangelog,
  getChangelogEntry,
  createChangelog,
  updateChangelog,
  publishChangelog,
  listArticlesOperation,
  getArticle,
  createKb,
  updateKb,
  publishArticleOperation,
  discardDraftOperation,
];
