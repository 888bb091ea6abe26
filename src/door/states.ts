import type { PurchaseState } from '../store/schema.ts';

/** Where a purchase can stand. */
export const purchaseStates = [
  'settling',
  'paid',
  'delivered',
  'void',
  'owed',
  'refunding',
  'refunded',
  'lost',
] as const satisfies readonly PurchaseState[];
