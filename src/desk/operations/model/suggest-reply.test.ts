import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { seedArticles } from '../../demo.ts';
import { waitingProposals } from '../../proposals.ts';

const acme = await desk('suggest-reply');
await acme.within(operator, ({ tx, workspace, ids, now }) => seedArticles(tx, workspace.id, ids, now));
const waiting = () => acme.within(operator, ({ tx, workspace }) => waitingProposals(tx, workspace.id, 10));

test('a drafted reply quotes the help centre, and waits with what it rests on', async () => {
  const { ticketId } = await open(acme, {
    subject: 'Refund',
    body: 'How many days do I have to send an order back, and when is the refund on my card?',
    email: 'ada@example.com',
  });
  const drafted = await acme.call(operator, 'suggest_reply', { ticketId: ticketId! });
  assert.equal(drafted.found, true);
  const [cited] = drafted.citations as { articleId: string; title: string; text: string }[];
  assert.ok((drafted.body as string).includes(cited!.text));
  const [proposal, ...more] = await waiting();
  assert.deepEqual(more, []);
  assert.deepEqual([proposal!.id, proposal!.model], [drafted.proposalId, 'extractive']);
  assert.deepEqual(proposal!.evidence, [
    { articleId: cited!.articleId, title: cited!.title, passage: cited!.text },
  ]);
  assert.deepEqual(await outbox(acme), [], 'nothing leaves before a person approves');
});

test('one that a person asked for to write on is only returned', async () => {
  const before = (await waiting()).length;
  const { ticketId } = await open(acme, {
    subject: 'Refund',
    body: 'How many days do I have to send an order back?',
  });
  const drafted = await acme.call(operator, 'suggest_reply', { ticketId: ticketId!, propose: false });
  assert.deepEqual([drafted.found, drafted.proposalId], [true, undefined]);
  assert.equal((await waiting()).length, before);
});

test('what the help centre does not know is told, and nothing is queued', async () => {
  const before = (await waiting()).length;
  const { ticketId } = await open(acme, {
    subject: 'Question',
    body: 'Do your cameras contain conflict minerals?',
  });
  const drafted: JsonObject = await acme.call(operator, 'suggest_reply', { ticketId: ticketId! });
  assert.equal(drafted.found, false);
  assert.equal(drafted.proposalId, undefined);
  assert.ok(drafted.missing);
  assert.equal((await waiting()).length, before);
});

test('no draft for a ticket that takes none', async () => {
  await assert.rejects(acme.call(operator, 'suggest_reply', { ticketId: 'tkt_none' }), refused('not_found'));
});
