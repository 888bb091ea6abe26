/** What an address of the door's page says. */

export const tabs = ['activity', 'wallets', 'purchases', 'treasury', 'try'] as const;
export type Tab = (typeof tabs)[number];

export const spans = ['day', 'week', 'month', 'year'] as const;
export type Span = (typeof spans)[number];

export const purchaseViews = [
  'in_doubt',
  'owed',
  'settling',
  'paid',
  'delivered',
  'void',
  'refunded',
  'lost',
] as const;
export type PurchaseView = (typeof purchaseViews)[number];

export const standings = ['new', 'known', 'trusted', 'blocked'] as const;
export type Standing = (typeof standings)[number];

export interface DoorSearch {
  tab?: Tab;
  span?: Span;
  show?: PurchaseView;
  standing?: Standing;
  tool?: string;
  wallet?: string;
  purchase?: string;
}

const oneOf = <T extends string>(all: readonly T[], value: unknown): T | undefined =>
  all.find((one) => one === value);

/** What is not known is left out. */
export function doorSearch(search: Record<string, unknown>): DoorSearch {
  const tab = oneOf(tabs, search.tab);
  const span = oneOf(spans, search.span);
  const show = oneOf(purchaseViews, search.show);
  const standing = oneOf(standings, search.standing);
  return {
    ...(tab && { tab }),
    ...(span && { span }),
    ...(show && { show }),
    ...(standing && { standing }),
    ...(typeof search.tool === 'string' && search.tool && { tool: search.tool }),
    ...(typeof search.wallet === 'string' && { wallet: search.wallet }),
    ...(typeof search.purchase === 'string' && { purchase: search.purchase }),
  };
}
