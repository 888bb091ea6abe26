/** Verify on Solana: the rules first, which ask nobody, then the chain. It reserves nothing, so nothing relies on it. */

import type { Demand, Verified } from '../demand.ts';
import { invalidPayment, reasons } from '../reasons.ts';
import { checkRules, type SignedTransaction } from './rules.ts';
import { isLateness, type SvmPorts } from './send.ts';

/** A wallet whose payments fail on the chain costs us a fee each time; after so many a day it is not carried. */
export const maxFailuresPerDay = 5;

/**
 * @param slot the one that was seen last
 * @throws {PosternError} `invalid_payment` with x402's reason. @throws {RpcUnavailable}
 */
export async function verify(
  ports: SvmPorts,
  signed: SignedTransaction,
  demand: Demand,
  slot: bigint,
): Promise<Verified> {
  const { book, chain, account } = ports;
  const { network } = chain;
  const { source } = await checkRules(signed, { ...demand, network, feePayer: account.address });
  const { payer, signature, transaction } = signed;
  const [failures, [holding], [bound], [outcome]] = await Promise.all([
    book.failures(network.name, payer),
    chain.tokenAccounts([source]),
    chain.blockhashBounds([transaction.blockhash]),
    chain.simulate([signature], { sigVerify: false }),
  ]);
  if (failures >= maxFailuresPerDay)
    throw invalidPayment(
      reasons.svm.simulation,
      'This wallet’s payments failed on the chain too often today.',
    );
  if (!holding || holding.amountAtomic < demand.amountAtomic)
    throw invalidPayment(reasons.funds, 'The wallet does not hold the amount.');
  if (bound === undefined || isLateness(outcome?.error ?? ''))
    throw invalidPayment(reasons.svm.simulation, 'The transaction’s blockhash is too old.');
  if (outcome?.error !== undefined)
    throw invalidPayment(reasons.svm.simulation, `The transaction would fail: ${outcome.error}.`);
  return { signature, atBlock: slot, validAfter: 0n, validBefore: bound };
}
