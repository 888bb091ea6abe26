/** `draft_reply` where the agent brings no reply: the house drafts it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  approval,
  catalogue,
  type Desk,
  desk,
  open,
  operator,
  outbox,
  refused,
  stranger,
} from '../../../test/desk.ts';
import { type Behaviour, says, startModelServer } from '../../../test/fakes/model-server.ts';
import { silent } from '../../../test/harness.ts';
import type { Caller, EffectOperation } from '../../catalogue/operation.ts';
import { parseInput } from '../../catalogue/registry.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { postgresBudget } from '../../model/budget.ts';
import { remoteModel } from '../../model/remote.ts';
import { workspacesOf } from '../../store/database.ts';
import { seedArticles } from '../demo.ts';
import { demoArticles } from '../demo-articles.ts';
import { approveProposal, waitingProposals } from '../proposals.ts';
import { addToThread, lockSeen } from '../tickets/change.ts';
import { customerWrote } from '../tickets/customer-wrote.ts';
import { findTicket } from '../tickets/tickets.ts';
import { deskCatalogue } from './index.ts';

async function helpCentre(on: Desk): Promise<Desk> {
  await on.within(operator, ({ tx, workspace, ids, now }) => seedArticles(tx, workspace.id, ids, now));
  return on;
}
const acme = await helpCentre(await desk('drafts'));

const answered = {
  subject: 'Refund',
  body: 'How many days do I have to send an order back, and when is the refund on my card?',
};
const unanswered = { subject: 'Question', body: 'Do your cameras contain conflict minerals?' };
const waiting = (on: Desk) =>
  on.within(operator, ({ tx, workspace }) => waitingProposals(tx, workspace.id, 50));
const prepare = (on: Desk, caller: Caller, input: JsonObject, from = catalogue) => {
  const operation = from.get('draft_reply') as EffectOperation;
  return on.within(caller, (scope) => operation.prepare!(scope, parseInput(operation, input)), true);
};

test('a reply is drafted from the help centre, and waits with what it rests on', async () => {
  const { ticketId } = await open(acme, answered);
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: ticketId! });
  const [proposal] = await waiting(acme);
  assert.equal(proposal!.id, proposalId);
  assert.deepEqual(
    [proposal!.operation, proposal!.model, proposal!.wallet],
    ['send_reply', 'extractive', (agent as { address: string }).address],
  );
  const { body } = proposal!.arguments as { body: string };
  assert.ok(body.includes(proposal!.evidence[0]!.passage));
  assert.deepEqual(await outbox(acme), []);
  await acme.within(operator, (scope) => approveProposal(scope, approval, proposal!.id));
});

test('refused before it is paid for: no answer in the help centre, not seen, closed', async () => {
  const empty = await desk('drafts-empty');
  const { ticketId: nowhere } = await open(empty, answered);
  await assert.rejects(prepare(empty, agent, { ticketId: nowhere! }), refused('conflict'));
  const { ticketId } = await open(acme, unanswered);
  await assert.rejects(prepare(acme, agent, { ticketId: ticketId! }), refused('conflict'));
  await prepare(acme, agent, { ticketId: ticketId!, body: 'They do not.' });
  await assert.rejects(prepare(acme, stranger, { ticketId: ticketId! }), refused('not_found'));
  await acme.call(operator, 'update_ticket', { ticketId: ticketId!, version: 1, status: 'resolved' });
  await assert.rejects(prepare(acme, agent, { ticketId: ticketId! }), refused('conflict'));
});

const server = await startModelServer(says(''));
const remote = (tokensPerDay: number) =>
  deskCatalogue({
    model: remoteModel(
      { url: server.url, key: undefined, name: 'small', timeoutMs: 60_000, maxTokens: 500 },
      { budget: postgresBudget(workspacesOf(acme.db), tokensPerDay), log: silent },
    ),
    decided: approval.decided,
    purchases: undefined as never,
    proposers: undefined as never,
  });
const rich = remote(1_000_000);
const on = await helpCentre(await desk('drafts-remote', rich));
const good = { found: true, reply: 'You have 30 days.', missing: 'When the refund is on the card.' };
/** As a good model does: it cites the first passage that it was given, and as well one that it was not. */
const cites: Behaviour = (response, asked) => {
  const [, quote] = /Passage p1:\n.*\n.*\n\n(.{60})/.exec(asked.body.messages[1]!.content)!;
  const citations = [
    { passage: 'p1', quote },
    { passage: 'p9', quote },
  ];
  return says({ ...good, citations })(response, asked);
};

test('a model behind an address drafts it, and only words of the help centre are its evidence', async () => {
  const { ticketId } = await open(on, answered);
  server.behave = cites;
  const { proposalId } = await on.call(agent, 'draft_reply', { ticketId: ticketId! });
  const proposal = (await waiting(on)).find(({ id }) => id === proposalId)!;
  assert.deepEqual(
    [proposal.model, (proposal.arguments as { body: string }).body],
    ['small', 'You have 30 days.'],
  );
  assert.deepEqual(proposal.flags, ['incomplete'], 'for the reviewer: not all of it is answered');
  const [evidence, ...more] = proposal.evidence;
  assert.deepEqual(more, []);
  assert.ok(
    demoArticles.some(({ title, body }) => title === evidence!.title && body.includes(evidence!.passage)),
  );
  assert.equal(server.asked.at(-1)!.authorization, undefined, 'without a key none is sent');
});

