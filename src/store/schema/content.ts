/** Tables of what a workspace publishes beside its articles. */
import type { Generated } from 'kysely';

export interface ContentSchema {
  issues: IssueTable;
  issueTickets: { workspaceId: string; issueId: string; ticketId: string; linkedAt: Date };
  changelogEntries: ChangelogEntryTable;
}

export interface IssueTable {
  workspaceId: string;
  id: string;
  title: string;
  body: string;
  status: Generated<'open' | 'investigating' | 'fixed'>;
  published: Generated<boolean>;
  version: Generated<number>;
  author: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface ChangelogEntryTable {
  workspaceId: string;
  id: string;
  title: string;
  body: string;
  publishedAt: Date | null;
  version: Generated<number>;
  author: string;
  createdAt: Date;
  updatedAt: Date;
}
