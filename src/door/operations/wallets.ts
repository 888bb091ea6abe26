import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, readOperation, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { auditTrail } from '../../store/audit.ts';
import { type ProposalState, proposalStates } from '../../store/proposal-states.ts';
import type { Standing } from '../../store/schema.ts';
import { listPurchases, paidBy } from '../overview.ts';
import { ownRecord, publicRecord, spentBy } from '../wallets.ts';
import * as fields from './fields.ts';
import { lineOf, purchaseLine } from './purchases.ts';

const record = {
  wallet: fields.wallet,
  standing: z.enum(fields.standings).describe('How it stands here.'),
  standingByHand: z.boolean().describe('A member set it; the rules leave it alone.'),
  purchasesDelivered: z.int().describe('Purchases that were delivered to it.'),
  proposalsApproved: z.int().describe('Proposals of its that were approved.'),
  proposalsRejected: z.int().describe('Proposals of its that were rejected.'),
  strikes: z.int().describe('How often it was struck.'),
  spentAtomic: fields.amountAtomic('Paid for what was delivered'),
};

const place = /^(-infinity|[0-9 :.-]{10,40})\|(\w{20,64})$/;

interface WalletRow {
  wallet: string;
  standing: Standing;
  standingByHand: boolean;
  purchasesDelivered: number;
  proposalsApproved: number;
  proposalsRejected: number;
  strikes: number;
  spentAtomic: string;
  /** The day that was begun last, to the microsecond. */
  day: string;
  lastActiveAt: Date | null;
}

export const listWallets = readOperation({
  name: 'list_wallets',
  title: 'List wallets',
  summary:
    'Lists the wallets that bought here, those that were active last first, with how they stand and what they did. `get_wallet` shows all of one.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({
    standing: z.enum(fields.standings).optional().describe('Only those that stand so.'),
    limit: fields.limit,
    cursor: fields.cursor,
  }),
  output: z.object({
    wallets: z
      .array(
        z.object({
          ...record,
          lastActiveAt: z.iso
            .datetime()
            .nullable()
            .describe('When its last day of activity began, UTC; null where nothing counted yet.'),
        }),
      )
      .describe('Those that were active last first.'),
    next: fields.next,
  }),
  async read({ tx, workspace }, { standing, limit, cursor }) {
    const [day, address] = cursor === undefined ? [] : fields.readCursor(cursor, place);
    const behind =
      day === undefined
        ? sql``
        : sql`and (w.day_at, w.address) < (${day}::timestamp at time zone 'UTC', ${address})`;
    const { rows } = await sql<WalletRow>`
      select w.address as wallet, w.standing, w.standing_by_hand, w.purchases_delivered, w.proposals_approved,
        w.proposals_rejected, w.strikes, coalesce(spent.sum, '0') as spent_atomic,
        (w.day_at at time zone 'UTC')::text as day, case when isfinite(w.day_at) then w.day_at end as last_active_at
      from (
        select * from wallets w where w.workspace_id = ${workspace.id}
          ${standing === undefined ? sql`` : sql`and w.standing = ${standing}`} ${behind}
        order by w.day_at desc, w.address desc limit ${limit + 1}
      ) as w cross join lateral (
        select sum(c.amount_atomic)::text as sum from claims c
        where c.workspace_id = ${workspace.id} and ${paidBy(sql.ref('w.address'))} and c.state = 'delivered'
      ) as spent
      order by w.day_at desc, w.address desc`.execute(tx);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      wallets: page.map(({ day: _, lastActiveAt, ...wallet }) => ({
        ...wallet,
        lastActiveAt: lastActiveAt?.toISOString() ?? null,
      })),
      ...(last && rows.length > limit ? { next: fields.toCursor([last.day, last.wallet]) } : {}),
    };
  },
});

const shownPurchases = 20;
const shownProposals = 20;
const shownEntries = 50;

