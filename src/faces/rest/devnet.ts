import type { Hono } from 'hono';
import { type EvmNetwork, findNetwork, type SvmNetwork } from '../../chains/networks.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import type { ClientOf } from '../client-address.ts';
import { readJson } from '../http-body.ts';
import { json, noStore, wrongMethod } from '../http-reply.ts';
import type { Limits } from '../limits.ts';

/** The part of the devnet that the faucet needs. */
export interface DevnetPort {
  networks: readonly { network: EvmNetwork | SvmNetwork; rpcUrl: string }[];
  /** Gives USDC, up to a bound. @throws {PosternError} `invalid_arguments`, `not_found` */
  fund(networkName: string, address: string): Promise<object>;
}

export interface FaucetPorts {
  limits: Limits;
  clientOf: ClientOf;
}

/** `GET /devnet` and `POST /devnet/faucet {network, address}`. Mounted only where the chains are our own local ones. */
export function mountDevnet(app: Hono, devnet: DevnetPort, { limits, clientOf }: FaucetPorts): void {
  app.get('/devnet', () =>
    json({
      networks: devnet.networks.map(({ network, rpcUrl }) => ({
        network: network.name,
        caip2: network.caip2,
        rpcUrl,
        asset: network.asset,
        ...(network.family === 'evm' && { chainId: network.chainId, domain: network.domain }),
      })),
    }),
  );
  app.post('/devnet/faucet', async (c) => {
    await limits.faucet(clientOf(c));
    const { network, address } = faucetRequest(await readJson(c.req.raw));
    return json(await devnet.fund(findNetwork(network)?.name ?? network, address), 200, noStore);
  });
  app.all('/devnet/faucet', () => wrongMethod('POST, OPTIONS'));
}

function faucetRequest(body: Json): { network: string; address: string } {
  const { network, address } = body !== null && typeof body === 'object' && !Array.isArray(body) ? body : {};
  if (typeof network === 'string' && typeof address === 'string') return { network, address };
  throw new PosternError('invalid_arguments', 'The body must be {"network": …, "address": …}, both strings.');
}
