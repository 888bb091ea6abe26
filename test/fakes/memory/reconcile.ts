/** Where the chain changes its mind, in memory, as src/door/reconcile.ts has it. */
import type { Purchase } from '../../../src/door/ledger.ts';
import type { Ids } from '../../../src/kernel/ids.ts';
import { newWallet } from './claim.ts';
import type { Session } from './database.ts';
import { audit, giveBack, strike } from './standing.ts';
import type { Row, Statement } from './statement.ts';

/** How many one round follows. */
const roundSize = 50;

interface Found {
  claim: Purchase;
  settlementId: string;
}

export async function reconcile(session: Session, ids: Ids): Promise<Purchase[]> {
  const moved: Purchase[] = [];
  for (const found of await session.run(find)) {
    const purchase = await session.run((s) => follow(s, ids, found));
    if (purchase) moved.push(purchase);
  }
  return moved;
}

function find(s: Statement): Found[] {
  const found = s.all('settlements').flatMap((settlement) => {
    const claim = s.get('claims', settlement.id.replace(/^rfd_/, 'pur_'));
    return claim && isTurned(claim, settlement) ? [{ claim, settlementId: settlement.id }] : [];
  });
  return found.sort((a, b) => (a.claim.id < b.claim.id ? -1 : 1)).slice(0, roundSize);
}

/** Whether the settlement's row says other than the claim. */
function isTurned({ state }: Purchase, { id, ...settlement }: Row<'settlements'>): boolean {
  const takenBack = settlement.state === 'void' && settlement.transactionHash !== null;
  if (id.startsWith('rfd_')) return takenBack && state === 'refunded';
  if (takenBack) return state === 'paid' || state === 'owed' || state === 'delivered';
  return settlement.late && settlement.state === 'settled' && (state === 'void' || state === 'lost');
}

const landed = 'the payment landed after it was called void';
const takenBack = 'the payment was reorganised away';

function follow(s: Statement, ids: Ids, { claim: { id, state }, settlementId }: Found): Purchase | undefined {
  const claim = s.get('claims', id);
  const settlement = s.get('settlements', settlementId);
  if (claim?.state !== state || !settlement || !isTurned(claim, settlement)) return undefined;
  const { workspaceId, payer } = claim;
  s.put('wallets', s.get('wallets', workspaceId, payer) ?? newWallet(workspaceId, payer, s.now));
  s.notify('purchase.changed', id);
  const move = (change: Partial<Purchase>) => s.put('claims', { ...claim, updatedAt: s.now, ...change });
  switch (state) {
    case 'void':
      return move({ state: 'owed', reason: landed, identifier: null, owedAt: s.now });
    case 'lost':
      countDelivered(s, claim, 1);
      return move({ state: 'delivered', reason: null });
    case 'paid':
    case 'owed':
      if (!settlement.late) giveBack(s, claim);
      return move({ state: 'void', reason: takenBack, holdsProposal: false });
    case 'delivered': {
      countDelivered(s, claim, -1);
      const reason = `delivered, and then ${takenBack}`;
      strike(s, ids, claim, reason, { purchaseId: id });
      audit(s, ids, claim, { actor: 'system', action: 'purchase.lost', subject: id, reason, details: {} });
      return move({ state: 'lost', reason: takenBack });
    }
    default:
      return move({ state: 'refunding', reason: 'the refund was reorganised away' });
  }
}

function countDelivered(s: Statement, { workspaceId, payer }: Purchase, by: 1 | -1): void {
  const wallet = s.get('wallets', workspaceId, payer)!;
  s.put('wallets', { ...wallet, purchasesDelivered: Math.max(0, wallet.purchasesDelivered + by) });
}
