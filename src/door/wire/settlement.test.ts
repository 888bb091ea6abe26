import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodePaymentResponseHeader } from '@x402/core/http';
import { extractReceiptFromResponse } from '@x402/extensions/offer-receipt';
import { decodeXPaymentResponse } from 'x402-fetch';
import { findNetwork } from '../../chains/networks.ts';
import type { SignedReceipt } from '../receipts.ts';
import type { PurchaseView } from '../types.ts';
import { settlementHeaders } from './settlement.ts';

const purchase: PurchaseView = {
  id: 'pur_1',
  state: 'delivered',
  operation: 'create_ticket',
  network: findNetwork('base-sepolia')!,
  payer: `0x${'11'.repeat(20)}`,
  amountAtomic: 20000n,
  transaction: `0x${'ab'.repeat(32)}`,
};

describe('the settlement response', () => {
  test('is what each version of the client decodes', () => {
    const headers = settlementHeaders(purchase);
    const common = { success: true, transaction: purchase.transaction, payer: purchase.payer };
    const v2 = decodePaymentResponseHeader(headers['PAYMENT-RESPONSE']!);
    assert.deepEqual(v2, { ...common, network: 'eip155:84532', amount: '20000' });
    assert.deepEqual(decodeXPaymentResponse(headers['X-PAYMENT-RESPONSE']!), {
      ...common,
      network: 'base-sepolia',
    });
  });

  test('carries the receipt where the extension puts it, in both versions, within what proxies take', () => {
    const receipt: SignedReceipt = {
      format: 'eip712',
      payload: {
        version: 1,
        network: 'eip155:84532',
        resourceUrl: `https://${'desk'.repeat(10)}.example/api/x402/tools/${'w'.repeat(63)}/get_ticket_context`,
        payer: purchase.payer,
        issuedAt: 1_900_000_000,
        transaction: purchase.transaction!,
      },
      signature: `0x${'1b'.repeat(65)}`,
    };
    const headers = settlementHeaders({ ...purchase, receipt });
    for (const value of Object.values(headers)) {
      const response = new Response(null, { headers: { 'PAYMENT-RESPONSE': value } });
      assert.deepEqual(extractReceiptFromResponse(response), receipt);
    }
    const size = Object.values(headers).reduce((sum, { length }) => sum + length, 0);
    assert.ok(size < 3000, `${size} characters`);
    const pending = settlementHeaders({ ...purchase, receipt, state: 'owed' });
    assert.deepEqual(pending, {});
  });

  test('says failure only where it is final', () => {
    const headers = settlementHeaders({
      ...purchase,
      state: 'void',
      transaction: undefined,
      reason: 'payment_expired',
    });
    const { success, errorReason, transaction } = decodePaymentResponseHeader(headers['PAYMENT-RESPONSE']!);
    assert.deepEqual(
      { success, errorReason, transaction },
      { success: false, errorReason: 'payment_expired', transaction: '' },
    );
  });

  test('is absent while the outcome is open', () => {
    for (const state of ['settling', 'paid', 'owed', 'refunding', 'refunded', 'lost'] as const) {
      assert.deepEqual(settlementHeaders({ ...purchase, state }), {});
    }
  });
});
