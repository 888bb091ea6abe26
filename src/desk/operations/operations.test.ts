import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  approval,
  catalogue,
  desk,
  open,
  operator,
  outbox,
  refused,
  stranger,
} from '../../../test/desk.ts';
import { type Caller, isPriced } from '../../catalogue/operation.ts';
import { inputSchema, outputSchema } from '../../catalogue/registry.ts';
import type { PosternError } from '../../kernel/errors.ts';
import { fenced } from '../../kernel/fence.ts';
import { randomIds } from '../../kernel/ids.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { ticketFor } from '../agents/visibility.ts';
import { approveProposal, rejectProposal } from '../proposals.ts';
import { addToThread, changeTicket, lockSeen } from '../tickets/change.ts';
import { findTicket } from '../tickets/tickets.ts';

test('every operation has a schema whose fields are all described', () => {
  for (const operation of catalogue.values())
    for (const schema of [inputSchema(operation), outputSchema(operation)])
      for (const [field, value] of Object.entries(schema.properties as Record<string, JsonObject>))
        assert.ok(value.description, `${operation.name}.${field}`);
});

// Invariant 12: who sees a payment on the chain has its authorization, and may guess what it was for.
test('what a ticket’s id alone asks for is private', () => {
  const guessed = [...catalogue.values()].filter(isPriced).filter((operation) => {
    const { required, properties } = inputSchema(operation) as {
      required?: string[];
      properties: JsonObject;
    };
    return 'ticketId' in properties && required?.every((field) => field === 'ticketId');
  });
  assert.ok(guessed.length >= 6, `${guessed.length} operations`);
  for (const operation of guessed) assert.equal(operation.private, true, operation.name);
});

test('a ticket gets the next number of its workspace and knows its wallet', async () => {
  const acme = await desk('numbers');
  const tickets = await Promise.all([1, 2, 3, 4, 5].map(() => open(acme)));
  assert.deepEqual(tickets.map((ticket) => ticket.number).sort(), [1, 2, 3, 4, 5]);
  const stored = await acme.within(operator, ({ tx, workspace }) =>
    findTicket(tx, workspace.id, tickets[0]!.ticketId as string),
  );
  assert.equal(stored?.wallet, (agent as { address: string }).address);
  assert.equal(stored?.channel, 'door');
  assert.deepEqual(await outbox(acme), [], 'nothing is mailed');
});

test('an address given through the door joins no history', async () => {
  const acme = await desk('history');
  const known = randomIds('cus');
  await acme.within(operator, ({ tx, workspace }) =>
    tx
      .insertInto('customers')
      .values({
        workspaceId: workspace.id,
        id: known,
        name: 'Ada',
        email: 'ada@example.com',
        emailVerified: true,
      })
      .execute(),
  );
  const { ticketId } = await open(acme, { email: 'Ada@Example.com', name: 'Ada' });
  const ticket = await acme.within(operator, ({ tx, workspace }) =>
    findTicket(tx, workspace.id, ticketId as string),
  );
  assert.notEqual(ticket!.customerId, known);

  // An operator's approval is what joins them.
  const { proposalId } = await acme.call(agent, 'draft_reply', {
    ticketId: ticketId!,
    body: 'Clean the contacts.',
  });
  await acme.within(operator, (scope) => approveProposal(scope, approval, proposalId as string));
  const after = await acme.within(operator, ({ tx, workspace }) =>
    findTicket(tx, workspace.id, ticketId as string),
  );
  assert.equal(after!.customerId, known);
  const customers = await acme.within(operator, ({ tx }) =>
    tx.selectFrom('customers').select('id').execute(),
  );
  assert.deepEqual(customers, [{ id: known }]);
});

test('a wallet reads its own tickets; another one and none look the same', async () => {
  const acme = await desk('own');
  const { ticketId } = await open(acme);
  const context = await acme.call(agent, 'get_ticket_context', { ticketId: ticketId! });
  assert.equal(context.subject, fenced('subject', 'It does not charge'));
  assert.deepEqual(
    (context.messages as JsonObject[]).map(({ author, body }) => [author, body]),
    [['agent', fenced('message from the agent', 'The light blinks.')]],
  );

  const messages = await Promise.all(
    [ticketId!, 'tkt_000000000000000000000000'].map((id) =>
      acme.call(stranger, 'get_ticket_context', { ticketId: id }).then(
        () => assert.fail('was shown'),
        (error: PosternError) => [error.code, error.message],
      ),
    ),
  );
  assert.deepEqual(messages[0], messages[1]);
  assert.equal(messages[0]![0], 'not_found');
  await assert.rejects(
    acme.call({ kind: 'anonymous' }, 'get_ticket_context', { ticketId: ticketId! }),
    refused('not_found'),
  );
  await assert.rejects(
    acme.call(stranger, 'draft_reply', { ticketId: ticketId!, body: 'x' }),
    refused('not_found'),
  );
});

