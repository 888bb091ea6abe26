/** What a call would cost and come to, before anything is signed. An operation made of the door's own ports. */
import { z } from 'zod';
import {
  type EffectOperation,
  forAgents,
  isPriced,
  isRead,
  type Operation,
  readOperation,
  type Scope,
} from '../catalogue/operation.ts';
import { permissionOf } from '../catalogue/permission.ts';
import { type Catalogue, parseInput } from '../catalogue/registry.ts';
import { type ErrorCode, PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { formatUsdc } from '../kernel/money.ts';
import { type ConductPorts, conductNow } from './conduct.ts';
import { readOffers, type TermsPorts } from './terms.ts';

export interface QuotePorts extends ConductPorts, Pick<TermsPorts, 'serves' | 'available' | 'feePayer'> {
  /** What is sold; it may hold the quote itself. */
  catalogue(): Catalogue;
}

const input = z.strictObject({
  tool: z.string().min(1).max(64).describe('Name of the tool that you mean to call.'),
  arguments: z
    .record(z.string(), z.unknown())
    .describe('The arguments that you mean to call it with, as one object.'),
  wallet: z
    .string()
    .regex(
      /^(0x[0-9a-fA-F]{40}|[1-9A-HJ-NP-Za-km-z]{32,44})$/,
      'must be an address: 0x and 40 hexadecimal digits, or base58',
    )
    .optional()
    .describe(
      'Address of the wallet that would pay. Without it no trust is had. What only its own tickets would show is not said: anybody may name a wallet.',
    ),
});

const output = z.object({
  tool: z.string().describe('Name of the tool.'),
  priceAtomic: z.string().describe('What the call costs, in millionths of a USDC; `0` for a free tool.'),
  priceUsd: z.string().describe('The same in dollars.'),
  networks: z
    .array(z.string())
    .describe('Networks that it can be paid on now (CAIP-2); empty for a free tool, or where none settles.'),
  outcome: z
    .enum(['reads', 'drafts', 'sends', 'queues'])
    .describe(
      'What the call would come to now: it only reads, adds something, sends, or queues a proposal for a person to approve or reject. A reply also waits where nobody has vouched for the customer’s address, which only the call tells.',
    ),
  wanted: z
    .boolean()
    .optional()
    .describe(
      'Whether the call would be taken now; false, for example, where a ticket wants no answer. Absent where only the wallet that opened the ticket may know: then call, for a call that is refused costs nothing.',
    ),
  reason: z
    .string()
    .optional()
    .describe('Where it would not be taken, or only of such a wallet: the code of the refusal.'),
  message: z.string().optional().describe('That refusal in words: what of the arguments it is about.'),
});

/** @throws {PosternError} from `read`: `tool_not_found`; `invalid_arguments`, naming each field that does not fit. */
export const quote = (ports: QuotePorts): Operation =>
  readOperation({
    name: 'quote',
    title: 'Ask what a call would cost and do',
    summary:
      'Says what a call of another tool would cost, whether it would send or wait for a person to approve it, and whether it would be taken at all, such as a reply to a ticket that still wants one. Reach for it before you sign a payment: nothing is signed, charged or changed. It is said as of now, and promises nothing for later.',
    tier: 'read',
    access: forAgents('viewer'),
    price: null,
    input,
    output,
    read: (scope, asked) => answer(ports, scope, asked),
  });

async function answer(
  ports: QuotePorts,
  scope: Scope,
  { tool, arguments: given, wallet }: z.output<typeof input>,
): Promise<z.input<typeof output>> {
  if (scope.caller.kind === 'credential') return ofOwnAgent(ports, scope, tool, given as JsonObject);
  const { tx, workspace } = scope;
  const offers = await readOffers({ ...ports, catalogue: ports.catalogue() }, tx, workspace.id);
  const offer = offers.get(tool);
  if (!offer)
    throw new PosternError('tool_not_found', `This workspace has no tool named ${JSON.stringify(tool)}.`);
  const priceAtomic = offer.priceAtomic ?? 0n;
  const parsed = parseInput(offer.operation, given as JsonObject);
  const address = wallet?.startsWith('0x') ? wallet.toLowerCase() : wallet;
  return {
    tool,
    priceAtomic: String(priceAtomic),
    priceUsd: formatUsdc(priceAtomic),
    networks: offer.terms.map(({ network }) => network.caip2),
    ...(await foresee(ports, offer.operation, scope, { parsed, wallet: address })),
  };
}

/** Of the workspace's own agents, who pay nothing: what the second door would make of it. */
async function ofOwnAgent(
  ports: QuotePorts,
  scope: Scope,
  tool: string,
  given: JsonObject,
): Promise<z.input<typeof output>> {
  const operation = ports.catalogue().get(tool);
  const permission = operation ? permissionOf(scope.caller, operation) : 'refused';
  if (!operation || permission === 'refused')
    throw new PosternError('tool_not_found', `This credential has no tool named ${JSON.stringify(tool)}.`);
  const parsed = parseInput(operation, given);
  const paused =
    operation.tier === 'send' && (await ports.breaker(scope.tx, scope.workspace.id)) === 'paused';
  const queues = permission === 'queues' || paused || (!isRead(operation) && operation.proposes === true);
  const outcome = queues ? 'queues' : untilQueued[operation.tier];
  const free = { tool, priceAtomic: '0', priceUsd: formatUsdc(0n), networks: [] };
  if (isRead(operation)) return { ...free, outcome, wanted: true };
  return { ...free, ...(await tried(operation, scope, parsed, outcome)) };
}

type Foreseen = Pick<z.input<typeof output>, 'outcome' | 'wanted' | 'reason' | 'message'>;

/**
 * Runs what is free of effect: `prepare`. The wallet is named and not proven, so its standing counts, which everybody may ask
 * for, and what it opened does not: who knows a ticket's id would learn whose it is.
 */
async function foresee(
  ports: QuotePorts,
  operation: Operation,
  scope: Scope,
  { parsed, wallet }: { parsed: JsonObject; wallet: string | undefined },
): Promise<Foreseen> {
  if (!isPriced(operation)) return { outcome: 'reads', wanted: true };
  const { tx, workspace } = scope;
  const conduct = await conductNow(ports, tx, operation, { workspaceId: workspace.id, wallet });
  const outcome = conduct === 'queues' || operation.proposes ? 'queues' : untilQueued[operation.tier];
  if (wallet !== undefined && (await ports.ledger.standing(tx, workspace.id, wallet)) === 'blocked')
    return { outcome, ...refusal(new PosternError('wallet_blocked')) };
  const { wanted, ...told } = await tried(
    operation,
    { ...scope, caller: { kind: 'anonymous' } },
    parsed,
    outcome,
  );
  return told.reason === ('not_found' satisfies ErrorCode)
    ? { ...told, outcome }
    : { ...told, outcome, wanted };
}

const refusal = ({ code, message }: PosternError) => ({ wanted: false, reason: code, message });

/** What `prepare` says of it. */
async function tried(
  operation: EffectOperation,
  scope: Scope,
  parsed: JsonObject,
  outcome: Foreseen['outcome'],
): Promise<Foreseen> {
  try {
    const plan = (await operation.prepare?.(scope, parsed)) ?? parsed;
    const queues = await operation.wouldQueue?.(scope, plan);
    return { outcome: queues ? 'queues' : outcome, wanted: true };
  } catch (error) {
    if (error instanceof PosternError) return { outcome, ...refusal(error) };
    throw error;
  }
}

const untilQueued = { read: 'reads', draft: 'drafts', send: 'sends' } as const;
