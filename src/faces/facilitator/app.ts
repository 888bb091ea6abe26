/** The facilitator by itself, over HTTP, for anyone's resource server: x402 versions 1 and 2, a bearer token each. */
import { type Context, Hono } from 'hono';
import { RpcUnavailable } from '../../chains/evm/rpc.ts';
import { findNetwork, type Network } from '../../chains/networks.ts';
import type { ClientSettlement } from '../../facilitator/clients/queue.ts';
import type { Settle } from '../../facilitator/clients/settle.ts';
import type { Client } from '../../facilitator/clients/tokens.ts';
import type { Facilitator } from '../../facilitator/facilitator.ts';
import { assert, PosternError } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import { hashJson, type Json } from '../../kernel/json.ts';
import type { Logger } from '../../kernel/log.ts';
import type { ClientOf } from '../client-address.ts';
import { onlyHosts } from '../http.ts';
import { readJson } from '../http-body.ts';
import { json, problem, visibleError, wrongMethod } from '../http-reply.ts';
import type { Limits } from '../limits.ts';
import { type DevnetPort, mountDevnet } from '../rest/devnet.ts';
import {
  type About,
  type Asked,
  refusedAnswer,
  settledAnswer,
  settlementAnswer,
  validAnswer,
} from './answers.ts';
import type { FacilitatorLimits } from './limits.ts';
import { type FacilitatorRequest, readRequest } from './request.ts';

export interface FacilitatorAppPorts {
  facilitator: Facilitator;
  /** Every network it was given. */
  networks: readonly Network[];
  /** Addresses of ours that transactions come from, by a CAIP-2 pattern of the networks that they sign on. */
  signers: Readonly<Record<string, readonly string[]>>;
  settle: Settle;
  /** The client that a token belongs to. */
  findClient(token: string): Promise<Client | undefined>;
  /** A settlement of the client's own. */
  findSettlement(clientId: string, id: string): Promise<ClientSettlement | undefined>;
  limits: FacilitatorLimits;
  clientOf: ClientOf;
  allowedHosts: readonly string[];
  /** Only where the chains are local ones of our own, with the limits of its faucet. */
  devnet: { port: DevnetPort; limits: Limits } | undefined;
  log: Logger;
}

/** Settles that one process carries at once. Each may wait for its settlement. */
const maxSettlesAtOnce = 2_000;

/** `POST /verify`, `POST /settle`, `GET /supported`, `GET /settlements/{id}`, `GET /health`. */
export function createFacilitatorApp(ports: FacilitatorAppPorts): Hono {
  const { log, limits, clientOf, devnet } = ports;
  const authenticate = createAuthenticate(ports);
  const asking = { ...ports, authenticate };
  const app = new Hono();
  // Before the check of the host, for whoever watches the server asks by its address.
  app.get('/health', () => json({ status: 'ok' }));
  app.use(onlyHosts(ports.allowedHosts));
  app.get('/supported', async (c) => {
    await limits.stranger(clientOf(c));
    return json(supported(ports));
  });
  app.get('/settlements/:id', async (c) => {
    const client = await authenticate(c);
    const id = c.req.param('id');
    const found = isId('stl', id) ? await ports.findSettlement(client.id, id) : undefined;
    if (!found) throw new PosternError('not_found', 'This token has no settlement of that id.');
    return settlementAnswer(found, networkOf(found.network).caip2);
  });
  app.post('/verify', (c) => answer(asking, c, 'verify', verify));
  app.post(
    '/settle',
    atMost(maxSettlesAtOnce, (c) => answer(asking, c, 'settle', settle)),
  );
  for (const path of ['/verify', '/settle']) app.all(path, () => wrongMethod('POST'));
  if (devnet) mountDevnet(app, devnet.port, { limits: devnet.limits, clientOf });
  app.notFound((c) => problem(new PosternError('not_found', `Nothing is at ${c.req.path}.`)));
  app.onError((error) => problem(visibleError(error, log)));
  return app;
}

