/** What takes a change to many tickets back. */
import type { InputOf } from '../../api/call.ts';
import type { TicketLine } from './views.ts';

type BulkChange = Omit<InputOf<'bulk_update'>, 'ticketIds' | 'versions'>;

const fields = ['status', 'priority', 'assigneeId', 'teamId'] as const;

/** Tickets that go back the same way, together. */
export function undoings(
  before: readonly TicketLine[],
  change: BulkChange,
): { lines: TicketLine[]; back: BulkChange }[] {
  const ways = new Map<string, { lines: TicketLine[]; back: BulkChange }>();
  for (const line of before) {
    const back = backOf(line, change);
    if (Object.keys(back).length === 0) continue;
    const key = JSON.stringify(back);
    const way = ways.get(key) ?? { lines: [], back };
    way.lines.push(line);
    ways.set(key, way);
  }
  return [...ways.values()];
}

function backOf(line: TicketLine, change: BulkChange): BulkChange {
  const back: Record<string, unknown> = {};
  for (const field of fields)
    if (change[field] !== undefined && change[field] !== line[field]) back[field] = line[field] ?? null;
  if (change.snoozedUntil !== undefined) back.status = line.status;
  // One that was snoozed goes back to its time.
  if (back.status === 'snoozed') back.snoozedUntil = line.snoozedUntil;
  const added = change.addTags?.filter((tag) => !line.tags.includes(tag)) ?? [];
  const removed = change.removeTags?.filter((tag) => line.tags.includes(tag)) ?? [];
  return {
    ...(back as BulkChange),
    ...(added.length > 0 && { removeTags: added }),
    ...(removed.length > 0 && { addTags: removed }),
  };
}
