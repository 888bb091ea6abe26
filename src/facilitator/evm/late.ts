/**
 * The relayer's second thoughts: what ended void can still be undone by a reorganisation, or was judged by a node that
 * erred. So the chain is asked about it again, ever more rarely. Money that landed all the same is credited, and its
 * settlement is marked late: its purchase is not delivered any more, and the amount is owed.
 */
import type { Block } from '../../chains/chain.ts';
import type { Credit } from '../book.ts';
import type { RelayerPorts } from './relayer.ts';
import { findSpent } from './watch.ts';

/** How many one pass asks about. */
const passSize = 50;

/** Asks about the void settlements whose turn it is. @returns ids of those that landed after all. */
export async function lookForLate(
  ports: Pick<RelayerPorts, 'book' | 'chain' | 'log'>,
  head: Block,
): Promise<string[]> {
  const { book, chain, log } = ports;
  const network = chain.network.name;
  const settlements = await book.voided(network, passSize);
  if (settlements.length === 0) return [];
  const finalBlock = head.number - BigInt(chain.network.confirmations);
  const { states } = await chain.authorizations(settlements, finalBlock);
  const credits: Credit[] = [];
  for (const [i, settlement] of settlements.entries()) {
    if (!states[i]!.used) continue;
    const spent = await findSpent(ports, settlement, finalBlock);
    if (typeof spent === 'object') credits.push(spent);
  }
  const landed = await book.credit(network, credits);
  for (const settlement of landed) log.warn({ settlement }, 'a payment landed after it was called void');
  return landed;
}
