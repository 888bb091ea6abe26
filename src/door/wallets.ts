/** What a workspace knows of a wallet, as it is told: how it stands to everyone, why and how much room it has to itself. */
import { sql } from 'kysely';
import { formatUsdc } from '../kernel/money.ts';
import { auditTrail } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import type { Standing } from '../store/schema.ts';
import { paidBy } from './overview.ts';

/** Told to whoever asks. A wallet that was never here stands as any new one. */
export interface PublicRecord {
  /** Lower case. */
  address: string;
  standing: Standing;
  purchasesDelivered: number;
  proposalsApproved: number;
  proposalsRejected: number;
  strikes: number;
}

/** One bound on what a wallet may do, in the window that runs. */
export interface Room {
  cap: 'calls_per_minute' | 'actions_per_day' | 'usd_per_day';
  /** `new wallets`: of all new ones of the workspace together. */
  of: 'wallet' | 'new wallets';
  /** Counts, or dollars such as `2.00`. */
  limit: string;
  left: string;
  /** When the window ends, ISO 8601; absent where nothing was spent. */
  freesAt?: string;
}

/** Told to the wallet itself. */
export interface OwnRecord {
  /** An operator set it; the rules leave it alone. */
  standingByHand: boolean;
  caps: Room[];
  /** What changed its standing or was decided on its proposals, the newest first; at most 50. */
  reasons: { at: string; action: string; reason: string; from?: string; to?: string }[];
}

const reasonsShown = 50;
/** What is the wallet's to know; an operator's name is not. */
const ownActions: ReadonlySet<string> = new Set([
  'standing.changed',
  'wallet.struck',
  'proposal.approved',
  'proposal.rejected',
  'proposal.dropped',
]);

/** What a wallet's delivered purchases came to, in atomic units. @param address as it is kept */
export async function spentBy(tx: Tx, workspaceId: string, address: string): Promise<bigint> {
  const { rows } = await sql<{ sum: string | null }>`
    select sum(c.amount_atomic)::text as sum from claims c
    where c.workspace_id = ${workspaceId} and ${paidBy(address)} and c.state = 'delivered'`.execute(tx);
  return BigInt(rows[0]?.sum ?? 0);
}

interface Spending {
  whose: Room['of'];
  callsPerMinute: number | null;
  actionsPerDay: number | null;
  amountPerDayAtomic: bigint | null;
  minuteCalls: number;
  minuteEnds: Date | null;
  dayActions: number;
  dayAmountAtomic: bigint;
  dayEnds: Date | null;
}

/** @param address lower case */
export async function publicRecord(tx: Tx, workspaceId: string, address: string): Promise<PublicRecord> {
  const row = await tx
    .selectFrom('wallets')
    .select(['standing', 'purchasesDelivered', 'proposalsApproved', 'proposalsRejected', 'strikes'])
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', address)
    .executeTakeFirst();
  const nothing = { purchasesDelivered: 0, proposalsApproved: 0, proposalsRejected: 0, strikes: 0 };
  return { address, ...(row ?? { standing: 'new', ...nothing }) };
}

/** @param address lower case; the caller knows that it is the wallet itself who asks */
export async function ownRecord(tx: Tx, workspaceId: string, address: string): Promise<OwnRecord> {
  const row = await tx
    .selectFrom('wallets')
    .select('standingByHand')
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', address)
    .executeTakeFirst();
  const trail = await auditTrail(tx, workspaceId, { subject: address, limit: reasonsShown });
  const reasons = trail
    .filter(({ action }) => ownActions.has(action))
    .map(({ at, action, reason, details: { from, to } }) => ({
      at: at.toISOString(),
      action,
      reason,
      ...(typeof from === 'string' && typeof to === 'string' ? { from, to } : {}),
    }));
  const caps = (await spendings(tx, workspaceId, address)).flatMap(rooms);
  return { standingByHand: row?.standingByHand ?? false, caps, reasons };
}

/** The wallet's own spending, and that of all new ones while it is one of them. A window that is over counts for nothing. */
async function spendings(tx: Tx, workspaceId: string, address: string): Promise<Spending[]> {
  const { rows } = await sql<Spending>`
    with standing as (
      select coalesce((select standing from wallets where workspace_id = ${workspaceId} and address = ${address}), 'new')
        as standing
    ), spent as (
      select 'wallet' as whose, standing.standing as caps_of, w.minute_at, w.minute_calls, w.day_at, w.day_actions,
        w.day_amount_atomic
      from standing left join wallets w on w.workspace_id = ${workspaceId} and w.address = ${address}
      union all
      select 'new wallets', 'all new', minute_at, minute_calls, day_at, day_actions, day_amount_atomic
      from new_wallet_spending, standing where workspace_id = ${workspaceId} and standing.standing = 'new'
    )
    select whose, calls_per_minute, actions_per_day, amount_per_day_atomic,
      case when in_minute then minute_calls else 0 end as minute_calls,
      case when in_minute then minute_at + interval '1 minute' end as minute_ends,
      case when in_day then day_actions else 0 end as day_actions,
      case when in_day then day_amount_atomic else 0::int8 end as day_amount_atomic,
      case when in_day then day_at + interval '1 day' end as day_ends
    from spent left join workspace_caps caps on caps.workspace_id = ${workspaceId} and caps.standing = caps_of,
      lateral (select now() < minute_at + interval '1 minute' as in_minute, now() < day_at + interval '1 day' as in_day)`.execute(
    tx,
  );
  return rows;
}

/** A standing without caps, such as `blocked`, has no room at all. */
function rooms(row: Spending): Room[] {
  const room = (cap: Room['cap'], limit: bigint, used: bigint, ends: Date | null): Room => {
    const show = cap === 'usd_per_day' ? formatUsdc : String;
    const left = limit > used ? limit - used : 0n;
    const frees = used > 0n && ends ? { freesAt: ends.toISOString() } : {};
    return { cap, of: row.whose, limit: show(limit), left: show(left), ...frees };
  };
  const { callsPerMinute, actionsPerDay, amountPerDayAtomic } = row;
  return [
    room('calls_per_minute', BigInt(callsPerMinute ?? 0), BigInt(row.minuteCalls), row.minuteEnds),
    room('actions_per_day', BigInt(actionsPerDay ?? 0), BigInt(row.dayActions), row.dayEnds),
    room('usd_per_day', amountPerDayAtomic ?? 0n, row.dayAmountAtomic, row.dayEnds),
  ];
}
