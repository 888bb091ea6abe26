/** Changes to a ticket, one after the other: what one does next is no conflict with what one did just before. */

const last = new Map<string, Promise<unknown>>();

/** Does something with tickets once all that was asked for before it with any of them has its answer. */
export function inTurn<T>(ticketIds: readonly string[], work: () => Promise<T>): Promise<T> {
  const run = Promise.allSettled(ticketIds.map((ticketId) => last.get(ticketId))).then(work);
  for (const ticketId of ticketIds) last.set(ticketId, run);
  const ended = () => {
    for (const ticketId of ticketIds) if (last.get(ticketId) === run) last.delete(ticketId);
  };
  run.then(ended, ended);
  return run;
}

/** Whether something that one does with the ticket has no answer yet. */
export const isBusy = (ticketId: string): boolean => last.has(ticketId);

/** Where one's own changes led from one version to the next. */
const ledTo = new Map<string, number>();

/** Says that a change of one's own made this version of that one. */
export function led(ticketId: string, from: number, to: number): void {
  if (to > from) ledTo.set(`${ticketId} ${from}`, to);
}

/** The version that a ticket has if nobody but oneself changed it since it had this one. */
export function ownSince(ticketId: string, version: number): number {
  for (let now = version; ; ) {
    const next = ledTo.get(`${ticketId} ${now}`);
    if (next === undefined) return now;
    now = next;
  }
}
