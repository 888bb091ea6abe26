/**
 * The ledger's few statements: the claim, and every change of a purchase's state. Each change names the state and the
 * fence it expects, inside the statement; a process that was overtaken changes nothing.
 */
import { sql } from 'kysely';
import { type Ids, randomIds } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Database, Tx } from '../store/database.ts';
import type { PurchaseState, Standing } from '../store/schema.ts';
import { type Claimed, claiming, type NewPurchase, type Purchase } from './claim.ts';
import { refundIdOf } from './debts.ts';
import { makeVoid, moveToDelivered, owe } from './moves.ts';
import type { SignedReceipt } from './receipts.ts';

export type { Claimed, NewPurchase, Purchase } from './claim.ts';

/** What identifies an authorization, in one spelling: network name, asset checksummed, payer and nonce lower case. */
export interface AuthorizationKey {
  network: string;
  asset: string;
  payer: string;
  nonce: string;
}

/** What was bought. */
export interface Content {
  operation: string;
  input: JsonObject;
  plan: JsonObject;
  computed: boolean;
  private: boolean;
  output: JsonObject | null;
  receiptId: string | null;
  receipt: SignedReceipt | null;
  /** Of the transaction that moved the money. */
  transactionHash: string | null;
  /** Of the one that paid it back. */
  refundTransactionHash: string | null;
  workspaceSlug: string;
  workspaceName: string;
}

/** What a delivery leaves behind. */
export interface Delivery {
  workspaceId: string;
  purchaseId: string;
  receiptId: string;
  output: JsonObject;
  outputHash: string;
  signed: SignedReceipt;
}

export interface Ledger {
  /** The purchase that this authorization made, if any. */
  find(key: AuthorizationKey): Promise<Purchase | undefined>;
  /** The purchase that this payer named so in this workspace, if any that is not void. */
  named(workspaceId: string, payer: string, identifier: string): Promise<Purchase | undefined>;
  byId(id: string): Promise<Purchase | undefined>;
  content(purchase: Purchase): Promise<Content>;
  /** Whether the workspace has blocked the wallet: asked before its payment is looked at on the chain. */
  isBlocked(workspaceId: string, payer: string): Promise<boolean>;
  /** The wallet's standing as the transaction sees it; `new` where nothing is known of it. */
  standing(tx: Tx, workspaceId: string, wallet: string): Promise<Standing>;
  /** Admit and claim: one statement, durable before anything happens. */
  claim(purchase: NewPurchase): Promise<Claimed>;
  /**
   * settling -> paid | void, as its settlement's row says; the same purchase where that is not final yet.
   * Undefined: as for `move`.
   */
  settle(purchase: Purchase): Promise<Purchase | undefined>;
  /** Moves a purchase on. Undefined: it is no longer where the caller thinks, or no longer the caller's. */
  move(purchase: Purchase, to: PurchaseState, reason?: string): Promise<Purchase | undefined>;
  /**
   * paid | owed -> delivered, inside the transaction that delivers, so that state and effect are one. Undefined: as for
   * `move`; or its payment is not settled there and then (invariant 2).
   */
  moveToDelivered(tx: Tx, purchase: Purchase): Promise<Purchase | undefined>;
  /** What was delivered, and its receipt; inside the delivering transaction. */
  storeDelivery(tx: Tx, delivery: Delivery): Promise<void>;
  /** Keeps what `compute` made, so that it is not paid for twice. */
  storeComputed(purchase: Purchase, plan: JsonObject): Promise<void>;
  /** Counts a failed attempt to deliver. */
  countAttempt(purchase: Purchase): Promise<void>;
  /** Purchases under way whose process has gone silent: they are this one's from now on. */
  adopt(processId: string, limit: number): Promise<Purchase[]>;
  /** Purchases under way that are this process's, for whatever of them nobody drives. */
  mine(processId: string): Promise<Purchase[]>;
  /** This process is alive. */
  beat(processId: string): Promise<void>;
  /** This process ends: others need not wait for its silence. */
  leave(processId: string): Promise<void>;
}

/** A process is silent after this many seconds without a beat, by the database's clock. */
const silentSeconds = 5;

/** @param ids names the rows of the audit log */
export function postgresLedger(db: Database, ids: Ids = randomIds): Ledger {
  return {
    async find({ network, asset, payer, nonce }) {
      const { rows } =
        await sql<Purchase>`select * from claims where network = ${network} and asset = ${asset}
        and payer = ${payer} and nonce = ${nonce}`.execute(db);
      return rows[0];
    },

    async named(workspaceId, payer, identifier) {
      const { rows } = await sql<Purchase>`select * from claims where workspace_id = ${workspaceId}
        and payer = ${payer} and identifier = ${identifier} and state <> 'void'`.execute(db);
      return rows[0];
    },

    async byId(id) {
      const { rows } = await sql<Purchase>`select * from claims where id = ${id}`.execute(db);
      return rows[0];
    },

    content: (purchase) => content(db, purchase),
    isBlocked: (workspaceId, payer) => isBlocked(db, workspaceId, payer),
    standing,
    claim: claiming(db),
    settle: (purchase) => settle(db, ids, purchase),
    move: (purchase, to, reason) => move(db, purchase, to, reason),

    moveToDelivered: (tx, purchase) => moveToDelivered(tx, ids, purchase),
    storeDelivery,

    async storeComputed({ id, workspaceId }, plan) {
      await sql`update purchases set plan = ${JSON.stringify(plan)}, computed = true
        where workspace_id = ${workspaceId} and id = ${id} and not computed`.execute(db);
    },

    async countAttempt({ id, fence }) {
      await sql`update claims set attempts = attempts + 1, updated_at = now()
        where id = ${id} and fence = ${fence}`.execute(db);
    },

    adopt: (processId, limit) => adopt(db, processId, limit),

    async mine(processId) {
      const { rows } = await sql<Purchase>`select * from claims
        where process_id = ${processId} and state in ('settling', 'paid', 'refunding')`.execute(db);
      return rows;
    },

    async beat(processId) {
      await sql`insert into processes (id) values (${processId})
        on conflict (id) do update set seen_at = now()`.execute(db);
    },

    async leave(processId) {
      await sql`delete from processes where id = ${processId}`.execute(db);
    },
  };
}

