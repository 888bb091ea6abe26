import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { decodePaymentResponseHeader } from '@x402/core/http';
import { authorizationTypes } from '@x402/evm';
import { registerExactEvmScheme } from '@x402/evm/exact/client';
import { wrapFetchWithPayment as wrapV2, x402Client } from '@x402/fetch';
import type { Hex, LocalAccount } from 'viem';
import { decodeXPaymentResponse, wrapFetchWithPayment as wrapV1 } from 'x402-fetch';

export type Fetch = typeof fetch;

/** A program that pays for what a plain fetch would be refused. */
export interface Payer {
  name: string;
  wrap(inner: Fetch, account: LocalAccount): Fetch;
}

/** The published clients, as they are. */
export const x402Fetch: Payer = {
  name: 'x402-fetch (v1)',
  wrap: (inner, account) => wrapV1(inner, account) as Fetch,
};

export const x402FetchV2: Payer = {
  name: '@x402/fetch (v2)',
  wrap: (inner, account) =>
    wrapV2(inner, registerExactEvmScheme(new x402Client(), { signer: account })) as Fetch,
};

/** What an agent would write that has nothing but fetch and viem: reads the header, signs, calls again. */
export const handWritten: Payer = {
  name: 'plain fetch and viem',
  wrap: (inner, account) => async (input, init) => {
    const first = await inner(input, init);
    const header = first.headers.get('payment-required');
    if (first.status !== 402 || header === null) return first;
    const required = JSON.parse(Buffer.from(header, 'base64').toString());
    const accepted = required.accepts[0];
    const authorization = {
      from: account.address,
      to: accepted.payTo,
      value: accepted.amount,
      validAfter: '0',
      validBefore: String(Math.floor(Date.now() / 1000) + accepted.maxTimeoutSeconds),
      nonce: `0x${randomBytes(32).toString('hex')}` as Hex,
    };
    const signature = await account.signTypedData({
      domain: {
        name: accepted.extra.name,
        version: accepted.extra.version,
        chainId: Number(accepted.network.split(':')[1]),
        verifyingContract: accepted.asset,
      },
      types: authorizationTypes,
      primaryType: 'TransferWithAuthorization',
      message: authorization as never,
    });
    const payment = { x402Version: 2, accepted, payload: { authorization, signature } };
    const headers = new Headers(init?.headers);
    headers.set('payment-signature', Buffer.from(JSON.stringify(payment)).toString('base64'));
    return inner(input, { ...init, headers });
  },
};

export const payers = [x402Fetch, x402FetchV2, handWritten];

/** A fetch that remembers the headers of the last paid answer. */
export function recorder() {
  let settled: Headers | undefined;
  const record: Fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (response.headers.has('payment-response')) settled = response.headers;
    return response;
  };
  return {
    fetch: record,
    /** What the two versions' own decoders make of the settlement; they must agree. */
    settlement() {
      assert.ok(settled, 'no settlement header came');
      const v2 = decodePaymentResponseHeader(settled.get('payment-response')!);
      const v1 = decodeXPaymentResponse(settled.get('x-payment-response')!);
      assert.equal(v1.transaction, v2.transaction);
      assert.match(settled.get('cache-control') ?? '', /no-store/);
      return {
        ...v2,
        purchaseId: settled.get('postern-purchase'),
        receiptId: settled.get('postern-receipt'),
      };
    },
  };
}

/** The settlement is the payer's, and the purchase at the status address is delivered, with the ticket. */
export async function assertDelivered(
  url: string,
  settlement: ReturnType<ReturnType<typeof recorder>['settlement']>,
  account: LocalAccount,
  ticketId: unknown,
): Promise<void> {
  assert.equal(settlement.success, true);
  assert.match(settlement.transaction, /^0x[0-9a-f]{64}$/);
  assert.equal(settlement.payer?.toLowerCase(), account.address.toLowerCase());
  assert.match(String(ticketId), /^tkt_/);
  assert.match(settlement.receiptId ?? '', /^rcp_/);
  const response = await fetch(`${url}/api/purchases/${settlement.purchaseId}`);
  const purchase = (await response.json()) as Record<string, unknown> & { output: { ticketId: string } };
  assert.equal(purchase.state, 'delivered');
  assert.equal(purchase.transaction, settlement.transaction);
  assert.equal(purchase.receiptId, settlement.receiptId);
  assert.equal(purchase.output.ticketId, ticketId);
}
