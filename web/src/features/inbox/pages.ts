/** The pages of a list that moves: what was read anew is joined to what follows it, so that nothing falls between two pages. */
import type { InfiniteData } from '@tanstack/react-query';
import type { FoundLine } from './views.ts';

export interface TicketPage {
  tickets: FoundLine[];
  hints?: string[];
  next?: string;
}
export type Pages = InfiniteData<TicketPage, string>;

/** What slid out behind a page is read so far; a list that is newer than that is scrolled through anew. */
const most = 10;

/**
 * Reads pages of a list again: the first, and those that hold what changed. Each begins where it began; what slid out behind
 * it is read too, up to a ticket that stands where it stood. Pages that this takes the place of are gone.
 * @param changed tickets that may stand elsewhere now
 */
export async function readAgain(
  data: Pages,
  changed: ReadonlySet<string>,
  read: (cursor: string) => Promise<TicketPage>,
): Promise<Pages> {
  const stands = ({ ticketId }: FoundLine) => !changed.has(ticketId);
  const fresh = await Promise.all(
    data.pages.map(({ tickets }, at) =>
      at === 0 || !tickets.every(stands) ? read(data.pageParams[at]!) : undefined,
    ),
  );
  const known = data.pages.map((page, at) => fresh[at] ?? page);
  /** The last of those behind that the page reaches into. */
  const reached = ({ tickets }: TicketPage, at: number): number => {
    const held = new Set(tickets.filter(stands).map(({ ticketId }) => ticketId));
    return known.findLastIndex(
      (page, behind) => behind > at && page.tickets.some((one) => held.has(one.ticketId)),
    );
  };
  const again: Pages = { pages: [], pageParams: [] };
  const add = (page: TicketPage, param: string) => {
    again.pages.push(page);
    again.pageParams.push(param);
  };
  for (let at = 0; at < known.length; at++) {
    let page = known[at]!;
    add(page, data.pageParams[at]!);
    if (!fresh[at]) continue;
    let to = reached(page, at);
    for (let reads = 0; to < 0 && page.next && page.next !== data.pageParams[at + 1]; reads++) {
      if (at === known.length - 1 || reads === most) return again;
      const param: string = page.next;
      page = await read(param);
      add(page, param);
      to = reached(page, at);
    }
    if (!page.next) return again;
    at = Math.max(at, to - 1);
  }
  return again;
}
