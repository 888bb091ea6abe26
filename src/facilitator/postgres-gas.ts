/** The book's statements on what gas costs. */
import { sql } from 'kysely';
import type { Database } from '../store/database.ts';
import type { Account, Book, GasCost } from './book.ts';

/** What of the book is about gas, on Postgres. */
export const gasBook = (db: Database): Pick<Book, 'uncounted' | 'countGas' | 'gasSpent'> => ({
  uncounted: (account, limit) => uncounted(db, account, limit),
  countGas: (network, costs) => countGas(db, network, costs),
  gasSpent: (network) => gasSpent(db, network),
});

/** One that has had no receipt for this long was replaced, or lost with its block. */
const askFor = sql`interval '10 minutes'`;

async function uncounted(db: Database, { network, sender }: Account, limit: number): Promise<string[]> {
  const { rows } = await sql<{ hash: string }>`
    select hash from relayer_transactions t
    where network = ${network} and sender = ${sender} and state = 'mined' and fee_wei is null
      and mined_at > now() - ${askFor}
      and not exists (select from relayer_transactions o where o.network = t.network and o.sender = t.sender
        and o.account_nonce = t.account_nonce and o.fee_wei is not null)
    order by mined_at limit ${limit}`.execute(db);
  return rows.map(({ hash }) => hash);
}

const today = sql`date_trunc('day', now(), 'UTC')`;

async function countGas(db: Database, network: string, costs: readonly GasCost[]): Promise<void> {
  const column = (key: keyof GasCost) => costs.map((cost) => String(cost[key]));
  await sql`
    with cost as (
      select * from unnest(${column('hash')}::text[], ${column('gasUsed')}::int8[], ${column('feeWei')}::numeric[])
        as cost (hash, gas_used, fee_wei)
    ), counted as (
      update relayer_transactions t
      set gas_used = cost.gas_used, fee_wei = cost.fee_wei, mined_at = coalesce(t.mined_at, now())
      from cost where t.hash = cost.hash and t.network = ${network} and t.fee_wei is null
      returning t.fee_wei
    )
    insert into gas_days (network, day_at, spent_wei)
    select ${network}, ${today}, sum(fee_wei) from counted having count(*) > 0
    on conflict (network, day_at) do update set spent_wei = gas_days.spent_wei + excluded.spent_wei`.execute(
    db,
  );
}

/** Of several that share a nonce one is mined: the dearest is reckoned with. */
async function gasSpent(db: Database, network: string): Promise<bigint> {
  const { rows } = await sql<{ spent: string }>`
    select coalesce((select spent_wei from gas_days where network = ${network} and day_at = ${today}), 0)
      + coalesce((select sum(most) from (
        select max(gas_limit::numeric * max_fee_wei) as most from relayer_transactions
        where network = ${network} and state = 'stored' group by sender, account_nonce) under_way), 0) as spent`.execute(
    db,
  );
  return BigInt(rows[0]!.spent);
}
