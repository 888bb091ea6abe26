import { z } from 'zod';
import { forMembers, readOperation, type Scope } from '../../catalogue/operation.ts';
import { explorerOf } from '../../chains/networks.ts';
import { PosternError } from '../../kernel/errors.ts';
import { auditTrail } from '../../store/audit.ts';
import { proposalStates } from '../../store/proposal-states.ts';
import { listPurchases, type PurchaseOverview } from '../overview.ts';
import * as fields from './fields.ts';
import { lineOf, purchaseLine } from './purchases.ts';

const steps = [
  'claimed',
  'sent',
  'settled',
  'void',
  'delivered',
  'owed',
  'delivery_asked',
  'refund_asked',
  'refunding',
  'refunded',
  'lost',
] as const;

const auditEntries = 50;

const output = z.object({
  purchase: purchaseLine.describe('The purchase.'),
  standing: z.enum(fields.standings).describe('How the wallet stood when it was admitted.'),
  payTo: z.string().describe('Where the money went.'),
  attempts: z.int().describe('Failed attempts to deliver it.'),
  receiptId: z.string().optional().describe('Id of its receipt.'),
  timeline: z
    .array(
      z.object({
        step: z.enum(steps).describe('What happened.'),
        at: fields.time('When'),
        note: z.string().optional().describe('More of it: why, or by whom.'),
        transaction: z.string().optional().describe('The transaction, where there was one.'),
        explorerUrl: z.string().optional().describe('Where it can be looked at.'),
      }),
    )
    .describe('What happened, in its order.'),
  sent: z.array(z.string()).describe('Transactions that were signed for the payment.'),
  lastError: z.string().optional().describe('What came of the last attempt to settle, where it failed.'),
  refundNextAt: fields.time('When a refund is tried next').optional(),
  proposal: z
    .object({
      proposalId: z.string().describe('Id of the proposal.'),
      state: z.enum(proposalStates).describe('What was decided on it.'),
      reason: z.string().optional().describe('Why.'),
    })
    .optional()
    .describe('The proposal that the call became.'),
  may: z
    .array(z.enum(['deliver', 'refund']))
    .describe('What an owner can ask for: `deliver_purchase`, `refund_purchase`.'),
});

export const getPurchaseDetails = readOperation({
  name: 'get_purchase_details',
  title: 'Show what happened to a purchase',
  summary:
    'Returns one purchase with all that happened to it and when, its transactions, what it waits for, and what can be done about it.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({ purchaseId: fields.purchaseId }),
  output,
  async read(scope, { purchaseId }) {
    const { tx, workspace } = scope;
    const [found] = await listPurchases(tx, workspace.id, { id: purchaseId, limit: 1 });
    if (!found) throw new PosternError('not_found', 'No purchase of this workspace has this id.');
    const { standing, payTo, attempts, receiptId, settlement, refundNextAt, state } = found;
    const proposal = await proposalOf(scope, purchaseId);
    return {
      purchase: lineOf(found),
      standing,
      payTo,
      attempts,
      ...(receiptId === null ? {} : { receiptId }),
      timeline: await timelineOf(scope, found),
      sent: settlement.sent,
      ...(settlement.lastError === null ? {} : { lastError: settlement.lastError }),
      ...(refundNextAt === null ? {} : { refundNextAt: refundNextAt.toISOString() }),
      ...(proposal && { proposal }),
      may: state === 'owed' ? (['deliver', 'refund'] as const).slice() : [],
    };
  },
});

async function proposalOf({ tx, workspace }: Scope, purchaseId: string) {
  const row = await tx
    .selectFrom('proposals')
    .select(['id', 'state', 'reason'])
    .where('workspaceId', '=', workspace.id)
    .where('purchaseId', '=', purchaseId)
    .orderBy('createdAt')
    .orderBy('id')
    .executeTakeFirst();
  return (
    row && { proposalId: row.id, state: row.state, ...(row.reason === null ? {} : { reason: row.reason }) }
  );
}

type Step = z.input<typeof output>['timeline'][number];

async function timelineOf({ tx, workspace }: Scope, purchase: PurchaseOverview): Promise<Step[]> {
  const trail = await auditTrail(tx, workspace.id, { subject: purchase.id, limit: auditEntries });
  const asked = trail.flatMap(({ at, action, reason, actor }): Step[] => {
    if (action === 'purchase.lost') return [{ step: 'lost', at: at.toISOString(), note: reason }];
    // What was done without being asked for is told by the purchase's own row.
    if (!actor.startsWith('operator:')) return [];
    const step = action === 'purchase.refunded' ? 'refund_asked' : 'delivery_asked';
    return [{ step, at: at.toISOString(), note: reason }];
  });
  const told = [...paymentSteps(purchase), ...laterSteps(purchase), ...asked];
  return told.sort((a, b) => a.at.localeCompare(b.at) || steps.indexOf(a.step) - steps.indexOf(b.step));
}

function paymentSteps({ network, createdAt, standing, settlement }: PurchaseOverview): Step[] {
  const { state, sent, sentAt, updatedAt, lastError, transactionHash } = settlement;
  const told: Step[] = [
    { step: 'claimed', at: createdAt.toISOString(), note: `by a wallet that was ${standing}` },
  ];
  const first = sent[0];
  if (sentAt !== null) told.push({ step: 'sent', at: sentAt, ...(first && link(network, first)) });
  if (state === 'settled')
    told.push({ step: 'settled', at: updatedAt, ...(transactionHash && link(network, transactionHash)) });
  if (state === 'void') told.push({ step: 'void', at: updatedAt, ...(lastError && { note: lastError }) });
  return told;
}

function laterSteps({ network, deliveredAt, owedAt, reason, refund, state }: PurchaseOverview): Step[] {
  const told: Step[] = [];
  // A receipt is written with the delivery.
  if (deliveredAt) told.push({ step: 'delivered', at: deliveredAt.toISOString() });
  if (owedAt) {
    const note = reason && state !== 'delivered' ? { note: reason } : {};
    told.push({ step: 'owed', at: owedAt.toISOString(), ...note });
  }
  if (refund) {
    const { createdAt, updatedAt, transactionHash } = refund;
    told.push({ step: 'refunding', at: createdAt });
    if (refund.state === 'settled')
      told.push({ step: 'refunded', at: updatedAt, ...(transactionHash && link(network, transactionHash)) });
  }
  return told;
}

function link(network: string, transaction: string): Pick<Step, 'transaction' | 'explorerUrl'> {
  const explorerUrl = explorerOf(network, transaction);
  return { transaction, ...(explorerUrl && { explorerUrl }) };
}
