/**
 * What is owed: the statements by which a purchase that was paid and not delivered is paid back. A refund is a settlement
 * like any other, from the workspace's float to the payer, under a nonce that only this purchase has: the chain itself
 * forbids a second.
 */
import { sql } from 'kysely';
import { type Ids, randomIds } from '../kernel/ids.ts';
import type { Database } from '../store/database.ts';
import type { Purchase } from './claim.ts';
import { reconcile } from './reconcile.ts';

/** A signed refund, as its settlement is stored. What it pays to whom is in the purchase's row alone. */
export interface SignedRefund {
  /** Address of the workspace's float. */
  float: string;
  nonce: string;
  signature: string;
  validBefore: bigint;
  /** The block that was read before it was signed. */
  atBlock: bigint;
  /** On Solana: each signing is a new message, and its nonce the message's hash. */
  isNewMessage?: boolean;
}

export interface Debts {
  /** Follows the chain where it changed its mind (reconcile.ts). @returns what was moved. */
  reconcile(): Promise<Purchase[]>;
  /** Owed purchases whose refund is to be tried now, longest owed first. */
  due(limit: number): Promise<Purchase[]>;
  /**
   * owed -> refunding: state, caps and the refund's settlement in one statement, for a payment that is settled there and
   * then. `capped`: the day's caps do not allow it, and no operator asked. `gone`: it is no longer owed.
   */
  begin(
    purchase: Purchase,
    refund: SignedRefund,
    processId: string,
  ): Promise<{ kind: 'begun'; purchase: Purchase } | { kind: 'capped' } | { kind: 'gone' }>;
  /** Leaves the refund for later, and says why; not where an operator ordered it since the purchase was read. */
  postpone(purchase: Purchase, note: string, seconds: number): Promise<void>;
  /** How the refund's settlement stands. */
  refundState(purchase: Purchase): Promise<{ state: string; lastError: string | null }>;
  /** refunding -> refunded, if its settlement is settled. Undefined: it is not, or the purchase is not the caller's. */
  finish(purchase: Purchase): Promise<Purchase | undefined>;
  /** Queues a refund whose window ended again, under the same nonce, or as a new message. @returns whether it was void, and the caller's. */
  renew(purchase: Purchase, refund: SignedRefund): Promise<boolean>;
}

/** The refund's settlement, by the purchase's id: one for each. */
export const refundIdOf = (purchaseId: string): string => purchaseId.replace(/^pur_/, 'rfd_');

/** @param ids names the rows of the audit log */
export function postgresDebts(db: Database, ids: Ids = randomIds): Debts {
  return {
    reconcile: () => reconcile(db, ids),

    async due(limit) {
      const { rows } = await sql<Purchase>`
        select c.* from claims c join workspace_policies p using (workspace_id)
        where c.state = 'owed'
          and coalesce(c.refund_next_at, c.owed_at + p.refund_after_seconds * interval '1 second') <= now()
        order by c.owed_at limit ${limit}`.execute(db);
      return rows;
    },

    begin: (purchase, refund, processId) => begin(db, purchase, refund, processId),

    async postpone({ id, fence, refundApprovedAt }, note, seconds) {
      await sql`update claims set refund_note = ${note}, refund_next_at = now() + ${seconds} * interval '1 second'
        where id = ${id} and fence = ${fence} and state = 'owed'
          and (refund_approved_at is null or ${refundApprovedAt !== null})`.execute(db);
    },

    async refundState({ id }) {
      const { rows } = await sql<{ state: string; lastError: string | null }>`
        select state, last_error from settlements where id = ${refundIdOf(id)}`.execute(db);
      if (!rows[0]) throw new Error(`purchase ${id} is refunding and has no refund`);
      return rows[0];
    },

    async finish({ id, fence }) {
      const { rows } = await sql<Purchase>`
        with moved as (
          update claims set state = 'refunded', updated_at = now() from settlements s
          where claims.id = ${id} and claims.state = 'refunding' and claims.fence = ${fence}
            and s.id = ${refundIdOf(id)} and s.state = 'settled' returning claims.*
        )
        select moved.* from moved, lateral (select pg_notify('postern', 'purchase.changed:' || moved.id)) as told`.execute(
        db,
      );
      return rows[0];
    },

    async renew({ id, fence }, refund) {
      const { rows } = await sql`
        with before as (
          select id from settlements where id = ${refundIdOf(id)} and state = 'void' and payer = ${refund.float}
            and (nonce = ${refund.nonce} or ${refund.isNewMessage ?? false})
            and exists (select from claims where id = ${id} and state = 'refunding' and fence = ${fence})
          for update
        ), forgotten as (
          delete from svm_transactions where settlement_id in (select id from before)
        )
        update settlements set state = 'queued', signature = ${refund.signature}, valid_before = ${refund.validBefore},
          nonce = ${refund.nonce},
          verified_at_block = ${refund.atBlock}, attempts = 0, next_attempt_at = now(), updated_at = now(),
          transaction_hash = null, late = false
        where id in (select id from before) and state = 'void' returning id`.execute(db);
      return rows.length > 0;
    },
  };
}

