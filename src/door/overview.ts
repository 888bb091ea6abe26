/** Purchases as the people of a workspace see them: where each stands, what is in doubt, and why. */
import { type RawBuilder, sql } from 'kysely';
import { networks, svmNetworks } from '../chains/networks.ts';
import type { Tx } from '../store/database.ts';
import type { PurchaseState, Standing } from '../store/schema.ts';

export interface PurchaseOverview {
  id: string;
  state: PurchaseState;
  reason: string | null;
  operation: string;
  payer: string;
  /** The standing under which it was admitted. */
  standing: Standing;
  network: string;
  amountAtomic: bigint;
  payTo: string;
  /** Failed attempts to deliver. */
  attempts: number;
  createdAt: Date;
  /** The same to the microsecond, UTC: its place in a list, with the id. */
  createdExactly: string;
  updatedAt: Date;
  settlement: SettlementOverview;
  receiptId: string | null;
  deliveredAt: Date | null;
  /** What it is about, or made. */
  ticketId: string | null;
  owedAt: Date | null;
  /** When a refund is tried next; null before the operator's time is over. */
  refundNextAt: Date | null;
  /** Why the last try to pay back came to nothing. */
  refundNote: string | null;
  /** When an operator ordered the refund. */
  refundApprovedAt: Date | null;
  refund: SettlementOverview | null;
}

export interface SettlementOverview {
  state: 'queued' | 'sent' | 'settled' | 'void';
  /** Attempts to simulate or send, and what came of the last. */
  attempts: number;
  lastError: string | null;
  /** Unix seconds. */
  validBefore: number;
  /** Of the transaction that moved the money, whoever sent it. */
  transactionHash: string | null;
  blockNumber: number | null;
  /** Transactions that were signed for it, oldest first. */
  sent: string[];
  /** When the first of them was signed, ISO 8601. */
  sentAt: string | null;
  /** When its row was made, and last moved: settled, where it is. ISO 8601. */
  createdAt: string;
  updatedAt: string;
}

export interface PurchaseFilter {
  id?: string;
  state?: PurchaseState;
  /** Lower case. */
  payer?: string;
  /** Name of the tool. */
  operation?: string;
  /** Only what is owed, or being paid back. */
  owed?: boolean;
  /** Only what is behind this one. */
  after?: { createdExactly: string; id: string } | undefined;
  /** Only what is in doubt: on its way for longer than the authorization can be settled, or settled and not followed. */
  inDoubt?: boolean;
  limit: number;
}

/** What a settlement or its purchase may take beyond the end of the authorization's window: blocks, looks, a takeover. */
const doubtSeconds = 60;

/** How long the 150 blocks of a Solana transaction may take, where a slow cluster needs twice its 400 ms for each. */
const svmWindowSeconds = 120;

const svmNames = svmNetworks.map(({ name }) => name);

/** Whether a settlement's window has been over for a while. On Solana it ends at a height, which is reckoned from the last move. */
const isOver = (of: 's' | 'f') => sql`(case when ${sql.ref(`${of}.network`)} = any(${svmNames}::text[])
  then extract(epoch from ${sql.ref(`${of}.updatedAt`)}) + ${svmWindowSeconds}
  else ${sql.ref(`${of}.validBefore`)} end + ${doubtSeconds} < extract(epoch from now()))`;

/** Of claims `c`, their settlements `s` and their refunds' `f`: what should have ended, or moved on, by now. */
const inDoubt = sql`(
  c.state = 'settling' and s.state in ('queued', 'sent') and ${isOver('s')}
  or c.state in ('settling', 'paid') and s.state not in ('queued', 'sent')
    and greatest(c.updated_at, s.updated_at) + ${doubtSeconds} * interval '1 second' < now()
  or c.state = 'refunding' and f.state in ('queued', 'sent') and ${isOver('f')})`;

/** Of claims `c`, those that may be: few at any time. */
const unfinished = sql`c.state in ('settling', 'paid', 'refunding')`;

