/**
 * The relayer's looking back: a payment was credited in a block, and a reorganisation deeper than the network's
 * confirmations can take that block away. While the newest such block stands, all below it stand too, so an undisturbed
 * network is asked for one header a pass, and for none once its payments lie deep.
 */
import type { Block } from '../../chains/chain.ts';
import type { CreditedBlock } from '../book.ts';
import type { RelayerPorts } from './relayer.ts';
import { reorgBlocks } from './watch.ts';

/** What one network's passes remember: the newest credited block that the chain had at the last one. */
export interface Standing {
  newest?: CreditedBlock;
}

/**
 * Compares the blocks of credited payments with the chain's, as far back as reorganisations are reckoned with. Payments of
 * a block that is another now are open again: they are credited where they lie, sent again, or end void.
 * @returns how many were opened.
 */
export async function lookBack(
  ports: Pick<RelayerPorts, 'book' | 'chain' | 'log'>,
  standing: Standing,
  head: Block,
): Promise<number> {
  const { book, chain, log } = ports;
  const network = chain.network.name;
  const floor = head.number > reorgBlocks ? head.number - reorgBlocks : 0n;
  const { newest } = standing;
  let blocks = await book.creditedBlocks(network, newest && newest.number > floor ? newest.number : floor);
  let seen = await compare(ports, blocks);
  // Where what stood at the last pass is gone, nothing is known of those below it.
  const stands = newest && seen.standing.some(({ hash }) => hash === newest.hash);
  if (newest && newest.number > floor && !stands) {
    blocks = await book.creditedBlocks(network, floor);
    seen = await compare(ports, blocks);
  }
  standing.newest = seen.standing.at(-1);
  if (seen.gone.length === 0) return 0;
  const opened = await book.reopen(network, seen.gone);
  log.warn({ blocks: seen.gone.length, settlements: opened }, 'payments were reorganised away');
  return opened.length;
}

/** A height that the node does not have (yet) tells nothing: it may lag, and a chain that was cut back grows again. */
async function compare({ chain }: Pick<RelayerPorts, 'chain'>, blocks: readonly CreditedBlock[]) {
  const hashes = blocks.length > 0 ? await chain.blockHashes(blocks.map(({ number }) => number)) : [];
  return {
    standing: blocks.filter(({ hash }, i) => hashes[i] === hash),
    gone: blocks.filter(({ hash }, i) => hashes[i] !== undefined && hashes[i] !== hash),
  };
}
