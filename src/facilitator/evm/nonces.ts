/**
 * The account's nonces, kept without a gap. A transaction that was stored and never mined, for whatever reason, holds up
 * every later one of its account: so the nonces from the chain's count to ours are looked at again and again, whatever
 * became of the settlements they carried. What offers too little is replaced by the same for more.
 */
import { type Hex, keccak256, parseTransaction } from 'viem';
import type { Block } from '../../chains/chain.ts';
import type { Account, SignedTransaction, Slot } from '../book.ts';
import { dearerFees, type Fees, feesFor } from './fees.ts';
import { accountOf, type RelayerPorts } from './relayer.ts';

/** Seconds that a transaction may take before it is broadcast again. */
const quietSeconds = 3;

/** Seconds after which the one that all others wait for is replaced by a dearer one, though its offer seems good enough. */
const stuckSeconds = 12;

/** How many nonces one pass mends. */
const passSize = 50;

/** How many receipts are asked for at once to learn what transactions cost, and how often in one pass. */
const countSize = 100;
const countTimes = 20;

/** Mends what hangs. @returns how many nonces of ours the chain has not seen. */
export async function keepNonces(ports: RelayerPorts, head: Block): Promise<bigint> {
  const { book, chain, log } = ports;
  const account = accountOf(ports);
  const count = await chain.transactionCount(account.sender);
  await book.markMined(account, count);
  await countGas(ports, account);
  const { slots, missing } = await book.slots(account, count, passSize);
  for (const slot of slots) {
    const { nonce, raw, ageSeconds, wanted } = slot;
    if (raw && (ageSeconds ?? 0) < quietSeconds) break;
    if (isStuck(slot, head, count) && (await raise(ports, account, slot, head))) continue;
    const refusal = raw ? (await chain.broadcast([raw as Hex]))[0] : 'nothing is stored for it';
    if (!refusal || /already|known|imported|nonce too low/i.test(refusal)) continue;
    log.warn({ nonce: String(nonce), refusal, wanted }, 'a nonce hangs');
    if (wanted) {
      // Trouble that passes is waited out. Only the fee, which is in the signature, does not mend itself.
      if (/fee|underpriced/i.test(refusal) && (await raise(ports, account, slot, head))) continue;
      break;
    }
    if (!(await raise(ports, account, slot, head))) break;
  }
  return missing;
}

/** It offers less than a block takes now, or is what all others wait for, and has been for long. */
const isStuck = ({ nonce, maxFeeWei, ageSeconds }: Slot, { baseFeeWei }: Block, count: bigint): boolean =>
  maxFeeWei !== null && (maxFeeWei < baseFeeWei || (nonce === count && ageSeconds! > stuckSeconds));

/**
 * Puts a dearer transaction in the place of what the nonce has: the same one where its settlements still want it, else an
 * empty one. @returns false where that is beyond the cap
 */
async function raise(ports: RelayerPorts, account: Account, slot: Slot, head: Block): Promise<boolean> {
  const { chain, limits } = ports;
  const old = slot.raw === null ? undefined : parseTransaction(slot.raw as Hex);
  const fresh = feesFor(head, chain.network, limits);
  const fees = old ? dearerFees(feesOf(old), fresh, limits) : fresh;
  if (!fees) return false;
  if (old && slot.wanted) await replace(ports, account, slot, old, fees);
  else await fill(ports, account, slot.nonce, fees);
  return true;
}

type Parsed = ReturnType<typeof parseTransaction>;

const feesOf = ({ maxFeePerGas = 0n, maxPriorityFeePerGas = 0n }: Parsed): Fees => ({
  maxFeePerGas,
  maxPriorityFeePerGas,
});

/** The same transaction for more, stored beside the one that it replaces: either may be mined, and both are watched. */
async function replace(
  ports: RelayerPorts,
  account: Account,
  { nonce, hash }: Slot,
  { to, data, gas }: Parsed,
  fees: Fees,
): Promise<void> {
  const { book, log } = ports;
  const signed = await signAt(ports, nonce, { to: to!, data: data!, gas: gas! }, fees);
  if (!(await book.replace(account, nonce, hash!, signed))) return;
  log.warn({ nonce: String(nonce), maxFeeWei: String(fees.maxFeePerGas) }, 'a transaction is replaced');
  await send(ports, nonce, signed);
}

/**
 * An empty transaction of the account to itself (invariant 9), stored before it is broadcast like every other. What the
 * nonce carried before is queued again: at most one of the two can be mined.
 */
async function fill(ports: RelayerPorts, account: Account, nonce: bigint, fees: Fees): Promise<void> {
  const signed = await signAt(ports, nonce, { to: ports.account.address, value: 0n, gas: 21_000n }, fees);
  await ports.book.fill(account, nonce, signed);
  await send(ports, nonce, signed);
}

async function signAt(
  { account, chain, ids }: RelayerPorts,
  nonce: bigint,
  content: { to: Hex; data?: Hex; value?: bigint; gas: bigint },
  fees: Fees,
): Promise<SignedTransaction> {
  const { chainId } = chain.network;
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId,
    ...fees,
    nonce: Number(nonce),
    ...content,
  });
  return {
    id: ids('txn'),
    hash: keccak256(raw),
    raw,
    gasLimit: content.gas,
    maxFeeWei: fees.maxFeePerGas,
  };
}

async function send({ chain, log }: RelayerPorts, nonce: bigint, { raw }: SignedTransaction): Promise<void> {
  const [refusal] = await chain.broadcast([raw as Hex]);
  if (refusal) log.warn({ nonce: String(nonce), refusal }, 'the transaction in its place was refused');
}

/**
 * Learns what mined transactions cost, those included whose settlements nobody watches any more. All of them: what is left
 * over would pile up while there is much to send, and the budget would never hear of it.
 */
async function countGas({ book, chain }: RelayerPorts, account: Account): Promise<void> {
  for (let i = 0; i < countTimes; i++) {
    const hashes = await book.uncounted(account, countSize);
    if (hashes.length === 0) return;
    const { receipts } = await chain.receipts(hashes);
    const costs = receipts.flatMap((receipt, at) => {
      if (!receipt) return [];
      const { gasUsed, feeWei } = receipt;
      return { hash: hashes[at]!, gasUsed, feeWei };
    });
    if (costs.length > 0) await book.countGas(account.network, costs);
    // What has no receipt is asked for again at the next pass.
    if (hashes.length < countSize || costs.length === 0) return;
  }
}
