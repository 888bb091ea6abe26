/** The chain port over Solana's JSON-RPC. Whatever answers in a form that is not its own has not answered. */
import { z } from 'zod';
import { type Rpc, type RpcCall, type RpcResult, RpcUnavailable } from '../evm/rpc.ts';
import type { SvmNetwork } from '../networks.ts';
import { ask, parse, resultOf } from './answers.ts';
import { toBase58 } from './base58.ts';
import type { SignatureStatus, Simulation, SvmChain, SvmHead, TokenAccount } from './chain.ts';
import { token2022Program, tokenProgram } from './instructions.ts';
import { transfersTo } from './transfers.ts';

/** Blocks that a blockhash lasts beside its own (`MAX_PROCESSING_AGE`). */
const blockhashAge = 150n;
/** What a node takes in one call. */
const maxAccounts = 100;
const maxSignatures = 256;
const clockSysvar = 'SysvarC1ock11111111111111111111111111111111';

/** A count of blocks, slots, units or lamports. Beyond 2^53 JSON has lost digits, so it is no number we can use. */
const count = z.number().int().min(0).transform(BigInt);
const confirmed = { commitment: 'confirmed' };
const finalized = { commitment: 'finalized' };

const withContext = <T extends z.ZodType>(value: T) =>
  z.object({ context: z.object({ slot: count }), value });
const epochInfo = z.object({ absoluteSlot: count, blockHeight: count });
const latest = withContext(z.object({ blockhash: z.string(), lastValidBlockHeight: count }));
const rawAccount = z
  .object({ owner: z.string(), data: z.tuple([z.string(), z.literal('base64')]) })
  .nullable()
  .transform((account) => account && { owner: account.owner, data: Buffer.from(account.data[0], 'base64') });
/** The chain's word for a failure: a name, or an object around one. */
const chainError = z
  .union([z.null(), z.string(), z.record(z.string(), z.unknown())])
  .transform((error) => (error === null ? undefined : JSON.stringify(error)));
const simulation = withContext(
  z.object({
    err: chainError,
    logs: z.array(z.string()).nullable(),
    unitsConsumed: count.optional(),
  }),
);
const status = z
  .object({
    slot: count,
    err: chainError,
    confirmationStatus: z.enum(['processed', 'confirmed', 'finalized']).nullish(),
    confirmations: count.nullish(),
  })
  .nullable();

/**
 * Codes by which a node judges a transaction: it would fail, a signature is wrong, it cannot be read, a precompile refused
 * it, its signatures are too few. Any other is of the node's own troubles, or its provider's.
 */
const verdictCodes = new Set([-32002, -32003, -32602, -32006, -32013]);

/** The chain of a network behind a node. */
export function svmChain(network: SvmNetwork, rpc: Rpc): SvmChain {
  return {
    network,
    head: () => head(rpc),
    async identity() {
      const [hash] = await ask(rpc, [call('getGenesisHash')]);
      return parse(z.string(), hash);
    },
    async latestBlockhash() {
      const [answer] = await ask(rpc, [call('getLatestBlockhash', confirmed)]);
      return parse(latest, answer).value;
    },
    blockhashBounds: (blockhashes) => blockhashBounds(rpc, blockhashes),
    tokenAccounts: (addresses) => tokenAccounts(rpc, addresses),
    simulate: (transactions, options) => simulate(rpc, transactions, options),
    send: (transactions) => send(rpc, transactions),
    statuses: (signatures, options) => statuses(rpc, signatures, options),
    async nativeBalance(address) {
      const [answer] = await ask(rpc, [call('getBalance', address, confirmed)]);
      return parse(withContext(count), answer).value;
    },
    transfersTo: (account, span) => transfersTo(rpc, account, span),
  };
}

const call = (method: string, ...params: unknown[]): RpcCall => ({ method, params });

async function head(rpc: Rpc): Promise<SvmHead> {
  const [at, final, clock] = await ask(rpc, [
    call('getEpochInfo', confirmed),
    call('getEpochInfo', finalized),
    call('getAccountInfo', clockSysvar, { ...confirmed, encoding: 'base64' }),
  ]);
  const { absoluteSlot: slot, blockHeight } = parse(epochInfo, at);
  const { absoluteSlot: finalizedSlot, blockHeight: finalizedHeight } = parse(epochInfo, final);
  const { value } = parse(withContext(rawAccount), clock);
  // A block's time can be asked for as well, but not of every node and not of every slot.
  if (value?.data.length !== 40) throw new RpcUnavailable('the node has no clock');
  return { slot, blockHeight, finalizedSlot, finalizedHeight, timestamp: value.data.readBigInt64LE(32) };
}

