import type { Network } from '../chains/networks.ts';
import type { SvmSigner } from '../chains/svm/signer.ts';

/** What the server asks of a payment. */
export interface Demand {
  network: Network;
  amountAtomic: bigint;
  payTo: string;
  maxTimeoutSeconds: number;
}

/** Tokens of a key of ours, to be sent by the fee payer. */
export interface Transfer {
  from: SvmSigner;
  /** A wallet that has a token account. */
  to: string;
  amountAtomic: bigint;
  memo: string;
}

/** A transfer as its settlement is stored: as `Verified` has it, under the hash of its message. */
export interface SignedTransfer {
  nonce: string;
  signature: string;
  validBefore: bigint;
  atBlock: bigint;
}

/** What verify found, as the settlement needs it. */
export interface Verified {
  /**
   * Canonical for a plain key; as it came for a contract wallet. On Solana the whole transaction with the wallet's
   * signature, in base64: it is signed as one.
   */
  signature: string;
  /** The block that was read, on Solana the slot: the payment must lie after it. */
  atBlock: bigint;
  /**
   * Until when it can land: seconds, as the authorization says. On Solana 0, and the height of the last block that can hold
   * the transaction.
   */
  validAfter: bigint;
  validBefore: bigint;
}
