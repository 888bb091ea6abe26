import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Desk, desk, operator } from '../../../../test/desk.ts';

const many = 1_180;

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

test('exact words of which each is frequent are found in one call, as far as it reads', async () => {
  const acme = await desk('windows');
  // 200 documents are read at first, 600 at most.
  await crowd(acme, {
    300: 'lens hood',
    700: 'hood lens',
    1000: 'the lens hood, a "pair"',
    1150: 'lens hood',
  });
  const search = (query: string, cursor?: unknown) =>
    acme.call(operator, 'search_tickets', { query, ...(cursor ? { cursor: cursor as string } : {}) });
  const newer = (page: Record<string, unknown>) =>
    (page.tickets as { number: number }[]).map(({ number }) => many - number);
  const first = await search('"lens hood"');
  assert.deepEqual(newer(first), [300]);
  const second = await search('"lens hood"', first.next);
  assert.deepEqual(newer(second), [1_000, 1_150], 'the last of what was read, and all behind it');
  assert.equal(second.next, undefined);

  const empty = await search('"hood lens"');
  assert.deepEqual(newer(empty), [], 'it does not read on without end');
  assert.equal(empty.next, String(many - 599));
  const behind = await search('"hood lens"', empty.next);
  assert.deepEqual(newer(behind), [700]);

  // Words that say nothing by themselves are looked for in order, in fewer at a time.
  const none = await search('"hood with lens"', behind.next);
  const rest = await search('"hood with lens"', none.next);
  assert.deepEqual([newer(none), newer(rest), rest.next], [[], [], undefined]);
});
