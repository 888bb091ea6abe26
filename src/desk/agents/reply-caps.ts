/** What a credential may mail: so many replies a day, and so many to one ticket in a short while, whichever credential sends. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';

/** Replies of credentials to one ticket, in how long. */
const repliesPerTicket = 3;
const ticketMinutes = 5;

/**
 * Counts a reply of a credential's, in the transaction that sends it: what is rolled back counts nothing. Nobody else's
 * replies are counted. Each bound is one statement that counts and compares, so many at once stay within it.
 * @throws {PosternError} `over_cap`, with `opensAt`
 */
export async function spendReply(scope: Scope, ticketId: string): Promise<void> {
  const { caller } = scope;
  if (caller.kind !== 'credential') return;
  await spendOfTicket(scope, ticketId);
  await spendOfDay(scope, caller.id);
}

/** The replies of the last minutes stand in one row; those before are forgotten. */
async function spendOfTicket({ tx, workspace, now }: Scope, ticketId: string): Promise<void> {
  const since = new Date(now.getTime() - ticketMinutes * 60_000);
  const recent = sql`select at from unnest(ticket_replies.recent) as at where at > ${since}::timestamptz`;
  const { rows: spent } = await sql`
    insert into ticket_replies (workspace_id, ticket_id, recent)
    values (${workspace.id}, ${ticketId}, array[${now}::timestamptz])
    on conflict (workspace_id, ticket_id) do update
      set recent = array(${recent}) || ${now}::timestamptz
      where (select count(*) from (${recent}) as counted) < ${repliesPerTicket}
    returning ticket_id`.execute(tx);
  if (spent.length > 0) return;
  const { rows } = await sql<{ opensAt: Date }>`
    select min(at) + make_interval(mins => ${ticketMinutes}) as opens_at
    from ticket_replies, unnest(recent) as at
    where workspace_id = ${workspace.id} and ticket_id = ${ticketId} and at > ${since}::timestamptz`.execute(
    tx,
  );
  throw overCap(
    `Credentials send at most ${repliesPerTicket} replies to one ticket in ${ticketMinutes} minutes`,
    rows[0]!.opensAt,
    now,
  );
}

/** A day is one of the desk's time zone. It never goes back, whatever a clock or a change of the zone says. */
async function spendOfDay({ tx, workspace, now }: Scope, credentialId: string): Promise<void> {
  const { rows: spent } = await sql`
    insert into credential_replies as counted (workspace_id, credential_id, day, replies)
    select c.workspace_id, c.id, (${now}::timestamptz at time zone s.time_zone)::date, 1
    from credentials c join desk_settings s on s.workspace_id = c.workspace_id
    where c.workspace_id = ${workspace.id} and c.id = ${credentialId} and c.daily_replies > 0
    on conflict (workspace_id, credential_id) do update
      set day = greatest(counted.day, excluded.day),
        replies = case when counted.day >= excluded.day then counted.replies + 1 else 1 end
      where counted.day < excluded.day or counted.replies < (select daily_replies from credentials
        where workspace_id = ${workspace.id} and id = ${credentialId})
    returning day`.execute(tx);
  if (spent.length > 0) return;
  const { rows } = await sql<{ dailyReplies: number; opensAt: Date }>`
    select c.daily_replies,
      (greatest(r.day, (${now}::timestamptz at time zone s.time_zone)::date) + 1)::timestamp
        at time zone s.time_zone as opens_at
    from credentials c join desk_settings s on s.workspace_id = c.workspace_id
      left join credential_replies r on r.workspace_id = c.workspace_id and r.credential_id = c.id
    where c.workspace_id = ${workspace.id} and c.id = ${credentialId}`.execute(tx);
  const { dailyReplies, opensAt } = rows[0]!;
  if (dailyReplies === 0) throw new PosternError('not_permitted', 'This credential may send no replies.');
  throw overCap(`This credential may send ${dailyReplies} replies a day`, opensAt, now);
}

function overCap(what: string, opensAt: Date, now: Date): PosternError {
  const retryAfterSeconds = Math.max(1, Math.ceil((opensAt.getTime() - now.getTime()) / 1000));
  const message = `${what}, and has; there is room again at ${opensAt.toISOString()}. Nothing was sent.`;
  return new PosternError('over_cap', message, { opensAt: opensAt.toISOString(), retryAfterSeconds });
}
