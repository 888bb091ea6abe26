import { z } from 'zod';
import { type Rpc, RpcUnavailable } from '../evm/rpc.ts';
import type { SvmNetwork } from '../networks.ts';
import type { ChainView, ExplainedTransfer, Span } from '../view.ts';
import { ask, parse } from './answers.ts';
import { associatedTokenAddress, systemProgram } from './instructions.ts';
import { svmChain } from './rpc-chain.ts';
import { parseTransaction, TransactionUnreadable } from './transaction.ts';
import { signaturesOf } from './transfers.ts';

/** Two signatures: what a payment costs where nobody pays for priority. */
const lamportsPerPayment = 10_000n;
/** Slots that are asked for a time at once: some had no block. */
const slotsAsked = 8;
/** Blocks of a second, at most: a slot takes 400 ms. */
const blocksPerSecond = 3n;

const count = z.number().int().min(0).transform(BigInt);
const balance = z.object({
  accountIndex: z.number().int(),
  mint: z.string(),
  owner: z.string().optional(),
  uiTokenAmount: z.object({ amount: z.string().regex(/^\d+$/).transform(BigInt) }),
});
const landed = z
  .object({
    slot: count,
    blockTime: z.number().int().transform(BigInt).nullish(),
    meta: z.object({
      err: z.unknown(),
      preTokenBalances: z.array(balance),
      postTokenBalances: z.array(balance),
    }),
    transaction: z.tuple([z.string(), z.literal('base64')]),
  })
  .nullable();
type Landed = NonNullable<z.output<typeof landed>>;

/**
 * The view of a Solana cluster. Its blocks are slots; a transfer is what a transaction as a whole moved from one wallet's
 * accounts to another's, `transactionHash` and `blockHash` both the transaction's signature, as the ledger has them. Of a
 * wallet only its associated token account is watched: nothing else is paid.
 */
export function svmView(network: SvmNetwork, rpc: Rpc): ChainView {
  const chain = svmChain(network, rpc);
  const { asset: mint, tokenProgram } = network;
  const accountOf = (owner: string) => associatedTokenAddress({ owner, mint, tokenProgram });
  const finalBlock = async () => {
    const { finalizedSlot: number, timestamp } = await chain.head();
    return { number, timestamp: (await timeNear(rpc, number))?.time ?? timestamp };
  };
  const read = (signatures: readonly string[]) => readLanded(rpc, network, signatures);
  return {
    network,
    normal: (address) => address,
    finalBlock,
    async isOver(validBefore, forSeconds) {
      return (await chain.head()).finalizedHeight >= validBefore + forSeconds * blocksPerSecond;
    },
    blockAt: async (timestamp) => blockAt(rpc, await finalBlock(), timestamp),
    nativeBalances: (addresses) => Promise.all(addresses.map(chain.nativeBalance)),
    async tokenBalances(addresses) {
      const accounts = await chain.tokenAccounts(await Promise.all(addresses.map(accountOf)));
      return accounts.map((account) => account?.amountAtomic ?? 0n);
    },
    feePerPayment: async () => lamportsPerPayment,
    async transfers({ to, from }, { from: fromSlot, to: toSlot }: Span) {
      const signatures = new Set<string>();
      for (const owner of new Set([...to, ...from]))
        for (const signature of await signaturesOf(rpc, await accountOf(owner), { fromSlot, toSlot }))
          signatures.add(signature);
      const moved = [...(await read([...signatures])).values()].flatMap((transfers) => transfers ?? []);
      return moved
        .filter((transfer) => to.includes(transfer.to) || from.includes(transfer.from))
        .sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.creditIndex - b.creditIndex);
    },
    transaction: async (hash) => (await read([hash])).get(hash),
  };
}

/** What transactions moved, by their signature; undefined where the chain has none of that name. */
async function readLanded(
  rpc: Rpc,
  network: SvmNetwork,
  signatures: readonly string[],
): Promise<Map<string, ExplainedTransfer[] | undefined>> {
  const config = { commitment: 'confirmed', encoding: 'base64', maxSupportedTransactionVersion: 0 };
  const answers = await ask(
    rpc,
    signatures.map((signature) => ({ method: 'getTransaction', params: [signature, config] })),
  );
  const moved = await Promise.all(
    answers.map(async (answer, i) => {
      const transaction = parse(landed, answer);
      return transaction ? transfersOf(rpc, network, signatures[i]!, transaction) : undefined;
    }),
  );
  return new Map(moved.map((transfers, i) => [signatures[i]!, transfers]));
}

