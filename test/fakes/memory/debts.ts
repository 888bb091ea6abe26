/** What is owed, in memory: each function says what its statement in src/door/debts.ts does. */
import { type Debts, refundIdOf, type SignedRefund } from '../../../src/door/debts.ts';
import type { Purchase } from '../../../src/door/ledger.ts';
import type { Ids } from '../../../src/kernel/ids.ts';
import { queue } from './claim.ts';
import type { Session } from './database.ts';
import { reconcile } from './reconcile.ts';
import type { Statement } from './statement.ts';

const dayMs = 86_400_000;

export function memoryDebts(session: Session, ids: Ids): Debts {
  return {
    reconcile: () => reconcile(session, ids),
    due: (limit) => session.run((s) => due(s, limit)),
    begin: (purchase, refund, processId) => session.run((s) => begin(s, purchase, refund, processId)),
    postpone: ({ id, fence, refundApprovedAt }, refundNote, seconds) =>
      session.run((s) => {
        const claim = s.get('claims', id);
        if (claim?.state !== 'owed' || claim.fence !== fence) return;
        if (claim.refundApprovedAt !== null && refundApprovedAt === null) return;
        const refundNextAt = new Date(s.now.getTime() + seconds * 1000);
        s.put('claims', { ...claim, refundNote, refundNextAt });
      }),
    refundState: ({ id }) =>
      session.run((s) => {
        const refund = s.get('settlements', refundIdOf(id));
        if (!refund) throw new Error(`purchase ${id} is refunding and has no refund`);
        return { state: refund.state, lastError: refund.lastError };
      }),
    finish: (purchase) =>
      session.run((s) => {
        const claim = refunding(s, purchase);
        if (!claim || s.get('settlements', refundIdOf(claim.id))?.state !== 'settled') return undefined;
        s.notify('purchase.changed', claim.id);
        return s.put('claims', { ...claim, state: 'refunded', updatedAt: s.now });
      }),
    renew: (purchase, refund) => session.run((s) => renew(s, purchase, refund)),
  };
}

function refunding(s: Statement, { id, fence }: Purchase): Purchase | undefined {
  const claim = s.get('claims', id);
  return claim?.state === 'refunding' && claim.fence === fence ? claim : undefined;
}

function due(s: Statement, limit: number): Purchase[] {
  return s
    .all('claims', ({ state, workspaceId, owedAt, refundNextAt }) => {
      if (state !== 'owed') return false;
      const patienceMs = (s.get('workspacePolicies', workspaceId)?.refundAfterSeconds ?? 0) * 1000;
      return Number(refundNextAt ?? Number(owedAt) + patienceMs) <= s.now.getTime();
    })
    .sort((a, b) => Number(a.owedAt) - Number(b.owedAt))
    .slice(0, limit);
}

/** Spent in the day that runs; one that is over begins again now. */
const today = (s: Statement, at: Date | number, amountAtomic: bigint) =>
  s.now.getTime() < Number(at) + dayMs ? { at, amountAtomic } : { at: s.now, amountAtomic: 0n };

function begin(
  s: Statement,
  { id, workspaceId, payer, fence }: Purchase,
  refund: SignedRefund,
  processId: string,
): Awaited<ReturnType<Debts['begin']>> {
  const wallet = s.get('wallets', workspaceId, payer);
  const house = s.get('refundSpending', workspaceId);
  if (wallet) s.lock('wallets', wallet);
  if (house) s.lock('refundSpending', house);
  const claim = s.get('claims', id);
  const paid = s.get('settlements', id)?.state === 'settled';
  if (claim?.state !== 'owed' || claim.fence !== fence || !paid) return { kind: 'gone' };
  const policy = s.get('workspacePolicies', workspaceId);
  if (!wallet || !house || !policy) return { kind: 'capped' };

  const { amountAtomic } = claim;
  const ofWallet = today(s, wallet.refundDayAt, wallet.refundDayAmountAtomic);
  const ofHouse = today(s, house.dayAt, house.dayAmountAtomic);
  const within =
    ofWallet.amountAtomic + amountAtomic <= policy.refundPerDayWalletAtomic &&
    ofHouse.amountAtomic + amountAtomic <= policy.refundPerDayWorkspaceAtomic;
  if (!within && claim.refundApprovedAt === null) return { kind: 'capped' };

  s.put('wallets', {
    ...wallet,
    refundDayAt: ofWallet.at,
    refundDayAmountAtomic: ofWallet.amountAtomic + amountAtomic,
  });
  s.put('refundSpending', {
    workspaceId,
    dayAt: ofHouse.at,
    dayAmountAtomic: ofHouse.amountAtomic + amountAtomic,
  });
  queue(s, {
    id: refundIdOf(id),
    network: claim.network,
    asset: claim.asset,
    payer: refund.float,
    payTo: claim.payer,
    amountAtomic,
    validAfter: 0n,
    validBefore: refund.validBefore,
    nonce: refund.nonce,
    signature: refund.signature,
    verifiedAtBlock: refund.atBlock,
  });
  s.notify('purchase.changed', id);
  const moved = { state: 'refunding' as const, processId, refundNote: null, updatedAt: s.now };
  return { kind: 'begun', purchase: s.put('claims', { ...claim, ...moved }) };
}

function renew(s: Statement, purchase: Purchase, refund: SignedRefund): boolean {
  const row = s.get('settlements', refundIdOf(purchase.id));
  if (row?.state !== 'void' || row.payer !== refund.float || row.nonce !== refund.nonce) return false;
  if (!refunding(s, purchase)) return false;
  s.put('settlements', {
    ...row,
    state: 'queued',
    signature: refund.signature,
    validBefore: refund.validBefore,
    verifiedAtBlock: refund.atBlock,
    attempts: 0,
    transactionHash: null,
    late: false,
    nextAttemptAt: s.now,
    updatedAt: s.now,
  });
  return true;
}