async function standing(tx: Tx, workspaceId: string, wallet: string): Promise<Standing> {
  const { rows } = await sql<{ standing: Standing }>`select standing from wallets
    where workspace_id = ${workspaceId} and address = ${wallet}`.execute(tx);
  return rows[0]?.standing ?? 'new';
}

async function content(db: Database, { id, workspaceId }: Purchase): Promise<Content> {
  const { rows } = await sql<Content>`
    select p.operation, p.input, p.plan, p.computed, p.private, p.output, r.id as receipt_id,
      r.signed as receipt, s.transaction_hash, (select transaction_hash from settlements
        where id = ${refundIdOf(id)} and state = 'settled') as refund_transaction_hash, w.slug as workspace_slug, w.name as workspace_name
    from purchases p join workspaces w on w.id = p.workspace_id join settlements s on s.id = p.id
      left join receipts r on r.workspace_id = p.workspace_id and r.purchase_id = p.id
    where p.workspace_id = ${workspaceId} and p.id = ${id}`.execute(db);
  if (!rows[0]) throw new Error(`claim ${id} has no purchase`);
  return rows[0];
}

async function isBlocked(db: Database, workspaceId: string, payer: string): Promise<boolean> {
  const { rows } = await sql`select from wallets
    where workspace_id = ${workspaceId} and address = ${payer} and standing = 'blocked'`.execute(db);
  return rows.length > 0;
}

/**
 * One statement, for it is on the path of every paid call: look, compare and change. It need not be on disk before it is
 * told: the settlement's row says the same, and what is delivered is written to disk after it, so not without it. What
 * is void takes a little longer.
 */
async function settle(db: Database, ids: Ids, purchase: Purchase): Promise<Purchase | undefined> {
  const { id, fence } = purchase;
  const { rows } = await sql<Purchase & { ended: boolean }>`
    with final as (
      select state from settlements where id = ${id} and state in ('settled', 'void')
    ), moved as (
      update claims set state = 'paid', reason = null, updated_at = now()
      from final, (select set_config('synchronous_commit', 'off', true)) as relaxed
      where claims.id = ${id} and claims.state = 'settling' and claims.fence = ${fence} and final.state = 'settled'
      returning claims.*
    )
    select moved.*, false as ended from moved
    union all
    select claims.*, exists (select from final) from claims
    where id = ${id} and state = 'settling' and fence = ${fence}
      and not exists (select from final where state = 'settled')`.execute(db);
  if (!rows[0]) return undefined;
  const { ended, ...now } = rows[0];
  return ended ? makeVoid(db, ids, now) : now;
}

/** Raises the fence: what the silent process still writes is refused. The state is looked at in the same statement. */
async function adopt(db: Database, processId: string, limit: number): Promise<Purchase[]> {
  const { rows } = await sql<Purchase>`
    update claims set fence = fence + 1, process_id = ${processId}, updated_at = now()
    where id in (
      select c.id from claims c left join processes p on p.id = c.process_id
      where c.state in ('settling', 'paid', 'refunding')
        and (p.id is null or p.seen_at < now() - ${silentSeconds} * interval '1 second')
      order by c.created_at limit ${limit} for update of c skip locked)
    returning *`.execute(db);
  return rows;
}

async function move(
  db: Database,
  purchase: Purchase,
  to: PurchaseState,
  reason?: string,
): Promise<Purchase | undefined> {
  const { id, state, fence, holdsProposal } = purchase;
  if (to === 'owed' && holdsProposal) return owe(db, purchase, reason ?? '');
  const { rows } = await sql<Purchase>`
    with moved as (
      update claims set state = ${to}, reason = ${reason ?? null}, updated_at = now(),
        owed_at = case when ${to} = 'owed' then now() else owed_at end
      where id = ${id} and state = ${state} and fence = ${fence} returning *
    )
    select moved.* from moved, lateral (select pg_notify('postern', 'purchase.changed:' || moved.id)) as told`.execute(
    db,
  );
  return rows[0];
}

async function storeDelivery(tx: Tx, delivery: Delivery): Promise<void> {
  await sql`
    with bought as (
      update purchases set output = ${JSON.stringify(delivery.output)}
      where workspace_id = ${delivery.workspaceId} and id = ${delivery.purchaseId}
    )
    insert into receipts (workspace_id, id, purchase_id, output_hash, signed)
    values (${delivery.workspaceId}, ${delivery.receiptId}, ${delivery.purchaseId}, ${delivery.outputHash},
      ${JSON.stringify(delivery.signed)})`.execute(tx);
}
