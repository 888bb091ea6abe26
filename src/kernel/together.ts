/**
 * What many ask for at the same moment is done once for all of them. Whoever comes while nothing is under way is served at
 * once, with those who come in the same turn; whoever comes while something is, waits for its end and goes with all who
 * wait by then. So nobody is delayed for company's sake, and the busier it is the larger the groups. A round trip to the
 * database costs this process some 0.2 ms and the server as much, whether it carries one item or fifty.
 */

export interface Company<Item> {
  /** Items with different keys are never in one group, and do not wait for each other. */
  key?: (item: Item) => unknown;
  /** Items of one group, at most. */
  most?: number;
  /**
   * Whether a group that failed is to be tried again, each item alone, so that one does not fail its neighbours. Not where
   * it may have taken effect, and an item cannot bear to be done twice.
   */
  again?: (error: unknown) => boolean;
}

/**
 * @param run answers for each item, in their order. What it throws is everyone's answer, but for `again`.
 * @returns a function that does one item, in company where there is any.
 */
export function together<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { key = () => undefined, most = 64, again = () => true }: Company<Item> = {},
): (item: Item) => Promise<Result> {
  interface Waiting {
    item: Item;
    resolve(result: Result): void;
    reject(error: unknown): void;
  }
  /** Those who wait, by key; a key is here while something of it is under way. */
  const queues = new Map<unknown, Waiting[]>();

  async function serve(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await run(group.map(({ item }) => item));
      for (const [i, { resolve }] of group.entries()) resolve(results[i]!);
    } catch (error) {
      if (group.length > 1 && again(error)) for (const one of group) await serve([one]);
      else for (const { reject } of group) reject(error);
    }
  }

  async function drain(of: unknown, queue: Waiting[]): Promise<void> {
    // The rest of the turn belongs to whoever else comes in it.
    await undefined;
    while (queue.length > 0) await serve(queue.splice(0, most));
    queues.delete(of);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      const of = key(item);
      const queue = queues.get(of);
      if (queue) return void queue.push({ item, resolve, reject });
      const begun = [{ item, resolve, reject }];
      queues.set(of, begun);
      void drain(of, begun);
    });
}
