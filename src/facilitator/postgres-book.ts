/** The book's statements on Postgres. */
import { sql } from 'kysely';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import {
  type Account,
  type Book,
  type Credit,
  type CreditedBlock,
  type GasFailure,
  mostGasFailures,
  mostOfOnePayer,
  type OpenSettlement,
  type Settlement,
  type StoredTransaction,
} from './book.ts';
import { accountBook } from './postgres-accounts.ts';
import { gasBook } from './postgres-gas.ts';

export function postgresBook(db: Database): Book {
  return {
    due: (network, limit) => due(db, network, limit),
    take: (account, groups, sign) =>
      // Several statements and the signing between them: what is signed is stored in the transaction that allocated
      // its nonce.
      asSystem(db, async (tx) => {
        const { locked, firstNonce } = await lockQueued(tx, account, groups);
        const ours = groups.map((ids) => ids.filter((id) => locked.has(id))).filter((ids) => ids.length > 0);
        if (ours.length === 0) return [];
        const stored = await Promise.all(
          ours.map(async (settlementIds, i) => {
            const accountNonce = firstNonce + BigInt(i);
            return { ...(await sign(settlementIds, accountNonce)), settlementIds, accountNonce };
          }),
        );
        await storeTransactions(tx, account, stored);
        return stored;
      }),
    postpone: (items) => postpone(db, items),
    requeue: (...args) => requeue(db, ...args),
    burnt: (failures) => burnt(db, failures),
    barred: () => barred(db),
    handOver: (network, latest, limit, againSeconds) => handOver(db, network, latest, limit, againSeconds),
    takeBack: (id, error) => takeBack(db, id, error),
    open: (network) => open(db, network),
    credit: (network, credits) => credit(db, network, credits),
    makeVoid: (id, reason) => makeVoid(db, id, reason),
    creditedBlocks: (network, fromNumber) => creditedBlocks(db, network, fromNumber),
    reopen: (network, blocks) => reopen(db, network, blocks),
    voided: (network, limit) => voided(db, network, limit),
    ...accountBook(db),
    ...gasBook(db),
  };
}

/** Few, for each of them cost us gas that often. */
const barredPayers = sql`select payer from gas_failures where failed_at > now() - interval '1 day'
  group by payer having count(*) >= ${sql.lit(mostGasFailures)}`;

async function due(db: Database, network: string, limit: number): Promise<Settlement[]> {
  const { rows } = await sql<Settlement>`
    with queued as (
      select id, next_attempt_at, row_number() over (partition by payer order by next_attempt_at) as turn
      from settlements
      where network = ${network} and state = 'queued' and next_attempt_at <= now() and payer not in (${barredPayers})
    ), chosen as (
      select id, turn from queued where turn <= ${mostOfOnePayer} order by turn, next_attempt_at limit ${limit}
    )
    select settlements.* from settlements join chosen using (id) order by turn, next_attempt_at`.execute(db);
  return rows;
}

/** Locks those that are still queued (other processes skip them until this transaction ends), and allocates their groups' nonces. */
async function lockQueued(
  tx: Tx,
  { network, sender }: Account,
  groups: readonly (readonly string[])[],
): Promise<{ locked: Set<string>; firstNonce: bigint }> {
  const items = groups.flatMap((ids, group) => ids.map((id) => ({ id, group })));
  const { rows } = await sql<{ id: string; firstNonce: bigint }>`
    with item as (
      select * from unnest(${items.map(({ id }) => id)}::text[], ${items.map(({ group }) => group)}::int4[])
        as item (id, number)
    ), locked as (
      select settlements.id, item.number from settlements join item on item.id = settlements.id
      where settlements.state = 'queued' for update of settlements skip locked
    ), allocated as (
      update relayer_accounts set next_nonce = next_nonce + (select count(distinct number) from locked)
      where network = ${network} and address = ${sender} and exists (select from locked)
      returning next_nonce - (select count(distinct number) from locked) as first_nonce
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
  const column = (key: Exclude<keyof StoredTransaction, 'settlementIds'>) =>
    transactions.map((item) => String(item[key]));
  const links = transactions.flatMap(({ id, settlementIds }) =>
    settlementIds.map((settlementId) => ({ id, settlementId })),
  );
  await sql`
    with stored as (
      insert into relayer_transactions (id, account_nonce, hash, raw, gas_limit, max_fee_wei, network, sender)
      select *, ${network}, ${sender} from unnest(${column('id')}::text[], ${column('accountNonce')}::int8[],
        ${column('hash')}::text[], ${column('raw')}::text[], ${column('gasLimit')}::int8[],
        ${column('maxFeeWei')}::int8[])
    ), link as (
      select * from unnest(${links.map(({ id }) => id)}::text[], ${links.map((link) => link.settlementId)}::text[])
        as link (transaction_id, settlement_id)
    ), linked as (
      insert into relayer_transaction_settlements (transaction_id, settlement_id) select * from link
    )
    update settlements set state = 'sent', updated_at = now()
    from link where settlements.id = link.settlement_id`.execute(tx);
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

async function requeue(
  db: Database,
  id: string,
  newestHash: string,
  together: number,
  error: string,
): Promise<void> {
  await sql`
    update settlements set state = 'queued', attempts = attempts + 1, last_error = ${error}, updated_at = now(),
      next_attempt_at = now() + interval '1 second', together = ${together}
    where id = ${id} and state = 'sent' and ${newestHash} = (
      select t.hash from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id = settlements.id order by t.created_at desc limit 1)`.execute(db);
}

async function burnt(db: Database, failures: readonly GasFailure[]): Promise<void> {
  await sql`
    insert into gas_failures (settlement_id, transaction_hash, payer)
    select id, failure.transaction_hash, payer from settlements
      join unnest(${failures.map((item) => item.settlementId)}::text[],
        ${failures.map((item) => item.transactionHash)}::text[]) as failure (id, transaction_hash) using (id)
    on conflict do nothing`.execute(db);
}

async function barred(db: Database): Promise<string[]> {
  const { rows } = await sql<{ payer: string }>`${barredPayers}`.execute(db);
  return rows.map(({ payer }) => payer);
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
      select json_agg(json_build_object('hash', t.hash, 'sender', t.sender, 'accountNonce', t.account_nonce,
        'gasLimit', t.gas_limit, 'ageSeconds', extract(epoch from now() - t.created_at), 'carries', (
          select count(*) from relayer_transaction_settlements o where o.transaction_id = t.id
        )) order by t.created_at desc)
      from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
      where l.settlement_id = s.id and t.state <> 'dropped'), '[]'::json) as transactions
    from settlements s where s.network = ${network} and s.state in ('queued', 'sent')
    order by s.created_at, s.id`.execute(db);
  // JSON knows no bigint.
  for (const { transactions } of rows)
    for (const transaction of transactions) {
      transaction.accountNonce = BigInt(transaction.accountNonce);
      transaction.gasLimit = BigInt(transaction.gasLimit);
    }
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
      -- In one order, or two processes that credit the same batch would wait for each other in a circle.
      select ${network}, transaction_hash, log_index, settlement_id from item order by settlement_id
      on conflict do nothing returning settlement_id
    ), mined as (
      update relayer_transactions set state = 'mined', mined_at = coalesce(mined_at, now()) from item
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
  const settled = new Set(rows.map(({ id }) => id));
  return credits.map(({ settlementId }) => settlementId).filter((id) => settled.has(id));
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
