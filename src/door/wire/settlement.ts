import { OFFER_RECEIPT, type SignedReceipt } from '../receipts.ts';
import type { PurchaseView } from '../types.ts';

/**
 * x402's settlement response: that a payment settled, or that it never will. There is none while the outcome is
 * unknown; a header that says `success: false` would invite the payer to sign again.
 */
export interface SettlementResponse {
  success: boolean;
  /** Only where `success` is false. */
  errorReason?: string;
  /** The transaction that moved the money; empty where none did. */
  transaction: string;
  network: string;
  payer: string;
  /** Atomic units; v2 only. */
  amount?: string;
  /**
   * x402's offer-receipt, without the JSON Schema that the specification's examples repeat beside it: two headers carry
   * this, and proxies commonly take 4 KB of headers in all.
   */
  extensions?: { [OFFER_RECEIPT]: { info: { receipt: SignedReceipt } } };
}

/** The settlement response of a purchase, as each version of x402 words it; undefined while the outcome is open. */
export function settlementResponse(purchase: PurchaseView, version: 1 | 2): SettlementResponse | undefined {
  const { network, payer } = purchase;
  const place = { network: version === 1 ? network.name : network.caip2, payer };
  if (purchase.state === 'void') {
    const errorReason = purchase.reason ?? 'invalid_transaction_state';
    return { success: false, errorReason, transaction: '', ...place };
  }
  if (purchase.state !== 'delivered' || purchase.transaction === undefined) return undefined;
  const amount = version === 2 ? { amount: purchase.amountAtomic.toString() } : {};
  const { receipt } = purchase;
  const extensions = receipt ? { extensions: { [OFFER_RECEIPT]: { info: { receipt } } } } : {};
  return { success: true, transaction: purchase.transaction, ...place, ...amount, ...extensions };
}

/** `PAYMENT-RESPONSE` (v2) and `X-PAYMENT-RESPONSE` (v1), base64; no header at all while the outcome is open. */
export function settlementHeaders(purchase: PurchaseView): Record<string, string> {
  const v1 = settlementResponse(purchase, 1);
  const v2 = settlementResponse(purchase, 2);
  if (!v1 || !v2) return {};
  return { 'PAYMENT-RESPONSE': base64(v2), 'X-PAYMENT-RESPONSE': base64(v1) };
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
