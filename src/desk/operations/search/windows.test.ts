import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Desk, desk, operator } from '../../../../test/desk.ts';

const many = 590;

/** The newest have all the words and none of the exact words; `exact` says which do, by how many are newer. */
async function crowd(on: Desk, exact: Readonly<Record<number, string>>): Promise<void> {
  const subjects = Array.from({ length: many }, (_, newer) => exact[newer] ?? 'hood and lens').reverse();
  await on.db
    .updateTable('workspaces')
    .set({ nextTicketNumber: BigInt(many + 1) })
    .where('id', '=', on.workspace.id)
    .execute();
  await sql`insert into tickets (workspace_id, id, number, subject, status, channel, created_at, updated_at)
    select ${on.workspace.id}, 'tkt_' || ${on.workspace.slug}::text || n, n, subject, 'open', 'email', now(), now()
    from unnest(${subjects}::text[]) with ordinality as t (subject, n)`.execute(on.db);
}

test('exact words of which each is frequent are looked for in 200 tickets a call, and page by page in all', async () => {
  const acme = await desk('windows');
  await crowd(acme, {
    150: 'lens hood',
    250: 'hood lens',
    500: 'the lens hood, a "pair"',
    575: 'lens hood',
  });
  /** What each page has, by how many are newer. */
  const pages = async (query: string): Promise<number[][]> => {
    const found: number[][] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await acme.call(operator, 'search_tickets', { query, ...(cursor ? { cursor } : {}) });
      found.push((page.tickets as { number: number }[]).map(({ number }) => many - number));
      cursor = page.next as string | undefined;
    }
    return found;
  };
  assert.deepEqual(await pages('"lens hood"'), [[150], [], [500, 575]]);
  assert.deepEqual(await pages('"hood lens"'), [[], [250], []]);
  // Words that say nothing by themselves, as if all had them.
  assert.deepEqual((await pages('"hood with lens"')).flat(), []);
});
