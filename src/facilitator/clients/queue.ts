/** The statements by which another's payment becomes a settlement, once, within its token's gas. */
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Settlement } from '../book.ts';

/** What names a payment on its network, whatever its encoding. */
export interface PaymentKey {
  network: string;
  asset: string;
  payer: string;
  nonce: string;
}

/** A settlement to be queued. */
export interface NewSettlement extends PaymentKey {
  id: string;
  payTo: string;
  amountAtomic: bigint;
  validAfter: bigint;
  validBefore: bigint;
  signature: string;
  verifiedAtBlock: bigint;
  tokenId: string;
  idempotencyKey: string | undefined;
  bodyHash: string;
  /** What it is estimated to cost, in billionths of the network's coin. */
  feeNano: bigint;
}

/** `taken`: the payment is queued already, or settled, or void. Nothing is spent then, nor where the gas is. */
export type Queued = 'queued' | 'taken' | 'no gas';

/** A settlement as its client may see it. */
export type ClientSettlement = Pick<
  Settlement,
  | 'id'
  | 'network'
  | 'payer'
  | 'payTo'
  | 'amountAtomic'
  | 'state'
  | 'transactionHash'
  | 'lastError'
  | 'createdAt'
> & { bodyHash: string };

export interface ClientQueue {
  /** @throws {Error} Postgres's 23505 where two requests of one key race, for different payments */
  add(settlement: NewSettlement): Promise<Queued>;
  /** Any settlement of the payment, whoever queued it. */
  find(key: PaymentKey): Promise<Pick<Settlement, 'id' | 'transactionHash'> | undefined>;
  /** A token's own, by the name the client gave the request. */
  named(tokenId: string, idempotencyKey: string): Promise<ClientSettlement | undefined>;
  /** A token's own. */
  byId(tokenId: string, id: string): Promise<ClientSettlement | undefined>;
}

export function postgresQueue(db: Database): ClientQueue {
  const own = (tokenId: string) =>
    db
      .selectFrom('facilitatorSettlements')
      .innerJoin('settlements', 'settlements.id', 'settlementId')
      .selectAll('settlements')
      .select('bodyHash')
      .where('tokenId', '=', tokenId);
  return {
    add: (settlement) => add(db, settlement),
    find: ({ network, asset, payer, nonce }) =>
      db
        .selectFrom('settlements')
        .select(['id', 'transactionHash'])
        .where('network', '=', network)
        .where('asset', '=', asset)
        .where('payer', '=', payer)
        .where('nonce', '=', nonce)
        .executeTakeFirst(),
    named: (tokenId, idempotencyKey) =>
      own(tokenId).where('idempotencyKey', '=', idempotencyKey).executeTakeFirst(),
    byId: (tokenId, id) => own(tokenId).where('settlements.id', '=', id).executeTakeFirst(),
  };
}

/**
 * One statement. `for update` on the token's gas: who waits for the row reads it anew, so of two that find gas for one
 * the second finds none. `on conflict do nothing` is the unique key of settlements: one authorization, one settlement.
 * A day begins with its first settlement.
 */
async function add(db: Database, s: NewSettlement): Promise<Queued> {
  const { rows } = await sql<{ affordable: boolean; queued: boolean }>`
    with gas as (
      select * from facilitator_token_gas where token_id = ${s.tokenId} and network = ${s.network} for update
    ), running as (
      select per_day_nano, case when in_day then day_at else now() end as day_at,
        case when in_day then day_nano else 0 end as day_nano
      from gas, lateral (select now() < gas.day_at + interval '1 day' as in_day) as w
    ), affordable as (
      select day_at, day_nano + ${s.feeNano}::int8 as day_nano from running
      where per_day_nano is null or day_nano + ${s.feeNano}::int8 <= per_day_nano
    ), queued as (
      insert into settlements (id, network, asset, payer, pay_to, amount_atomic, valid_after, valid_before, nonce,
        signature, verified_at_block)
      select ${s.id}, ${s.network}, ${s.asset}, ${s.payer}, ${s.payTo}, ${s.amountAtomic}, ${s.validAfter},
        ${s.validBefore}, ${s.nonce}, ${s.signature}, ${s.verifiedAtBlock} from affordable
      on conflict do nothing returning id
    ), linked as (
      insert into facilitator_settlements (settlement_id, token_id, idempotency_key, body_hash)
      select id, ${s.tokenId}, ${s.idempotencyKey ?? null}, ${s.bodyHash} from queued
    ), spent as (
      update facilitator_token_gas g set day_at = a.day_at, day_nano = a.day_nano from affordable a, queued
      where g.token_id = ${s.tokenId} and g.network = ${s.network}
    )
    select exists (select from affordable) as affordable, exists (select from queued) as queued`.execute(db);
  const { affordable, queued } = rows[0]!;
  if (!affordable) return 'no gas';
  return queued ? 'queued' : 'taken';
}
