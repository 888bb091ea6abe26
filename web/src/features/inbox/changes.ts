/** Changing tickets: shown at once, taken back if the server refuses, and undone by one key. */
import { useCallback } from 'react';
import { call, type InputOf, type OutputOf, Refusal } from '../../api/call.ts';
import { operationKey, queryClient } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
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

/** What was refused because somebody was faster is said as that. */
export function sayConflict(error: unknown): void {
  if (error instanceof Refusal && error.code === 'conflict') say(t('ticket.conflict'), { bad: true });
  else sayRefused(error);
}

/** @returns a function that changes the ticket as it is shown; it says `done`, with its undoing, when the server agreed. */
export function useChange(): (ticket: WholeTicket, change: Change, done: string) => Promise<boolean> {
  const { slug } = useWorkspace();
  return useCallback(
    async (ticket, change, done) => {
      const { ticketId, version } = ticket;
      const key = operationKey(slug, 'get_ticket', { ticketId });
      await queryClient.cancelQueries({ queryKey: key });
      queryClient.setQueryData<WholeTicket>(key, { ...ticket, ...change } as WholeTicket);
      const { snoozedUntil: _, openedToAgents: __, ...line } = change;
      const back = changeLines(slug, new Set([ticketId]), line);
      try {
        const after = await call(slug, 'update_ticket', { ticketId, version, ...change });
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
    },
    [slug],
  );
}

/** Only what was changed goes back, and only if nobody changed the ticket since. */
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
  if (before.snoozedUntil && before.status === 'snoozed') back.snoozedUntil = before.snoozedUntil;
  else delete back.snoozedUntil;
  const { ticketId } = before;
  const after = await call(slug, 'update_ticket', { ticketId, version, ...back });
  const key = operationKey(slug, 'get_ticket', { ticketId });
  queryClient.setQueryData<WholeTicket>(key, (now) => now && ({ ...now, ...back } as WholeTicket));
  seeVersion(slug, ticketId, after.version);
  await refreshTickets(slug, [before.ticketId]);
}
