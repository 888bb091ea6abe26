import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pages, readAgain, type TicketPage } from './pages.ts';

const size = 5;

/** A list that moves: tickets by what moved last, as the server pages it. */
function createList(count: number) {
  let at = 0;
  let next = 0;
  const moved = new Map<string, number>();
  const open = () => {
    const ticketId = `tkt_${next++}`;
    moved.set(ticketId, at++);
    return ticketId;
  };
  for (let i = 0; i < count; i++) open();
  const all = () => [...moved].sort(([, a], [, b]) => b - a);
  return {
    open,
    move: (ticketId: string) => void moved.set(ticketId, at++),
    close: (ticketId: string) => void moved.delete(ticketId),
    ids: () => all().map(([ticketId]) => ticketId),
    async read(cursor: string): Promise<TicketPage> {
      const rest = all().filter(([, when]) => cursor === '' || when < Number(cursor));
      const page = rest.slice(0, size);
      const tickets = page.map(([ticketId]) => ({ ticketId })) as TicketPage['tickets'];
      return { tickets, ...(rest.length > size && { next: String(page.at(-1)![1]) }) };
    },
  };
}

/** As many pages as were scrolled to. */
async function scrollTo(list: ReturnType<typeof createList>, pages: number): Promise<Pages> {
  const data: Pages = { pages: [], pageParams: [] };
  for (let cursor: string | undefined = ''; cursor !== undefined && data.pages.length < pages; ) {
    const page: TicketPage = await list.read(cursor);
    data.pages.push(page);
    data.pageParams.push(cursor);
    cursor = page.next;
  }
  return data;
}

const linesOf = ({ pages }: Pages): string[] => [
  ...new Set(pages.flatMap(({ tickets }) => tickets.map(({ ticketId }) => ticketId))),
];

/** Numbers that look random, the same each time. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

test('however a list moves, what is shown is its beginning without a gap, and its pages do not pile up', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const dice = createDice(seed);
    const list = createList(20 + dice(40));
    let data = await scrollTo(list, 1 + dice(8));
    for (let turn = 0; turn < 12; turn++) {
      const changed = new Set<string>();
      for (let moves = 1 + dice(12); moves > 0; moves--) {
        const what = dice(3);
        const ids = list.ids();
        const ticketId = what === 0 || ids.length === 0 ? list.open() : ids[dice(ids.length)]!;
        if (what === 1) list.move(ticketId);
        if (what === 2) list.close(ticketId);
        changed.add(ticketId);
      }
      data = await readAgain(data, changed, list.read);
      const lines = linesOf(data);
      assert.deepEqual(lines, list.ids().slice(0, lines.length), `seed ${seed}, turn ${turn}`);
      // The end is known where it is reached.
      if (!data.pages.at(-1)!.next)
        assert.equal(lines.length, list.ids().length, `seed ${seed}, turn ${turn}`);
    }
    const needed = Math.ceil(linesOf(data).length / size);
    assert.ok(data.pages.length <= 2 * needed + 4, `seed ${seed}: ${data.pages.length} pages for ${needed}`);
  }
});

test('where nothing slid out, only what changed is asked for again', async () => {
  const list = createList(30);
  const data = await scrollTo(list, 6);
  const asked: string[] = [];
  await readAgain(data, new Set([list.ids()[12]!]), (cursor) => {
    asked.push(cursor);
    return list.read(cursor);
  });
  assert.deepEqual(asked, [data.pageParams[0], data.pageParams[2]]);
});