// Fails without `redacts` in ticketFor: a stranger would read it as it is.
test('a tool that does not redact shows a stranger nothing, whatever the workspace opened', async () => {
  const acme = await desk('unredacted');
  const { ticketId } = await open(acme);
  await acme.within(operator, ({ tx }) => tx.updateTable('deskSettings').set({ agentsSee: 'all' }).execute());
  const seen = (caller: Caller, options = {}) =>
    acme.within(caller, async (scope) => (await ticketFor(scope, ticketId as string, options)).sight);
  for (const caller of [stranger, { kind: 'anonymous' }] as const) {
    await assert.rejects(seen(caller), refused('not_found'));
    assert.equal(await seen(caller, { redacts: true }), 'redacted');
  }
  for (const caller of [agent, operator]) assert.equal(await seen(caller), 'full');
});

// Invariant 11 holds for opened tickets as well: nothing is mailed before a person has said so.
test('a stranger answers an opened ticket, and a person decides', async () => {
  const acme = await desk('opened-replies');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const reply = { ticketId: ticketId!, body: 'Clean the contacts.' };
  for (const tool of ['draft_reply', 'send_reply'])
    await assert.rejects(acme.call(stranger, tool, reply), refused('not_found'), 'it is not opened yet');
  await acme.within(operator, ({ tx }) => tx.updateTable('deskSettings').set({ agentsSee: 'all' }).execute());
  const { proposalId } = await acme.call(stranger, 'draft_reply', reply);
  const sent = await acme.call(stranger, 'send_reply', reply);
  assert.deepEqual([sent.outcome, Object.keys(sent).sort()], ['queued', ['outcome', 'proposalId']]);
  assert.deepEqual(await outbox(acme), []);
  await acme.within(operator, (scope) => approveProposal(scope, approval, proposalId as string));
  assert.equal((await outbox(acme)).length, 1);
});

test('the context leaves out notes and what does not fit', async () => {
  const acme = await desk('context');
  const { ticketId } = await open(acme);
  for (let i = 0; i < 4; i++)
    await acme.within(operator, async (scope) =>
      addToThread(scope, await lockSeen(scope, ticketId as string), {
        author: 'operator',
        authorId: null,
        visibility: i === 3 ? 'note' : 'public',
        body: `${i}`.repeat(40_000),
      }),
    );
  const context = await acme.call(agent, 'get_ticket_context', { ticketId: ticketId! });
  assert.deepEqual(
    (context.messages as JsonObject[]).map(({ body }) => (body as string).split('\n')[1]![0]),
    ['1', '2'],
  );
  assert.equal(context.earlierMessagesOmitted, true);
});

test('another workspace sees nothing, with or without a filter', async () => {
  const acme = await desk('mine');
  const other = await desk('theirs');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'x' });
  await assert.rejects(
    other.call(agent, 'get_ticket_context', { ticketId: ticketId! }),
    refused('not_found'),
  );
  await assert.rejects(
    other.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'x' }),
    refused('not_found'),
  );
  await assert.rejects(
    other.within(operator, (scope) => approveProposal(scope, approval, proposalId as string)),
    refused('not_found'),
  );
  await other.within(operator, async ({ tx }) => {
    for (const table of ['tickets', 'messages', 'customers', 'proposals', 'outbox'] as const)
      assert.deepEqual(await tx.selectFrom(table).select('id').execute(), [], table);
  });
});

test('two approvals at once send once', async () => {
  const acme = await desk('twice');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const { proposalId } = await acme.call(agent, 'draft_reply', {
    ticketId: ticketId!,
    body: 'Clean the contacts.',
  });
  const approve = () =>
    acme.within(operator, (scope) => approveProposal(scope, approval, proposalId as string));
  const results = await Promise.allSettled([approve(), approve(), approve()]);
  const done = results.filter((result) => result.status === 'fulfilled');
  assert.equal(done.length, 1);
  assert.equal(done[0]!.value.mailed, true);
  for (const result of results)
    if (result.status === 'rejected') assert.ok(refused('conflict')(result.reason));

  const mails = await outbox(acme);
  assert.equal(mails.length, 1);
  assert.deepEqual(
    [mails[0]!.rcptTo, mails[0]!.mailFrom, mails[0]!.subject, mails[0]!.body],
    ['ada@example.com', 'support@twice.localhost', 'Re: It does not charge', 'Clean the contacts.'],
  );
  const context = await acme.call(agent, 'get_ticket_context', { ticketId: ticketId! });
  assert.deepEqual([context.status, context.version, (context.messages as Json[]).length], ['pending', 2, 2]);
});

