/** The book's statements on Postgres. */
import { sql } from 'kysely';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type {
  Account,
  Book,
  Credit,
  CreditedBlock,
  OpenSettlement,
  SeenChain,
  Settlement,
  SignedTransaction,
  Slot,
  StoredTransaction,
} from './book.ts';

export function postgresBook(db: Database): Book {
  return {
    due: (network, limit) => due(db, network, limit),
    take: (account, settlementIds, sign) =>
      // Several statements and the signing between them: what is signed is stored in the transaction that allocated
      // its nonce.
      asSystem(db, async (tx) => {
        const { locked, firstNonce } = await lockQueued(tx, account, settlementIds);
        const ours = settlementIds.filter((id) => locked.has(id));
        if (ours.length === 0) return [];
        const stored = await Promise.all(
          ours.map(async (settlementId, i) => {
            const accountNonce = firstNonce + BigInt(i);
            return { ...(await sign(settlementId, accountNonce)), settlementId, accountNonce };
          }),
        );
        await storeTransactions(tx, account, stored);
        return stored;
      }),
    postpone: (items) => postpone(db, items),
    requeue: (id, revertedHash) => requeue(db, id, revertedHash),
    handOver: (network, latest, limit, againSeconds) => handOver(db, network, latest, limit, againSeconds),
    takeBack: (id, error) => takeBack(db, id, error),
    open: (network) => open(db, network),
    credit: (network, credits) => credit(db, network, credits),
    makeVoid: (id, reason) => makeVoid(db, id, reason),
    creditedBlocks: (network, fromNumber) => creditedBlocks(db, network, fromNumber),
    reopen: (network, blocks) => reopen(db, network, blocks),
    voided: (network, limit) => voided(db, network, limit),
    openAccount: (account, chain) => asSystem(db, (tx) => openAccount(tx, account, chain)),
    markMined: (account, count) => markMined(db, account, count),
    slots: (account, count, limit) => slots(db, account, count, limit),
    fill: (account, nonce, transaction) => asSystem(db, (tx) => fill(tx, account, nonce, transaction)),
  };
}

async function due(db: Database, network: string, limit: number): Promise<Settlement[]> {
  const { rows } = await sql<Settlement>`
    select * from settlements
    where network = ${network} and state = 'queued' and next_attempt_at <= now()
    order by next_attempt_at limit ${limit}`.execute(db);
  return rows;
}

