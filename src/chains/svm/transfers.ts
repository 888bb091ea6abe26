/** What came into a token account, from the chain's own history: for reconciliation, never for a payment. */
import { z } from 'zod';
import type { Rpc } from '../evm/rpc.ts';
import { ask, parse } from './answers.ts';
import type { TokenTransfer } from './chain.ts';

/** What a node gives in one answer. */
const pageSize = 1000;

const slot = z.number().int().min(0).transform(BigInt);
const page = z.array(z.object({ signature: z.string(), slot, err: z.unknown() }));
const balance = z.object({
  accountIndex: z.number().int(),
  mint: z.string(),
  owner: z.string().optional(),
  uiTokenAmount: z.object({ amount: z.string().regex(/^\d+$/).transform(BigInt) }),
});
const transaction = z.object({
  slot,
  meta: z.object({
    err: z.null(),
    preTokenBalances: z.array(balance),
    postTokenBalances: z.array(balance),
    loadedAddresses: z.object({ writable: z.array(z.string()), readonly: z.array(z.string()) }).nullish(),
  }),
  transaction: z.object({ message: z.object({ accountKeys: z.array(z.string()) }) }),
});
type Transaction = z.output<typeof transaction>;

/** Oldest first. */
export async function transfersTo(
  rpc: Rpc,
  account: string,
  { fromSlot, toSlot }: { fromSlot: bigint; toSlot: bigint },
): Promise<TokenTransfer[]> {
  const signatures = await signaturesOf(rpc, account, { fromSlot, toSlot });
  return readTransfers(rpc, account, signatures);
}

/** What succeeded and named the account in those slots, oldest first. */
export async function signaturesOf(
  rpc: Rpc,
  account: string,
  { fromSlot, toSlot }: { fromSlot: bigint; toSlot: bigint },
): Promise<string[]> {
  const found: string[] = [];
  for (let before: string | undefined; ; ) {
    const config = { commitment: 'confirmed', limit: pageSize, before };
    const [answer] = await ask(rpc, [{ method: 'getSignaturesForAddress', params: [account, config] }]);
    const signatures = parse(page, answer);
    for (const { signature, slot, err } of signatures)
      if (err === null && slot >= fromSlot && slot <= toSlot) found.push(signature);
    before = signatures.at(-1)?.signature;
    if (signatures.length < pageSize || signatures.at(-1)!.slot < fromSlot) return found.toReversed();
  }
}

async function readTransfers(
  rpc: Rpc,
  account: string,
  signatures: readonly string[],
): Promise<TokenTransfer[]> {
  const config = { commitment: 'confirmed', encoding: 'json', maxSupportedTransactionVersion: 0 };
  const answers = await ask(
    rpc,
    signatures.map((signature) => ({ method: 'getTransaction', params: [signature, config] })),
  );
  return answers.flatMap((answer, i) => {
    const landed = parse(transaction, answer);
    const change = changes(landed);
    const into = change.find(({ address }) => address === account);
    if (!into || into.amount <= 0n) return [];
    const sources = new Set(
      change.filter(({ mint, amount }) => mint === into.mint && amount < 0n).map(({ owner }) => owner),
    );
    const [sourceOwner] = sources.size === 1 ? sources : [];
    return [{ signature: signatures[i]!, slot: landed.slot, amountAtomic: into.amount, sourceOwner }];
  });
}

/** How much each token account gained or lost. */
function changes({ meta, transaction: { message } }: Transaction) {
  const { preTokenBalances, postTokenBalances, loadedAddresses } = meta;
  const keys = [
    ...message.accountKeys,
    ...(loadedAddresses?.writable ?? []),
    ...(loadedAddresses?.readonly ?? []),
  ];
  const all = [...postTokenBalances, ...preTokenBalances];
  return [...new Map(all.map((each) => [each.accountIndex, each])).values()].map(
    ({ accountIndex, mint, owner }) => {
      const amountIn = (balances: typeof all) =>
        balances.find((each) => each.accountIndex === accountIndex)?.uiTokenAmount.amount ?? 0n;
      return {
        address: keys[accountIndex],
        mint,
        owner,
        amount: amountIn(postTokenBalances) - amountIn(preTokenBalances),
      };
    },
  );
}
