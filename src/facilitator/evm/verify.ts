/**
 * Verify: whether an authorization meets the terms and could be settled now. It reserves nothing, so nothing relies
 * on it: the claim and the chain decide. What costs nothing is asked first, then the chain once.
 */
import type { Hex } from 'viem';
import type { AuthorizationState, Chain } from '../../chains/chain.ts';
import {
  type Authorization,
  canonicalSignature,
  recoverPayer,
  transferCalldata,
} from '../../chains/evm/eip3009.ts';
import type { EvmNetwork } from '../../chains/networks.ts';
import type { Demand, Verified } from '../demand.ts';
import { invalidPayment, reasons } from '../reasons.ts';

/** An authorization with its signature, as it came in: shapes checked, hexadecimal in lower case. */
export interface SignedAuthorization {
  network: EvmNetwork;
  authorization: Authorization;
  signature: Hex;
}

/**
 * Gas that a settlement may take. A plain transfer takes some 90,000; a contract wallet's check of its signature runs the
 * wallet's own code at our cost.
 */
export const maxSettlementGas = 300_000n;

/** Seconds that a settlement may need between verify and its block. */
export const settleAllowanceSeconds = 30n;

/** By payment: one call asks more than once, and half the time it takes to judge a payment is this. */
const signedBy = new WeakMap<SignedAuthorization, boolean>();

/** Whether a plain key signed it. False for a contract wallet, whose signature only the chain can judge, and for a forgery. */
export function isSignedByPayer(signed: SignedAuthorization): boolean {
  const known = signedBy.get(signed);
  if (known !== undefined) return known;
  const { network, authorization, signature } = signed;
  const canonical = canonicalSignature(signature);
  const answer =
    canonical !== undefined && recoverPayer(network, authorization, canonical) === authorization.from;
  signedBy.set(signed, answer);
  return answer;
}

/**
 * Compares with the terms: exact amount, exact recipient, and a window that leaves time to settle and ends soon.
 * @param now seconds; the later of our clock and the chain's.
 * @throws {PosternError} `invalid_payment` with x402's reason.
 */
export function checkTerms(authorization: Authorization, demand: Demand, now: bigint): void {
  if (authorization.to !== demand.payTo.toLowerCase())
    throw invalidPayment(reasons.recipient, 'The authorization pays someone else.');
  if (authorization.value !== demand.amountAtomic)
    throw invalidPayment(reasons.value, `The authorization must be for exactly ${demand.amountAtomic}.`);
  if (authorization.validAfter > now)
    throw invalidPayment(reasons.validAfter, 'The authorization is not valid yet.');
  if (authorization.validBefore < now + settleAllowanceSeconds)
    throw invalidPayment(
      reasons.validBefore,
      `The authorization must stay valid for at least ${settleAllowanceSeconds} seconds.`,
    );
  if (authorization.validBefore > now + BigInt(demand.maxTimeoutSeconds) + settleAllowanceSeconds)
    throw invalidPayment(
      reasons.validBefore,
      `The authorization must end within ${demand.maxTimeoutSeconds} seconds.`,
    );
}

/**
 * Asks the chain once: balance, nonce, code; and for a wallet with code, whether the transfer itself would pass,
 * which is the only judge of its signature.
 * @throws {PosternError} `invalid_payment` with x402's reason. @throws {RpcUnavailable}
 */
export async function checkChain(signed: SignedAuthorization, chain: Chain, relayer: Hex): Promise<Verified> {
  const { authorization } = signed;
  const { block, state } = await chain.authorization({
    payer: authorization.from,
    nonce: authorization.nonce,
  });
  if (state.used) throw invalidPayment(reasons.nonceUsed, 'The authorization was used or cancelled.');
  if (state.balance < authorization.value)
    throw invalidPayment(reasons.funds, 'The wallet does not hold the amount.');
  const { validAfter, validBefore } = authorization;
  const judged = await judgeSignature(signed, state, chain, relayer);
  return { signature: judged, atBlock: block.number, validAfter, validBefore };
}

async function judgeSignature(
  signed: SignedAuthorization,
  state: AuthorizationState,
  chain: Chain,
  relayer: Hex,
): Promise<Hex> {
  const { authorization, signature, network } = signed;
  if (!state.hasCode) {
    const canonical = canonicalSignature(signature);
    if (!canonical || !isSignedByPayer(signed))
      throw invalidPayment(reasons.signature, 'The signature is not the wallet’s over these terms.');
    return canonical;
  }
  const data = transferCalldata(authorization, signature, true);
  const [estimate] = await chain.estimateGas([{ from: relayer, to: network.asset, data }]);
  if (!estimate || 'revert' in estimate)
    throw invalidPayment(reasons.signature, 'The wallet’s contract does not accept the signature.');
  if (estimate.gas > maxSettlementGas)
    throw invalidPayment(
      reasons.simulation,
      `The wallet’s contract takes more than ${maxSettlementGas} gas.`,
    );
  return signature;
}
