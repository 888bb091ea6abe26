/**
 * Settling through another x402 facilitator: each queued settlement is handed over by `POST /settle`, and that is all it
 * is asked to do. Neither its success nor its failure is a proof: the payment is the log pair that our own node shows, and
 * until that or the end of the window a settlement that was refused, or seems forgotten, is handed over again.
 */
import type { Hex } from 'viem';
import { z } from 'zod';
import type { EvmNetwork } from '../../chains/networks.ts';
import { unixSeconds } from '../../kernel/time.ts';
import type { Settlement } from '../book.ts';
import { type Carrier, identify } from './carrier.ts';
import { minSecondsLeft, plainGas, type RelayerPorts, requestOf } from './relayer.ts';

/** What another facilitator made of a settlement. `unclear`: it may have done anything. */
export type Answer = { kind: 'accepted' } | { kind: 'refused' | 'unclear'; why: string };

/** The port to another facilitator. Never rejects: whatever it does is an answer. */
export interface RemoteFacilitator {
  settle(settlement: Settlement, network: EvmNetwork, maxTimeoutSeconds: number): Promise<Answer>;
  /** CAIP-2 ids on which it settles scheme `exact`, version 2; undefined where it does not say. */
  supported(): Promise<ReadonlySet<string> | undefined>;
}

/** How long one request may take, and how much of an answer is read. */
const timeoutMs = 15_000;
const maxAnswerBytes = 64 * 1024;

const settleAnswer = z.object({ success: z.boolean(), errorReason: z.string().optional() });
const supportedAnswer = z.object({
  kinds: z.array(z.object({ x402Version: z.number(), scheme: z.string(), network: z.string() })),
});

/**
 * Over HTTP, as x402's own client speaks to a facilitator, version 2. Redirects are not followed: the token is meant for one host.
 * @param token sent as `Authorization: Bearer`
 */
