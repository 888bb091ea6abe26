/** One change to many tickets, and its undoing: each goes back to what it was. */
import { useCallback } from 'react';
import { call, type InputOf } from '../../api/call.ts';
import { doing, say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { refreshTickets, sayUndone } from './changes.ts';
import { inTurn, led, ownSince } from './in-turn.ts';
import { undoings } from './undoings.ts';
import { changeLines } from './use-tickets.ts';
import type { TicketLine } from './views.ts';

export type BulkChange = Omit<InputOf<'bulk_update'>, 'ticketIds' | 'versions'>;

/** What the server takes at once. */
const most = 100;

const chunks = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / most) }, (_, at) => all.slice(at * most, (at + 1) * most));

/** @returns a function that changes the tickets as they are shown, and says `done` with its undoing. */
export function useBulkChange(): (
  lines: readonly TicketLine[],
  change: BulkChange,
  done: string,
) => Promise<void> {
  const { slug } = useWorkspace();
  return useCallback(
    (lines, change, done) =>
      doing(async (said) => {
        const ids = lines.map(({ ticketId }) => ticketId);
        const { addTags: _, removeTags: __, snoozedUntil: ___, openedToAgents: ____, ...shown } = change;
        const back = changeLines(slug, new Set(ids), shown);
        try {
          const versions = await changeAll(slug, lines, change);
          const changed = lines.filter(({ ticketId }) => versions.has(ticketId));
          const refused = lines.length - changed.length;
          if (refused > 0) say(t('bulk.refused', { count: refused }), { bad: true });
          if (changed.length > 0) said(done, () => undo(slug, changed, versions, change));
        } catch (error) {
          back();
          sayUndone(error, t('bulk.unanswered', { count: lines.length }));
        } finally {
          void refreshTickets(slug, ids);
        }
      }),
    [slug],
  );
}

/** @returns by ticket the version that it has now, of those that changed. */
const changeAll = (
  slug: string,
  lines: readonly { ticketId: string; version: number }[],
  change: BulkChange,
): Promise<Map<string, number>> => {
  const inTheirTurn = lines.map(({ ticketId }) => ticketId);
  return inTurn(inTheirTurn, async () => {
    const versions = new Map<string, number>();
    for (const some of chunks(lines)) {
      const seen = some.map(({ ticketId, version }) => ownSince(ticketId, version));
      const ticketIds = some.map(({ ticketId }) => ticketId);
      const { results } = await call(slug, 'bulk_update', { ticketIds, versions: seen, ...change });
      for (const { ticketId, outcome, version } of results)
        if (outcome === 'ok' && version !== undefined) {
          versions.set(ticketId, version);
          led(ticketId, seen[ticketIds.indexOf(ticketId)]!, version);
          changeLines(slug, new Set([ticketId]), { version });
        }
    }
    return versions;
  });
};

async function undo(
  slug: string,
  before: readonly TicketLine[],
  versions: ReadonlyMap<string, number>,
  change: BulkChange,
): Promise<void> {
  let refused = 0;
  for (const { lines, back } of undoings(before, change)) {
    const now = lines.map(({ ticketId }) => ({ ticketId, version: versions.get(ticketId)! }));
    refused += now.length - (await changeAll(slug, now, back)).size;
  }
  await refreshTickets(
    slug,
    before.map(({ ticketId }) => ticketId),
  );
  if (refused > 0) throw new Error(t('bulk.refused', { count: refused }));
}
