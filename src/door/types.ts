import type { Operation } from '../catalogue/operation.ts';
import type { Network } from '../chains/networks.ts';
import type { SignedPayment } from '../facilitator/facilitator.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { PurchaseState } from '../store/schema.ts';
import type { SignedReceipt } from './receipts.ts';
import type { SignInChallenge } from './sign-in.ts';
import type { OwnRecord, PublicRecord } from './wallets.ts';

/** One way to pay for one call, on one network. Made by the server only; what a client sends back is compared with it. */
export interface Terms {
  network: Network;
  amountAtomic: bigint;
  /** Where the money goes: the workspace's cold wallet. EIP-55 checksummed, or base58. */
  payTo: string;
  maxTimeoutSeconds: number;
  /** On Solana: who pays the fee, and so signs first. */
  feePayer?: string;
}

/** An operation as one workspace offers it. */
export interface Offer {
  operation: Operation;
  /** Null for a free read. */
  priceAtomic: bigint | null;
  /** One entry per network the workspace takes; empty for a free read. */
  terms: readonly Terms[];
}

/** A workspace as the door shows it. Cached for a moment; `offers` keeps its identity while nothing changed. */
export interface Shopfront {
  workspace: { id: string; slug: string; name: string };
  /** It has a payTo on a network that is served here, whether that can settle now or not. */
  takesPayments: boolean;
  offers: ReadonlyMap<string, Offer>;
}

/** A decoded `exact` payment. Shapes are checked; nothing is verified yet. */
export type Payment = SignedPayment & PaymentHead;

interface PaymentHead {
  x402Version: 1 | 2;
  /** The wallet: lower case on EVM, base58 on Solana. */
  payer: string;
  /** What names the payment: the authorization's nonce, or on Solana the message's hash. */
  nonce: string;
  /** v2 only: the terms that the client says it accepted. Compared with ours, never used. */
  accepted?: JsonObject;
  /**
   * v2 only: x402's `payment-identifier`, the client's own name for this call. It is never on the chain, so who repeats it
   * with a valid signature of the payer is the one who called.
   */
  identifier?: string;
}

/** A purchase as its buyer may see it. */
export interface PurchaseView {
  /** Absent where a mere repeat of a public authorization asks for a purchase with a private output. */
  id?: string;
  state: PurchaseState;
  operation: string;
  network: Network;
  payer: string;
  amountAtomic: bigint;
  /** Of the transaction that moved the money. */
  transaction?: string;
  /** Of the transaction that paid it back. */
  refundTransaction?: string;
  receiptId?: string;
  receipt?: SignedReceipt;
  reason?: string;
  /** What was delivered; absent before delivery, and where the asker did not prove that it is theirs. */
  output?: JsonObject;
  /** There is an output and it was withheld: ask with the purchase id, or sign in as the payer. */
  withheld?: boolean;
  /** What to sign for that. */
  signIn?: SignInChallenge;
}

/** How the door answers a call. Refusals are thrown as PosternError. */
export type Answer =
  | { kind: 'result'; output: JsonObject }
  | { kind: 'challenge'; offer: Offer; terms: readonly Terms[]; reason: string }
  | { kind: 'purchase'; purchase: PurchaseView };

export interface Call {
  workspace: string;
  operation: string;
  input: JsonObject;
  payment: Payment | undefined;
  /**
   * Asked where the payment is not a known one, before it costs anything more. What it throws is the answer.
   * @throws {PosternError}
   */
  admit?: () => Promise<void>;
  /** Header `SIGN-IN-WITH-X`: asked for only where the payment by itself proves nothing. */
  signIn?: string | undefined;
}

/** A wallet in a workspace, as the one who asks may see it. */
export interface WalletView extends PublicRecord {
  /** Only for the wallet itself. */
  own?: OwnRecord;
  /** What to sign for that; absent where it was. */
  signIn?: SignInChallenge;
}

/** What faces see of the door. */
export interface Door {
  /** Address of the key that signs receipts, lower case. */
  receiptSigner: string;
  /** @throws {PosternError} `workspace_not_found` */
  shopfront(slug: string): Promise<Shopfront>;
  /**
   * One call of one operation: free, challenged, or paid and carried as far as it gets within the request's patience.
   * @throws {PosternError} a refusal; nothing was claimed, unless it is about a purchase that already exists.
   */
  call(call: Call): Promise<Answer>;
  /**
   * How a wallet stands. `signIn`: header `SIGN-IN-WITH-X`.
   * @throws {PosternError} `workspace_not_found`, `invalid_arguments`, `sign_in_refused`
   */
  wallet(asked: { workspace: string; address: string; signIn?: string | undefined }): Promise<WalletView>;
  /** Where a purchase stands; the id is the proof. @throws {PosternError} `not_found` */
  purchase(id: string): Promise<PurchaseView>;
}