async function blockhashBounds(rpc: Rpc, blockhashes: readonly string[]): Promise<(bigint | undefined)[]> {
  if (blockhashes.length === 0) return [];
  const [info, ...answers] = await ask(rpc, [
    call('getEpochInfo', confirmed),
    ...blockhashes.map((blockhash) => call('isBlockhashValid', blockhash, confirmed)),
  ]);
  const { absoluteSlot, blockHeight } = parse(epochInfo, info);
  return answers.map((answer) => {
    const { context, value } = parse(withContext(z.boolean()), answer);
    // Behind one address there may be several nodes. In the slots that the second knew more of there was at most a block each.
    const since = context.slot > absoluteSlot ? context.slot - absoluteSlot : 0n;
    return value ? blockHeight + since + blockhashAge : undefined;
  });
}

async function tokenAccounts(rpc: Rpc, addresses: readonly string[]): Promise<(TokenAccount | undefined)[]> {
  const calls = chunks(addresses, maxAccounts).map((some) =>
    call('getMultipleAccounts', some, { ...confirmed, encoding: 'base64' }),
  );
  const answers = await ask(rpc, calls);
  const accounts = answers.flatMap((answer) => parse(withContext(z.array(rawAccount)), answer).value);
  if (accounts.length !== addresses.length) throw new RpcUnavailable('the node left out accounts');
  return accounts
    .map((account) => account && readTokenAccount(account))
    .map((account) => account ?? undefined);
}

/** The token program's layout; Token-2022 appends to it, and says by a byte of 2 that it is an account. */
function readTokenAccount({
  owner: program,
  data,
}: {
  owner: string;
  data: Buffer;
}): TokenAccount | undefined {
  if (program !== tokenProgram && program !== token2022Program) return undefined;
  if (data.length !== 165 && !(program === token2022Program && data[165] === 2)) return undefined;
  const state = data[108]!;
  if (state === 0) return undefined;
  return {
    mint: toBase58(data.subarray(0, 32)),
    owner: toBase58(data.subarray(32, 64)),
    amountAtomic: data.readBigUInt64LE(64),
    frozen: state === 2,
    tokenProgram: program,
  };
}

async function simulate(
  rpc: Rpc,
  transactions: readonly string[],
  { sigVerify }: { sigVerify: boolean },
): Promise<Simulation[]> {
  const config = { ...confirmed, encoding: 'base64', sigVerify, replaceRecentBlockhash: false };
  const answers = await rpc(transactions.map((each) => call('simulateTransaction', each, config)));
  return answers.map((answer) => {
    const refusal = refusalOf(answer);
    if (refusal !== undefined) return { error: JSON.stringify(refusal), unitsConsumed: 0n, logs: [] };
    const { err, logs, unitsConsumed } = parse(simulation, resultOf(answer)).value;
    return { error: err, unitsConsumed: unitsConsumed ?? 0n, logs: logs ?? [] };
  });
}

async function send(rpc: Rpc, transactions: readonly string[]): Promise<(string | undefined)[]> {
  // It was simulated, and it is we who try again: a node that did so by itself would go on after we gave up.
  const config = { encoding: 'base64', skipPreflight: true, maxRetries: 0 };
  const answers = await rpc(transactions.map((each) => call('sendTransaction', each, config)));
  return answers.map((answer) => {
    const refusal = refusalOf(answer);
    if (refusal === undefined) parse(z.string(), resultOf(answer));
    return refusal;
  });
}

/** What the node holds against a transaction; undefined if nothing. @throws {RpcUnavailable} where the trouble is its own */
function refusalOf(answer: RpcResult): string | undefined {
  if (!('error' in answer) || !answer.error) return undefined;
  const { code, message } = answer.error;
  if (!verdictCodes.has(code)) throw new RpcUnavailable(`the node answered: ${message}`);
  return message;
}

async function statuses(
  rpc: Rpc,
  signatures: readonly string[],
  { searchHistory }: { searchHistory: boolean },
): Promise<{ slot: bigint; statuses: (SignatureStatus | undefined)[] }> {
  // Asked even for nothing, as the slot is an answer too.
  const lists = signatures.length > 0 ? chunks(signatures, maxSignatures) : [[]];
  const config = { searchTransactionHistory: searchHistory };
  const answers = (
    await ask(
      rpc,
      lists.map((some) => call('getSignatureStatuses', some, config)),
    )
  ).map((answer) => parse(withContext(z.array(status)), answer));
  const all = answers.flatMap(({ value }) => value);
  if (all.length !== signatures.length) throw new RpcUnavailable('the node left out signatures');
  return {
    slot: answers.map(({ context }) => context.slot).toSorted((a, b) => Number(a - b))[0]!,
    statuses: all.map((each) => (each ? statusOf(each) : undefined)),
  };
}

function statusOf({ slot, err, confirmationStatus, confirmations }: NonNullable<z.output<typeof status>>) {
  // Where a node does not say it: what has no count of confirmations any more is rooted.
  const confirmation = confirmationStatus ?? (confirmations === null ? 'finalized' : 'processed');
  return { slot, error: err, confirmation };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
