import { SIGN_IN_WITH_X } from '../door/sign-in.ts';
import type { PurchaseView } from '../door/types.ts';
import { settlementHeaders } from '../door/wire/settlement.ts';
import { type ErrorCode, PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { PurchaseState } from '../store/schema.ts';
import { noStore } from './http-reply.ts';

/** How a purchase's state is told to whom made the call; null where it got what it paid for. */
const errorOf: Record<PurchaseState, ErrorCode | null> = {
  settling: 'settlement_pending',
  paid: 'settlement_pending',
  delivered: null,
  lost: null,
  void: 'settlement_void',
  owed: 'purchase_owed',
  refunding: 'purchase_owed',
  refunded: 'purchase_owed',
};

/** A purchase as JSON: at its status address, and inside answers about it. */
export function purchaseJson(purchase: PurchaseView, publicUrl: string): JsonObject {
  const { id, network, amountAtomic, signIn: _, ...rest } = purchase;
  const known = {
    ...rest,
    network: network.name,
    caip2: network.caip2,
    amountAtomic: amountAtomic.toString(),
  };
  const address = id === undefined ? {} : { id, statusUrl: statusUrl(id, publicUrl) };
  return JSON.parse(JSON.stringify({ ...address, ...known })) as JsonObject;
}

const statusUrl = (id: string, publicUrl: string) => `${publicUrl}/api/purchases/${id}`;

/** The error that stands for a purchase which has not delivered, with the purchase in its data. */
export function purchaseError(purchase: PurchaseView, publicUrl: string): PosternError | undefined {
  const code = errorOf[purchase.state];
  return code === null
    ? undefined
    : new PosternError(code, undefined, { purchase: purchaseJson(purchase, publicUrl) });
}

/** Headers of an answer about a purchase: never stored by a cache, and the settlement where it is known. */
export function purchaseHeaders(purchase: PurchaseView, publicUrl: string): Record<string, string> {
  const { id, receiptId } = purchase;
  return {
    ...noStore,
    ...settlementHeaders(purchase),
    ...(id === undefined ? {} : { 'Postern-Purchase': id, Location: statusUrl(id, publicUrl) }),
    ...(receiptId === undefined ? {} : { 'Postern-Receipt': receiptId }),
  };
}

/** What stands in for an output that is not shown to a mere repeat of a public authorization. */
export const withheldOutput = (purchase: PurchaseView): JsonObject => ({
  state: purchase.state,
  withheld: true,
  detail:
    'Delivered before. The result is shown at the status address of the purchase, to who knows its id; and to a repeat of this call that signs in as the payer.',
  ...(purchase.signIn ? { extensions: { [SIGN_IN_WITH_X]: purchase.signIn } } : {}),
});