/** Every refund is signed by the float, for what the purchase's row says. Locks in the order of 0004_policy.sql. */
async function begin(
  db: Database,
  { id, workspaceId, payer, fence }: Purchase,
  refund: SignedRefund,
  processId: string,
): ReturnType<Debts['begin']> {
  const { rows } = await sql<Purchase & { isOwed: boolean }>`
    with wallet as (
      select * from wallets where workspace_id = ${workspaceId} and address = ${payer} for update
    ), house as (
      select * from refund_spending where workspace_id = ${workspaceId} for update
    ), spent as (
      -- A day that is over begins again now.
      select case when w.in_day then wallet.refund_day_at else now() end as wallet_at,
        case when w.in_day then wallet.refund_day_amount_atomic else 0 end as wallet_amount,
        case when h.in_day then house.day_at else now() end as house_at,
        case when h.in_day then house.day_amount_atomic else 0 end as house_amount
      from wallet, house, lateral (select now() < wallet.refund_day_at + interval '1 day' as in_day) w,
        lateral (select now() < house.day_at + interval '1 day' as in_day) h
    ), owed as (
      -- After the others, whose locks it waits for: of two that find it owed the second then finds it gone.
      select c.* from claims c join settlements s on s.id = c.id and s.state = 'settled',
        (select count(*) from spent) as locked
      where c.id = ${id} and c.state = 'owed' and c.fence = ${fence} for update of c
    ), moved as (
      update claims set state = 'refunding', process_id = ${processId}, refund_note = null, updated_at = now()
      from owed, spent, workspace_policies p
      where claims.id = owed.id and claims.state = 'owed' and claims.fence = ${fence}
        and p.workspace_id = ${workspaceId}
        and (owed.refund_approved_at is not null
          or (wallet_amount + owed.amount_atomic <= p.refund_per_day_wallet_atomic
            and house_amount + owed.amount_atomic <= p.refund_per_day_workspace_atomic))
      returning claims.*
    ), queued as (
      insert into settlements (id, network, asset, payer, pay_to, amount_atomic, valid_after, valid_before, nonce,
        signature, verified_at_block)
      select ${refundIdOf(id)}, network, asset, ${refund.float}, payer, amount_atomic, 0, ${refund.validBefore},
        ${refund.nonce}, ${refund.signature}, ${refund.atBlock} from moved
    ), wallet_spent as (
      update wallets set refund_day_at = wallet_at, refund_day_amount_atomic = wallet_amount + moved.amount_atomic
      from moved, spent where wallets.workspace_id = moved.workspace_id and wallets.address = moved.payer
    ), house_spent as (
      update refund_spending set day_at = house_at, day_amount_atomic = house_amount + moved.amount_atomic
      from moved, spent where refund_spending.workspace_id = moved.workspace_id
    ), told as (
      select pg_notify('postern', 'purchase.changed:' || id) from moved
    )
    select moved.*, exists (select from owed) as is_owed
    from (select) as one left join moved on true left join told on true`.execute(db);
  const { isOwed, ...purchase } = rows[0]!;
  if (purchase.id) return { kind: 'begun', purchase };
  return { kind: isOwed ? 'capped' : 'gone' };
}
