/** Tables of what makes many tickets bearable: views, mentions, ratings. */
import type { Generated } from 'kysely';

export interface WorkSchema {
  views: ViewTable;
  mentions: MentionTable;
  ratings: RatingTable;
}

interface ViewTable {
  workspaceId: string;
  id: string;
  name: string;
  query: string;
  sort: 'active' | 'newest' | 'oldest' | 'priority' | 'due';
  ownerId: string | null;
  madeBy: string;
  createdAt: Date;
}

interface MentionTable {
  workspaceId: string;
  messageId: string;
  userId: string;
  mentionedBy: string;
  createdAt: Date;
  seenAt: Date | null;
}

interface RatingTable {
  workspaceId: string;
  id: string;
  ticketId: string;
  resolvedAt: Date;
  askedAt: Date;
  endsAt: Date;
  score: Generated<'good' | 'bad' | null>;
  comment: Generated<string | null>;
  ratedAt: Generated<Date | null>;
}
