/** What fees on Solana came to, for the treasury: as the chain takes them, so that what never landed has cost nothing. */
import { sql } from 'kysely';
import { parseTransaction } from '../../chains/svm/transaction.ts';
import type { Database } from '../../store/database.ts';
import { voidReasons } from '../reasons.ts';

/** Transactions that landed, in success or failure: both have paid their fee. */
const landed = sql`(s.state = 'settled' or s.state = 'void' and starts_with(s.last_error, ${voidReasons.failed}))`;

/** A query of the fees, `fee` in lamports, and when they were known to be spent, `at`. */
export const svmFeesSpent = (network: string) => sql`
  select t.fee_lamports as fee, s.updated_at as at
  from svm_transactions t join settlements s on s.id = t.settlement_id
  where t.network = ${network} and ${landed}`;

/** The key that paid for the newest transaction; none before the first. */
export async function svmFeePayers(db: Database, network: string): Promise<string[]> {
  const { rows } = await sql<{ raw: string }>`
    select raw from svm_transactions where network = ${network} order by created_at desc limit 1`.execute(db);
  return rows.map(({ raw }) => parseTransaction(raw).signers[0]!.address);
}

/** Transactions that the measure looks back over. */
const measuredOver = 50;

/** What a payment costs; what failed is part of what the others cost. */
export async function svmMeasuredFee(
  db: Database,
  network: string,
): Promise<{ nativeAtomic: string; from: 'receipts' } | null> {
  const { rows } = await sql<{ fee: string | null }>`
    with recent as (
      select t.fee_lamports, s.state from svm_transactions t join settlements s on s.id = t.settlement_id
      where t.network = ${network} and ${landed} order by t.created_at desc limit ${measuredOver}
    )
    select ceil(sum(fee_lamports)::numeric / nullif(count(*) filter (where state = 'settled'), 0))::text as fee
    from recent`.execute(db);
  const fee = rows[0]?.fee;
  return fee && fee !== '0' ? { nativeAtomic: fee, from: 'receipts' } : null;
}
