/**
 * The settlements' rows: what the relayer takes, stores and learns, one function a statement. Each names the state
 * it expects, so that two processes that look at the same settlement cannot both change it.
 */
import { type Selectable, sql } from 'kysely';
import type { Database, Tx } from '../store/database.ts';
import type { SettlementTable } from '../store/schema.ts';

/** One authorization on its way onto a chain. */
export type Settlement = Selectable<SettlementTable>;

/** A settlement in flight, with the transactions that were signed for it. */
export interface OpenSettlement extends Settlement {
  /** Newest first; empty before the first. */
  transactions: { hash: string; raw: string; ageSeconds: number }[];
}

/** A transaction to be stored before it is broadcast. */
export interface StoredTransaction {
  id: string;
  settlementId: string;
  accountNonce: bigint;
  hash: string;
  raw: string;
}

/** Queued settlements that are due, oldest first. Nothing is locked: whoever sends them locks them then. */
export async function dueSettlements(db: Database, network: string, limit: number): Promise<Settlement[]> {
  const { rows } = await sql<Settlement>`
    select * from settlements
    where network = ${network} and state = 'queued' and next_attempt_at <= now()
    order by next_attempt_at limit ${limit}`.execute(db);
  return rows;
}

/**
 * Locks those of the settlements that are still queued (other processes skip them until this transaction ends), and
 * allocates an account nonce for each, in a row.
 */
export async function lockQueued(
  tx: Tx,
  network: string,
  sender: string,
  ids: readonly string[],
): Promise<{ locked: Set<string>; firstNonce: bigint }> {
  const { rows } = await sql<{ id: string; firstNonce: bigint }>`
    with locked as (
      select id from settlements where id = any(${[...ids]}::text[]) and state = 'queued' for update skip locked
    ), allocated as (
      update relayer_accounts set next_nonce = next_nonce + (select count(*) from locked)
      where network = ${network} and address = ${sender} and exists (select from locked)
      returning next_nonce - (select count(*) from locked) as first_nonce
    )
    select id, first_nonce from locked, allocated`.execute(tx);
  return { locked: new Set(rows.map(({ id }) => id)), firstNonce: rows[0]?.firstNonce ?? 0n };
}

/** Stores what was signed and marks its settlements sent: one statement, before the first broadcast. */
export async function storeTransactions(
  tx: Tx,
  network: string,
  sender: string,
  transactions: readonly StoredTransaction[],
): Promise<void> {
  const column = <K extends keyof StoredTransaction>(key: K) => transactions.map((item) => String(item[key]));
  await sql`
    with item as (
      select * from unnest(${column('id')}::text[], ${column('settlementId')}::text[],
        ${column('accountNonce')}::int8[], ${column('hash')}::text[], ${column('raw')}::text[])
        as item (id, settlement_id, account_nonce, hash, raw)
    ), stored as (
      insert into relayer_transactions (id, network, sender, account_nonce, hash, raw)
      select id, ${network}, ${sender}, account_nonce, hash, raw from item returning id
    ), linked as (
      insert into relayer_transaction_settlements (transaction_id, settlement_id)
      select item.id, item.settlement_id from item join stored on stored.id = item.id
    )
    update settlements set state = 'sent', updated_at = now()
    from item where settlements.id = item.settlement_id`.execute(tx);
}

/** Lets queued settlements that would not pass now wait, twice as long each time, half a minute at most. */
export async function postpone(db: Database, items: readonly { id: string; error: string }[]): Promise<void> {
  if (items.length === 0) return;
  await sql`
    update settlements set attempts = attempts + 1, last_error = item.error, updated_at = now(),
      next_attempt_at = now() + least(30, power(2, least(attempts, 5))) * interval '1 second'
    from unnest(${items.map((item) => item.id)}::text[], ${items.map((item) => item.error)}::text[]) as item (id, error)
    where settlements.id = item.id and settlements.state = 'queued'`.execute(db);
}

/** Sends a settlement again whose transaction reverted for good, unless another process has done so already. */
export async function requeue(db: Database, id: string, revertedHash: string): Promise<void> {
  await sql`
    update settlements set state = 'queued', attempts = attempts + 1, last_error = 'reverted', updated_at = now(),
      next_attempt_at = now() + interval '1 second'
    where id = ${id} and state = 'sent' and ${revertedHash} = (
      select t.hash from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id = settlements.id order by t.created_at desc limit 1)`.execute(db);
}

/** Everything of a network that is not final. */
export async function openSettlements(db: Database, network: string): Promise<OpenSettlement[]> {
  const { rows } = await sql<OpenSettlement>`
    select s.*, coalesce((
      select json_agg(json_build_object('hash', t.hash, 'raw', t.raw,
        'ageSeconds', extract(epoch from now() - t.created_at)) order by t.created_at desc)
      from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id = s.id and t.state <> 'dropped'), '[]'::json) as transactions
    from settlements s where s.network = ${network} and s.state in ('queued', 'sent')`.execute(db);
  return rows;
}

/** A payment found on the chain. */
export interface Credit {
  settlementId: string;
  transactionHash: string;
  logIndex: number;
  blockNumber: bigint;
}

/**
 * Credits payments: each log pair once, each settlement once (the two unique keys of credited_logs), and hints to
 * whoever waits. Need not be on disk before it is told: the chain says the same when it is asked again.
 */
export async function credit(db: Database, network: string, credits: readonly Credit[]): Promise<string[]> {
  if (credits.length === 0) return [];
  const column = <K extends keyof Credit>(key: K) => credits.map((item) => String(item[key]));
  const { rows } = await sql<{ id: string }>`
    with item as (
      select * from unnest(${column('settlementId')}::text[], ${column('transactionHash')}::text[],
        ${column('logIndex')}::int4[], ${column('blockNumber')}::int8[])
        as item (settlement_id, transaction_hash, log_index, block_number)
    ), credited as (
      insert into credited_logs (network, transaction_hash, log_index, settlement_id)
      select ${network}, transaction_hash, log_index, settlement_id from item
      on conflict do nothing returning settlement_id
    ), mined as (
      update relayer_transactions set state = 'mined' from item
      where relayer_transactions.hash = item.transaction_hash
    ), settled as (
      update settlements set state = 'settled', transaction_hash = item.transaction_hash,
        block_number = item.block_number, updated_at = now()
      from item join credited using (settlement_id), (select set_config('synchronous_commit', 'off', true)) as relaxed
      where settlements.id = item.settlement_id and settlements.state in ('queued', 'sent')
      returning settlements.id
    )
    select id, pg_notify('postern', 'settlement.final:' || id) from settled`.execute(db);
  return rows.map((row) => row.id);
}

/** Ends a settlement that can no longer land. The caller has the chain's final word. @returns whether it was open. */
export async function makeVoid(db: Database, id: string, reason: string): Promise<boolean> {
  const { rows } = await sql`
    with ended as (
      update settlements set state = 'void', last_error = ${reason}, updated_at = now()
      where id = ${id} and state in ('queued', 'sent') returning id
    )
    select pg_notify('postern', 'settlement.final:' || id) from ended`.execute(db);
  return rows.length > 0;
}
