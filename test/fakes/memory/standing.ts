/** What a wallet's purchases come to, in memory, as src/door/moves.ts and src/door/standing.ts have it. */

import type { Purchase } from '../../../src/door/ledger.ts';
import { earnedStanding } from '../../../src/door/standing.ts';
import { isPayersDoing } from '../../../src/facilitator/reasons.ts';
import type { Ids } from '../../../src/kernel/ids.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { AuditAction } from '../../../src/store/audit.ts';
import { newWallet } from './claim.ts';
import type { Row, Statement } from './statement.ts';

/** settling -> void: what was counted is given back, and who kept the payment from landing is struck. */
export function makeVoid(s: Statement, ids: Ids, purchase: Purchase): Purchase | undefined {
  const { id, fence, workspaceId, payer, standing, holdsProposal } = purchase;
  const wallet = s.get('wallets', workspaceId, payer);
  if (wallet) s.lock('wallets', wallet);
  const allNew = standing === 'new' ? s.get('newWalletSpending', workspaceId) : undefined;
  if (allNew) s.lock('newWalletSpending', allNew);
  const claim = s.get('claims', id);
  const settlement = s.get('settlements', id);
  if (claim?.state !== 'settling' || claim.fence !== fence || settlement?.state !== 'void') return undefined;
  const reason = settlement.lastError;
  const moved = { ...claim, state: 'void' as const, reason, holdsProposal: false, updatedAt: s.now };
  s.put('claims', moved);
  s.notify('purchase.changed', id);
  giveBack(s, { ...claim, holdsProposal });
  if (isPayersDoing(reason))
    strike(s, ids, moved, `a settlement came to nothing: ${reason}`, { purchaseId: id });
  return moved;
}

/** What a void purchase counted, and its place in the approval queue. */
export function giveBack(s: Statement, claim: Purchase): void {
  const { workspaceId, payer, standing, holdsProposal } = claim;
  const wallet = s.get('wallets', workspaceId, payer);
  if (wallet) s.put('wallets', { ...wallet, ...givenBack(wallet, claim) });
  const allNew = standing === 'new' ? s.get('newWalletSpending', workspaceId) : undefined;
  if (!allNew) return;
  const waitingProposals = allNew.waitingProposals - (holdsProposal ? 1 : 0);
  s.put('newWalletSpending', { ...allNew, ...givenBack(allNew, claim), waitingProposals });
}

/** A window that began after the claim never counted it. */
function givenBack(
  { dayAt, dayActions, dayAmountAtomic }: Pick<Row<'wallets'>, 'dayAt' | 'dayActions' | 'dayAmountAtomic'>,
  { createdAt, amountAtomic }: Purchase,
) {
  if (Number(dayAt) > createdAt.getTime()) return {};
  return { dayActions: dayActions - 1, dayAmountAtomic: dayAmountAtomic - amountAtomic };
}

/** -> owed, of a purchase that holds a place in the approval queue. */
export function owe(s: Statement, purchase: Purchase, reason: string): Purchase | undefined {
  const { id, state, fence, workspaceId } = purchase;
  const allNew = s.get('newWalletSpending', workspaceId);
  if (allNew) s.lock('newWalletSpending', allNew);
  const claim = s.get('claims', id);
  if (claim?.state !== state || claim.fence !== fence || !claim.holdsProposal) return undefined;
  if (allNew) s.put('newWalletSpending', { ...allNew, waitingProposals: allNew.waitingProposals - 1 });
  s.notify('purchase.changed', id);
  const owed = { state: 'owed' as const, reason, holdsProposal: false, owedAt: s.now, updatedAt: s.now };
  return s.put('claims', { ...claim, ...owed });
}

/** -> delivered, and counted, if the payment is settled there and then. */
export function moveToDelivered(s: Statement, ids: Ids, purchase: Purchase): Purchase | undefined {
  const { id, state, fence, workspaceId, payer } = purchase;
  const wallet = s.get('wallets', workspaceId, payer);
  if (wallet) s.lock('wallets', wallet);
  const claim = s.get('claims', id);
  if (claim?.state !== state || claim.fence !== fence) return undefined;
  // The transaction is the workspace's, which sees no settlement by itself.
  if (s.asOwner(() => s.get('settlements', id))?.state !== 'settled') return undefined;
  s.notify('purchase.changed', id);
  const delivered = s.put('claims', { ...claim, state: 'delivered', reason: null, updatedAt: s.now });
  const rules = s.get('workspacePolicies', workspaceId);
  if (!wallet || !rules) return delivered;
  const counted = { ...wallet, purchasesDelivered: wallet.purchasesDelivered + 1 };
  s.put('wallets', counted);
  const mayRise =
    (counted.standing === 'new' && counted.purchasesDelivered >= rules.knownAfterPurchases) ||
    (counted.standing !== 'trusted' && counted.proposalsApproved >= rules.trustedAfterApprovals);
  if (mayRise) applyRules(s, ids, delivered, 'a purchase was delivered');
  return delivered;
}

type WalletOf = Pick<Purchase, 'workspaceId' | 'payer'>;

export function strike(s: Statement, ids: Ids, of: WalletOf, reason: string, details: JsonObject): void {
  const { workspaceId, payer } = of;
  const wallet = s.get('wallets', workspaceId, payer) ?? newWallet(workspaceId, payer, s.now);
  s.put('wallets', { ...wallet, strikes: wallet.strikes + 1, lastStrikeAt: s.now });
  audit(s, ids, of, { actor: 'system', action: 'wallet.struck', reason, details });
  applyRules(s, ids, of, `struck: ${reason}`);
}

function applyRules(s: Statement, ids: Ids, of: WalletOf, reason: string): void {
  const wallet = s.get('wallets', of.workspaceId, of.payer);
  const rules = s.get('workspacePolicies', of.workspaceId);
  if (!wallet || !rules || wallet.standingByHand) return;
  const to = earnedStanding(wallet, rules, s.now);
  const from = wallet.standing;
  if (to === from) return;
  s.put('wallets', { ...wallet, standing: to, standingByHand: false });
  const details = { from, to, byHand: false };
  audit(s, ids, of, { actor: 'rules', action: 'standing.changed', reason, details });
}

export function audit(
  s: Statement,
  ids: Ids,
  { workspaceId, payer }: WalletOf,
  entry: { actor: string; action: AuditAction; subject?: string; reason: string; details: JsonObject },
): void {
  s.insert('auditLog', { workspaceId, id: ids('aud'), at: s.now, subject: payer, ...entry });
}