test('a proposal on a thread that has moved is refused and waits on', async () => {
  const acme = await desk('stale');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'x' });
  await acme.within(operator, (scope) => changeTicket(scope, ticketId as string, { tags: ['lens'] }));
  await acme.within(operator, async (scope) =>
    addToThread(scope, await lockSeen(scope, ticketId as string), {
      author: 'operator',
      authorId: null,
      visibility: 'note',
      body: 'Do not answer this yet.',
    }),
  );
  await assert.rejects(
    acme.within(operator, (scope) => approveProposal(scope, approval, proposalId as string)),
    refused('conflict'),
  );
  assert.deepEqual(await outbox(acme), []);
  await assert.rejects(
    acme.within(operator, (scope) =>
      rejectProposal(scope, approval, proposalId as string, { reason: '  ', spam: false }),
    ),
    refused('invalid_arguments'),
  );
  await acme.within(operator, (scope) =>
    rejectProposal(scope, approval, proposalId as string, {
      reason: 'the customer has written',
      spam: false,
    }),
  );
  await assert.rejects(
    acme.within(operator, (scope) =>
      rejectProposal(scope, approval, proposalId as string, { reason: 'again', spam: false }),
    ),
    refused('conflict'),
  );
});

test('agents do not approve', async () => {
  const acme = await desk('agents');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'x' });
  const callers: Caller[] = [
    agent,
    { kind: 'credential', id: 'crd_1', granted: ['approve_proposal', 'send_reply'] },
    { kind: 'house', id: 'rul_1' },
    { kind: 'anonymous' },
  ];
  for (const caller of callers)
    await assert.rejects(
      acme.within(caller, (scope) => approveProposal(scope, approval, proposalId as string)),
      refused('not_permitted'),
    );
});

test('a closed ticket takes no drafts, also if it closes after prepare', async () => {
  const acme = await desk('closed');
  const { ticketId } = await open(acme);
  const close = (status: 'closed' | 'open') =>
    acme.within(operator, (scope) => changeTicket(scope, ticketId as string, { status }));
  await close('closed');
  await assert.rejects(
    acme.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'x' }),
    refused('conflict'),
  );
  const draft = catalogue.get('draft_reply');
  assert.ok(draft && draft.price !== null);
  await assert.rejects(
    acme.within(agent, (scope) => draft.commit(scope, { ticketId, body: 'x' })),
    refused('conflict'),
  );
});

test('without an email the reply stands on the ticket and nothing is mailed', async () => {
  const acme = await desk('no-email');
  const { ticketId } = await open(acme, { name: 'Ada' });
  const output = await acme.call(operator, 'send_reply', {
    ticketId: ticketId!,
    body: 'Clean the contacts.',
  });
  assert.equal(output.mailed, false);
  assert.deepEqual(await outbox(acme), []);
});

test('a second reply is threaded behind the first', async () => {
  const acme = await desk('thread');
  const { ticketId } = await open(acme, { email: 'ada@example.com', subject: 'RE: charging' });
  for (const body of ['one', 'two', 'three'])
    await acme.call(operator, 'send_reply', { ticketId: ticketId!, body });
  const [first, second, third] = await outbox(acme);
  assert.equal(first!.subject, 'RE: charging');
  assert.match(first!.messageId, /^<msg_\w+@thread\.localhost>$/);
  assert.deepEqual(first!.headers, {});
  assert.deepEqual(third!.headers, {
    'In-Reply-To': second!.messageId,
    References: `${first!.messageId} ${second!.messageId}`,
  });
});

test('hostile arguments are refused before anything is looked up, or stored to the letter', async () => {
  const acme = await desk('hostile');
  const hostile: JsonObject[] = [
    { subject: 'a\r\nBcc: eve@example.com' },
    { subject: 'a\0' },
    { body: 'a\0' },
    { body: '\ud800' },
    { body: 'x'.repeat(50_001) },
    { email: 'a@example.com\r\nRCPT TO:<eve@example.com>' },
    { name: 'Ada\nTo: eve@example.com' },
    { unknown: 1 },
    { ticketId: 'tkt_x' },
  ];
  for (const bad of hostile)
    await assert.rejects(open(acme, bad), refused('invalid_arguments'), JSON.stringify(bad).slice(0, 60));
  const body = `'; drop table tickets; -- \u202e 🦊 \x1b[2J\n${'é'.repeat(49_000)}`;
  const { ticketId } = await open(acme, { body });
  const context = await acme.call(agent, 'get_ticket_context', { ticketId: ticketId! });
  assert.equal((context.messages as JsonObject[])[0]!.body, fenced('message from the agent', body));
});
