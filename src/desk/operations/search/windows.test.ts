import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Desk, desk, operator } from '../../../../test/desk.ts';

const many = 6_600;

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
  // 200 documents are read at first, 6,200 at most.
  await crowd(acme, {
    700: 'lens hood',
    6100: 'the lens hood, a "pair"',
    6300: 'hood lens',
    6500: 'lens hood',
  });
  const search = (query: string, cursor?: unknown) =>
    acme.call(operator, 'search_tickets', { query, ...(cursor ? { cursor: cursor as string } : {}) });
  const newer = (page: Record<string, unknown>) =>
    (page.tickets as { number: number }[]).map(({ number }) => many - number);
  const first = await search('"lens hood"');
  assert.deepEqual(newer(first), [700]);
  const second = await search('"lens hood"', first.next);
  assert.deepEqual(newer(second), [6_100, 6_500], 'the last of what was read, and all behind it');
  assert.equal(second.next, undefined);

  const empty = await search('"hood lens"');
  assert.deepEqual(newer(empty), [], 'it does not read on without end');
  assert.equal(empty.next, String(many - 6_199));
  const behind = await search('"hood lens"', empty.next);
  assert.deepEqual(newer(behind), [6_300]);

  const none = await search('"hood with lens"', behind.next);
  assert.deepEqual([newer(none), none.next], [[], undefined]);
});
