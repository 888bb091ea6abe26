/** What agents paid for on one ticket, as the people of its workspace see it. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, type Operation, readOperation } from '../catalogue/operation.ts';
import { findNetwork } from '../chains/networks.ts';
import { formatUsdc } from '../kernel/money.ts';
import { type ProposalState, proposalStates } from '../store/proposal-states.ts';
import type { PurchaseState, Standing } from '../store/schema.ts';

/** At most so many; a ticket with more is looked at on the door's page. */
const most = 50;

interface Row {
  id: string;
  operation: string;
  state: PurchaseState;
  amountAtomic: bigint;
  network: string;
  payer: string;
  standing: Standing;
  proposalState: ProposalState | null;
  createdAt: Date;
}

const purchase = z.object({
  purchaseId: z.string().describe('Id of the purchase.'),
  operation: z.string().describe('Name of the tool that was paid for.'),
  state: z.string().describe('Where it stands, such as `delivered` or `owed`.'),
  amountAtomic: z.string().describe('What it cost, in millionths of a USDC.'),
  amountUsd: z.string().describe('The same in dollars.'),
  network: z.string().describe('Where it was paid (CAIP-2).'),
  wallet: z.string().describe('Who paid.'),
  standing: z.string().describe('The standing under which the wallet was let in.'),
  proposal: z
    .enum(proposalStates)
    .nullable()
    .describe('What became of the proposal that it made; null where it made none.'),
  createdAt: z.iso.datetime().describe('When it began, UTC.'),
});

export const ticketPurchases: Operation = readOperation({
  name: 'ticket_purchases',
  title: 'List what agents paid for on a ticket',
  summary:
    'Returns the purchases about one ticket and those that were merged into it, the newest first: what was called, by which wallet, for how much, and what became of it.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    ticketId: z.string().min(1).max(64).describe('Id of the ticket. One that is not there has no purchases.'),
  }),
  output: z.object({
    purchases: z.array(purchase).describe(`The newest ${most}.`),
  }),
  async read({ tx, workspace }, { ticketId }) {
    // The purchase that opened a ticket has its id in what came out, and its payer is the wallet of the ticket.
    const { rows } = await sql<Row>`
      with recursive threads as (
        select id, wallet, created_at from tickets where workspace_id = ${workspace.id} and id = ${ticketId}
        union
        select t.id, t.wallet, t.created_at from threads join tickets t
          on t.workspace_id = ${workspace.id} and t.merged_into = threads.id
      ), about as (
        select id from purchases
        where workspace_id = ${workspace.id} and input ? 'ticketId'
          and input ->> 'ticketId' = any(array(select id from threads))
        union
        select p.id from threads t
          join claims c on c.workspace_id = ${workspace.id} and c.payer = t.wallet
            and c.created_at between t.created_at - interval '1 day' and t.created_at + interval '1 minute'
          join purchases p on p.workspace_id = c.workspace_id and p.id = c.id and p.output ->> 'ticketId' = t.id
        where t.wallet is not null
      )
      select c.id, p.operation, c.state, c.amount_atomic, c.network, c.payer, c.standing, c.created_at,
        (select state from proposals where workspace_id = c.workspace_id and purchase_id = c.id
          order by created_at, id limit 1) as proposal_state
      from about join claims c on c.id = about.id and c.workspace_id = ${workspace.id}
        join purchases p on p.workspace_id = c.workspace_id and p.id = c.id
      order by c.created_at desc, c.id limit ${most}`.execute(tx);
    return { purchases: rows.map(shown) };
  },
});

const shown = (row: Row): z.input<typeof purchase> => ({
  purchaseId: row.id,
  operation: row.operation,
  state: row.state,
  amountAtomic: String(row.amountAtomic),
  amountUsd: formatUsdc(row.amountAtomic),
  network: findNetwork(row.network)?.caip2 ?? row.network,
  wallet: row.payer,
  standing: row.standing,
  proposal: row.proposalState,
  createdAt: row.createdAt.toISOString(),
});
