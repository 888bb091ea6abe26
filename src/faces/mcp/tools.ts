import type { Tier } from '../../catalogue/operation.ts';
import { inputSchema, outputSchema } from '../../catalogue/registry.ts';
import { withCaveat } from '../../door/conduct.ts';
import type { Offer, Shopfront } from '../../door/types.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { formatUsdc } from '../../kernel/money.ts';
import { type Listing, prepareListing, type ServerInfo } from './dispatch.ts';

const listings = new WeakMap<Shopfront, Listing>();

/** `tools/list` of a workspace, serialised once for as long as the shopfront stays the same. */
export function listingOf(shopfront: Shopfront, info: ServerInfo): Listing {
  let listing = listings.get(shopfront);
  if (!listing) {
    listing = prepareListing([...shopfront.offers.values()].map(toolOf), info);
    listings.set(shopfront, listing);
  }
  return listing;
}

/** An offer as an MCP tool. */
export function toolOf(offer: Offer): JsonObject {
  const { operation, priceAtomic } = offer;
  const { name, title, tier } = operation;
  const summary = withCaveat(operation.summary, operation);
  const described = { name, title, inputSchema: inputSchema(operation), annotations: annotations[tier] };
  // A priced tool may answer with terms in `structuredContent`, which a client that knows a schema would reject.
  return priceAtomic === null
    ? { ...described, description: `${summary} Free.`, outputSchema: outputSchema(operation) }
    : {
        ...described,
        description: `${summary} ${priceText(offer, priceAtomic)}`,
        _meta: priceMeta(offer, priceAtomic),
      };
}

const priceText = ({ terms }: Offer, priceAtomic: bigint) =>
  `Costs $${formatUsdc(priceAtomic)} in USDC, paid per call by x402 (${terms.map(({ network }) => network.name).join(', ')}).`;

/** The price, for machines: there is no standard key yet, so every one that a known client reads. */
function priceMeta({ terms }: Offer, priceAtomic: bigint): JsonObject {
  const dollars = formatUsdc(priceAtomic);
  const networks = terms.map(({ network }) => network.caip2);
  return {
    'agents-x402/paymentRequired': true,
    'agents-x402/priceUSD': Number(dollars),
    'x402/price': `$${dollars}`,
    'postern/price': { amountAtomic: priceAtomic.toString(), currency: 'USDC', usd: dollars, networks },
  };
}

/** All four hints are said: what is left out counts as destructive and open-world. */
export const annotations: Record<Tier, JsonObject> = {
  read: hints({ readOnly: true, destructive: false, idempotent: true }),
  draft: hints({ readOnly: false, destructive: false, idempotent: false }),
  send: hints({ readOnly: false, destructive: true, idempotent: false }),
};

function hints(hint: { readOnly: boolean; destructive: boolean; idempotent: boolean }): JsonObject {
  const { readOnly, destructive, idempotent } = hint;
  return {
    readOnlyHint: readOnly,
    destructiveHint: destructive,
    idempotentHint: idempotent,
    openWorldHint: false,
  };
}
