/**
 * The relayer's sending half: takes queued settlements, proves by simulation that they would pass now, signs, stores
 * what it signed, commits, and only then broadcasts. After a crash anywhere in between, what was stored is broadcast
 * again (nonces.ts); what was not stored was never signed for. One settlement a transaction.
 */
import { type Hex, keccak256 } from 'viem';
import type { Block, Chain, TransactionRequest } from '../../chains/chain.ts';
import { type Authorization, transferCalldata } from '../../chains/evm/eip3009.ts';
import type { Signer } from '../../chains/signer.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/log.ts';
import { type Clock, unixSeconds } from '../../kernel/time.ts';
import type { Account, Book, Settlement, SignedTransaction } from '../book.ts';
import { tooLate } from '../reasons.ts';
import { maxSettlementGas } from './verify.ts';

export interface RelayerPorts {
  book: Book;
  chain: Chain;
  /** The hot key. It signs settlements of stored authorizations, and empty transactions to itself (invariant 9). */
  account: Signer;
  clock: Clock;
  ids: Ids;
  log: Logger;
}

/** The hot key's account on this network, as the book knows it. */
export const accountOf = ({ chain, account }: RelayerPorts): Account => ({
  network: chain.network.name,
  sender: account.address.toLowerCase(),
});

/** How many settlements one round takes. */
const roundSize = 32;

/** A transaction is not worth signing when its authorization ends before a block can take it. */
export const minSecondsLeft = 3n;

/** Sends what is queued on one network. @returns how many transactions went out. */
export async function sendQueued(ports: RelayerPorts, fees: Block): Promise<number> {
  const { book, chain, log } = ports;
  const due = await book.due(chain.network.name, roundSize);
  if (due.length === 0) return 0;
  // Before the transaction, which must not wait for a node while it holds the account.
  const { passing, failing } = await simulate(ports, due);
  await book.postpone(failing);
  if (passing.length === 0) return 0;

  const byId = new Map(passing.map((item) => [item.settlement.id, item]));
  const transactions = await book.take(accountOf(ports), [...byId.keys()], (id, accountNonce) =>
    sign(ports, byId.get(id)!, accountNonce, fees),
  );
  const refusals = await chain.broadcast(transactions.map(({ raw }) => raw as Hex));
  for (const refusal of refusals) if (refusal) log.warn({ refusal }, 'broadcast refused');
  return transactions.length;
}

interface Passing {
  settlement: Settlement;
  request: TransactionRequest;
  /** Limit. */
  gas: bigint;
}

/**
 * What a plain key's transfer is given: USDC takes some 90,000, more for a recipient's first. A call with a limit tells as
 * much as an estimate, which a node finds by running the call a dozen times.
 */
export const plainGas = 150_000n;

/** A failed simulation ends nothing: the payer may refill, and only the chain says that it is too late. */
async function simulate({ chain, account, clock }: RelayerPorts, due: readonly Settlement[]) {
  const now = unixSeconds(clock);
  const inTime = due.filter(({ validBefore }) => validBefore > now + minSecondsLeft);
  const candidates = inTime.map((settlement) => ({
    settlement,
    request: requestOf(settlement, account.address, chain),
  }));
  const fits = await chain.passes(
    candidates.map(({ request }) => request),
    plainGas,
  );
  const passing: Passing[] = candidates.filter((_, i) => fits[i]).map((item) => ({ ...item, gas: plainGas }));
  const failing = due
    .filter((settlement) => !inTime.includes(settlement))
    // What kept it so long is worth more to know.
    .map(({ id, lastError }) => ({ id, error: lastError ?? tooLate }));

  const others = candidates.filter((_, i) => !fits[i]);
  const estimates = await chain.estimateGas(others.map(({ request }) => request));
  for (const [i, estimate] of estimates.entries()) {
    const other = others[i]!;
    if ('revert' in estimate) failing.push({ id: other.settlement.id, error: estimate.revert });
    // Code may have come to the wallet since verify.
    else if (estimate.gas > maxSettlementGas)
      failing.push({ id: other.settlement.id, error: 'takes too much gas' });
    // A tenth more than estimated: the estimate is exact for this state, and the state moves.
    else passing.push({ ...other, gas: (estimate.gas * 11n) / 10n });
  }
  return { passing, failing };
}

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
  // A plain key's signature was made canonical at verify: 65 bytes, v of 27 or 28.
  const plain = settlement.signature.length === 132;
  return {
    from,
    to: chain.network.asset,
    data: transferCalldata(authorization, settlement.signature as Hex, !plain),
  };
}

async function sign(
  { account, chain, ids }: RelayerPorts,
  { request, gas }: Passing,
  accountNonce: bigint,
  fees: Block,
): Promise<SignedTransaction> {
  const raw = await account.signTransaction({
    ...transactionFees(chain, fees),
    nonce: Number(accountNonce),
    to: request.to,
    data: request.data,
    gas,
  });
  return { id: ids('txn'), hash: keccak256(raw), raw };
}

/** Twice the base fee: enough for six full blocks in a row, each an eighth dearer. */
export const transactionFees = ({ network }: Chain, { baseFeeWei }: Block) => ({
  type: 'eip1559' as const,
  chainId: network.chainId,
  maxFeePerGas: baseFeeWei * 2n + network.priorityFeeWei,
  maxPriorityFeePerGas: network.priorityFeeWei,
});
