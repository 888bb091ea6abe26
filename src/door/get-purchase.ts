/** What became of a purchase, and of the proposal that it paid for: how an agent follows up. An operation of the door's own. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forAgents, type Operation, readOperation, type Scope } from '../catalogue/operation.ts';
import { findNetwork } from '../chains/networks.ts';
import { PosternError } from '../kernel/errors.ts';
import { formatUsdc } from '../kernel/money.ts';
import { type ProposalState, proposalStates } from '../store/proposal-states.ts';
import type { PurchaseState } from '../store/schema.ts';
import { purchaseStates } from './states.ts';

const output = z.object({
  purchaseId: z.string().describe('Id of the purchase.'),
  state: z
    .enum(purchaseStates)
    .describe(
      '`settling`, `paid`: under way, do not pay again. `delivered`: done. `void`: nothing was charged. `owed`: paid and not delivered yet; it ends delivered or `refunded`. `refunding`: the money is on its way back. `lost`: delivered, and the chain took the payment back.',
    ),
  operation: z.string().describe('Name of the tool that was paid for.'),
  amountAtomic: z.string().describe('What it cost, in millionths of a USDC.'),
  amountUsd: z.string().describe('The same in dollars.'),
  network: z.string().describe('Where it was paid (CAIP-2).'),
  payer: z.string().describe('The wallet that paid.'),
  transaction: z.string().optional().describe('Of the payment, once it is final.'),
  refundTransaction: z.string().optional().describe('Of the refund, where there was one.'),
  reason: z.string().optional().describe('Why it is not delivered, where it is not.'),
  proposal: z
    .object({
      proposalId: z.string().describe('Id of the proposal.'),
      state: z
        .enum(proposalStates)
        .describe(
          'Whether a person has decided, and what. Approved is done: it ran then. `dropped`: the matter was over before anybody decided; nothing ran, and it counts neither for nor against your wallet.',
        ),
      reason: z.string().optional().describe('Why it was rejected, in the reviewer’s words.'),
      decidedAt: z.iso.datetime().optional().describe('When it was decided, UTC.'),
    })
    .optional()
    .describe('Where the call became a proposal: what became of that.'),
  createdAt: z.iso.datetime().describe('When it began, UTC.'),
});

/**
 * The id is the secret, as at `/api/purchases/{id}`: it is told to who made the claim alone, and nothing on the chain leads to
 * it. It shows no ticket text, and no output.
 */
export const getPurchase: Operation = readOperation({
  name: 'get_purchase',
  title: 'Follow up on a purchase',
  summary:
    'Says where a purchase stands: whether it was delivered, what it cost, its transactions, and, where the call became a proposal, whether a person approved or rejected it and why, or dropped it because the matter was over. Free. Reach for it some time after a call that was queued or pending, with the purchase id that the call returned; keep that id to yourself, for whoever has it may ask. It shows neither ticket text nor what was delivered, and changes nothing.',
  tier: 'read',
  access: forAgents('viewer'),
  price: null,
  input: z.strictObject({
    purchaseId: z
      .string()
      .regex(/^pur_\w{1,60}$/, 'must be a purchase id, such as pur_…')
      .describe(
        'Id of the purchase: `id` in the result’s `_meta["postern/purchase"]`, and the header `Postern-Purchase`.',
      ),
  }),
  output,
  async read(scope, { purchaseId }) {
    const found = await find(scope, purchaseId);
    if (!found) throw new PosternError('not_found', 'No purchase of this workspace has this id.');
    return shown(found);
  },
});

interface Found {
  id: string;
  state: PurchaseState;
  operation: string;
  amountAtomic: bigint;
  network: string;
  payer: string;
  paid: string | null;
  refunded: string | null;
  reason: string | null;
  createdAt: Date;
  proposalId: string | null;
  proposalState: ProposalState;
  proposalReason: string | null;
  decidedAt: Date | null;
}

async function find({ tx, workspace }: Scope, id: string): Promise<Found | undefined> {
  const { rows } = await sql<Found>`
    select c.id, c.state, p.operation, c.amount_atomic, c.network, c.payer, moved.paid, moved.refunded, c.reason,
      c.created_at, proposed.id as proposal_id, proposed.state as proposal_state, proposed.reason as proposal_reason,
      proposed.decided_at
    from claims c
      join purchases p on p.workspace_id = c.workspace_id and p.id = c.id
      cross join purchase_transactions(c.id) as moved
      left join lateral (
        select id, state, reason, decided_at from proposals
        where workspace_id = c.workspace_id and purchase_id = c.id order by created_at, id limit 1
      ) proposed on true
    where c.workspace_id = ${workspace.id} and c.id = ${id}`.execute(tx);
  return rows[0];
}

const shown = (found: Found): z.input<typeof output> => ({
  purchaseId: found.id,
  state: found.state,
  operation: found.operation,
  amountAtomic: String(found.amountAtomic),
  amountUsd: formatUsdc(found.amountAtomic),
  network: findNetwork(found.network)?.caip2 ?? found.network,
  payer: found.payer,
  ...(found.paid === null ? {} : { transaction: found.paid }),
  ...(found.refunded === null ? {} : { refundTransaction: found.refunded }),
  ...(found.reason === null ? {} : { reason: found.reason }),
  ...(found.proposalId === null
    ? {}
    : {
        proposal: {
          proposalId: found.proposalId,
          state: found.proposalState,
          ...(found.proposalReason === null ? {} : { reason: found.proposalReason }),
          ...(found.decidedAt === null ? {} : { decidedAt: found.decidedAt.toISOString() }),
        },
      }),
  createdAt: found.createdAt.toISOString(),
});