/** A time as ISO 8601, whatever the session's zone is. */
const iso = (time: string) =>
  sql`to_char(${sql.ref(time)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const settlement = (alias: string) => sql`json_build_object('state', ${sql.ref(alias)}.state,
  'attempts', ${sql.ref(alias)}.attempts, 'lastError', ${sql.ref(alias)}.last_error,
  'validBefore', ${sql.ref(alias)}.valid_before, 'transactionHash', ${sql.ref(alias)}.transaction_hash,
  'blockNumber', ${sql.ref(alias)}.block_number, 'sent', ${sql.ref(alias)}.sent, 'sentAt', ${iso(`${alias}.sentAt`)},
  'createdAt', ${iso(`${alias}.createdAt`)}, 'updatedAt', ${iso(`${alias}.updatedAt`)})`;

/** The newest purchases of a workspace, the newest first; in a transaction of that workspace. */
export async function listPurchases(
  tx: Tx,
  workspaceId: string,
  { id, state, payer, operation, owed = false, after, inDoubt: doubtful = false, limit }: PurchaseFilter,
): Promise<PurchaseOverview[]> {
  const { rows } = await sql<PurchaseOverview>`
    select c.id, c.state, c.reason, p.operation, c.payer, c.standing, c.network, c.amount_atomic, c.pay_to, c.attempts,
      c.created_at, (c.created_at at time zone 'UTC')::text as created_exactly, c.updated_at, r.id as receipt_id,
      r.created_at as delivered_at, coalesce(p.output ->> 'ticketId', p.input ->> 'ticketId') as ticket_id,
      c.owed_at, c.refund_next_at, c.refund_note, c.refund_approved_at,
      ${settlement('s')} as settlement, case when f.state is not null then ${settlement('f')} end as refund
    from (
        -- The page first, and what belongs to it after: of a long list nothing else is looked at.
        select c.* from claims c
          ${operation === undefined ? sql`` : sql`join purchases p on p.workspace_id = c.workspace_id and p.id = c.id`}
        where c.workspace_id = ${workspaceId}
          ${id === undefined ? sql`` : sql`and c.id = ${id}`}
          ${state === undefined ? sql`` : sql`and c.state = ${state}`}
          ${payer === undefined ? sql`` : sql`and ${paidBy(payer)}`}
          ${operation === undefined ? sql`` : sql`and p.operation = ${operation}`}
          ${owed ? sql`and c.state in ('owed', 'refunding')` : sql``}
          ${after ? sql`and (c.created_at, c.id) < (${after.createdExactly}::timestamp at time zone 'UTC', ${after.id})` : sql``}
          ${doubtful ? sql`and ${unfinished}` : sql`order by c.created_at desc, c.id desc limit ${limit}`}
      ) as c join purchases p on p.workspace_id = c.workspace_id and p.id = c.id
      cross join lateral settlement_of(c.id, false) s
      left join lateral settlement_of(c.id, true) f on true
      left join receipts r on r.workspace_id = c.workspace_id and r.purchase_id = c.id
    ${doubtful ? sql`where ${inDoubt}` : sql``}
    order by c.created_at desc, c.id desc limit ${limit}`.execute(tx);
  return rows;
}

/** Claims `c` of one wallet, by the index that begins with the network: there are few. */
export const paidBy = (payer: string | RawBuilder<unknown>) =>
  sql`(c.network, c.asset) in (select * from unnest(${networks.map(({ name }) => name)}::text[],
    ${networks.map(({ asset }) => asset)}::text[])) and c.payer = ${payer}`;

/** What a purchase that is not final waits for, in words; undefined for one that is. */
export function awaits({
  state,
  attempts,
  reason,
  settlement,
  refund,
  refundNote,
  refundApprovedAt,
}: PurchaseOverview): string | undefined {
  switch (state) {
    case 'settling':
      return onItsWay(settlement);
    case 'paid':
      return attempts > 0 ? `delivery failed ${attempts} times, and is tried again` : 'its delivery';
    case 'owed':
      return `${reason?.replace(/\.$/, '') ?? 'not delivered'}; ${refundNote ?? (refundApprovedAt ? 'its refund is ordered' : 'paid back when the operator’s time is over')}`;
    case 'refunding':
      return refund ? `paid back: ${onItsWay(refund)}` : 'its refund';
    default:
      return undefined;
  }
}

function onItsWay({ state, attempts, lastError, sent }: SettlementOverview): string {
  const last = sent.at(-1);
  if (state === 'settled') return 'settled; about to be booked';
  if (state === 'void') return `can no longer land: ${lastError ?? 'its time is over'}`;
  if (state === 'sent' && last) return `sent in ${last}; its block, or the chain’s word that it cannot land`;
  const tried = attempts > 0 ? `, tried ${attempts} times: ${lastError ?? 'no reason known'}` : '';
  return `to be sent${tried}`;
}