export const getWallet = readOperation({
  name: 'get_wallet',
  title: 'Show all that a wallet did',
  summary:
    'Returns how a wallet stands and why, what it bought last, what became of its proposals, and what its caps leave. `list_purchases` with the wallet lists all that it bought.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({ wallet: fields.wallet }),
  output: z.object({
    ...record,
    firstSeenAt: fields.time('When it was first here'),
    caps: z
      .array(
        z.object({
          cap: z.enum(['calls_per_minute', 'actions_per_day', 'usd_per_day']).describe('What is bounded.'),
          of: z.enum(['wallet', 'new wallets']).describe('Whose bound: its own, or that of all new wallets.'),
          limit: z.string().describe('The bound; of `usd_per_day` in dollars.'),
          left: z.string().describe('What is left of it.'),
          freesAt: fields.time('When the window ends').optional(),
        }),
      )
      .describe('What it may still do.'),
    purchases: z.array(purchaseLine).describe('What it bought last, the newest first; at most 20.'),
    proposals: z
      .array(
        z.object({
          proposalId: z.string().describe('Id of the proposal.'),
          operation: z.string().describe('What it would run.'),
          ticketId: z.string().nullable().describe('Which ticket it is about.'),
          state: z.enum(proposalStates).describe('What was decided.'),
          reason: z.string().nullable().describe('Why it was rejected.'),
          createdAt: fields.time('When it was made'),
          decidedAt: z.iso.datetime().nullable().describe('When it was decided, UTC.'),
        }),
      )
      .describe('What it proposed, the newest first; at most 20.'),
    audit: z
      .array(
        z.object({
          at: fields.time('When'),
          actor: z.string().describe('Who: `operator:` and an id, `rules`, `system`.'),
          action: z.string().describe('What was done.'),
          reason: z.string().describe('Why.'),
          from: z.string().optional().describe('How it stood.'),
          to: z.string().optional().describe('How it stood then.'),
        }),
      )
      .describe('What was decided about it, the newest first; at most 50.'),
  }),
  async read({ tx, workspace }, { wallet }) {
    const address = fields.addressOf(wallet);
    const row = await tx
      .selectFrom('wallets')
      .select('createdAt')
      .where('workspaceId', '=', workspace.id)
      .where('address', '=', address)
      .executeTakeFirst();
    if (!row) throw new PosternError('not_found', 'This wallet was never here.');
    const { address: _, ...counts } = await publicRecord(tx, workspace.id, address);
    const { standingByHand, caps } = await ownRecord(tx, workspace.id, address);
    const purchases = await listPurchases(tx, workspace.id, { payer: address, limit: shownPurchases });
    return {
      wallet: address,
      ...counts,
      standingByHand,
      spentAtomic: String(await spentBy(tx, workspace.id, address)),
      firstSeenAt: row.createdAt.toISOString(),
      caps,
      purchases: purchases.map(lineOf),
      proposals: await proposalsOf({ tx, workspace }, address),
      audit: await auditOf({ tx, workspace }, address),
    };
  },
});

interface ProposalRow {
  proposalId: string;
  operation: string;
  ticketId: string | null;
  state: ProposalState;
  reason: string | null;
  createdAt: Date;
  decidedAt: Date | null;
}

async function proposalsOf({ tx, workspace }: Pick<Scope, 'tx' | 'workspace'>, address: string) {
  const { rows } = await sql<ProposalRow>`
    select r.id as proposal_id, r.operation, r.ticket_id, r.state, r.reason, r.created_at, r.decided_at
    from claims c join proposals r on r.workspace_id = c.workspace_id and r.purchase_id = c.id
    where c.workspace_id = ${workspace.id} and ${paidBy(address)}
    order by r.created_at desc, r.id limit ${shownProposals}`.execute(tx);
  return rows.map(({ createdAt, decidedAt, ...proposal }) => ({
    ...proposal,
    createdAt: createdAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
  }));
}

async function auditOf({ tx, workspace }: Pick<Scope, 'tx' | 'workspace'>, address: string) {
  const trail = await auditTrail(tx, workspace.id, { subject: address, limit: shownEntries });
  return trail.map(({ at, actor, action, reason, details: { from, to } }) => ({
    at: at.toISOString(),
    actor,
    action,
    reason,
    ...(typeof from === 'string' && typeof to === 'string' ? { from, to } : {}),
  }));
}
