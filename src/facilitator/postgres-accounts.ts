/** The book's statements on the hot keys' accounts: which nonces there are, and what was signed for each. */
import { sql } from 'kysely';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type { Account, Book, SeenChain, SignedTransaction, Slot } from './book.ts';

/** What of the book is about accounts, on Postgres. */
export const accountBook = (
  db: Database,
): Pick<Book, 'openAccount' | 'markMined' | 'slots' | 'fill' | 'replace'> => ({
  openAccount: (account, chain) => asSystem(db, (tx) => openAccount(tx, account, chain)),
  markMined: (account, count) => markMined(db, account, count),
  slots: (account, count, limit) => slots(db, account, count, limit),
  fill: (account, nonce, transaction) => asSystem(db, (tx) => fill(tx, account, nonce, transaction)),
  replace: (...args) => asSystem(db, (tx) => replace(tx, ...args)),
});

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
  await sql`update relayer_transactions set state = 'mined', mined_at = coalesce(mined_at, now())
    where state = 'stored'
    and network = ${network} and sender = ${sender} and account_nonce < ${count}`.execute(db);
}

async function slots(db: Database, { network, sender }: Account, count: bigint, limit: number) {
  const { rows } = await sql<Slot & { missing: bigint }>`
    with account as (
      select next_nonce from relayer_accounts where network = ${network} and address = ${sender}
    )
    select slot.nonce, newest.raw, newest.hash, newest.max_fee_wei, newest.age_seconds, account.next_nonce - ${count}::int8 as missing,
      exists (select from relayer_transaction_settlements l join settlements s on s.id = l.settlement_id
        where l.transaction_id = newest.id and s.state in ('queued', 'sent')) as wanted
    from account, generate_series(${count}::int8, least(account.next_nonce, ${count}::int8 + ${limit}) - 1) as slot (nonce)
      left join lateral (
        select id, raw, hash, max_fee_wei, extract(epoch from now() - created_at)::float8 as age_seconds from relayer_transactions
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

/** The account's row is locked first: of two that replace the same transaction the second finds another. */
async function replace(
  tx: Tx,
  { network, sender }: Account,
  nonce: bigint,
  replacedHash: string,
  { id, hash, raw, gasLimit, maxFeeWei }: SignedTransaction,
): Promise<boolean> {
  await sql`select from relayer_accounts where network = ${network} and address = ${sender} for update`.execute(
    tx,
  );
  const { rows } = await sql`
    with newest as (
      select id, hash from relayer_transactions
      where network = ${network} and sender = ${sender} and account_nonce = ${nonce} and state <> 'dropped'
      order by created_at desc limit 1
    ), stored as (
      insert into relayer_transactions (id, network, sender, account_nonce, hash, raw, gas_limit, max_fee_wei)
      select ${id}, ${network}, ${sender}, ${nonce}, ${hash}, ${raw}, ${gasLimit}, ${maxFeeWei}
      from newest where newest.hash = ${replacedHash}
      on conflict do nothing returning id
    ), linked as (
      insert into relayer_transaction_settlements (transaction_id, settlement_id)
      select stored.id, l.settlement_id
      from stored, newest join relayer_transaction_settlements l on l.transaction_id = newest.id
    )
    select id from stored`.execute(tx);
  return rows.length > 0;
}
