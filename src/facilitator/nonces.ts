/**
 * The account's nonces, kept without a gap. A transaction that was stored and never mined, for whatever reason, holds up
 * every later one of its account: so the nonces from the chain's count to ours are looked at again and again, whatever
 * became of the settlements they carried.
 */
import { sql } from 'kysely';
import { type Hex, keccak256 } from 'viem';
import type { Block } from '../chains/chain.ts';
import { asSystem } from '../store/database.ts';
import { type RelayerPorts, transactionFees } from './relayer.ts';

/** Seconds that a transaction may take before it is broadcast again. */
const quietSeconds = 3;

/** How many nonces one pass mends. */
const passSize = 50;

interface Slot {
  nonce: bigint;
  /** What was signed for this nonce last; null where nothing is stored. */
  raw: string | null;
  ageSeconds: number | null;
  /** It carries a settlement that is not final. */
  wanted: boolean;
}

/** Mends what hangs. @returns how many nonces of ours the chain has not seen. */
export async function keepNonces(ports: RelayerPorts, fees: Block): Promise<bigint> {
  const { db, chain, account, log } = ports;
  const sender = account.address.toLowerCase();
  const network = chain.network.name;
  const count = await chain.transactionCount(sender);
  // Below the chain's count each nonce is spent, by what is stored for it.
  await sql`update relayer_transactions set state = 'mined' where state = 'stored'
    and network = ${network} and sender = ${sender} and account_nonce < ${count}`.execute(db);
  const { rows } = await sql<Slot & { missing: bigint }>`
    with account as (
      select next_nonce from relayer_accounts where network = ${network} and address = ${sender}
    )
    select slot.nonce, newest.raw, newest.age_seconds, account.next_nonce - ${count}::int8 as missing,
      exists (select from relayer_transaction_settlements l join settlements s on s.id = l.settlement_id
        where l.transaction_id = newest.id and s.state in ('queued', 'sent')) as wanted
    from account, generate_series(${count}::int8, least(account.next_nonce, ${count}::int8 + ${passSize}) - 1) as slot (nonce)
      left join lateral (
        select id, raw, extract(epoch from now() - created_at)::float8 as age_seconds from relayer_transactions
        where network = ${network} and sender = ${sender} and account_nonce = slot.nonce and state <> 'dropped'
        order by created_at desc limit 1
      ) newest on true
    order by slot.nonce`.execute(db);
  for (const { nonce, raw, ageSeconds, wanted } of rows) {
    if (raw && (ageSeconds ?? 0) < quietSeconds) break;
    const refusal = raw ? (await chain.broadcast([raw as Hex]))[0] : 'nothing is stored for it';
    if (!refusal || /already|known|imported|nonce too low/i.test(refusal)) continue;
    log.warn({ nonce: String(nonce), refusal, wanted }, 'a nonce hangs');
    // Trouble that passes is waited out. Only the fee, which is in the signature, does not mend itself.
    if (wanted && !/fee|underpriced/i.test(refusal)) break;
    await fill(ports, nonce, fees);
  }
  return rows[0]?.missing ?? 0n;
}

/**
 * An empty transaction of the account to itself (invariant 9), stored before it is broadcast like every other. What the
 * nonce carried before is queued again: at most one of the two can be mined.
 */
async function fill(
  { db, chain, account, ids, log }: RelayerPorts,
  nonce: bigint,
  fees: Block,
): Promise<void> {
  const raw = await account.signTransaction({
    ...transactionFees(chain, fees),
    nonce: Number(nonce),
    to: account.address,
    value: 0n,
    gas: 21_000n,
  });
  const sender = account.address.toLowerCase();
  const network = chain.network.name;
  await asSystem(db, async (tx) => {
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
      .values({
        id: ids('txn'),
        network,
        sender,
        accountNonce: nonce,
        hash: keccak256(raw),
        raw,
      })
      .onConflict((conflict) => conflict.column('hash').doUpdateSet({ state: 'stored' }))
      .execute();
  });
  const [refusal] = await chain.broadcast([raw]);
  if (refusal) log.warn({ nonce: String(nonce), refusal }, 'the empty transaction was refused');
}
