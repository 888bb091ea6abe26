/** Tables of the desk: tickets and what is said in them, customers, articles, proposals, mail. */
import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { JsonObject } from '../../kernel/json.ts';
import type { ProposalState } from '../proposal-states.ts';
import type { Defaulted, JsonColumn } from './columns.ts';

export interface DeskSchema {
  customers: CustomerTable;
  tickets: TicketTable;
  messages: MessageTable;
  articles: ArticleTable;
  proposals: ProposalTable;
  outbox: OutboxTable;
  ticketEvents: TicketEventTable;
  teams: { workspaceId: string; id: string; name: string };
  teamMembers: { workspaceId: string; teamId: string; userId: string };
  deskSettings: DeskSettingsTable;
  /** Kept by triggers. */
  ticketDocuments: { workspaceId: string; ticketId: string; number: bigint };
}

export interface CustomerTable {
  workspaceId: string;
  id: string;
  name: string | null;
  email: string | null;
  emailVerified: Generated<boolean>;
  blockedAt: Date | null;
  erasedAt: Date | null;
  createdAt: Defaulted<Date>;
}

export interface TicketTable {
  workspaceId: string;
  id: string;
  number: bigint;
  subject: string;
  status: Generated<'open' | 'pending' | 'snoozed' | 'resolved' | 'closed' | 'spam'>;
  customerId: string | null;
  channel: 'email' | 'door' | 'web' | 'operator';
  wallet: string | null;
  version: Generated<number>;
  threadVersion: Generated<number>;
  priority: Generated<'low' | 'normal' | 'high' | 'urgent'>;
  tags: Generated<string[]>;
  assigneeId: string | null;
  teamId: string | null;
  snoozedUntil: Date | null;
  openedToAgents: Generated<boolean>;
  mailbox: string | null;
  firstResponseDueAt: Date | null;
  firstRespondedAt: Date | null;
  resolutionDueAt: Date | null;
  /** The first of them that passed unmet; it stays. */
  firstResponseMissedAt: Generated<Date | null>;
  resolutionMissedAt: Generated<Date | null>;
  resolvedAt: Date | null;
  closedAt: Date | null;
  mergedInto: string | null;
  /** The closed ticket that a customer answered: what they wrote opened this one. */
  followUpOf: string | null;
  createdAt: Defaulted<Date>;
  updatedAt: Defaulted<Date>;
}

export interface MessageTable {
  workspaceId: string;
  id: string;
  ticketId: string;
  author: 'customer' | 'operator' | 'agent' | 'house';
  authorId: string | null;
  visibility: Generated<'public' | 'note'>;
  body: string;
  /** A machine sent it. */
  automatic: Generated<boolean>;
  createdAt: Defaulted<Date>;
}

export interface ArticleTable {
  workspaceId: string;
  id: string;
  slug: string;
  title: string;
  body: string;
  published: Generated<boolean>;
  version: Generated<number>;
  /** What waits to be published in the place of title and body, and who wrote it. */
  draftTitle: string | null;
  draftBody: string | null;
  draftBy: string | null;
  updatedAt: Defaulted<Date>;
}

export interface ProposalTable {
  workspaceId: string;
  id: string;
  operation: string;
  arguments: JsonColumn;
  ticketId: string | null;
  ticketVersion: number | null;
  wallet: string | null;
  purchaseId: string | null;
  credentialId: string | null;
  model: string | null;
  evidence: JSONColumnType<Evidence[], string | undefined, string>;
  flags: Generated<string[]>;
  editedArguments: JSONColumnType<JsonObject> | null;
  state: Generated<ProposalState>;
  reason: string | null;
  decidedBy: string | null;
  decidedAt: Date | null;
  createdAt: Defaulted<Date>;
}

export interface OutboxTable {
  /** Null: the house's own. */
  workspaceId: string | null;
  id: string;
  ticketId: string | null;
  messageId: string;
  mailFrom: string;
  rcptTo: string;
  cc: Generated<string[]>;
  /** In the envelope and in no header. */
  bcc: Generated<string[]>;
  /** Whom the server has taken it for. */
  delivered: Generated<string[]>;
  /** Whom it will not be taken for. Who is in neither waits. */
  refused: JSONColumnType<{ address: string; error: string }[], string | undefined, string>;
  /** The message of the ticket that it carries, with that message's attachments. */
  ofMessage: string | null;
  /** False for a forward: an answer to it is none of the customer's. */
  inThread: Generated<boolean>;
  subject: string;
  body: string;
  headers: JSONColumnType<Record<string, string>>;
  state: Generated<'queued' | 'sent' | 'failed'>;
  attempts: Generated<number>;
  nextAttemptAt: Defaulted<Date>;
  lastError: string | null;
  sentAt: Date | null;
  createdAt: Defaulted<Date>;
}

/** What a proposal cites. */
export interface Evidence {
  articleId: string;
  title: string;
  /** As it stands in the article. */
  passage: string;
}

export type TicketEventKind =
  | 'ticket.created'
  | 'ticket.updated'
  | 'message.created'
  | 'proposal.created'
  | 'proposal.approved'
  | 'proposal.rejected'
  | 'proposal.dropped';

export interface TicketEventTable {
  workspaceId: string;
  id: string;
  ticketId: string;
  kind: TicketEventKind;
  actor: string;
  changes: JSONColumnType<JsonObject, string | undefined, string>;
  version: number;
  depth: Generated<number>;
  at: Defaulted<Date>;
  /** Rules have seen it. */
  handled: Generated<boolean>;
}

interface DeskSettingsTable {
  workspaceId: string;
  agentsSee: Generated<'none' | 'hand' | 'tag' | 'all'>;
  agentsTag: Generated<string>;
  timeZone: Generated<string>;
  askForRating: Generated<boolean>;
  ratingPauseDays: Generated<number>;
  contactPage: Generated<boolean>;
  /** Rises with every change. */
  version: ColumnType<number, never, never>;
}
