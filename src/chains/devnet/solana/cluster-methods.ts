/** Methods that ask where the cluster is. */
import { z } from 'zod';
import { commonConfig, contextSlot, type Method, read, version, withContext } from './node.ts';
import { blockhashAge } from './slots.ts';

const onlyConfig = z.tuple([commonConfig.nullish()]);

const at = (method: (node: Parameters<Method>[0], slot: bigint) => unknown): Method => {
  return (node, params) => method(node, contextSlot(node, read(onlyConfig, params)[0]));
};

export const clusterMethods: Record<string, Method> = {
  getHealth: () => 'ok',
  getVersion: () => ({ 'solana-core': version, 'feature-set': 0 }),
  getGenesisHash: ({ genesisHash }) => genesisHash,
  getSlot: at((_, slot) => slot),
  getBlockHeight: at(({ vm }, slot) => vm.slots.heightOf(slot)),
  getEpochInfo: at(({ vm }, slot) => ({
    absoluteSlot: slot,
    blockHeight: vm.slots.heightOf(slot),
    transactionCount: null,
    ...vm.slots.epochOf(slot),
  })),
  getLatestBlockhash: at(({ vm }, slot) =>
    withContext(slot, {
      blockhash: vm.slots.blockhashOf(slot),
      lastValidBlockHeight: vm.slots.heightOf(slot) + blockhashAge,
    }),
  ),
  isBlockhashValid(node, params) {
    const [blockhash, config] = read(z.tuple([z.string(), commonConfig.nullish()]), params);
    const slot = contextSlot(node, config);
    const of = node.vm.slots.slotOf(blockhash);
    return withContext(slot, of !== undefined && of <= slot && slot - of <= blockhashAge);
  },
  getBlockTime(node, params) {
    const [slot] = read(z.tuple([z.number().int().min(0)]), params);
    return node.vm.slots.timeOf(BigInt(slot));
  },
  getRecentPrioritizationFees: ({ vm }) => [{ slot: vm.slots.now(), prioritizationFee: 0 }],
};
