/**
 * The audit log: who did what to whom, and why. Rows are added in the transaction of what they tell, and
 * never changed, but that an erasure takes words about its customer out (`erase_in_audit_log`).
 */
import type { Selectable } from 'kysely';
import type { Ids } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from './database.ts';
import type { Schema } from './schema.ts';

/** Who did it: the workspace's rules, Postern by itself, or a person by their id. */
export type Actor = 'rules' | 'system' | `operator:${string}` | `house:${string}`;

/** The id of who uses the command line: no user, for whoever can open the database may do all. */
export const commandLine = 'command-line';

/** What was done. */
export type AuditAction =
  | 'standing.changed'
  | 'wallet.struck'
  | 'proposal.approved'
  | 'proposal.rejected'
  | 'proposal.dropped'
  | 'caps.changed'
  | 'rules.changed'
  | 'pay_to.set'
  | 'price.changed'
  | 'workspace.renamed'
  | 'tag.renamed'
  | 'breaker.paused'
  | 'breaker.resumed'
  | 'purchase.refunded'
  | 'purchase.delivered'
  | 'purchase.lost'
  | 'customer.changed'
  | 'customer.blocked'
  | 'customer.unblocked'
  | 'customer.merged'
  | 'customer.exported'
  | 'customer.erased'
  | 'member.invited'
  | 'member.joined'
  | 'member.role_changed'
  | 'member.removed'
  | 'invitation.cancelled'
  | 'team.created'
  | 'team.member_added'
  | 'team.member_removed'
  | 'settings.changed'
  | 'issue.published'
  | 'issue.changed'
  | 'changelog.published'
  | 'changelog.changed'
  | 'article.published'
  | 'draft.discarded'
  | 'credential.created'
  | 'credential.tool_granted'
  | 'credential.tool_withdrawn'
  | 'credential.revoked'
  | 'automation.changed'
  | 'view.changed'
  | 'view.deleted';

export interface AuditEntry {
  workspaceId: string;
  actor: Actor;
  action: AuditAction;
  /** What it was done to: a wallet's address, lower case; a purchase's id. Null where it is the workspace. */
  subject: string | null;
  reason: string;
  details?: JsonObject;
}

export type AuditRow = Selectable<Schema['auditLog']>;

/** Adds a row. */
export async function audit(tx: Tx, ids: Ids, { details = {}, ...entry }: AuditEntry): Promise<void> {
  await tx
    .insertInto('auditLog')
    .values({ ...entry, id: ids('aud'), details: JSON.stringify(details) })
    .execute();
}

/** The newest rows of a workspace, or of one of its subjects, the newest first. */
export function auditTrail(
  tx: Tx,
  workspaceId: string,
  { subject, limit }: { subject?: string; limit: number },
): Promise<AuditRow[]> {
  const rows = tx.selectFrom('auditLog').selectAll().where('workspaceId', '=', workspaceId);
  const about = subject === undefined ? rows : rows.where('subject', '=', subject);
  return about.orderBy('at', 'desc').limit(limit).execute();
}
