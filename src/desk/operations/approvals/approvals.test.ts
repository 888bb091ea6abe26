import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, type Desk, decisions, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const waiting = async (on: Desk, more: JsonObject = {}) =>
  (await on.call(operator, 'list_proposals', more)) as { proposals: JsonObject[]; next?: string };

/** A reply that an agent proposes to a new ticket. */
async function proposed(on: Desk, body = 'Clean the contacts.') {
  const { ticketId } = await open(on, { email: 'ada@example.com' });
  const { proposalId } = await on.call(agent, 'draft_reply', { ticketId: ticketId!, body });
  return { ticketId: ticketId as string, proposalId: proposalId as string };
}

test('what waits is listed, the oldest first, page by page, with what it would do', async () => {
  const acme = await desk('list-proposals');
  const made = [await proposed(acme, 'One'), await proposed(acme, 'Two'), await proposed(acme, 'Three')];
  const first = await waiting(acme, { limit: 2 });
  const second = await waiting(acme, { limit: 2, after: first.next! });
  const all = [...first.proposals, ...second.proposals];
  assert.deepEqual(
    all.map(({ proposalId }) => proposalId),
    made.map(({ proposalId }) => proposalId),
  );
  assert.equal(second.next, undefined);
  const { proposals: ofOne } = await waiting(acme, { ticketId: made[1]!.ticketId });
  assert.deepEqual(
    ofOne.map(({ proposalId }) => proposalId),
    [made[1]!.proposalId],
  );
  const { operation, moved, wallet, arguments: input } = all[0]!;
  assert.deepEqual([operation, moved, wallet], ['send_reply', false, (agent as { address: string }).address]);
  assert.deepEqual(input, { ticketId: made[0]!.ticketId, body: 'One' });
});

test('of ten approvals at once one runs, and the customer has one mail', async () => {
  const acme = await desk('approve-once');
  const { proposalId, ticketId } = await proposed(acme);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => acme.call(operator, 'approve_proposal', { proposalId })),
  );
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(lost.length, 9);
  for (const { reason } of lost) assert.ok(refused('conflict')(reason), reason.stack);
  assert.equal((await outbox(acme)).length, 1);
  const { history } = await acme.call(operator, 'get_ticket', { ticketId });
  assert.deepEqual(
    (history as JsonObject[]).map(({ kind }) => kind),
    ['ticket.created', 'proposal.created', 'proposal.approved', 'message.created'],
  );
});

test('a thread that moved holds an approval back, until the reviewer has looked again', async () => {
  const acme = await desk('approve-moved');
  const { proposalId, ticketId } = await proposed(acme);
  const noted = await acme.call(operator, 'add_note', { ticketId, body: 'She has called.' });
  assert.equal((await waiting(acme)).proposals[0]!.moved, true);
  for (const seen of [undefined, 1])
    await assert.rejects(
      acme.call(operator, 'approve_proposal', { proposalId, ...(seen ? { seen } : {}) }),
      refused('conflict'),
    );
  // Who names a version that is still to come would be told of nothing that happens until then.
  for (const seen of [(noted.version as number) + 1, 99_999_999])
    await assert.rejects(
      acme.call(operator, 'approve_proposal', { proposalId, seen }),
      refused('invalid_arguments'),
    );
  assert.deepEqual(await outbox(acme), []);
  await acme.call(operator, 'approve_proposal', { proposalId, seen: noted.version! });
  assert.equal((await outbox(acme)).length, 1);
});

test('an edited reply is what is sent; what was proposed stays beside it', async () => {
  const acme = await desk('approve-edited');
  const { proposalId } = await proposed(acme);
  await acme.call(operator, 'approve_proposal', { proposalId, body: 'Dear Ada, clean the contacts.' });
  assert.deepEqual(
    (await outbox(acme)).map(({ body }) => body),
    ['Dear Ada, clean the contacts.'],
  );
  const row = await acme.db
    .selectFrom('proposals')
    .select(['arguments', 'editedArguments'])
    .where('id', '=', proposalId)
    .executeTakeFirstOrThrow();
  assert.equal(row.arguments.body, 'Clean the contacts.');
  assert.equal(row.editedArguments!.body, 'Dear Ada, clean the contacts.');
});

test('a rejection needs a reason, runs nothing, and is told to who counts it', async () => {
  const acme = await desk('reject-operation');
  const { proposalId } = await proposed(acme);
  for (const reason of ['', ' ', 'a\nb'])
    await assert.rejects(
      acme.call(operator, 'reject_proposal', { proposalId, reason }),
      refused('invalid_arguments'),
    );
  await acme.call(operator, 'reject_proposal', { proposalId, reason: 'Wrong camera.', spam: true });
  const told = decisions.find(({ workspaceId }) => workspaceId === acme.workspace.id);
  assert.deepEqual([told?.verdict, told?.reason, told?.spam], ['rejected', 'Wrong camera.', true]);
  assert.deepEqual(await outbox(acme), []);
  assert.deepEqual((await waiting(acme)).proposals, []);
  await assert.rejects(acme.call(operator, 'approve_proposal', { proposalId }), refused('conflict'));
});
