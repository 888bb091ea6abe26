/** What the book knows of Solana beside what every family has: the transactions that we signed, and what they cost. */
import { sql } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Book, Settlement } from '../book.ts';
import { voidReasons } from '../reasons.ts';

/** A transaction with all its signatures. */
export interface WholeTransaction {
  settlementId: string;
  /** The fee payer's, base58: the chain's name for it. */
  signature: string;
  /** Base64. */
  raw: string;
  feeLamports: bigint;
}

/** A settlement in flight, and what was signed for it: null before that. */
export interface OpenTransfer extends Settlement {
  ours: { signature: string; raw: string } | null;
}

export interface SvmBook
  extends Pick<Book, 'credit' | 'makeVoid' | 'creditedBlocks' | 'reopen' | 'postpone'> {
  /** Queued settlements that are due: each payer's oldest, then their second. */
  due(network: string, limit: number): Promise<Settlement[]>;
  /**
   * Stores what was signed and marks its settlements sent, where they are still queued. What was stored for one before
   * stays. @returns what is stored now, to be sent.
   */
  store(
    network: string,
    transactions: readonly WholeTransaction[],
  ): Promise<{ signature: string; raw: string }[]>;
  /** Everything of a network that is not final. */
  openTransfers(network: string): Promise<OpenTransfer[]>;
  /** Lamports that the last 24 hours' transactions cost at most. */
  spentLamports(network: string): Promise<bigint>;
  /** How many of a wallet's payments failed on the chain, at our cost, in the last 24 hours. */
  failures(network: string, payer: string): Promise<number>;
  /**
   * Whether a token account may be made for this owner now: not twice within a minute, and not more than `perDay` in 24
   * hours. Written down before it is made.
   */
  mayMakeAccount(network: string, owner: string, perDay: number): Promise<boolean>;
}

export const postgresSvmBook = (db: Database, book: Book): SvmBook => ({
  credit: book.credit,
  makeVoid: book.makeVoid,
  creditedBlocks: book.creditedBlocks,
  reopen: book.reopen,
  postpone: book.postpone,

  async due(network, limit) {
    const { rows } = await sql<Settlement>`
      select * from settlements
      where network = ${network} and state = 'queued' and next_attempt_at <= now()
      -- One of each payer before anyone's second: a wallet with many does not hold up the others.
      order by row_number() over (partition by payer order by next_attempt_at), next_attempt_at limit ${limit}`.execute(
      db,
    );
    return rows;
  },

  store: (network, transactions) => store(db, network, transactions),

  async openTransfers(network) {
    const { rows } = await sql<OpenTransfer>`
      select s.*, case when t.signature is not null
        then json_build_object('signature', t.signature, 'raw', t.raw) end as ours
      from settlements s left join svm_transactions t on t.settlement_id = s.id
      where s.network = ${network} and s.state in ('queued', 'sent')`.execute(db);
    return rows;
  },

  async spentLamports(network) {
    const { rows } = await sql<{ spent: bigint }>`
      select coalesce(sum(fee_lamports), 0)::int8 as spent from svm_transactions
      where network = ${network} and created_at > now() - interval '1 day'`.execute(db);
    return rows[0]!.spent;
  },

  async failures(network, payer) {
    const { rows } = await sql<{ failures: number }>`
      select count(*)::int4 as failures from settlements
      where network = ${network} and payer = ${payer} and state = 'void'
        and starts_with(last_error, ${voidReasons.failed}) and updated_at > now() - interval '1 day'`.execute(
      db,
    );
    return rows[0]!.failures;
  },

  async mayMakeAccount(network, owner, perDay) {
    const { rows } = await sql`
      insert into svm_accounts as known (network, owner)
      select ${network}, ${owner} where ${perDay} > (
        select count(*) from svm_accounts where network = ${network} and made_at > now() - interval '1 day')
      on conflict (network, owner) do update set made_at = now()
        where known.made_at < now() - interval '1 minute'
      returning owner`.execute(db);
    return rows.length > 0;
  },
});

async function store(db: Database, network: string, transactions: readonly WholeTransaction[]) {
  if (transactions.length === 0) return [];
  const column = (key: keyof WholeTransaction) => transactions.map((item) => String(item[key]));
  // Who comes second waits for the settlement's row, finds it sent, and stores nothing.
  const { rows } = await sql<{ signature: string; raw: string }>`
    with item as (
      select * from unnest(${column('settlementId')}::text[], ${column('signature')}::text[], ${column('raw')}::text[],
        ${column('feeLamports')}::int8[]) as item (settlement_id, signature, raw, fee_lamports)
    ), taken as (
      update settlements set state = 'sent', updated_at = now() from item
      where settlements.id = item.settlement_id and state = 'queued' returning item.*
    ), stored as (
      insert into svm_transactions (settlement_id, network, signature, raw, fee_lamports)
      select settlement_id, ${network}, signature, raw, fee_lamports from taken
      on conflict (settlement_id) do nothing returning settlement_id, signature, raw
    )
    select coalesce(stored.signature, known.signature) as signature, coalesce(stored.raw, known.raw) as raw
    from taken left join stored using (settlement_id)
      left join svm_transactions known on known.settlement_id = taken.settlement_id`.execute(db);
  return rows;
}
