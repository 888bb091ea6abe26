/** Changing tickets: shown at once, taken back if the server refuses, and undone by one key. */
import { useCallback } from 'react';
import { call, type InputOf, type OutputOf, Refusal } from '../../api/call.ts';
import { operationKey, queryClient } from '../../api/queries.ts';
import { doing, say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { changeLines, refreshLists } from './use-tickets.ts';

export type WholeTicket = OutputOf<'get_ticket'>;
export type Change = Omit<InputOf<'update_ticket'>, 'ticketId' | 'version'>;

/** Shows tickets as the server has them, where they are shown. */
export async function refreshTickets(slug: string, ticketIds: readonly string[]): Promise<void> {
  await Promise.all([
    ...ticketIds.map((ticketId) =>
      queryClient.invalidateQueries({ queryKey: operationKey(slug, 'get_ticket', { ticketId }) }),
    ),
    refreshLists(slug, new Set(ticketIds)),
  ]);
}

/** What one has just done oneself is no conflict with what one does next. */
function seeVersion(slug: string, ticketId: string, version: number): void {
  queryClient.setQueryData<WholeTicket>(
    operationKey(slug, 'get_ticket', { ticketId }),
    (now) => now && { ...now, version: Math.max(now.version, version) },
  );
  changeLines(slug, new Set([ticketId]), { version });
}

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

/** What was refused because somebody was faster is said as that. */
export function sayConflict(error: unknown): void {
  if (error instanceof Refusal && error.code === 'conflict') say(t('ticket.conflict'), { bad: true });
  else sayRefused(error);
}

/** @returns a function that changes the ticket as it is shown; it says `done`, with its undoing, when the server agreed. */
export function useChange(): (ticket: WholeTicket, change: Change, done: string) => Promise<boolean> {
  const { slug } = useWorkspace();
  return useCallback(
    (ticket, change, done) =>
      doing(async () => {
        const { ticketId, version } = ticket;
        const key = operationKey(slug, 'get_ticket', { ticketId });
        await queryClient.cancelQueries({ queryKey: key });
        queryClient.setQueryData<WholeTicket>(key, { ...ticket, ...change } as WholeTicket);
        const { snoozedUntil: _, openedToAgents: __, ...line } = change;
        const back = changeLines(slug, new Set([ticketId]), line);
        try {
          const after = await call(slug, 'update_ticket', { ticketId, version, ...change });
          led(ticketId, version, after.version);
          seeVersion(slug, ticketId, after.version);
          say(done, { undo: () => takeBack(slug, ticket, after.version, change) });
          return true;
        } catch (error) {
          back();
          sayConflict(error);
          return false;
        } finally {
          void refreshTickets(slug, [ticketId]);
        }
      }),
    [slug],
  );
}

/** Only what was changed goes back, and only if nobody else changed the ticket since. */
export async function takeBack(
  slug: string,
  before: WholeTicket,
  version: number,
  change: Change,
): Promise<void> {
  const back = Object.fromEntries(
    Object.keys(change).map((field) => [field, before[field as keyof WholeTicket]]),
  ) as Change;
  // A ticket that was snoozed goes back to its time; one that was not has none to go back to.
  if (back.status === 'snoozed' && before.snoozedUntil) back.snoozedUntil = before.snoozedUntil;
  else delete back.snoozedUntil;
  const { ticketId } = before;
  const seen = ownSince(ticketId, version);
  const after = await call(slug, 'update_ticket', { ticketId, version: seen, ...back });
  led(ticketId, seen, after.version);
  const key = operationKey(slug, 'get_ticket', { ticketId });
  queryClient.setQueryData<WholeTicket>(key, (now) => now && ({ ...now, ...back } as WholeTicket));
  seeVersion(slug, ticketId, after.version);
  await refreshTickets(slug, [before.ticketId]);
}
