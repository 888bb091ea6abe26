/**
 * The relayer's sending half: takes queued settlements, proves by simulation that they would pass now, packs them into
 * transactions (pack.ts), signs, stores what it signed, commits, and only then broadcasts. After a crash anywhere in
 * between, what was stored is broadcast again (nonces.ts); what was not stored was never signed for. What is due goes out
 * at once; what comes while a batch is made fills the next.
 */
import { type Hex, keccak256 } from 'viem';
import type { Block, Chain, TransactionRequest } from '../../chains/chain.ts';
import { mostSimulated } from '../../chains/evm/batch.ts';
import { type Authorization, transferCalldata } from '../../chains/evm/eip3009.ts';
import type { Signer } from '../../chains/signer.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/log.ts';
import { type Clock, unixSeconds } from '../../kernel/time.ts';
import type { Account, Book, Settlement, SignedTransaction } from '../book.ts';
import { tooLate } from '../reasons.ts';
import { type Budget, type Fees, feesFor, type GasLimits, isAffordable } from './fees.ts';
import { limitOf, type Passing, pack, transactionOf } from './pack.ts';
import { maxSettlementGas } from './verify.ts';

export interface RelayerPorts {
  book: Book;
  chain: Chain;
  /** A hot key. It signs settlements of stored authorizations, and empty transactions to itself (invariant 9). */
  account: Signer;
  clock: Clock;
  ids: Ids;
  log: Logger;
  limits: GasLimits;
}

/** What a send has to go by beside the ports. */
export interface Means {
  head: Block;
  budget: Budget;
  /** The key's balance as it was read last. */
  balanceWei: bigint;
  /** Settlements that another key of this process is about to send. */
  inHand: Set<string>;
}

/** The hot key's account on this network, as the book knows it. */
export const accountOf = ({ chain, account }: Pick<RelayerPorts, 'chain' | 'account'>): Account => ({
  network: chain.network.name,
  sender: account.address.toLowerCase(),
});

/** A transaction is not worth signing when its authorization ends before a block can take it. */
export const minSecondsLeft = 3n;

/** What a plain key's transfer by itself is reckoned with: USDC takes some 90,000, more for a recipient's first. */
export const plainGas = 150_000n;

/** Sends what is queued on one network, by one key. @returns how many transactions went out. */
export async function sendQueued(ports: RelayerPorts, means: Means): Promise<number> {
  const { book, chain, limits } = ports;
  const { head, inHand } = means;
  if (!isAffordable(head, chain.network, limits)) return 0;
  const due = (await book.due(chain.network.name, mostSimulated)).filter(({ id }) => !inHand.has(id));
  if (due.length === 0) return 0;
  for (const { id } of due) inHand.add(id);
  try {
    return await sendDue(ports, means, due);
  } finally {
    for (const { id } of due) inHand.delete(id);
  }
}

async function sendDue(ports: RelayerPorts, means: Means, due: readonly Settlement[]): Promise<number> {
  const { book, chain, limits, log } = ports;
  // Before the transaction, which must not wait for a node while it holds the account.
  const { passing, failing } = await simulate(ports, due);
  if (failing.length > 0) await book.postpone(failing);
  const fees = feesFor(means.head, chain.network, limits);
  const groups = pack(passing, mostGas(means, fees));
  if (groups.length === 0) return 0;
  // Before anything is waited for: another key's round must not find the same budget.
  for (const group of groups) means.budget.reserve(limitOf(group) * fees.maxFeePerGas);

  const byId = new Map(passing.map((item) => [item.settlement.id, item]));
  const transactions = await book.take(
    accountOf(ports),
    groups.map((group) => group.map(({ settlement }) => settlement.id)),
    (ids, accountNonce) =>
      sign(
        ports,
        ids.map((id) => byId.get(id)!),
        accountNonce,
        fees,
      ),
  );
  const refusals = await chain.broadcast(transactions.map(({ raw }) => raw as Hex));
  for (const refusal of refusals) if (refusal) log.warn({ refusal }, 'broadcast refused');
  return transactions.length;
}

/**
 * What all transactions of a round may take together. A node refuses what the key could not pay at the worst, and counts
 * what is on its way already: half of what was there last is left for that.
 */
function mostGas({ budget, balanceWei }: Means, { maxFeePerGas }: Fees): bigint {
  const wei = budget.left() < balanceWei / 2n ? budget.left() : balanceWei / 2n;
  return wei > 0n ? wei / (maxFeePerGas || 1n) : 0n;
}

/** A failed simulation ends nothing: the payer may refill, and only the chain says that it is too late. */
async function simulate({ chain, account, clock }: RelayerPorts, due: readonly Settlement[]) {
  const now = unixSeconds(clock);
  const failing: { id: string; error: string }[] = [];
  const passing: Passing[] = [];
  const coded: Passing[] = [];
  const plain: Passing[] = [];
  for (const settlement of due) {
    const { id, validBefore, lastError } = settlement;
    const request = requestOf(settlement, account.address, chain);
    // What kept it so long is worth more to know.
    if (validBefore <= now + minSecondsLeft) failing.push({ id, error: lastError ?? tooLate });
    else (isPlain(settlement) ? plain : coded).push({ settlement, request, gas: 0n, isAlone: false });
  }
  const answers = await chain.simulate(plain.map(({ request }) => request.data));
  for (const [i, answer] of answers.entries()) {
    const item = plain[i]!;
    if (answer.kind === 'passes') passing.push({ ...item, gas: answer.gas });
    else if (answer.kind === 'reverts') failing.push({ id: item.settlement.id, error: answer.reason });
    // Code may have come to the wallet since verify.
    else coded.push(item);
  }
  // A wallet's own code runs at our cost: each by itself, within a bound, and never in a batch that it could burn.
  const estimates = coded.length > 0 ? await chain.estimateGas(coded.map(({ request }) => request)) : [];
  for (const [i, estimate] of estimates.entries()) {
    const item = coded[i]!;
    if ('revert' in estimate) failing.push({ id: item.settlement.id, error: estimate.revert });
    else if (estimate.gas > maxSettlementGas)
      failing.push({ id: item.settlement.id, error: 'takes too much gas' });
    else passing.push({ ...item, gas: estimate.gas, isAlone: true });
  }
  return { passing, failing };
}

/** A plain key's signature was made canonical at verify: 65 bytes, v of 27 or 28. */
const isPlain = ({ signature }: Settlement) => signature.length === 132;

/** Everything in the transaction comes from the stored row; payTo is the one frozen in the claim. */
export function requestOf(settlement: Settlement, from: Hex, chain: Chain): TransactionRequest {
  const authorization: Authorization = {
    from: settlement.payer as Hex,
    to: settlement.payTo as Hex,
    value: settlement.amountAtomic,
    validAfter: settlement.validAfter,
    validBefore: settlement.validBefore,
    nonce: settlement.nonce as Hex,
  };
  return {
    from,
    to: chain.network.asset,
    data: transferCalldata(authorization, settlement.signature as Hex, !isPlain(settlement)),
  };
}

async function sign(
  { account, chain, ids }: RelayerPorts,
  items: readonly Passing[],
  accountNonce: bigint,
  fees: Fees,
): Promise<SignedTransaction> {
  const { to, data, gas } = transactionOf(items, chain.network);
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: chain.network.chainId,
    ...fees,
    nonce: Number(accountNonce),
    to,
    data,
    gas,
  });
  return { id: ids('txn'), hash: keccak256(raw), raw, gasLimit: gas, maxFeeWei: fees.maxFeePerGas };
}
