/**
 * The reference stack as its own documentation sets it up: a Hono route behind `@x402/hono`, the `@x402/core`
 * facilitator with `@x402/evm`'s exact scheme in the same process, viem with its nonce manager. The route itself
 * does nothing, which favours this side: ours writes a ticket.
 *
 * Arguments: the chain's RPC address, payTo, and how often viem looks for a receipt in milliseconds (viem's own
 * default for this chain if absent). Prints where it listens.
 */
import { serve } from '@hono/node-server';
import { x402Facilitator } from '@x402/core/facilitator';
import type { FacilitatorClient } from '@x402/core/server';
import { toFacilitatorEvmSigner } from '@x402/evm';
import { ExactEvmScheme as FacilitatorScheme } from '@x402/evm/exact/facilitator';
import { ExactEvmScheme as ServerScheme } from '@x402/evm/exact/server';
import { paymentMiddleware, x402ResourceServer } from '@x402/hono';
import { Hono } from 'hono';
import { createWalletClient, http, publicActions } from 'viem';
import { generatePrivateKey, nonceManager, privateKeyToAccount } from 'viem/accounts';
import { baseSepolia } from 'viem/chains';
import { rpc } from './chain.ts';
import { benchNetwork } from './side.ts';

const [rpcUrl, payTo, pollingIntervalMs] = process.argv.slice(2) as [string, string, string?];

const account = privateKeyToAccount(generatePrivateKey(), { nonceManager });
await rpc(rpcUrl, 'anvil_setBalance', [account.address, `0x${(10n ** 21n).toString(16)}`]);
const wallet = createWalletClient({
  account,
  chain: baseSepolia,
  transport: http(rpcUrl),
  pollingInterval: pollingIntervalMs === undefined ? undefined : Number(pollingIntervalMs),
}).extend(publicActions);
// The signer's port is wider than viem's generics; the reference's own examples bridge the two in the same way.
const signer = toFacilitatorEvmSigner({ ...wallet, address: account.address } as unknown as Parameters<
  typeof toFacilitatorEvmSigner
>[0]);

const facilitator = new x402Facilitator().register(benchNetwork.caip2, new FacilitatorScheme(signer));
const inProcess: FacilitatorClient = {
  verify: (payload, requirements) => facilitator.verify(payload, requirements),
  settle: (payload, requirements) => facilitator.settle(payload, requirements),
  getSupported: async () =>
    facilitator.getSupported() as Awaited<ReturnType<FacilitatorClient['getSupported']>>,
};

const accepts = {
  scheme: 'exact',
  price: '$0.02',
  network: benchNetwork.caip2,
  payTo,
  maxTimeoutSeconds: 300,
};
const routes = { 'POST /tickets': { accepts, description: 'Open a ticket.', mimeType: 'application/json' } };
const resources = new x402ResourceServer(inProcess).register(benchNetwork.caip2, new ServerScheme());

const app = new Hono();
app.use(paymentMiddleware(routes, resources));
app.post('/tickets', async (context) => context.json({ ticket: await context.req.json() }));

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(`The reference is ready on http://127.0.0.1:${port}`),
);
process.once('SIGTERM', () => server.close(() => process.exit(0)));
