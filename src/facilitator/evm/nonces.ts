/**
 * The account's nonces, kept without a gap. A transaction that was stored and never mined, for whatever reason, holds up
 * every later one of its account: so the nonces from the chain's count to ours are looked at again and again, whatever
 * became of the settlements they carried.
 */
import { type Hex, keccak256 } from 'viem';
import type { Block } from '../../chains/chain.ts';
import type { Account } from '../book.ts';
import { accountOf, type RelayerPorts, transactionFees } from './relayer.ts';

/** Seconds that a transaction may take before it is broadcast again. */
const quietSeconds = 3;

/** How many nonces one pass mends. */
const passSize = 50;

/** Mends what hangs. @returns how many nonces of ours the chain has not seen. */
export async function keepNonces(ports: RelayerPorts, fees: Block): Promise<bigint> {
  const { book, chain, log } = ports;
  const account = accountOf(ports);
  const count = await chain.transactionCount(account.sender);
  await book.markMined(account, count);
  const { slots, missing } = await book.slots(account, count, passSize);
  for (const { nonce, raw, ageSeconds, wanted } of slots) {
    if (raw && (ageSeconds ?? 0) < quietSeconds) break;
    const refusal = raw ? (await chain.broadcast([raw as Hex]))[0] : 'nothing is stored for it';
    if (!refusal || /already|known|imported|nonce too low/i.test(refusal)) continue;
    log.warn({ nonce: String(nonce), refusal, wanted }, 'a nonce hangs');
    // Trouble that passes is waited out. Only the fee, which is in the signature, does not mend itself.
    if (wanted && !/fee|underpriced/i.test(refusal)) break;
    await fill(ports, account, nonce, fees);
  }
  return missing;
}

/**
 * An empty transaction of the account to itself (invariant 9), stored before it is broadcast like every other. What the
 * nonce carried before is queued again: at most one of the two can be mined.
 */
async function fill(
  { book, chain, account: key, ids, log }: RelayerPorts,
  account: Account,
  nonce: bigint,
  fees: Block,
): Promise<void> {
  const raw = await key.signTransaction({
    ...transactionFees(chain, fees),
    nonce: Number(nonce),
    to: key.address,
    value: 0n,
    gas: 21_000n,
  });
  await book.fill(account, nonce, { id: ids('txn'), hash: keccak256(raw), raw });
  const [refusal] = await chain.broadcast([raw]);
  if (refusal) log.warn({ nonce: String(nonce), refusal }, 'the empty transaction was refused');
}
