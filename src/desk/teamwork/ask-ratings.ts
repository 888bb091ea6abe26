/** Asks customers whose tickets were resolved how good the help was. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Ids } from '../../kernel/ids.ts';
import { enqueue, isAddress, threadHeaders, workspaceAddress } from '../../mail/outbox.ts';
import { asSystem, type Database, type Tx } from '../../store/database.ts';
import { eachOf, type Failed } from './each.ts';
import { answerMs, type RatingTokens } from './ratings.ts';

/** What is looked at in one go. */
const batch = 100;
/** A ticket that is opened again soon was not resolved. */
const afterMs = 3_600_000;
/** Who turns the question on asks about nothing older. */
const withinMs = 3 * 86_400_000;

export interface AskPorts {
  ids: Ids;
  now: Date;
  tokens: RatingTokens;
  /** Where the page is: what the outside calls this server. */
  publicUrl: string;
  failed: Failed;
}

/**
 * Asks about what was resolved an hour ago: once a resolution, once a ticket in the workspace's pause, and only at an address
 * that somebody vouched for. @returns how many mails were written.
 */
export async function askForRatings(db: Database, ports: AskPorts): Promise<number> {
  // All workspaces, by one loop.
  const due = await asSystem(db, (tx) => dueTickets(tx, ports.now));
  return eachOf(db, due, { ...ports, house: 'ratings' }, (scope, ticketId) => ask(scope, ticketId, ports));
}

/** On tickets `t`, customers `c`, settings `s`. */
const mayBeAsked = (now: Date) => sql`
  s.ask_for_rating and t.status = 'resolved'
  and t.resolved_at <= ${new Date(now.getTime() - afterMs)} and t.resolved_at > ${new Date(now.getTime() - withinMs)}
  and c.email_verified and c.email is not null and c.blocked_at is null and c.erased_at is null
  and not exists (select from ratings r where r.workspace_id = t.workspace_id and r.ticket_id = t.id
    and (r.resolved_at = t.resolved_at or r.asked_at > ${now}::timestamptz - make_interval(days => s.rating_pause_days)))`;

async function dueTickets(tx: Tx, now: Date): Promise<(Scope['workspace'] & { ticketId: string })[]> {
  const { rows } = await sql<Scope['workspace'] & { ticketId: string }>`
    select w.id, w.slug, w.name, t.id as ticket_id
    from desk_settings s join workspaces w on w.id = s.workspace_id
      join tickets t on t.workspace_id = s.workspace_id
      join customers c on c.workspace_id = t.workspace_id and c.id = t.customer_id
    where ${mayBeAsked(now)} order by t.resolved_at limit ${batch}`.execute(tx);
  return rows;
}

async function ask(scope: Scope, ticketId: string, { tokens, publicUrl }: AskPorts): Promise<boolean> {
  const { tx, workspace, ids, now } = scope;
  // Asked again under the ticket's lock: another process may have been here, or somebody opened it.
  const { rows } = await sql<{ number: bigint; email: string }>`
    select t.number, c.email
    from tickets t join desk_settings s on s.workspace_id = t.workspace_id
      join customers c on c.workspace_id = t.workspace_id and c.id = t.customer_id
    where t.workspace_id = ${workspace.id} and t.id = ${ticketId} and ${mayBeAsked(now)}
    for update of t skip locked`.execute(tx);
  const [found] = rows;
  if (!found || !isAddress(found.email)) return false;
  const ratingId = ids('rat');
  const row = await tx
    .insertInto('ratings')
    .values({
      workspaceId: workspace.id,
      id: ratingId,
      ticketId,
      // As the row has it, to the microsecond.
      resolvedAt: sql<Date>`(select resolved_at from tickets
        where workspace_id = ${workspace.id} and id = ${ticketId})`,
      askedAt: now,
      endsAt: new Date(now.getTime() + answerMs),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!row) return false;
  const mailFrom = workspaceAddress(workspace.slug);
  const link = `${publicUrl.replace(/\/+$/, '')}/${workspace.slug}/rate/${tokens.tokenOf(workspace.id, ratingId)}`;
  await enqueue(tx, {
    workspaceId: workspace.id,
    id: ids('out'),
    ticketId,
    messageId: `<${ids('msg')}@${mailFrom.split('@')[1]}>`,
    mailFrom,
    rcptTo: found.email,
    subject: `How was our help? (#${found.number})`,
    body: `Your request #${found.number} is resolved. Were we of help? Tell us here:\n\n${link}\n\nThe link works for 30 days. If something is still wrong, just answer this mail.\n\n${workspace.name}\n`,
    // RFC 3834: no machine answers it.
    headers: { ...(await threadHeaders(tx, workspace.id, ticketId)), 'Auto-Submitted': 'auto-generated' },
    createdAt: now,
  });
  return true;
}
