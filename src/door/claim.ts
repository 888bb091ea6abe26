/**
 * Admit and claim: the one statement by which an authorization becomes ours, a wallet busy, and a call counted against
 * its caps. It locks the wallet, then what all new wallets spend together, then claims: the order that everyone keeps.
 */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { JsonObject } from '../kernel/json.ts';
import { formatUsdc } from '../kernel/money.ts';
import type { Database } from '../store/database.ts';
import type { ClaimTable } from '../store/schema.ts';
import type { BreakerState } from './breaker.ts';
import type { Refusal } from './policy.ts';

/** A purchase as the ledger knows it. Price, asset and payTo are frozen here; later steps read only this. */
export type Purchase = Selectable<ClaimTable>;

/** What a claim stores beside the authorization. */
export interface NewPurchase
  extends Insertable<
    Omit<ClaimTable, 'state' | 'fence' | 'attempts' | 'standing' | 'breaker' | 'holdsProposal'>
  > {
  operation: string;
  input: JsonObject;
  plan: JsonObject;
  private: boolean;
  breaker: BreakerState;
  /** What comes of it waits in the approval queue: a new wallet needs one of the places there. */
  proposes: boolean;
  validAfter: bigint;
  validBefore: bigint;
  verifiedAtBlock: bigint;
}

/** How a claim ends. `taken`: the authorization, the wallet or the client's name for the call is. Nothing is spent then. */
export type Claimed =
  | { kind: 'claimed'; purchase: Purchase }
  | { kind: 'taken' }
  | { kind: 'capped'; refusal: Refusal };

/** Claims, or says why not. Whatever is not claimed spends nothing, and whatever is over a cap claims nothing. */
export async function claim(db: Database, p: NewPurchase): Promise<Claimed> {
  const claimed = await claimOfKnown(db, p);
  if (claimed) return claimed;
  // The wallet's first call. A row can be locked by a statement only if it was there when the statement began.
  await sql`insert into wallets (workspace_id, address) values (${p.workspaceId}, ${p.payer})
    on conflict do nothing`.execute(db);
  const again = await claimOfKnown(db, p);
  if (!again) throw new Error(`invariant broken: the wallet ${p.payer} has no row`);
  return again;
}

type Row = Purchase & {
  walletIsKnown: boolean;
  refusedCap: Refusal['cap'] | null;
  refusedOf: Refusal['of'];
  refusedLimit: bigint;
  freesAt: Date | null;
  freesInSeconds: number | null;
};

/**
 * Invariant 5 is in `for update`: who waits for the row reads it anew, so of two that find room for one the second finds
 * none. `on conflict do nothing` covers the unique keys of claims: the authorization (invariant 1), the wallet in flight
 * (invariant 4), the client's name for the call.
 * @returns undefined where the wallet has no row yet.
 */
async function claimOfKnown(db: Database, p: NewPurchase): Promise<Claimed | undefined> {
  const { rows } = await sql<Row>`
    with wallet as (
      select * from wallets where workspace_id = ${p.workspaceId} and address = ${p.payer} for update
    ), all_new as (
      select * from new_wallet_spending
      where workspace_id = ${p.workspaceId} and (select standing from wallet) = 'new' for update
    ), ${running}, ${refused(p)}, claimed as (
      insert into claims (id, workspace_id, network, asset, payer, nonce, pay_to, amount_atomic, call_hash, signature,
        identifier, process_id, breaker, standing, holds_proposal, created_at)
      select ${p.id}, ${p.workspaceId}, ${p.network}, ${p.asset}, ${p.payer}, ${p.nonce}, ${p.payTo},
        ${p.amountAtomic}, ${p.callHash}, ${p.signature}, ${p.identifier}, ${p.processId}, ${p.breaker},
        standing, standing = 'new' and ${p.proposes},
        -- Not before the windows it is counted in, which another's slightly later clock may have begun.
        greatest(now(), (select max(day_at) from running))
      from wallet where not exists (select from refused)
      on conflict do nothing returning *
    ), bought as (
      insert into purchases (workspace_id, id, operation, input, plan, private, payer)
      select workspace_id, id, ${p.operation}, ${JSON.stringify(p.input)}, ${JSON.stringify(p.plan)}, ${p.private}, payer
      from claimed
    ), queued as (
      insert into settlements (id, network, asset, payer, pay_to, amount_atomic, valid_after, valid_before, nonce,
        signature, verified_at_block)
      select id, network, asset, payer, pay_to, amount_atomic, ${p.validAfter}, ${p.validBefore}, nonce, signature,
        ${p.verifiedAtBlock} from claimed
    ), ${spent}
    select claimed.*, exists (select from wallet) as wallet_is_known, refused.cap as refused_cap,
      refused.whose as refused_of, refused.most as refused_limit, refused.frees_at,
      greatest(1, ceil(extract(epoch from refused.frees_at - now())))::int4 as frees_in_seconds
    from (select) as one left join claimed on true left join refused on true`.execute(db);
  const { walletIsKnown, refusedCap, refusedOf, refusedLimit, freesAt, freesInSeconds, ...purchase } =
    rows[0]!;
  if (!walletIsKnown) return undefined;
  if (refusedCap === null) return purchase.id === null ? { kind: 'taken' } : { kind: 'claimed', purchase };
  const refusal: Refusal = {
    cap: refusedCap,
    of: refusedOf,
    limit: refusedCap === 'usd_per_day' ? formatUsdc(refusedLimit) : String(refusedLimit),
    ...(freesAt && freesInSeconds ? { freesAt: freesAt.toISOString(), freesInSeconds } : {}),
  };
  return { kind: 'capped', refusal };
}

