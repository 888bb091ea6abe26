import type { Hono } from 'hono';
import { inputSchema, outputSchema } from '../../catalogue/registry.ts';
import { withCaveat } from '../../door/conduct.ts';
import type { Door, Offer, Shopfront } from '../../door/types.ts';
import { acceptsV2 } from '../../door/wire/challenge.ts';
import { toolUrl } from '../../door/wire/resource.ts';
import { formatUsdc } from '../../kernel/money.ts';
import { json, shared, wrongMethod } from '../http-reply.ts';

export interface DiscoveryPorts {
  door: Door;
  publicUrl: string;
  /** The slugs of the workspaces whose doors are open. */
  listWorkspaces(): Promise<readonly string[]>;
}

/** What stands before any call: the manifest of one workspace, and all that is for sale at this address. */
export function mountDiscovery(app: Hono, { door, publicUrl, listWorkspaces }: DiscoveryPorts): void {
  app.get('/api/mcp/:workspace/manifest', async (c) =>
    json(
      {
        ...manifestOf(await door.shopfront(c.req.param('workspace')), publicUrl),
        receipts: receiptsOf(door),
      },
      200,
      shared,
    ),
  );
  app.all('/api/mcp/:workspace/manifest', () => wrongMethod('GET, OPTIONS'));

  app.get('/.well-known/x402', async () => {
    const shopfronts = await Promise.all((await listWorkspaces()).map((slug) => door.shopfront(slug)));
    const items = shopfronts.flatMap((shopfront) => itemsOf(shopfront, publicUrl));
    const resources = [...new Set(items.map(({ resource }) => resource))];
    return json({ version: 1, x402Version: 2, resources, items, receipts: receiptsOf(door) }, 200, shared);
  });

  // Clients that look for an authorization server must learn that there is none, not meet a page.
  app.get('/.well-known/*', (c) => c.notFound());
}

/** Whose key signs the receipts of all workspaces here, so that one can be held to it. */
const receiptsOf = ({ receiptSigner }: Door) => ({ format: 'eip712', signer: receiptSigner });

/** Terms, networks, tools, prices and tiers of a workspace. */
function manifestOf({ workspace, offers }: Shopfront, publicUrl: string) {
  const all = [...offers.values()];
  const networks = new Map(all.flatMap(({ terms }) => terms).map((terms) => [terms.network.name, terms]));
  return {
    workspace: { slug: workspace.slug, name: workspace.name },
    endpoints: {
      mcp: mcpUrl(publicUrl, workspace.slug),
      http: `${publicUrl}/api/x402/tools/${workspace.slug}/{tool}`,
      purchases: `${publicUrl}/api/purchases/{id}`,
      wallets: `${publicUrl}/api/wallets/{address}?workspace=${workspace.slug}`,
    },
    x402Versions: [1, 2],
    // The last two are offered where they apply: in an answer that settled, and in one that withholds something.
    extensions: ['payment-identifier', 'bazaar', 'offer-receipt', 'sign-in-with-x'],
    networks: [...networks.values()].map(({ network, payTo, maxTimeoutSeconds }) => ({
      network: network.name,
      caip2: network.caip2,
      testnet: network.testnet,
      asset: network.asset,
      payTo,
      maxTimeoutSeconds,
    })),
    tools: all.map((offer) => toolOf(offer, toolUrl(publicUrl, workspace.slug, offer.operation.name))),
  };
}

const toolOf = ({ operation, priceAtomic }: Offer, url: string) => ({
  name: operation.name,
  title: operation.title,
  description: withCaveat(operation.summary, operation),
  tier: operation.tier,
  price: priceAtomic === null ? null : { amountAtomic: priceAtomic.toString(), usd: formatUsdc(priceAtomic) },
  url,
  inputSchema: inputSchema(operation),
  outputSchema: outputSchema(operation),
});

/** Each priced operation twice, as it can be called: as a plain POST, and as a tool of the MCP endpoint. */
function itemsOf({ workspace, offers }: Shopfront, publicUrl: string) {
  const priced = [...offers.values()].filter(({ terms }) => terms.length > 0);
  return priced.flatMap(({ operation, terms }) => {
    const described = {
      x402Version: 2,
      accepts: terms.map(acceptsV2),
      description: withCaveat(operation.summary, operation),
    };
    const inputs = inputSchema(operation);
    return [
      {
        resource: toolUrl(publicUrl, workspace.slug, operation.name),
        type: 'http',
        ...described,
        metadata: { method: 'POST', bodyType: 'json', inputSchema: inputs },
      },
      {
        resource: mcpUrl(publicUrl, workspace.slug),
        type: 'mcp',
        ...described,
        metadata: { toolName: operation.name, transport: 'streamable-http', inputSchema: inputs },
      },
    ];
  });
}

const mcpUrl = (publicUrl: string, slug: string) => `${publicUrl}/api/mcp/${slug}`;