/**
 * Each wallet that gained, from the one that lost. The first has the index that payments are credited by, and a payment has
 * no other. Where several lost it is the first that is named; what was minted comes from the system program, and what was
 * burnt goes there.
 */
async function transfersOf(
  rpc: Rpc,
  network: SvmNetwork,
  signature: string,
  { slot, blockTime, meta, transaction: [base64] }: Landed,
): Promise<ExplainedTransfer[]> {
  if (meta.err !== null) return [];
  const changes = ownerChanges(network.asset, meta);
  const gained = changes.filter(({ amount }) => amount > 0n);
  const lost = changes.filter(({ amount }) => amount < 0n);
  const moves =
    gained.length > 0
      ? gained.map(({ owner, amount }) => ({ from: lost[0]?.owner ?? systemProgram, to: owner, amount }))
      : lost.map(({ owner, amount }) => ({ from: owner, to: systemProgram, amount: -amount }));
  if (moves.length === 0) return [];
  const at = blockTime ?? (await timeNear(rpc, slot))?.time;
  if (at === undefined) throw new RpcUnavailable('the node does not know when a block was made');
  const nonce = messageHashOf(base64);
  return moves.map(({ from, to, amount }, creditIndex) => ({
    transactionHash: signature,
    creditIndex,
    from,
    to,
    amountAtomic: amount,
    blockNumber: slot,
    blockHash: signature,
    at,
    nonce,
  }));
}

/** How much of the mint each wallet gained or lost, in the order of the transaction's accounts. */
function ownerChanges(mint: string, { preTokenBalances, postTokenBalances }: Landed['meta']) {
  const ofMint = (balances: Landed['meta']['preTokenBalances']) =>
    balances.filter((each) => each.mint === mint && each.owner !== undefined);
  const changes = new Map<string, bigint>();
  const all = [
    ...ofMint(postTokenBalances).map((each) => ({ ...each, sign: 1n })),
    ...ofMint(preTokenBalances).map((each) => ({ ...each, sign: -1n })),
  ].sort((a, b) => a.accountIndex - b.accountIndex);
  for (const { owner, sign, uiTokenAmount } of all)
    changes.set(owner!, (changes.get(owner!) ?? 0n) + sign * uiTokenAmount.amount);
  return [...changes].map(([owner, amount]) => ({ owner, amount }));
}

/** What names a payment; undefined for a transaction that no fee payer and wallet sign together, which is nobody's payment. */
function messageHashOf(base64: string): string | undefined {
  try {
    const { signers, messageHash } = parseTransaction(base64);
    return signers.length === 2 ? messageHash : undefined;
  } catch (error) {
    if (error instanceof TransactionUnreadable) return undefined;
    throw error;
  }
}

/** The first slot from this one on that has a block, and its time; undefined where the node knows none of the next few. */
async function timeNear(rpc: Rpc, slot: bigint): Promise<{ slot: bigint; time: bigint } | undefined> {
  const slots = Array.from({ length: slotsAsked }, (_, i) => slot + BigInt(i));
  // A slot without a block, or older than the node's history, is an error: that one is passed over.
  const answers = await rpc(slots.map((each) => ({ method: 'getBlockTime', params: [Number(each)] })));
  for (const [i, answer] of answers.entries())
    if ('result' in answer && typeof answer.result === 'number')
      return { slot: slots[i]!, time: BigInt(answer.result) };
  return undefined;
}

/** Slots that are older than the node's history count as earlier than any time: it could tell nothing of them. */
async function blockAt(
  rpc: Rpc,
  last: { number: bigint; timestamp: bigint },
  timestamp: bigint,
): Promise<bigint> {
  const isBefore = async (slot: bigint) => ((await timeNear(rpc, slot))?.time ?? -1n) < timestamp;
  let high = last.number + 1n;
  if (timestamp > last.timestamp) return high;
  let back = (last.timestamp - timestamp) * blocksPerSecond + 16n;
  let low = last.number > back ? last.number - back : 0n;
  while (low > 0n && !(await isBefore(low))) {
    high = low;
    back *= 2n;
    low = last.number > back ? last.number - back : 0n;
  }
  while (low < high) {
    const middle = (low + high) / 2n;
    if (await isBefore(middle)) low = middle + 1n;
    else high = middle;
  }
  return low;
}
