/** The ledger in memory: each method says what its statement in src/door/ledger.ts does. */
import { refundIdOf } from '../../../src/door/debts.ts';
import type { Content, Ledger, Purchase } from '../../../src/door/ledger.ts';
import { type Ids, randomIds } from '../../../src/kernel/ids.ts';
import type { InWorkspace, Tx } from '../../../src/store/database.ts';
import type { PurchaseState } from '../../../src/store/schema.ts';
import { claim, json } from './claim.ts';
import type { MemoryTx, Session } from './database.ts';
import { makeVoid, moveToDelivered, owe } from './standing.ts';
import type { Statement } from './statement.ts';

/** A process is silent after this many milliseconds without a beat. */
const silentMs = 5_000;

/** Workspace transactions of the memory database. What they run is given a `MemoryTx` in place of Kysely's. */
export const memoryWorkspaces =
  (session: Session): InWorkspace =>
  (workspaceId, work, { readOnly = false } = {}) =>
    session.transaction((tx) => work(tx as unknown as Tx), { workspaceId, readOnly });

/** The memory transaction behind what `memoryWorkspaces` hands out. */
export const memoryTx = (tx: Tx): MemoryTx => tx as unknown as MemoryTx;

export function memoryLedger(session: Session, ids: Ids = randomIds): Ledger {
  return {
    find: ({ network, asset, payer, nonce }) =>
      one(
        session,
        (claim) =>
          claim.network === network &&
          claim.asset === asset &&
          claim.payer === payer &&
          claim.nonce === nonce,
      ),
    named: (workspaceId, payer, identifier) =>
      one(
        session,
        (claim) =>
          claim.workspaceId === workspaceId &&
          claim.payer === payer &&
          claim.identifier === identifier &&
          claim.state !== 'void',
      ),
    byId: (id) => session.run((s) => s.get('claims', id)),

    content: (purchase) => session.run((s) => content(s, purchase)),
    isBlocked: (workspaceId, payer) =>
      session.run((s) => s.get('wallets', workspaceId, payer)?.standing === 'blocked'),
    standing: (tx, workspaceId, wallet) =>
      memoryTx(tx).run((s) => s.get('wallets', workspaceId, wallet)?.standing ?? 'new'),
    claim: (purchase) => session.run((s) => claim(s, purchase)),
    async settle(purchase) {
      const { claim, ended } = await session.run((s) => settle(s, purchase), { relaxed: true });
      return claim && ended ? session.run((s) => makeVoid(s, ids, claim)) : claim;
    },
    move: (purchase, to, reason) => session.run((s) => move(s, purchase, to, reason)),
    moveToDelivered: (tx, purchase) => memoryTx(tx).run((s) => moveToDelivered(s, ids, purchase)),

    storeDelivery: (tx, { workspaceId, purchaseId, receiptId, output, outputHash, signed }) =>
      memoryTx(tx).run((s) => {
        const purchase = s.get('purchases', workspaceId, purchaseId);
        if (purchase) s.put('purchases', { ...purchase, output: json(output) });
        const receipt = {
          workspaceId,
          id: receiptId,
          purchaseId,
          outputHash,
          signed,
          createdAt: s.now,
        };
        if (!s.insert('receipts', receipt)) throw new Error('a unique key of receipts is taken');
      }),

    storeComputed: ({ id, workspaceId }, plan) =>
      session.run((s) => {
        const purchase = s.get('purchases', workspaceId, id);
        if (!purchase) return plan;
        const kept = purchase.computed ? purchase.plan : json(plan);
        s.put('purchases', { ...purchase, plan: kept, computed: true });
        return kept;
      }),

    countAttempt: ({ id, fence }) =>
      session.run((s) => {
        const claim = s.get('claims', id);
        if (claim?.fence === fence)
          s.put('claims', { ...claim, attempts: claim.attempts + 1, updatedAt: s.now });
      }),

    ...memoryProcesses(session),
  };
}

function memoryProcesses(session: Session): Pick<Ledger, 'adopt' | 'mine' | 'beat' | 'leave'> {
  const isUnderWay = ({ state }: Purchase) =>
    state === 'settling' || state === 'paid' || state === 'refunding';
  return {
    adopt: (processId, limit) =>
      session.run((s) =>
        s
          .all('claims', (claim) => {
            const owner = s.get('processes', claim.processId);
            const silent = !owner || owner.seenAt.getTime() < s.now.getTime() - silentMs;
            return isUnderWay(claim) && silent && !s.isLocked('claims', claim);
          })
          .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
          .slice(0, limit)
          .map((claim) => s.put('claims', { ...claim, fence: claim.fence + 1, processId, updatedAt: s.now })),
      ),
    mine: (processId) =>
      session.run((s) => s.all('claims', (claim) => claim.processId === processId && isUnderWay(claim))),
    beat: (processId) =>
      session.run((s) => {
        s.put('processes', { id: processId, seenAt: s.now });
      }),
    leave: (processId) =>
      session.run((s) => {
        const row = s.get('processes', processId);
        if (row) s.remove('processes', row);
      }),
  };
}

const one = (session: Session, where: (claim: Purchase) => boolean) =>
  session.run((s) => s.all('claims', where)[0]);

function content(s: Statement, { id, workspaceId }: Purchase): Content {
  const purchase = s.get('purchases', workspaceId, id);
  const workspace = s.get('workspaces', workspaceId);
  const settlement = s.get('settlements', id);
  if (!purchase || !workspace || !settlement) throw new Error(`claim ${id} has no purchase`);
  const [receipt] = s.all('receipts', (row) => row.workspaceId === workspaceId && row.purchaseId === id);
  const refund = s.get('settlements', refundIdOf(id));
  const { operation, input, plan, computed, output } = purchase;
  return {
    operation,
    input,
    plan,
    computed,
    private: purchase.private,
    output,
    receiptId: receipt?.id ?? null,
    receipt: (receipt?.signed ?? null) as Content['receipt'],
    transactionHash: settlement.transactionHash,
    refundTransactionHash: refund?.state === 'settled' ? refund.transactionHash : null,
    workspaceSlug: workspace.slug,
    workspaceName: workspace.name,
  };
}

/** Undefined: overtaken. `ended`: it is void, which takes a transaction of its own. */
function settle(s: Statement, { id, fence }: Purchase): { claim?: Purchase; ended?: boolean } {
  const claim = s.get('claims', id);
  if (claim?.state !== 'settling' || claim.fence !== fence) return {};
  const { state } = s.get('settlements', id) ?? {};
  if (state !== 'settled') return { claim, ended: state === 'void' };
  return { claim: s.put('claims', { ...claim, state: 'paid', reason: null, updatedAt: s.now }) };
}

function move(s: Statement, purchase: Purchase, to: PurchaseState, reason?: string): Purchase | undefined {
  if (to === 'owed' && purchase.holdsProposal) return owe(s, purchase, reason ?? '');
  const { id, state, fence } = purchase;
  const claim = s.get('claims', id);
  if (claim?.state !== state || claim.fence !== fence) return undefined;
  s.notify('purchase.changed', id);
  const owedAt = to === 'owed' ? s.now : claim.owedAt;
  return s.put('claims', { ...claim, state: to, reason: reason ?? null, owedAt, updatedAt: s.now });
}
