import type { Answer, Offer, PurchaseView, Shopfront, Terms } from '../../door/types.ts';
import { challengeFor } from '../../door/wire/challenge.ts';
import { settlementResponse } from '../../door/wire/settlement.ts';
import { type ErrorCode, PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { formatUsdc } from '../../kernel/money.ts';
import type { Client } from '../client-address.ts';
import type { Gate } from '../gate.ts';
import { purchaseError, purchaseHeaders, purchaseJson, withheldOutput } from '../http-purchase.ts';
import { describe, jsonReply, noStore, type Reply, retryAfter } from '../http-reply.ts';
import { rpcError, rpcErrorText, type ToolCall } from './dispatch.ts';

/**
 * A tool call at the door. Payment is asked for by HTTP 402, or, where the caller chose the `meta` dialect, inside a
 * tool result; it is taken from the headers or from `_meta` in either case.
 */
export interface DoorCall extends ToolCall {
  shopfront: Shopfront;
  client: Client;
  dialect: 'http' | 'meta';
  /** Header `X-PAYMENT`. */
  v1: string | undefined;
  /** Header `PAYMENT-SIGNATURE`. */
  v2: string | undefined;
  /** Header `SIGN-IN-WITH-X`. */
  signIn: string | undefined;
}

export interface CallContext {
  gate: Gate;
  /** Without a slash at its end. */
  publicUrl: string;
}

/** Refusals of what the call asks for, rather than of how it pays: for the model to read and to act on. */
export const toolErrors: ReadonlySet<ErrorCode> = new Set([
  'invalid_arguments',
  'not_permitted',
  'not_found',
  'conflict',
  'over_cap',
  'wallet_blocked',
  'sign_in_refused',
  'rate_limited',
  'busy',
]);

const paymentKeys = ['x402/payment', 'x402.payment'];

/** @throws {PosternError} what is not a matter of the tool, for the dispatcher to answer with */
export async function callTool(call: DoorCall, context: CallContext): Promise<Reply> {
  const offer = call.shopfront.offers.get(call.name);
  try {
    const found = paymentKeys.map((key) => call.request.meta[key]).filter((value) => value !== undefined);
    const { client, shopfront, signIn, v1, v2 } = call;
    const asked = { operation: call.name, input: call.arguments, signIn };
    const answer = await context.gate.call(client, shopfront, asked, { v1, v2, meta: found });
    return render(answer, call, context);
  } catch (error) {
    if (!(error instanceof PosternError)) throw error;
    return refuse(error, offer, call, context);
  }
}

function render(answer: Answer, call: DoorCall, context: CallContext): Reply {
  switch (answer.kind) {
    case 'result':
      return call.reply(contentOf(answer.output));
    case 'challenge':
      return challenge(answer.offer, answer.terms, answer.reason, call, context);
    case 'purchase':
      return renderPurchase(answer.purchase, call, context);
  }
}

function renderPurchase(purchase: PurchaseView, call: DoorCall, { publicUrl }: CallContext): Reply {
  const headers = purchaseHeaders(purchase, publicUrl);
  const { output: _, ...about } = purchaseJson(purchase, publicUrl);
  const settled = settlementResponse(purchase, 2);
  const _meta: JsonObject = { 'postern/purchase': about };
  if (settled) _meta['x402/payment-response'] = { ...settled } as JsonObject;
  const error = purchaseError(purchase, publicUrl);
  if (!error)
    return call.reply({ ...contentOf(purchase.output ?? withheldOutput(purchase)), _meta }, headers);
  // An unknown outcome is a state of the call, not an HTTP error: a client that saw 402 here would sign again.
  if (error.code === 'settlement_pending' || call.dialect === 'meta') {
    return call.reply({ ...errorContent(error), _meta }, headers);
  }
  return rpcError(error, call.request.id, 'legacy', headers);
}

function refuse(error: PosternError, offer: Offer | undefined, call: DoorCall, context: CallContext): Reply {
  if (error.code === 'invalid_payment' && offer && offer.terms.length > 0) {
    const reason = typeof error.data?.reason === 'string' ? error.data.reason : 'invalid_payment';
    return challenge(offer, offer.terms, reason, call, context, error.message);
  }
  if (toolErrors.has(error.code) || call.dialect === 'meta')
    return call.reply(errorContent(error), { ...noStore, ...retryAfter(error) });
  throw error;
}

function challenge(
  offer: Offer,
  terms: readonly Terms[],
  reason: string,
  call: DoorCall,
  { publicUrl }: CallContext,
  detail?: string,
): Reply {
  const url = `${publicUrl}/api/mcp/${call.shopfront.workspace.slug}`;
  const prepared = challengeFor(offer, terms, { url, kind: 'mcp' });
  if (call.dialect === 'meta') {
    const text = prepared.v2(reason);
    const required = JSON.parse(text) as JsonObject;
    const _meta = { 'x402/error': required };
    return call.reply({ ...content(text), isError: true, structuredContent: required, _meta }, noStore);
  }
  const message =
    detail ?? `${offer.operation.name} costs $${formatUsdc(terms[0]!.amountAtomic)}: ${reason}.`;
  const rpc = rpcErrorText({ code: 'payment_required', message, data: { reason } }, call.request.id);
  return jsonReply(prepared.v1(reason, rpc), 402, {
    'PAYMENT-REQUIRED': prepared.header(reason),
    ...noStore,
  });
}

const content = (text: string): JsonObject => ({ content: [{ type: 'text', text }] });

/** A result as MCP carries it, as text and as it is. */
export const contentOf = (output: JsonObject): JsonObject => ({
  ...content(JSON.stringify(output)),
  structuredContent: output,
});

/** A refusal as a tool's result, for the model to read. */
export const errorContent = (error: PosternError): JsonObject => ({
  ...content(error.message),
  isError: true,
  structuredContent: { error: describe(error) },
});