/** What was spent in the windows that run, of the wallet and of all new ones; a window that is over begins again now. */
const running = sql`running as (
  select whose, caps_of,
    case when in_minute then minute_at else now() end as minute_at,
    case when in_minute then minute_calls else 0 end as minute_calls,
    case when in_day then day_at else now() end as day_at,
    case when in_day then day_actions else 0 end as day_actions,
    case when in_day then day_amount_atomic else 0 end as day_amount_atomic
  from (
    select 'wallet' as whose, standing as caps_of, minute_at, minute_calls, day_at, day_actions, day_amount_atomic
    from wallet
    union all
    select 'new wallets', 'all new', minute_at, minute_calls, day_at, day_actions, day_amount_atomic from all_new
  ) as spending,
    lateral (select now() < minute_at + interval '1 minute' as in_minute, now() < day_at + interval '1 day' as in_day) as w
)`;

/** The bound that stands in the way; of several the one that frees last, for a call before that would be in vain. */
const refused = (p: NewPurchase) => sql`refused as (
  select cap, whose, most, case when asked <= most then frees_at end as frees_at
  from (
    select bound.*, running.whose
    from running left join workspace_caps caps on caps.workspace_id = ${p.workspaceId} and caps.standing = caps_of,
      lateral (values
        -- A wallet whose standing has no caps, such as a blocked one, has no room at all.
        ('calls_per_minute', minute_calls::int8, 1::int8, coalesce(calls_per_minute, 0)::int8, minute_at + interval '1 minute'),
        ('actions_per_day', day_actions, 1, coalesce(actions_per_day, 0), day_at + interval '1 day'),
        ('usd_per_day', day_amount_atomic, ${p.amountAtomic}, coalesce(amount_per_day_atomic, 0), day_at + interval '1 day')
      ) as bound (cap, used, asked, most, frees_at)
    union all
    select 'blocked', 0, 1, 0, null, 'wallet' from wallet where standing = 'blocked'
    union all
    -- Nobody knows when a proposal will be decided.
    select 'waiting_proposals', waiting_proposals, 1, waiting_proposals_of_new, null, 'new wallets'
    from all_new join workspace_policies using (workspace_id) where ${p.proposes}
  ) as bound
  where used + asked > most
  order by cap = 'blocked' desc, case when asked <= most then frees_at end desc nulls first limit 1
)`;

/** Spends what the claim takes; where nothing was claimed, nothing. */
const spent = sql`spent as (
  update wallets set minute_at = r.minute_at, minute_calls = r.minute_calls + 1, day_at = r.day_at,
    day_actions = r.day_actions + 1, day_amount_atomic = r.day_amount_atomic + claimed.amount_atomic
  from claimed, running r
  where r.whose = 'wallet' and wallets.workspace_id = claimed.workspace_id and wallets.address = claimed.payer
), pooled as (
  update new_wallet_spending set minute_at = r.minute_at, minute_calls = r.minute_calls + 1, day_at = r.day_at,
    day_actions = r.day_actions + 1, day_amount_atomic = r.day_amount_atomic + claimed.amount_atomic,
    waiting_proposals = waiting_proposals + claimed.holds_proposal::int4
  from claimed, running r
  where r.whose = 'new wallets' and new_wallet_spending.workspace_id = claimed.workspace_id
)`;
