import { type DoorAnswer, fetchJson, type Purchase, readReply } from './door.ts';
import { Failure, type Terminal } from './terminal.ts';

/** How a state reads to whom paid; a state that is not here can still change soon. */
const settled: Record<string, string> = {
  delivered: 'delivered',
  lost: 'delivered',
  void: 'the payment can no longer be settled; nothing was charged',
  owed: 'paid and not delivered: the workspace owes the wallet this amount',
  refunding: 'paid and not delivered: the refund is on its way',
  refunded: 'paid and not delivered: the amount was refunded',
};

export const isDelivered = ({ state }: Purchase): boolean => settled[state] === 'delivered';

/** Nothing more will happen to the payment itself. */
export const isSettled = ({ state }: Purchase): boolean => Object.hasOwn(settled, state);

export const stateText = ({ state }: Purchase): string => settled[state] ?? `the purchase is ${state}`;

/**
 * Sends a paid call until the door gives an answer that does not ask for patience. It is the same payment each time:
 * the door answers a payment it knows from its own records, so repeating is safe, and signing another would pay twice.
 * @throws {Failure} `unknown_outcome` when the time is up and nothing is known
 */
export async function present(
  send: () => Promise<DoorAnswer>,
  waitMs: number,
  terminal: Terminal,
): Promise<DoorAnswer> {
  const until = terminal.clock() + waitMs;
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 8_000)) {
    const answer = await send().catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'unreachable') return error;
      throw error;
    });
    const why = answer instanceof Failure ? answer.message : reasonToRepeat(answer);
    if (why === undefined) return answer as DoorAnswer;
    if (terminal.clock() + pauseMs > until) {
      throw new Failure(
        `${why}. The payment was sent and its outcome is unknown; run the same command again, it repeats this payment`,
        'unknown_outcome',
      );
    }
    terminal.note(`${why}; repeating the same payment`);
    await terminal.sleep(pauseMs);
  }
}

/** A gateway's or a server's failure says nothing of the payment; "busy" says that its turn will come. */
function reasonToRepeat(answer: DoorAnswer): string | undefined {
  const { refusal, retryable, purchase } = readReply(answer);
  if (!refusal || purchase) return undefined;
  return answer.status >= 500 || retryable ? refusal.message : undefined;
}

/**
 * Asks the status address until the purchase settles, or the time is up.
 * @returns the purchase as it was seen last
 */
export async function follow(
  door: URL,
  purchase: Purchase,
  waitMs: number,
  terminal: Terminal,
): Promise<Purchase> {
  if (purchase.id === undefined) return purchase;
  // On the door's own origin, whatever address it gives out: what is asked for is told to nobody else.
  const url = new URL(`/api/purchases/${encodeURIComponent(purchase.id)}`, door);
  const until = terminal.clock() + waitMs;
  let last = purchase;
  for (
    let pauseMs = 250;
    !isSettled(last) && terminal.clock() + pauseMs <= until;
    pauseMs = Math.min(pauseMs * 2, 4_000)
  ) {
    await terminal.sleep(pauseMs);
    const answer = await fetchJson(terminal, url).catch(() => undefined);
    if (answer?.status === 200) last = answer.body as unknown as Purchase;
  }
  return last;
}