function networkOf(name: string): Network {
  const network = findNetwork(name);
  assert(network, `a settlement is on ${name}, which is not in the table`);
  return network;
}

/** Each network that could settle now, under the name of either version; on Solana with the key that signs first. */
function supported({ facilitator, networks, signers }: FacilitatorAppPorts) {
  const open = networks.filter((network) => facilitator.available(network));
  const kinds = open.flatMap((network) => {
    const feePayer = facilitator.feePayer(network);
    const extra = feePayer === undefined ? {} : { extra: { feePayer } };
    return [
      { x402Version: 2, scheme: 'exact', network: network.caip2, ...extra },
      { x402Version: 1, scheme: 'exact', network: network.name, ...extra },
    ];
  });
  return { kinds, extensions: [], signers };
}

type Authenticate = (c: Context) => Promise<Client>;

/** Finds who asks. The answer's errors: `unauthorized`, `rate_limited`. */
function createAuthenticate({ findClient, limits, clientOf }: FacilitatorAppPorts): Authenticate {
  /** Tokens that were good: who guesses from the same address takes nothing from them. Every other costs a look. */
  const known = new Set<string>();
  return async (c) => {
    const caller = clientOf(c);
    const token = /^Bearer ([\w-]{1,200})$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (token === undefined || !known.has(token)) await limits.mayTry(caller);
    const client = token === undefined ? undefined : await findClient(token);
    if (token === undefined || !client) {
      known.delete(token ?? '');
      await limits.stranger(caller);
      throw new PosternError('unauthorized');
    }
    known.add(token);
    await limits.token(client.id);
    return client;
  };
}

interface Asking {
  c: Context;
  client: Client;
  body: Json;
  request: FacilitatorRequest;
}

/** One request, whose every end has the shape of what was asked. */
async function answer(
  ports: FacilitatorAppPorts & { authenticate: Authenticate },
  c: Context,
  asked: Asked,
  work: (ports: FacilitatorAppPorts, asking: Asking) => Promise<Response>,
): Promise<Response> {
  const about: About = {};
  try {
    const client = await ports.authenticate(c);
    const body = await readJson(c.req.raw);
    const request = readRequest(body, client);
    about.payer = request.payment.payer;
    about.network = nameOf(request);
    return await work(ports, { c, client, body, request });
  } catch (error) {
    const known = error instanceof RpcUnavailable ? new PosternError('no_network') : error;
    return refusedAnswer(visibleError(known, ports.log), asked, about);
  }
}

/** The network's name in the version that was asked. */
const nameOf = ({ payment: { x402Version, network } }: FacilitatorRequest): string =>
  x402Version === 1 ? network.name : network.caip2;

async function verify({ facilitator }: FacilitatorAppPorts, { request }: Asking): Promise<Response> {
  const { payment, demand } = request;
  if (!facilitator.available(demand.network, demand.payTo)) throw new PosternError('no_network');
  await facilitator.verify(payment, demand);
  return validAnswer(payment.payer);
}

async function settle(ports: FacilitatorAppPorts, { c, client, body, request }: Asking): Promise<Response> {
  const { payment, demand } = request;
  const idempotencyKey = readKey(c.req.header('idempotency-key'));
  const tokenId = client.id;
  const settled = await ports.settle({ tokenId, payment, demand, idempotencyKey, bodyHash: hashJson(body) });
  return settledAnswer(settled, payment.payer, nameOf(request));
}

function readKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new PosternError('invalid_request', 'Idempotency-Key must be 1 to 255 printable characters.');
}

/** Refuses what comes while so many are under way: each is kept in memory. */
function atMost(most: number, work: (c: Context) => Promise<Response>): (c: Context) => Promise<Response> {
  let underWay = 0;
  return async (c) => {
    if (underWay >= most) return refusedAnswer(new PosternError('busy'), 'settle', {});
    underWay += 1;
    try {
      return await work(c);
    } finally {
      underWay -= 1;
    }
  };
}
