/**
 * The ledger's few statements: the claim, and every change of a purchase's state. Each change names the state and the
 * fence it expects, inside the statement; a process that was overtaken changes nothing.
 */
import { sql } from 'kysely';
import { type Ids, randomIds } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { together } from '../kernel/together.ts';
import type { Database, Tx } from '../store/database.ts';
import type { PurchaseState, Standing } from '../store/schema.ts';
import { type Claimed, claiming, type NewPurchase, type Purchase } from './claim.ts';
import { refundIdOf } from './debts.ts';
import { makeVoid, moveToDelivered, owe, takeOut } from './moves.ts';
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
  /** Keeps what `compute` made, so that it is not paid for twice. @returns what is kept: of several, the first. */
  storeComputed(purchase: Purchase, plan: JsonObject): Promise<JsonObject>;
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
    find: together((keys) => find(db, keys)),

    async named(workspaceId, payer, identifier) {
      const { rows } = await sql<Purchase>`select * from claims where workspace_id = ${workspaceId}
        and payer = ${payer} and identifier = ${identifier} and state <> 'void'`.execute(db);
      return rows[0];
    },

    byId: together((asked) => byId(db, asked)),
    content: together((purchases) => content(db, purchases)),
    isBlocked: isBlockedOf(db),
    standing,
    claim: claiming(db),
    // It may be done twice: who was moved already is found where it is.
    settle: together((purchases) => settle(db, ids, purchases)),
    move: (purchase, to, reason) => move(db, purchase, to, reason),

    ...deliveringTogether(ids),

    async storeComputed({ id, workspaceId }, plan) {
      const { rows } = await sql<{ plan: JsonObject }>`
        update purchases set plan = case when computed then plan else ${JSON.stringify(plan)}::jsonb end, computed = true
        where workspace_id = ${workspaceId} and id = ${id} returning plan`.execute(db);
      return rows[0]?.plan ?? plan;
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

/** The claims that these authorizations made, in their order. */
async function find(db: Database, keys: readonly AuthorizationKey[]): Promise<(Purchase | undefined)[]> {
  const { rows } = await sql<Purchase>`select claims.* from unnest(${column(keys, 'network')}::text[],
      ${column(keys, 'asset')}::text[], ${column(keys, 'payer')}::text[], ${column(keys, 'nonce')}::text[])
      as asked (network, asset, payer, nonce) join claims using (network, asset, payer, nonce)`.execute(db);
  const nameOf = ({ network, asset, payer, nonce }: AuthorizationKey) =>
    [network, asset, payer, nonce].join(' ');
  return inOrder(keys.map(nameOf), rows, nameOf);
}

async function byId(db: Database, asked: readonly string[]): Promise<(Purchase | undefined)[]> {
  const { rows } = await sql<Purchase>`select * from claims where id = any(${[...asked]}::text[])`.execute(
    db,
  );
  return inOrder(asked, rows, ({ id }) => id);
}

/** One field of each, as a statement takes it. */
const column = <T, K extends keyof T>(items: readonly T[], key: K): T[K][] => items.map((item) => item[key]);

/** The rows that were asked for by these names, in their order. */
function inOrder<Row>(names: readonly string[], rows: readonly Row[], nameOf: (row: Row) => string) {
  const byName = new Map(rows.map((row) => [nameOf(row), row]));
  return names.map((name) => byName.get(name));
}

async function content(db: Database, purchases: readonly Purchase[]): Promise<Content[]> {
  const asked = column(purchases, 'id');
  const { rows } = await sql<Content & { id: string }>`
    select p.id, p.operation, p.input, p.plan, p.computed, p.private, p.output, r.id as receipt_id,
      r.signed as receipt, s.transaction_hash, refund.transaction_hash as refund_transaction_hash,
      w.slug as workspace_slug, w.name as workspace_name
    from unnest(${asked}::text[], ${column(purchases, 'workspaceId')}::text[], ${asked.map(refundIdOf)}::text[])
      as asked (id, workspace_id, refund_id)
      join purchases p using (workspace_id, id) join workspaces w on w.id = p.workspace_id
      join settlements s on s.id = p.id
      left join receipts r on r.workspace_id = p.workspace_id and r.purchase_id = p.id
      left join settlements refund on refund.id = asked.refund_id and refund.state = 'settled'`.execute(db);
  const known = new Map(rows.map(({ id, ...content }) => [id, content]));
  return asked.map((id) => {
    const content = known.get(id);
    if (!content) throw new Error(`claim ${id} has no purchase`);
    return content;
  });
}

function isBlockedOf(db: Database): Ledger['isBlocked'] {
  const ask = together(async (wallets: readonly { workspaceId: string; payer: string }[]) => {
    const nameOf = ({ workspaceId, payer }: { workspaceId: string; payer: string }) =>
      `${workspaceId} ${payer}`;
    const { rows } = await sql<{ workspaceId: string; payer: string }>`
      select asked.* from unnest(${column(wallets, 'workspaceId')}::text[], ${column(wallets, 'payer')}::text[])
        as asked (workspace_id, payer) join wallets using (workspace_id)
      where address = payer and standing = 'blocked'`.execute(db);
    const blocked = new Set(rows.map(nameOf));
    return wallets.map((wallet) => blocked.has(nameOf(wallet)));
  });
  return (workspaceId, payer) => ask({ workspaceId, payer });
}

/**
 * One statement, for it is on the path of every paid call: look, compare and change. It need not be on disk before it is
 * told: the settlement's row says the same, and what is delivered is written to disk after it, so not without it. What
 * is void takes a little longer.
 */
async function settle(
  db: Database,
  ids: Ids,
  purchases: readonly Purchase[],
): Promise<(Purchase | undefined)[]> {
  const { rows } = await sql<Purchase & { ended: boolean }>`
    with asked as (
      select distinct * from unnest(${column(purchases, 'id')}::text[], ${column(purchases, 'fence')}::int4[])
        as asked (id, fence)
    ), final as (
      select id, state from settlements join asked using (id) where state in ('settled', 'void')
    ), moved as (
      update claims set state = 'paid', reason = null, updated_at = now()
      from asked join final using (id), (select set_config('synchronous_commit', 'off', true)) as relaxed
      where claims.id = asked.id and claims.state = 'settling' and claims.fence = asked.fence and final.state = 'settled'
      returning claims.*
    )
    select moved.*, false as ended from moved
    union all
    select claims.*, exists (select from final where final.id = claims.id)
    from asked join claims using (id)
    where claims.state = 'settling' and claims.fence = asked.fence
      and not exists (select from final where final.id = claims.id and final.state = 'settled')`.execute(db);
  const found = new Map<string, Purchase>();
  for (const { ended, ...now } of rows) {
    const then = ended ? await makeVoid(db, ids, now) : now;
    if (then) found.set(now.id, then);
  }
  return purchases.map(({ id, fence }) => (found.get(id)?.fence === fence ? takeOut(found, id) : undefined));
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

/** Those who deliver at the same moment do it in one transaction (`sharing`), and take each step of it together. */
function deliveringTogether(ids: Ids): Pick<Ledger, 'moveToDelivered' | 'storeDelivery'> {
  const key = ({ tx }: { tx: Tx }) => tx;
  // What fails inside a transaction has ended it.
  const again = () => false;
  const move = together(
    (moves: readonly { tx: Tx; purchase: Purchase }[]) =>
      moveToDelivered(moves[0]!.tx, ids, column(moves, 'purchase')),
    { key, again },
  );
  const store = together(
    async (stores: readonly { tx: Tx; delivery: Delivery }[]) => {
      await storeDeliveries(stores[0]!.tx, column(stores, 'delivery'));
      return stores.map(() => undefined);
    },
    { key, again },
  );
  return {
    moveToDelivered: (tx, purchase) => move({ tx, purchase }),
    storeDelivery: (tx, delivery) => store({ tx, delivery }),
  };
}

async function storeDeliveries(tx: Tx, deliveries: readonly Delivery[]): Promise<void> {
  const json = (key: 'output' | 'signed') => deliveries.map((delivery) => JSON.stringify(delivery[key]));
  await sql`
    with delivery as (
      select * from unnest(${column(deliveries, 'workspaceId')}::text[], ${column(deliveries, 'purchaseId')}::text[],
        ${column(deliveries, 'receiptId')}::text[], ${json('output')}::jsonb[],
        ${column(deliveries, 'outputHash')}::text[], ${json('signed')}::jsonb[])
        as delivery (workspace_id, purchase_id, receipt_id, output, output_hash, signed)
    ), bought as (
      update purchases set output = delivery.output from delivery
      where purchases.workspace_id = delivery.workspace_id and purchases.id = delivery.purchase_id
    )
    insert into receipts (workspace_id, id, purchase_id, output_hash, signed)
    select workspace_id, receipt_id, purchase_id, output_hash, signed from delivery`.execute(tx);
}
