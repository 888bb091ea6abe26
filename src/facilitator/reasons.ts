import { PosternError } from '../kernel/errors.ts';

/**
 * Why a payment is refused, in x402's own words: the specification's section 9 (v1 and v2), and `@x402/evm` and
 * `@x402/svm` 2.27.0 where the specification has none.
 */
export const reasons = {
  payload: 'invalid_payload',
  scheme: 'unsupported_scheme',
  network: 'invalid_network',
  requirements: 'invalid_payment_requirements',
  signature: 'invalid_exact_evm_payload_signature',
  value: 'invalid_exact_evm_payload_authorization_value',
  recipient: 'invalid_exact_evm_payload_recipient_mismatch',
  validAfter: 'invalid_exact_evm_payload_authorization_valid_after',
  validBefore: 'invalid_exact_evm_payload_authorization_valid_before',
  funds: 'insufficient_funds',
  nonceUsed: 'invalid_exact_evm_nonce_already_used',
  simulation: 'invalid_exact_evm_transaction_simulation_failed',
  undeployedWallet: 'invalid_exact_evm_payload_undeployed_smart_wallet',
  svm: {
    transaction: 'invalid_exact_svm_payload_transaction_could_not_be_decoded',
    signers: 'invalid_exact_svm_payload_excessive_signers',
    signature: 'invalid_exact_svm_payload_signature_invalid',
    feePayer: 'invalid_exact_svm_fee_payer_mismatch',
    feePayerUsed: 'invalid_exact_svm_payload_transaction_fee_payer_transferring_funds',
    length: 'invalid_exact_svm_payload_transaction_instructions_length',
    computeLimit: 'invalid_exact_svm_payload_transaction_instructions_compute_limit_instruction',
    computeLimitTooHigh:
      'invalid_exact_svm_payload_transaction_instructions_compute_limit_instruction_too_high',
    computePrice: 'invalid_exact_svm_payload_transaction_instructions_compute_price_instruction',
    computePriceTooHigh:
      'invalid_exact_svm_payload_transaction_instructions_compute_price_instruction_too_high',
    noTransfer: 'invalid_exact_svm_payload_no_transfer_instruction',
    mint: 'invalid_exact_svm_payload_mint_mismatch',
    recipient: 'invalid_exact_svm_payload_recipient_mismatch',
    amount: 'invalid_exact_svm_payload_amount_mismatch',
    unknownFourth: 'invalid_exact_svm_payload_unknown_fourth_instruction',
    unknownFifth: 'invalid_exact_svm_payload_unknown_fifth_instruction',
    unknownSixth: 'invalid_exact_svm_payload_unknown_sixth_instruction',
    unknownSeventh: 'invalid_exact_svm_payload_unknown_seventh_instruction',
    memoCount: 'invalid_exact_svm_payload_memo_count',
    simulation: 'invalid_exact_svm_transaction_simulation_failed',
  },
} as const;

/** What became of a settlement that did not succeed, in the specification's words where it has them. */
export const settleReasons = {
  duplicate: 'duplicate_settlement',
  /** Not settled, and it can no longer be. */
  void: 'invalid_transaction_state',
  /** The specification has no word for what is not known yet. */
  pending: 'settlement_pending',
} as const;

type Named = typeof reasons;
export type Reason = Exclude<Named[keyof Named], object> | Named['svm'][keyof Named['svm']];

/** A payment that is refused before anything is claimed; answered with a challenge that says why. */
export const invalidPayment = (reason: Reason, message: string): PosternError =>
  new PosternError('invalid_payment', message, { reason });

/** Why a settlement is void, in its row. `expired` goes on with what kept it from landing, where that was the payer's doing. */
export const voidReasons = {
  cancelled: 'cancelled by the payer',
  spent: 'the nonce was spent on another transfer',
  expired: 'expired',
  /** Solana: it landed and failed, and goes on with the chain's word. */
  failed: 'failed on the chain',
} as const;

/** What a queued settlement is postponed for when nothing is wrong with it but the time. */
export const tooLate = 'too late to send';

/** Why a settlement is sent again, where that is no payer's doing. */
export const sentAgain = {
  batchFailed: 'its batch failed',
  displaced: 'another transaction took its place',
} as const;

/** Errors that say nothing of the payer. */
const oursToAnswer: ReadonlySet<string> = new Set([tooLate, ...Object.values(sentAgain)]);

/** Why what expired is void: with the payer's part in it, where there was one. */
export const expired = (lastError: string | null): string =>
  lastError === null || oursToAnswer.has(lastError)
    ? voidReasons.expired
    : `${voidReasons.expired}: ${lastError}`;

/** Whether the payer kept a settlement from landing. Where we or the chain were too slow, nobody is to blame. */
export const isPayersDoing = (voidReason: string | null): boolean =>
  voidReason !== null && voidReason !== voidReasons.expired;
