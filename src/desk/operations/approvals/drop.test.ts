/** A proposal that the desk itself made idle is dropped, and counts for nobody. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  type Desk,
  decisions,
  desk,
  open,
  operator,
  outbox,
  refused,
  stranger,
} from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { changeTicket } from '../../tickets/change.ts';

const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };

/** A draft on a ticket that was resolved since. */
async function idle(on: Desk, caller: Caller = agent) {
  const { ticketId } = await open(on);
  const { proposalId } = await on.call(caller, 'draft_reply', { ticketId: ticketId!, body: 'Clean it.' });
  await on.within(operator, (scope) => changeTicket(scope, ticketId as string, { status: 'resolved' }));
  return { ticketId: ticketId as string, proposalId: proposalId as string };
}
const told = (on: Desk) =>
  decisions.filter(({ workspaceId }) => workspaceId === on.workspace.id).map(({ verdict }) => verdict);

test('what nobody can approve any more is dropped: nothing runs, and who made it is told', async () => {
  const acme = await desk('dropped');
  const { ticketId, proposalId } = await idle(acme);
  await assert.rejects(acme.call(operator, 'approve_proposal', { proposalId }), refused('conflict'));
  assert.deepEqual(await acme.call(operator, 'drop_proposal', { proposalId }), { state: 'dropped' });
  const { state, reason, decidedBy } = await acme.call(operator, 'get_proposal', { proposalId });
  assert.deepEqual([state, reason, decidedBy], ['dropped', null, 'usr_test']);
  assert.equal(told(acme).at(-1), 'dropped');
  assert.deepEqual((await acme.call(operator, 'list_proposals', {})).proposals, []);
  const { history } = await acme.call(operator, 'get_ticket', { ticketId });
  const { kind, actor, changes } = (history as JsonObject[]).at(-1)!;
  assert.deepEqual(
    [kind, actor, changes],
    ['proposal.dropped', 'operator:usr_test', { proposalId, operation: 'send_reply' }],
  );
  assert.deepEqual(await outbox(acme), []);
  const over: [string, JsonObject][] = [
    ['drop_proposal', {}],
    ['approve_proposal', {}],
    ['reject_proposal', { reason: 'Late.' }],
  ];
  for (const [name, more] of over)
    await assert.rejects(acme.call(operator, name, { proposalId, ...more }), refused('conflict'), name);
  await assert.rejects(
    acme.call(operator, 'drop_proposal', { proposalId: 'prp_none' }),
    refused('not_found'),
  );
});

test('the workspace’s own agent sees that its proposal was dropped', async () => {
  const acme = await desk('dropped-own');
  const { proposalId } = await idle(acme, credential);
  await acme.call(operator, 'drop_proposal', { proposalId });
  assert.equal((await acme.call(credential, 'get_proposal', { proposalId })).state, 'dropped');
  assert.deepEqual(told(acme), [], 'no wallet made it');
});

test('agents drop nothing, and of a drop and an approval at once one happens', async () => {
  const acme = await desk('dropped-raced');
  const { proposalId } = await idle(acme);
  for (const caller of [agent, stranger, credential])
    await assert.rejects(acme.call(caller, 'drop_proposal', { proposalId }), refused('not_permitted'));
  for (let round = 0; round < 5; round++) {
    const { ticketId } = await open(acme);
    const made = await acme.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'Clean it.' });
    const about = { proposalId: made.proposalId! };
    const outcomes = await Promise.allSettled([
      acme.call(operator, 'drop_proposal', about),
      acme.call(operator, 'approve_proposal', about),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { messages } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
    assert.equal((messages as unknown[]).length, outcomes[1]!.status === 'fulfilled' ? 2 : 1);
  }
});
