/**
 * Admit and claim: the one statement by which an authorization becomes ours, a wallet busy, and a call counted against
 * its caps. What comes at the same moment goes in one statement (`claim_purchases` in migrations/0010_speed.sql), which
 * locks the wallets, then what all new wallets spend together, then claims: the order that everyone keeps.
 */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { JsonObject } from '../kernel/json.ts';
import { formatUsdc } from '../kernel/money.ts';
import { together } from '../kernel/together.ts';
import { type Database, hasRefused } from '../store/database.ts';
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

/**
 * Claims, or says why not. Whatever is not claimed spends nothing, and whatever is over a cap claims nothing. Where the
 * statement fails and the database said so, nothing of it stands, and each of its calls is tried alone; where no answer
 * came it may stand, and none is.
 */
export const claiming = (db: Database): ((purchase: NewPurchase) => Promise<Claimed>) =>
  together((purchases) => claimAll(db, purchases), { again: hasRefused });

type Row = Purchase & {
  refusedCap: Refusal['cap'] | null;
  refusedOf: Refusal['of'];
  refusedLimit: bigint;
  freesAt: Date | null;
  freesInSeconds: number | null;
};

async function claimAll(db: Database, purchases: readonly NewPurchase[]): Promise<Claimed[]> {
  const { rows } = await sql<Row>`
    select (answer.claimed).*, refused_cap, refused_of, refused_limit, frees_at, frees_in_seconds
    from claim_purchases(${JSON.stringify(purchases.map(callOf))}) as answer order by place`.execute(db);
  return rows.map(answerOf);
}

/** As `claim_purchases` reads it. Amounts and blocks do not fit a JSON number. */
const callOf = (p: NewPurchase) => ({
  id: p.id,
  workspace_id: p.workspaceId,
  network: p.network,
  asset: p.asset,
  payer: p.payer,
  nonce: p.nonce,
  pay_to: p.payTo,
  amount_atomic: String(p.amountAtomic),
  call_hash: p.callHash,
  signature: p.signature,
  identifier: p.identifier,
  process_id: p.processId,
  breaker: p.breaker,
  operation: p.operation,
  input: p.input,
  plan: p.plan,
  private: p.private,
  proposes: p.proposes,
  valid_after: String(p.validAfter),
  valid_before: String(p.validBefore),
  verified_at_block: String(p.verifiedAtBlock),
});

function answerOf(row: Row): Claimed {
  const { refusedCap, refusedOf, refusedLimit, freesAt, freesInSeconds, ...purchase } = row;
  if (refusedCap === null) return purchase.id === null ? { kind: 'taken' } : { kind: 'claimed', purchase };
  const refusal: Refusal = {
    cap: refusedCap,
    of: refusedOf,
    limit: refusedCap === 'usd_per_day' ? formatUsdc(refusedLimit) : String(refusedLimit),
    ...(freesAt && freesInSeconds ? { freesAt: freesAt.toISOString(), freesInSeconds } : {}),
  };
  return { kind: 'capped', refusal };
}
