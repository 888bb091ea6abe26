/**
 * A chain's newest block: as the node announces it, or, where it announces none or has fallen silent, as it answers when
 * asked. An announcement costs no method and comes sooner than a poll; silence is never taken for rest.
 */
import type { Block, Chain } from '../../chains/chain.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Time } from '../../kernel/time.ts';

export interface Pulse {
  /** The newest block heard of, the same object until there is news of another; undefined before the first. */
  head(): Block | undefined;
  /** How long ago that was, in milliseconds by our clock. */
  ageMs(): number;
  /** Whether new blocks are announced, and the last came lately enough that the next is worth waiting for. */
  announced(): boolean;
  /** Asks for the newest block. @throws {RpcUnavailable} */
  ask(): Promise<Block>;
  /** The newest block, asked for only where it is not announced. @throws {RpcUnavailable} */
  current(): Promise<Block>;
  /** Listens to announcements, anew after each end, until the signal aborts. */
  listen(onBlock: () => void, signal: AbortSignal): Promise<void>;
}

/** An announced block older than this is asked about. */
export const silentMs = 4_000;
/** When a subscription is tried again: after one that worked, and after one that was never granted. */
const againMs = 1_000;
const rarelyMs = 60_000;

interface State {
  head: Block | undefined;
  headAt: number;
  /** What ends the subscription that announces blocks now. */
  giveUp: (() => void) | undefined;
}

export function createPulse(chain: Pick<Chain, 'head' | 'follow'>, time: Time, log: Logger): Pulse {
  const state: State = { head: undefined, headAt: 0, giveUp: undefined };
  const learn = (head: Block) => {
    state.head = head;
    state.headAt = time.now();
  };
  const ageMs = () => time.now() - state.headAt;
  const announced = () => state.giveUp !== undefined && ageMs() < silentMs;
  const ask = async () => {
    const known = state.head;
    const head = await chain.head();
    // There was a block that nobody told of.
    if (known && head.number > known.number && state.head === known) state.giveUp?.();
    learn(known && isSame(known, head) ? known : head);
    return state.head!;
  };
  return {
    head: () => state.head,
    ageMs,
    announced,
    ask,
    current: async () => (announced() ? state.head! : ask()),
    async listen(onBlock, signal) {
      let isKnown = false;
      while (!signal.aborted) {
        const { heard, why } = await listenOnce(chain, state, signal, (head) => {
          learn(head);
          onBlock();
        });
        state.giveUp = undefined;
        // A node that never announces anything is worth one line, not one a minute.
        if (why && (heard || !isKnown))
          log.info({ error: why }, 'new blocks are not announced: asking for them');
        isKnown ||= !heard;
        await time.sleep(heard ? againMs : rarelyMs, signal);
      }
    },
  };
}

const isSame = (one: Block, other: Block) => one.number === other.number && one.timestamp === other.timestamp;

/** @returns whether anything was announced before it ended, and why it did where nobody here ended it. */
async function listenOnce(
  chain: Pick<Chain, 'follow'>,
  state: State,
  signal: AbortSignal,
  onHead: (head: Block) => void,
): Promise<{ heard: boolean; why?: string }> {
  const ending = new AbortController();
  const giveUp = () => ending.abort();
  try {
    await chain.follow(
      (head) => {
        state.giveUp = giveUp;
        onHead(head);
      },
      AbortSignal.any([signal, ending.signal]),
    );
    return { heard: state.giveUp === giveUp };
  } catch (error) {
    return { heard: state.giveUp === giveUp, why: (error as Error).message };
  }
}