test('a draft that rests on nothing is not proposed; a reply that is given asks no model', async () => {
  const { ticketId } = await open(on, answered);
  const before = (await waiting(on)).length;
  server.behave = says({
    ...good,
    citations: [{ passage: 'p1', quote: 'Everything is free of charge today.' }],
  });
  await assert.rejects(on.call(agent, 'draft_reply', { ticketId: ticketId! }), refused('conflict'));
  assert.equal((await waiting(on)).length, before);
  server.asked.length = 0;
  await on.call(agent, 'draft_reply', { ticketId: ticketId!, body: 'You have 30 days.' });
  assert.deepEqual(server.asked, []);
});

test('what is said while the model drafts stops the approval until a person has looked', async () => {
  const { ticketId } = await open(on, answered);
  server.behave = async (response, asked) => {
    await on.within(operator, async (scope) =>
      addToThread(scope, await lockSeen(scope, ticketId as string), {
        author: 'customer',
        authorId: null,
        visibility: 'public',
        body: 'Never mind.',
      }),
    );
    await cites(response, asked);
  };
  const { proposalId } = await on.call(agent, 'draft_reply', { ticketId: ticketId! });
  const approve = (seen?: number) =>
    on.within(operator, (scope) =>
      approveProposal(scope, { ...approval, catalogue: rich }, proposalId as string, { seen }),
    );
  await assert.rejects(approve(), refused('conflict'));
  await approve(2);
});

test('a budget that is spent refuses before it is paid for', async () => {
  const { ticketId } = await open(on, answered);
  server.asked.length = 0;
  await assert.rejects(
    prepare(on, agent, { ticketId: ticketId! }, remote(500)),
    refused('model_unavailable'),
  );
  assert.deepEqual(server.asked, []);
});

test('a draft that comes too late is refused before it is paid for', async () => {
  const acme = await desk('too-late');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const draft = { ticketId: ticketId!, body: 'Clean the contacts.' };
  const prepare = (caller: Caller) =>
    acme.within(
      caller,
      (scope) => (catalogue.get('draft_reply') as EffectOperation).prepare!(scope, draft as never),
      true,
    );
  await prepare(agent);
  await acme.call(operator, 'send_reply', draft);
  await assert.rejects(prepare(agent), refused('conflict'));
  await assert.rejects(prepare({ kind: 'credential', id: 'crd_1', granted: [] }), refused('conflict'));
  await prepare(operator);
  await acme.within(operator, async (scope) =>
    customerWrote(scope, (await findTicket(scope.tx, scope.workspace.id, draft.ticketId as string))!, {
      body: 'It still blinks.',
    }),
  );
  await prepare(agent);
  // Whatever the ticket's status is called.
  await acme.call(operator, 'bulk_update', { ticketIds: [draft.ticketId], status: 'open' });
  await acme.call(operator, 'send_reply', draft);
  await acme.call(operator, 'bulk_update', { ticketIds: [draft.ticketId], status: 'open' });
  await assert.rejects(prepare(agent), refused('conflict'));
});

test('an agent says what its reply rests on, and the reviewer sees what stands there', async () => {
  const acme = await helpCentre(await desk('cites'));
  const { ticketId } = await open(acme);
  const found = await acme.call(agent, 'search_kb', { query: 'how many days to return an order' });
  const [article] = found.articles as JsonObject[];
  const reply = { ticketId: ticketId!, body: 'You may return it: see the number of days in the article.' };
  await acme.call(agent, 'draft_reply', { ...reply, articleIds: [article!.id!] });
  const [proposal] = await acme.within(operator, ({ tx, workspace }) =>
    waitingProposals(tx, workspace.id, 1),
  );
  const [evidence, ...more] = proposal!.evidence;
  assert.deepEqual([evidence!.articleId, evidence!.title, more], [article!.id, article!.title, []]);
  const stored = await acme.db
    .selectFrom('articles')
    .select('body')
    .where('id', '=', String(article!.id))
    .executeTakeFirstOrThrow();
  assert.ok(stored.body.includes(evidence!.passage));

  await acme.db
    .updateTable('articles')
    .set({ published: false })
    .where('id', '=', String(article!.id))
    .execute();
  for (const articleIds of [[article!.id!], ['art_none']])
    await assert.rejects(
      acme.call(agent, 'draft_reply', { ...reply, articleIds }),
      refused('invalid_arguments'),
    );
  await assert.rejects(
    acme.call(agent, 'draft_reply', { ticketId: ticketId!, articleIds: ['art_none'] }),
    refused('invalid_arguments'),
  );
});
