/** Signed payments, opened, and what anyone may send to the token of them. */
import { encodeFunctionData, type Hex, type LocalAccount, parseAbi } from 'viem';
import { eip3009Abi } from '../src/chains/evm/eip3009.ts';
import type { Accept } from './postern.ts';

export interface SignedMessage {
  signature: Hex;
  authorization: { from: Hex; to: Hex; value: string; validAfter: string; validBefore: string; nonce: Hex };
}

/** A payment header's JSON. */
export const openPayment = (
  payment: string,
): { x402Version: number; accepted: Accept; payload: SignedMessage } =>
  JSON.parse(Buffer.from(payment, 'base64').toString());

/** What the payer signed of it. */
export const opened = (payment: string): SignedMessage => openPayment(payment).payload;

/** The token's call that moves the money of an authorization. */
export const transferCall = ({ authorization: a, signature }: SignedMessage): Hex =>
  encodeFunctionData({
    abi: eip3009Abi,
    functionName: 'transferWithAuthorization',
    args: [a.from, a.to, BigInt(a.value), BigInt(a.validAfter), BigInt(a.validBefore), a.nonce, signature],
  });

/** The same, of a payment header. */
export const calldataOf = (payment: string): Hex => transferCall(opened(payment));

/** The token's call that cancels an authorization, signed by the payer. */
export async function cancelCall(wallet: LocalAccount, terms: Accept, nonce: Hex): Promise<Hex> {
  const signature = await wallet.signTypedData({
    domain: { ...terms.extra, chainId: Number(terms.network.split(':')[1]), verifyingContract: terms.asset },
    types: {
      CancelAuthorization: [
        { name: 'authorizer', type: 'address' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'CancelAuthorization',
    message: { authorizer: wallet.address, nonce },
  });
  return encodeFunctionData({
    abi: parseAbi(['function cancelAuthorization(address authorizer, bytes32 nonce, bytes signature)']),
    args: [wallet.address, nonce, signature],
  });
}
