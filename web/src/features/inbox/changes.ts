/** Changing a ticket: shown at once, taken back if the server refuses, and undone by one key. */
import { useCallback } from 'react';
import { call, type InputOf, type OutputOf, Refusal } from '../../api/call.ts';
import { invalidate, operationKey, queryClient } from '../../api/queries.ts';
import { say, sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';

export type WholeTicket = OutputOf<'get_ticket'>;
export type Change = Omit<InputOf<'update_ticket'>, 'ticketId' | 'version'>;

const listed = ['list_tickets', 'search_tickets', 'count_tickets'] as const;

/** @returns a function that changes the ticket as it is shown; it says `done`, with its undoing, when the server agreed. */
export function useChange(): (ticket: WholeTicket, change: Change, done: string) => Promise<boolean> {
  const { slug } = useWorkspace();
  return useCallback(
    async (ticket, change, done) => {
      const key = operationKey(slug, 'get_ticket', { ticketId: ticket.ticketId });
      await queryClient.cancelQueries({ queryKey: key });
      queryClient.setQueryData<WholeTicket>(key, { ...ticket, ...change } as WholeTicket);
      try {
        const { ticketId, version } = ticket;
        const after = await call(slug, 'update_ticket', { ticketId, version, ...change });
        say(done, { undo: () => takeBack(slug, ticket, after.version, change) });
        return true;
      } catch (error) {
        if (error instanceof Refusal && error.code === 'conflict') say(t('ticket.conflict'), { bad: true });
        else sayRefused(error);
        return false;
      } finally {
        void queryClient.invalidateQueries({ queryKey: key });
        void invalidate(slug, listed);
      }
    },
    [slug],
  );
}

/** Only what was changed goes back, and only if nobody changed the ticket since. */
async function takeBack(slug: string, before: WholeTicket, version: number, change: Change): Promise<void> {
  const back = Object.fromEntries(
    Object.keys(change).map((field) => [field, before[field as keyof WholeTicket]]),
  ) as Change;
  // A ticket that was snoozed goes back to its time; one that was not has none to go back to.
  if (!before.snoozedUntil) delete back.snoozedUntil;
  await call(slug, 'update_ticket', { ticketId: before.ticketId, version, ...back });
  await invalidate(slug, ['get_ticket', ...listed]);
}
