import type { Operation } from '../../catalogue/operation.ts';
import { getPurchase } from '../get-purchase.ts';
import { type QuotePorts, quote } from '../quote.ts';
import { settingsOperations } from '../settings/index.ts';
import { ticketPurchases } from '../ticket-purchases.ts';
import { doorActivity } from './activity.ts';
import { type DoorFacts, getDoor } from './door.ts';
import { deliverPurchase, refundPurchase } from './owed.ts';
import { getPurchaseDetails } from './purchase-details.ts';
import { listPurchasesOperation } from './purchases.ts';
import { setWalletStanding } from './standing.ts';
import { getTreasury, type TreasuryGlance } from './treasury.ts';
import { getWallet, listWallets } from './wallets.ts';

/** What the door's operations need beside their transaction. */
export interface DoorOperationPorts extends QuotePorts, DoorFacts {
  /** The treasury as it was read last. */
  treasury: TreasuryGlance;
}

/** What the door adds to whatever catalogue it sells. */
export const doorOperations = (ports: DoorOperationPorts): readonly Operation[] => [
  getPurchase,
  quote(ports),
  getDoor(ports),
  doorActivity,
  listWallets,
  getWallet,
  setWalletStanding,
  listPurchasesOperation,
  getPurchaseDetails,
  ticketPurchases,
  refundPurchase,
  deliverPurchase,
  getTreasury(ports),
  ...settingsOperations(ports),
];
