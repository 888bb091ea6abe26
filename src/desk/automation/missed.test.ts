import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Automated, admin, automated } from '../../../test/automation.ts';
import { operator } from '../../../test/desk.ts';
import type { JsonObject } from '../../kernel/json.ts';

const ada = { kind: 'operator', id: 'usr_ada', role: 'operator' } as const;

/** A desk that owes an answer and a resolution within the hour, and a ticket as old as that. */
async function late(
  slug: string,
  minutes: number,
): Promise<{ acme: Automated; ticketId: string; policyId: string }> {
  const acme = await automated(slug);
  await acme.member('usr_ada');
  const policy = { name: 'All', firstResponseMinutes: 60, resolutionMinutes: 60, inBusinessHours: false };
  const { policyId } = await acme.call(admin, 'create_sla_policy', policy);
  const ticketId = await acme.mailIn('ada@example.com');
  const ago = new Date(acme.now().getTime() - minutes * 60_000);
  for (const [table, column] of [
    ['tickets', 'id'],
    ['messages', 'ticketId'],
  ] as const)
    await acme.db
      .updateTable(table)
      .set({ createdAt: ago })
      .where(column as 'id', '=', ticketId)
      .execute();
  await acme.follow();
  return { acme, ticketId, policyId: policyId as string };
}

async function counted(on: Automated) {
  const days = [-1, 1].map((day) =>
    new Date(on.now().getTime() + day * 86_400_000).toISOString().slice(0, 10),
  );
  const { total } = await on.call(operator, 'report', { from: days[0]!, to: days[1]! });
  const { firstResponse, resolution } = total as Record<string, JsonObject>;
  return [firstResponse!.due, firstResponse!.kept, resolution!.due, resolution!.kept];
}

const become = async (on: Automated, ticketId: string, status: string) => {
  const { version } = await on.ticket(ticketId);
  await on.call(ada, 'update_ticket', { ticketId, version, status });
  await on.follow();
};

test('a due time that was missed stays missed while the ticket waits for its customer, and after', async () => {
  const { acme, ticketId } = await late('missed-pending', 180);
  assert.deepEqual(await counted(acme), [1, 0, 1, 0]);
  const { version } = await acme.ticket(ticketId);
  await acme.call(ada, 'reply', { ticketId, version, body: 'Try this.' });
  await acme.follow();
  assert.equal((await acme.ticket(ticketId)).status, 'pending');
  assert.deepEqual(await counted(acme), [1, 0, 1, 0]);
  await become(acme, ticketId, 'open');
  assert.deepEqual(await counted(acme), [1, 0, 1, 0], 'it is missed once');
  await become(acme, ticketId, 'closed');
  assert.deepEqual(await counted(acme), [1, 0, 1, 0]);
});

test('what was missed is no less so without its policy, or with another', async () => {
  for (const change of ['delete_sla_policy', 'update_sla_policy']) {
    const { acme, ticketId, policyId } = await late(`missed-${change.replaceAll('_', '-')}`, 180);
    const longer = { firstResponseMinutes: 6_000, resolutionMinutes: 6_000 };
    await acme.call(admin, change, { policyId, ...(change === 'update_sla_policy' && longer) });
    await acme.scan();
    await acme.follow();
    assert.deepEqual(await counted(acme), [1, 0, 1, 0], change);
    await become(acme, ticketId, 'closed');
    assert.deepEqual(await counted(acme), [1, 0, 1, 0], change);
  }
});

test('what waits for its customer in time has missed nothing', async () => {
  const { acme, ticketId } = await late('missed-not', 30);
  const { version } = await acme.ticket(ticketId);
  await acme.call(ada, 'reply', { ticketId, version, body: 'Try this.' });
  await acme.follow();
  acme.pass(600);
  await acme.scan();
  assert.deepEqual(await counted(acme), [1, 1, 0, 0]);
});

test('a change that is only heard of after the due time was none the less before it', async () => {
  const { acme, ticketId } = await late('missed-late', 30);
  const { version } = await acme.ticket(ticketId);
  await acme.call(ada, 'reply', { ticketId, version, body: 'Try this.' });
  // It waited, and was open again, and nobody has followed any of it until it would have been due.
  const after = await acme.ticket(ticketId);
  await acme.call(ada, 'update_ticket', { ticketId, version: after.version, status: 'open' });
  acme.pass(40);
  await acme.follow();
  const { resolutionMissedAt } = await acme.db
    .selectFrom('tickets')
    .select('resolutionMissedAt')
    .where('id', '=', ticketId)
    .executeTakeFirstOrThrow();
  assert.equal(resolutionMissedAt, null);
});
