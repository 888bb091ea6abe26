import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  approval,
  catalogue,
  type Desk,
  decisions,
  desk,
  open,
  operator,
  outbox,
  refused,
  stranger,
} from '../../../test/desk.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { approveProposal, rejectProposal, waitingProposals } from '../proposals.ts';
import { changeTicket } from '../tickets/change.ts';
import { newestMessages } from '../tickets/tickets.ts';

const vouch = (on: Desk) =>
  on.within(operator, ({ tx }) => tx.updateTable('customers').set({ emailVerified: true }).execute());

const waiting = (on: Desk) =>
  on.within(operator, ({ tx, workspace }) => waitingProposals(tx, workspace.id, 10));

test('a reply that an agent sends is on the ticket as the agent’s, and mailed where the address is verified', async () => {
  const acme = await desk('sends');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  await vouch(acme);
  const sent = await acme.call(agent, 'send_reply', { ticketId: ticketId!, body: 'Clean the contacts.' });
  assert.equal(sent.outcome, 'sent');
  assert.equal(sent.mailed, true);
  assert.deepEqual(
    (await outbox(acme)).map(({ rcptTo, body }) => [rcptTo, body]),
    [['ada@example.com', 'Clean the contacts.']],
  );
  const context = await acme.call(agent, 'get_ticket_context', { ticketId: ticketId! });
  const [, reply] = context.messages as JsonObject[];
  assert.deepEqual([context.status, reply!.id, reply!.author], ['pending', sent.messageId, 'agent']);

  const silent = await open(acme, { name: 'Ada' });
  const unmailed = await acme.call(agent, 'send_reply', { ticketId: silent.ticketId!, body: 'x' });
  assert.deepEqual([unmailed.outcome, unmailed.mailed], ['sent', false]);
});

// Invariant 11. Fails without `mustBeVouchedFor` in the commit of send-reply.ts.
test('an agent’s reply to an address that nobody vouched for waits for an operator', async () => {
  const acme = await desk('vouch');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const reply = { ticketId: ticketId!, body: 'Clean the contacts.' };
  const queued = await acme.call(agent, 'send_reply', reply);
  assert.deepEqual(queued, { outcome: 'queued', proposalId: queued.proposalId });
  assert.deepEqual(await outbox(acme), []);
  assert.deepEqual((await findMessages(acme, ticketId as string)).length, 1, 'the ticket is as it was');

  const output = await acme.within(operator, (scope) =>
    approveProposal(scope, approval, queued.proposalId as string),
  );
  assert.deepEqual([output.outcome, output.mailed], ['sent', true]);
  assert.equal((await outbox(acme)).length, 1);
  // The operator has vouched for the address with that.
  assert.equal((await acme.call(agent, 'send_reply', reply)).outcome, 'sent');
});

const findMessages = (on: Desk, ticketId: string) =>
  on.within(operator, ({ tx, workspace }) =>
    newestMessages(tx, workspace.id, ticketId, { limit: 10, publicOnly: true }),
  );

test('a queued reply keeps the purchase that paid for it, and the decision tells it on', async () => {
  const acme = await desk('queued');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  await vouch(acme);
  const send = catalogue.get('send_reply');
  assert.ok(send?.tier === 'send');
  const propose = (purchaseId: string) =>
    acme.within(agent, (scope) => send.queue({ ...scope, purchaseId }, { ticketId, body: 'x' }));
  const [first, second] = [await propose('pur_1'), await propose('pur_2')];
  assert.equal(first.outcome, 'queued');
  assert.deepEqual(
    (await waiting(acme)).map(({ id, operation, purchaseId }) => [id, operation, purchaseId]),
    [
      [first.proposalId, 'send_reply', 'pur_1'],
      [second.proposalId, 'send_reply', 'pur_2'],
    ],
  );
  assert.deepEqual(await outbox(acme), []);

  decisions.length = 0;
  await acme.within(operator, (scope) =>
    rejectProposal(scope, approval, first.proposalId as string, { reason: 'Buy my pills', spam: true }),
  );
  await acme.within(operator, (scope) => approveProposal(scope, approval, second.proposalId as string));
  const wallet = (agent as { address: string }).address;
  const about = { workspaceId: acme.workspace.id, wallet, by: 'usr_test' };
  assert.deepEqual(decisions, [
    { ...about, purchaseId: 'pur_1', verdict: 'rejected', reason: 'Buy my pills', spam: true },
    { ...about, purchaseId: 'pur_2', verdict: 'approved', reason: null, spam: false },
  ]);
});

test('nobody sends on another’s ticket, nor on one that is closed', async () => {
  const acme = await desk('sends-refused');
  const { ticketId } = await open(acme);
  const reply = { ticketId: ticketId!, body: 'x' };
  await assert.rejects(acme.call(stranger, 'send_reply', reply), refused('not_found'));
  await assert.rejects(acme.call({ kind: 'anonymous' }, 'send_reply', reply), refused('not_found'));
  await acme.within(operator, (scope) => changeTicket(scope, ticketId as string, { status: 'closed' }));
  await assert.rejects(acme.call(agent, 'send_reply', reply), refused('conflict'));
  const send = catalogue.get('send_reply');
  assert.ok(send?.tier === 'send');
  for (const effect of [send.commit, send.queue])
    await assert.rejects(
      acme.within(agent, (scope) => effect(scope, reply)),
      refused('conflict'),
    );
});
