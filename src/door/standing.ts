/**
 * Standing: what a wallet has earned in a workspace, by the workspace's rules or by an operator's hand. Everything here
 * runs inside the caller's transaction and locks the wallet's row first; who also locks tickets, claims or what new
 * wallets spend together does that after it.
 */
import { type Selectable, sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { type Actor, audit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import type { Schema, Standing } from '../store/schema.ts';

type WalletRow = Selectable<Schema['wallets']>;

/** What a wallet has done in a workspace, as its rules look at it. */
export type Earnings = Pick<
  WalletRow,
  'standing' | 'purchasesDelivered' | 'proposalsApproved' | 'proposalsRejected' | 'strikes' | 'lastStrikeAt'
>;

/** The rules by which a workspace gives standing. */
export type StandingRules = Pick<
  Selectable<Schema['workspacePolicies']>,
  'knownAfterPurchases' | 'trustedAfterApprovals' | 'trustedApprovedPercent' | 'trustedStrikeFreeDays'
>;

/** A wallet of a workspace. */
export interface WalletKey {
  workspaceId: string;
  /** Lower case. */
  wallet: string;
}

const dayMs = 86_400_000;

/** The standing that a wallet's record comes to. Who was known once stays so; trust is asked for again each time. */
export function earnedStanding(record: Earnings, rules: StandingRules, now: Date): Standing {
  if (isTrusted(record, rules, now)) return 'trusted';
  const known = record.purchasesDelivered >= rules.knownAfterPurchases;
  return known || record.standing === 'known' || record.standing === 'trusted' ? 'known' : 'new';
}

function isTrusted(record: Earnings, rules: StandingRules, now: Date): boolean {
  const { proposalsApproved: approved, proposalsRejected: rejected, lastStrikeAt } = record;
  const strikeFree =
    lastStrikeAt === null || now.getTime() - lastStrikeAt.getTime() >= rules.trustedStrikeFreeDays * dayMs;
  // In whole numbers: 80 percent of ten is eight.
  const enough = approved * 100 >= rules.trustedApprovedPercent * (approved + rejected);
  return approved >= rules.trustedAfterApprovals && enough && strikeFree;
}

/** Locks the wallet's row, making it where this is the first that is heard of the wallet. */
export async function lockWallet(tx: Tx, { workspaceId, wallet }: WalletKey): Promise<WalletRow> {
  await tx
    .insertInto('wallets')
    .values({ workspaceId, address: wallet })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return tx
    .selectFrom('wallets')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', wallet)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** Gives a wallet, whose row the caller has locked, the standing that its record comes to; not where an operator set it. */
export async function applyRules(tx: Tx, ids: Ids, key: WalletKey, because: string): Promise<void> {
  const { workspaceId, wallet } = key;
  const { rows } = await sql<WalletRow & StandingRules & { now: Date }>`
    select wallets.*, known_after_purchases, trusted_after_approvals, trusted_approved_percent,
      trusted_strike_free_days, now()
    from wallets join workspace_policies using (workspace_id)
    where workspace_id = ${workspaceId} and address = ${wallet}`.execute(tx);
  const record = rows[0];
  if (!record || record.standingByHand) return;
  const to = earnedStanding(record, record, record.now);
  if (to !== record.standing)
    await changeStanding(tx, ids, key, { from: record.standing, to, byHand: false }, 'rules', because);
}

interface Change {
  from: Standing;
  to: Standing;
  byHand: boolean;
}

async function changeStanding(
  tx: Tx,
  ids: Ids,
  { workspaceId, wallet }: WalletKey,
  { from, to, byHand }: Change,
  actor: Actor,
  reason: string,
): Promise<void> {
  await tx
    .updateTable('wallets')
    .set({ standing: to, standingByHand: byHand })
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', wallet)
    .execute();
  const details = { from, to, byHand };
  await audit(tx, ids, { workspaceId, actor, action: 'standing.changed', subject: wallet, reason, details });
}

/** What a wallet is struck for. */
export interface Strike extends WalletKey {
  reason: string;
  purchaseId?: string;
  actor?: Actor;
}

/**
 * Counts a strike against a wallet: it signed, won a claim and let it come to nothing, or an operator found spam. The
 * caller knows that the wallet's own signature stands behind it.
 */
export async function strike(
  tx: Tx,
  ids: Ids,
  { workspaceId, wallet, reason, purchaseId, actor = 'system' }: Strike,
): Promise<void> {
  const key = { workspaceId, wallet };
  await lockWallet(tx, key);
  await tx
    .updateTable('wallets')
    .set({ strikes: sql`strikes + 1`, lastStrikeAt: sql`now()` })
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', wallet)
    .execute();
  await audit(tx, ids, {
    workspaceId,
    actor,
    action: 'wallet.struck',
    subject: wallet,
    reason,
    ...(purchaseId ? { details: { purchaseId } } : {}),
  });
  await applyRules(tx, ids, key, `struck: ${reason}`);
}

/** What an operator decided on a wallet's proposal. */
export interface Decision extends WalletKey {
  /** The purchase that made the proposal. */
  purchaseId: string | null;
  /** `dropped`: the desk moved on, and nobody decided. */
  verdict: 'approved' | 'rejected' | 'dropped';
  /** Why, in the operator's words. */
  reason: string | null;
  /** A rejection that is a strike, too. */
  spam?: boolean;
  /** The operator's id. */
  by: string;
}

/**
 * Counts a decided proposal, gives its place in the queue back, and gives the standing that follows. One that was dropped
 * gives its place back and counts for nobody. Called in the
 * transaction that decides, before it locks the ticket: a delivery locks the wallet first and the ticket after.
 */
export async function recordDecision(tx: Tx, ids: Ids, decision: Decision): Promise<void> {
  const { workspaceId, wallet, purchaseId, verdict, reason, by } = decision;
  const spam = verdict === 'rejected' && (decision.spam ?? false);
  const actor: Actor = `operator:${by}`;
  await lockWallet(tx, decision);
  if (purchaseId !== null) await giveBackPlace(tx, workspaceId, purchaseId);
  await audit(tx, ids, {
    workspaceId,
    actor,
    action: `proposal.${verdict}`,
    subject: wallet,
    reason: reason ?? verdict,
    details: { spam, ...(purchaseId === null ? {} : { purchaseId }) },
  });
  if (verdict === 'dropped') return;
  const count = verdict === 'approved' ? 'proposalsApproved' : 'proposalsRejected';
  await tx
    .updateTable('wallets')
    .set((row) => ({ [count]: row(count, '+', 1) }))
    .where('workspaceId', '=', workspaceId)
    .where('address', '=', wallet)
    .execute();
  if (spam) await strike(tx, ids, { workspaceId, wallet, reason: `spam: ${reason}`, actor });
  else await applyRules(tx, ids, decision, `a proposal was ${verdict}`);
}

/** Once: whoever finds the claim holding a place takes that from it. */
async function giveBackPlace(tx: Tx, workspaceId: string, purchaseId: string): Promise<void> {
  await sql`
    with all_new as (
      select from new_wallet_spending where workspace_id = ${workspaceId} for update
    ), freed as (
      update claims set holds_proposal = false from (select count(*) from all_new) as locked
      where claims.id = ${purchaseId} and claims.workspace_id = ${workspaceId} and claims.holds_proposal
      returning claims.workspace_id
    )
    update new_wallet_spending set waiting_proposals = waiting_proposals - 1
    from freed where new_wallet_spending.workspace_id = freed.workspace_id`.execute(tx);
}

/** What a hand can do to a wallet's standing. */
export const standingChanges = ['promote', 'demote', 'block', 'unblock', 'reset'] as const;
export type StandingChange = (typeof standingChanges)[number];

/** Steps by hand; a blocked wallet is unblocked, not promoted. */
const steps: readonly Standing[] = ['new', 'known', 'trusted'];

/** What a change comes to for a wallet that stands so. @throws {PosternError} `conflict` where it comes to nothing */
export function changeOf(change: StandingChange, standing: Standing): HandChange['to'] {
  const conflict = (message: string) => new PosternError('conflict', message);
  if (change === 'block') return 'blocked';
  if (change === 'reset') return 'earned';
  if (change === 'unblock') {
    if (standing !== 'blocked') throw conflict(`This wallet is ${standing}, not blocked.`);
    return 'earned';
  }
  if (standing === 'blocked') throw conflict('This wallet is blocked; unblock it first.');
  const to = steps[steps.indexOf(standing) + (change === 'promote' ? 1 : -1)];
  if (!to) throw conflict(`This wallet is ${standing}; there is no step beyond.`);
  return to;
}

/** A change of standing by hand. */
export interface HandChange extends WalletKey {
  /** `earned`: what its record comes to, from the beginning; the rules see to it from then on. */
  to: Standing | 'earned';
  operator: string;
  reason: string;
}

/**
 * Sets a wallet's standing by an operator's hand: the rules leave it alone from then on.
 * @returns what it was, and is. @throws {PosternError} `invalid_arguments` without a reason; `conflict` where it is so already.
 */
export async function setStanding(
  tx: Tx,
  ids: Ids,
  { workspaceId, wallet, to, operator, reason }: HandChange,
): Promise<{ from: Standing; to: Standing }> {
  if (reason.trim() === '')
    throw new PosternError('invalid_arguments', 'A change of standing needs a reason.');
  const key = { workspaceId, wallet };
  const record = await lockWallet(tx, key);
  const byHand = to !== 'earned';
  const next = byHand ? to : await earnedFromNothing(tx, record);
  const { standing: from, standingByHand } = record;
  if (from === next && standingByHand === byHand)
    throw new PosternError('conflict', `This wallet is ${from} already.`);
  await changeStanding(tx, ids, key, { from, to: next, byHand }, `operator:${operator}`, reason);
  return { from, to: next };
}

async function earnedFromNothing(tx: Tx, record: WalletRow): Promise<Standing> {
  const { now, ...rules } = await tx
    .selectFrom('workspacePolicies')
    .selectAll()
    .select(sql<Date>`now()`.as('now'))
    .where('workspaceId', '=', record.workspaceId)
    .executeTakeFirstOrThrow();
  return earnedStanding({ ...record, standing: 'new' }, rules, now);
}