/** Locks those that are still queued (other processes skip them until this transaction ends), and allocates their nonces. */
async function lockQueued(
  tx: Tx,
  { network, sender }: Account,
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
async function storeTransactions(
  tx: Tx,
  { network, sender }: Account,
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

/** Twice as long each time, half a minute at most. */
const backoff = sql`least(30, power(2, least(attempts, 5))) * interval '1 second'`;

async function postpone(db: Database, items: readonly { id: string; error: string }[]): Promise<void> {
  if (items.length === 0) return;
  await sql`
    update settlements set attempts = attempts + 1, last_error = item.error, updated_at = now(),
      next_attempt_at = now() + ${backoff}
    from unnest(${items.map((item) => item.id)}::text[], ${items.map((item) => item.error)}::text[]) as item (id, error)
    where settlements.id = item.id and settlements.state = 'queued'`.execute(db);
}

async function requeue(db: Database, id: string, revertedHash: string): Promise<void> {
  await sql`
    update settlements set state = 'queued', attempts = attempts + 1, last_error = 'reverted', updated_at = now(),
      next_attempt_at = now() + interval '1 second'
    where id = ${id} and state = 'sent' and ${revertedHash} = (
      select t.hash from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id = settlements.id order by t.created_at desc limit 1)`.execute(db);
}

/** Some transaction of ours may still land it. */
const carried = sql`exists (select from relayer_transaction_settlements l
  join relayer_transactions t on t.id = l.transaction_id where l.settlement_id = settlements.id and t.state <> 'dropped')`;

async function handOver(
  db: Database,
  network: string,
  latest: bigint,
  limit: number,
  againSeconds: number,
): Promise<Settlement[]> {
  const { rows } = await sql<Settlement>`
    update settlements set state = 'sent', updated_at = now(),
      next_attempt_at = now() + ${againSeconds} * interval '1 second'
    where id in (
      select id from settlements where network = ${network} and state in ('queued', 'sent')
        and next_attempt_at <= now() and valid_before > ${latest} and not ${carried}
      order by next_attempt_at limit ${limit} for update skip locked)
    returning *`.execute(db);
  return rows;
}

async function takeBack(db: Database, id: string, error: string): Promise<void> {
  await sql`
    update settlements set state = 'queued', attempts = attempts + 1, last_error = ${error}, updated_at = now(),
      next_attempt_at = now() + ${backoff}
    where id = ${id} and state = 'sent' and not ${carried}`.execute(db);
}

async function open(db: Database, network: string): Promise<OpenSettlement[]> {
  const { rows } = await sql<OpenSettlement>`
    select s.*, coalesce((
      select json_agg(json_build_object('hash', t.hash,
        'ageSeconds', extract(epoch from now() - t.created_at)) order by t.created_at desc)
      from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id = s.id and t.state <> 'dropped'), '[]'::json) as transactions
    from settlements s where s.network = ${network} and s.state in ('queued', 'sent')`.execute(db);
  return rows;
}

/** The two unique keys of credited_logs keep it: each log pair once, each settlement once. */
async function credit(db: Database, network: string, credits: readonly Credit[]): Promise<string[]> {
  if (credits.length === 0) return [];
  const column = <K extends keyof Credit>(key: K) => credits.map((item) => String(item[key]));
  const { rows } = await sql<{ id: string }>`
    with item as (
      select * from unnest(${column('settlementId')}::text[], ${column('transactionHash')}::text[],
        ${column('logIndex')}::int4[], ${column('blockNumber')}::int8[], ${column('blockHash')}::text[])
        as item (settlement_id, transaction_hash, log_index, block_number, block_hash)
    ), credited as (
      insert into credited_logs (network, transaction_hash, log_index, settlement_id)
      select ${network}, transaction_hash, log_index, settlement_id from item
      on conflict do nothing returning settlement_id
    ), mined as (
      update relayer_transactions set state = 'mined' from item
      where relayer_transactions.hash = item.transaction_hash
    ), settled as (
      update settlements set state = 'settled', transaction_hash = item.transaction_hash,
        block_number = item.block_number, block_hash = item.block_hash,
        late = settlements.late or settlements.state = 'void', updated_at = now()
      from item join credited using (settlement_id), (select set_config('synchronous_commit', 'off', true)) as relaxed
      where settlements.id = item.settlement_id and settlements.state <> 'settled'
      returning settlements.id
    )
    select id, pg_notify('postern', 'settlement.final:' || id) from settled`.execute(db);
  return rows.map((row) => row.id);
}

async function makeVoid(db: Database, id: string, reason: string): Promise<boolean> {
  const { rows } = await sql`
    with ended as (
      update settlements set state = 'void', last_error = ${reason}, updated_at = now(),
        next_attempt_at = now() + ${firstAskSeconds} * interval '1 second'
      where id = ${id} and state in ('queued', 'sent') returning id
    )
    select pg_notify('postern', 'settlement.final:' || id) from ended`.execute(db);
  return rows.length > 0;
}

async function creditedBlocks(db: Database, network: string, fromNumber: bigint): Promise<CreditedBlock[]> {
  const { rows } = await sql<CreditedBlock>`
    select distinct block_number as number, block_hash as hash from settlements
    where network = ${network} and state = 'settled' and block_number >= ${fromNumber} and block_hash is not null
    order by block_number`.execute(db);
  return rows;
}

/** What no transaction of ours carries waits to be sent; what one carries is sent, for that one goes out again. */
async function reopen(db: Database, network: string, blocks: readonly CreditedBlock[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with gone as (
      select id from settlements where network = ${network} and state = 'settled' and (block_number, block_hash) in (
        select * from unnest(${blocks.map(({ number }) => String(number))}::int8[],
          ${blocks.map(({ hash }) => hash)}::text[]))
      for update
    ), uncredited as (
      delete from credited_logs where settlement_id in (select id from gone)
    ), carried as (
      select l.settlement_id, t.id from relayer_transaction_settlements l
        join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id in (select id from gone) and t.state <> 'dropped'
    ), wanted as (
      update relayer_transactions set state = 'stored' where id in (select id from carried)
    )
    update settlements set block_number = null, block_hash = null, next_attempt_at = now(), updated_at = now(),
      state = case when id in (select settlement_id from carried) then 'sent' else 'queued' end
    where id in (select id from gone) returning id`.execute(db);
  return rows.map(({ id }) => id);
}

/** The first question about a void settlement; the next come each after twice as long. */
const firstAskSeconds = 15;

async function voided(db: Database, network: string, limit: number): Promise<Settlement[]> {
  const { rows } = await sql<Settlement>`
    update settlements set next_attempt_at = case when updated_at < now() - interval '12 hours' then now() + interval '876000 hours'
      else now() + greatest(${firstAskSeconds} * interval '1 second', now() - updated_at) end
    where id in (
      select id from settlements where network = ${network} and state = 'void' and next_attempt_at <= now()
      order by next_attempt_at limit ${limit} for update skip locked)
    returning *`.execute(db);
  return rows;
}

async function openAccount(tx: Tx, { network, sender }: Account, chain: SeenChain) {
  const known = await tx
    .selectFrom('relayerAccounts')
    .select('firstBlockHash')
    .where('network', '=', network)
    .where('address', '=', sender)
    .forUpdate()
    .executeTakeFirst();
  const replaced = known !== undefined && known.firstBlockHash !== chain.firstBlockHash;
  if (replaced && !chain.mayBeReplaced) return 'refused';
  await sql`
    insert into relayer_accounts (network, address, next_nonce, first_block_hash)
    values (${network}, ${sender}, ${chain.count}, ${chain.firstBlockHash})
    on conflict (network, address) do update set
      next_nonce = case when relayer_accounts.first_block_hash = excluded.first_block_hash
        then greatest(relayer_accounts.next_nonce, excluded.next_nonce) else excluded.next_nonce end,
      first_block_hash = excluded.first_block_hash`.execute(tx);
  if (!replaced) return 'kept';
  await sql`update relayer_transactions set state = 'dropped' where network = ${network} and state = 'stored'`.execute(
    tx,
  );
  await sql`update settlements set state = 'queued', verified_at_block = 0
    where network = ${network} and state in ('queued', 'sent')`.execute(tx);
  // The old chain's blocks are not looked for on the new one.
  await sql`update settlements set block_hash = null
    where network = ${network} and state = 'settled' and block_hash is not null`.execute(tx);
  return 'replaced';
}

async function markMined(db: Database, { network, sender }: Account, count: bigint): Promise<void> {
  await sql`update relayer_transactions set state = 'mined' where state = 'stored'
    and network = ${network} and sender = ${sender} and account_nonce < ${count}`.execute(db);
}

async function slots(db: Database, { network, sender }: Account, count: bigint, limit: number) {
  const { rows } = await sql<Slot & { missing: bigint }>`
    with account as (
      select next_nonce from relayer_accounts where network = ${network} and address = ${sender}
    )
    select slot.nonce, newest.raw, newest.age_seconds, account.next_nonce - ${count}::int8 as missing,
      exists (select from relayer_transaction_settlements l join settlements s on s.id = l.settlement_id
        where l.transaction_id = newest.id and s.state in ('queued', 'sent')) as wanted
    from account, generate_series(${count}::int8, least(account.next_nonce, ${count}::int8 + ${limit}) - 1) as slot (nonce)
      left join lateral (
        select id, raw, extract(epoch from now() - created_at)::float8 as age_seconds from relayer_transactions
        where network = ${network} and sender = ${sender} and account_nonce = slot.nonce and state <> 'dropped'
        order by created_at desc limit 1
      ) newest on true
    order by slot.nonce`.execute(db);
  return { slots: rows.map(({ missing: _, ...slot }) => slot), missing: rows[0]?.missing ?? 0n };
}

async function fill(tx: Tx, { network, sender }: Account, nonce: bigint, transaction: SignedTransaction) {
  await sql`
    with dropped as (
      update relayer_transactions set state = 'dropped'
      where network = ${network} and sender = ${sender} and account_nonce = ${nonce} and state = 'stored' returning id
    )
    update settlements set state = 'queued', next_attempt_at = now(), updated_at = now()
    where state = 'sent' and id in (select settlement_id from relayer_transaction_settlements
      where transaction_id in (select id from dropped))`.execute(tx);
  await tx
    .insertInto('relayerTransactions')
    .values({ ...transaction, network, sender, accountNonce: nonce })
    .onConflict((conflict) => conflict.column('hash').doUpdateSet({ state: 'stored' }))
    .execute();
}
