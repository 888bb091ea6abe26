import type { Operation } from '../catalogue/operation.ts';
import { getPurchase } from './get-purchase.ts';
import { type QuotePorts, quote } from './quote.ts';
import { ticketPurchases } from './ticket-purchases.ts';

/** What the door adds to whatever catalogue it sells. */
export const doorOperations = (ports: QuotePorts): readonly Operation[] => [
  getPurchase,
  quote(ports),
  ticketPurchases,
];
