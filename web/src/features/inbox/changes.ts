/** Changing tickets: shown at once, taken back if the server refuses, and undone by one key. */
import { useCallback } from 'react';
import { call, type InputOf, type OutputOf, Refusal } from '../../api/call.ts';
import { operationKey, queryClient } from '../../api/queries.ts';
import { doing, say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { inTurn, isBusy, led, ownSince } from './in-turn.ts';
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

/** Says of what was shown as done already that it goes back, and why. */
export function sayUndone(error: unknown, unanswered: string): void {
  if (error instanceof Refusal && error.code === 'offline') say(unanswered, { bad: true });
  else sayConflict(error);
}

/** Shows a ticket as it is about to be. @returns what takes that back. */
async function showChange(slug: string, ticket: WholeTicket, change: Change): Promise<() => void> {
  const { ticketId } = ticket;
  const key = operationKey(slug, 'get_ticket', { ticketId });
  await queryClient.cancelQueries({ queryKey: key });
  queryClient.setQueryData<WholeTicket>(key, (now) => ({ ...(now ?? ticket), ...change }) as WholeTicket);
  const { snoozedUntil: _, openedToAgents: __, ...line } = change;
  return changeLines(slug, new Set([ticketId]), line);
}

/** @returns a function that changes the ticket as it is shown; it says `done`, with its undoing, when the server agreed. */
export function useChange(): (ticket: WholeTicket, change: Change, done: string) => Promise<boolean> {
  const { slug } = useWorkspace();
  return useCallback(
    (ticket, change, done) =>
      doing((said) => {
        const { ticketId } = ticket;
        const shown = showChange(slug, ticket, change);
        const turn = inTurn([ticketId], async () => {
          const back = await shown;
          try {
            const version = ownSince(ticketId, ticket.version);
            const after = await call(slug, 'update_ticket', { ticketId, version, ...change });
            led(ticketId, version, after.version);
            seeVersion(slug, ticketId, after.version);
            said(done, () => takeBack(slug, ticket, after.version, change));
            return true;
          } catch (error) {
            back();
            sayUndone(error, t('ticket.unanswered', { number: ticket.number }));
            return false;
          }
        });
        // Not before the last of them is in: what is shown already would go back for a moment.
        return turn.finally(() => {
          if (!isBusy(ticketId)) void refreshTickets(slug, [ticketId]);
        });
      }),
    [slug],
  );
}

/** Only what was changed goes back, and only if nobody else changed the ticket since. */
export function takeBack(slug: string, before: WholeTicket, version: number, change: Change): Promise<void> {
  const back = Object.fromEntries(
    Object.keys(change).map((field) => [field, before[field as keyof WholeTicket]]),
  ) as Change;
  // A ticket that was snoozed goes back to its time; one that was not has none to go back to.
  if (back.status === 'snoozed' && before.snoozedUntil) back.snoozedUntil = before.snoozedUntil;
  else delete back.snoozedUntil;
  const { ticketId } = before;
  return inTurn([ticketId], async () => {
    const seen = ownSince(ticketId, version);
    const after = await call(slug, 'update_ticket', { ticketId, version: seen, ...back });
    led(ticketId, seen, after.version);
    const key = operationKey(slug, 'get_ticket', { ticketId });
    queryClient.setQueryData<WholeTicket>(key, (now) => now && ({ ...now, ...back } as WholeTicket));
    seeVersion(slug, ticketId, after.version);
    await refreshTickets(slug, [ticketId]);
  });
}