export function httpFacilitator(url: string, token?: string, limits = { timeoutMs }): RemoteFacilitator {
  const base = url.replace(/\/+$/, '');
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const ask = async (
    path: string,
    body?: unknown,
    idempotencyKey?: string,
  ): Promise<{ status: number; json: unknown }> => {
    const response = await fetch(`${base}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { ...headers, ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}) },
      redirect: 'manual',
      signal: AbortSignal.timeout(limits.timeoutMs),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, json: parse(await readBounded(response)) };
  };

  return {
    async settle(settlement, network, maxTimeoutSeconds) {
      try {
        // Handed over again it is the same request, to be answered as the first was and not as a copy.
        const body = settleBody(settlement, network, maxTimeoutSeconds);
        const { status, json } = await ask('/settle', body, settlement.id);
        const answer = settleAnswer.safeParse(json);
        if (answer.success && !answer.data.success)
          return { kind: 'refused', why: answer.data.errorReason ?? 'no reason given' };
        if (answer.success && status === 200) return { kind: 'accepted' };
        // Who redirects, or refuses the request itself, has not looked at it.
        return { kind: status >= 300 && status < 500 ? 'refused' : 'unclear', why: `HTTP ${status}` };
      } catch (error) {
        return { kind: 'unclear', why: (error as Error).message };
      }
    },

    async supported() {
      try {
        const { kinds } = supportedAnswer.parse((await ask('/supported')).json);
        const ours = kinds.filter(({ x402Version, scheme }) => x402Version === 2 && scheme === 'exact');
        return new Set(ours.map(({ network }) => network));
      } catch {
        return undefined;
      }
    },
  };
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** @throws {Error} for more than is read of any answer */
async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > maxAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** From the stored row alone. */
function settleBody(settlement: Settlement, network: EvmNetwork, maxTimeoutSeconds: number) {
  const { payer, payTo, amountAtomic, validAfter, validBefore, nonce, signature } = settlement;
  const paymentRequirements = {
    scheme: 'exact',
    network: network.caip2,
    amount: String(amountAtomic),
    asset: network.asset,
    payTo,
    maxTimeoutSeconds,
    extra: { name: network.domain.name, version: network.domain.version },
  };
  const authorization = {
    from: payer,
    to: payTo,
    value: String(amountAtomic),
    validAfter: String(validAfter),
    validBefore: String(validBefore),
    nonce,
  };
  const paymentPayload = {
    x402Version: 2,
    accepted: paymentRequirements,
    payload: { signature, authorization },
  };
  return { x402Version: 2, paymentPayload, paymentRequirements };
}

/** How many requests may be under way on one network. */
const maxAtOnce = 64;
/** What was handed over and is not on the chain is handed over again after so long; longer than a request may take. */
const againSeconds = 20;
/** How often it is asked what it supports: while it answers well, and while it does not. How long an answer holds. */
const askMs = 30_000;
const askAgainMs = 5_000;
const holdsMs = 90_000;
/** So many settlements in a row that came to nothing, though they would pass, say that it cannot settle now. */
const maxFailures = 3;
/** For so long after the last of them. */
const restMs = 60_000;

/** No account of ours is the sender: simulations are made in nobody's name. */
const nobody: Hex = '0x0000000000000000000000000000000000000000';

type RemotePorts = Pick<RelayerPorts, 'book' | 'chain' | 'clock' | 'log'>;

/**
 * Another facilitator on one network: ready while it says that it settles there, and does.
 * @param answered called for each answer, for then the chain may have news of the settlement
 */
export function remoteRelayer(
  ports: RemotePorts,
  remote: RemoteFacilitator,
  answered: (settlementId: string) => void,
): Carrier {
  const { book, chain, clock, log } = ports;
  const { network } = chain;
  const health = createHealth(ports, remote);
  let underWay = 0;

  async function hand(settlement: Settlement): Promise<void> {
    const answer = await remote.settle(settlement, network, windowOf(settlement));
    if (answer.kind === 'accepted') health.succeeded();
    else {
      const { kind, why } = answer;
      log.warn({ settlement: settlement.id, kind, why }, 'the facilitator did not settle');
      // Only what would pass is its failure: the payer may have emptied the wallet.
      const [passes] = await chain.passes([requestOf(settlement, nobody, chain)], plainGas);
      if (passes) health.failed();
    }
    if (answer.kind === 'refused') await book.takeBack(settlement.id, answer.why);
    answered(settlement.id);
  }

  async function send(): Promise<number> {
    const free = maxAtOnce - underWay;
    if (free <= 0) return 0;
    const latest = unixSeconds(clock) + minSecondsLeft;
    const settlements = await book.handOver(network.name, latest, free, againSeconds);
    for (const settlement of settlements) {
      underWay++;
      // Not waited for: one that hangs holds up no other.
      hand(settlement)
        .catch((error: Error) => log.warn({ error: error.message }, 'the facilitator’s answer was not used'))
        .finally(() => {
          underWay--;
        });
    }
    return settlements.length;
  }

  return {
    sender: nobody,
    async open() {
      await Promise.all([identify(ports), health.ask()]);
    },

    senders: [send],

    async keep() {
      if (health.isDue()) void health.ask();
    },
    ready: () => health.isGood(),
    refuses: () => false,
  };
}

/** Seconds from the claim to the authorization's end: of the row alone, so that a second request is the first to the letter. */
const windowOf = ({ validBefore, createdAt }: Settlement): number =>
  Math.max(1, Number(validBefore) - Math.floor(createdAt.getTime() / 1000));

/** Whether the other facilitator says that it settles on the network, and does. */
function createHealth({ chain, clock }: RemotePorts, remote: RemoteFacilitator) {
  let failures = 0;
  let failedAt = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let supportedAt = Number.NEGATIVE_INFINITY;
  return {
    succeeded() {
      failures = 0;
    },
    failed() {
      failures++;
      failedAt = clock();
    },
    isDue() {
      const well = clock() - supportedAt <= askMs + askAgainMs;
      return clock() - askedAt >= (well ? askMs : askAgainMs);
    },
    async ask() {
      askedAt = clock();
      const supported = await remote.supported();
      if (supported?.has(chain.network.caip2)) supportedAt = clock();
      else if (supported) supportedAt = Number.NEGATIVE_INFINITY;
    },
    isGood: () => clock() - supportedAt < holdsMs && (failures < maxFailures || clock() - failedAt > restMs),
  };
}
