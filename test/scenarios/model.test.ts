/** A model behind an address, at the door: what was paid for is delivered or owed, whatever the model does. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { LocalAccount } from 'viem';
import { sleep } from '../../src/kernel/time.ts';
import { type Behaviour, json, says, startModelServer } from '../fakes/model-server.ts';
import { callTool, signPayment, startTestPostern, termsOf } from '../postern.ts';

const cites: Behaviour = (response, asked) => {
  const [, quote] = /Passage p1:\n.*\n.*\n\n(.{60})/.exec(asked.body.messages[1]!.content)!;
  return says({
    found: true,
    reply: 'You have 30 days.',
    citations: [{ passage: 'p1', quote }],
    missing: '',
  })(response, asked);
};
const server = await startModelServer(cites);
const postern = await startTestPostern({
  model: {
    url: server.url,
    key: 'sk-secret',
    name: 'small',
    timeoutMs: 60_000,
    maxTokens: 500,
    tokensPerDay: 100_000,
  },
});
const { db, url } = postern;
const wallet = await postern.fundedWallet();
beforeEach(() => {
  server.asked.length = 0;
});

async function pay(tool: string, input: object, by: LocalAccount = wallet) {
  const payment = await signPayment(by, await termsOf(url, tool, input));
  return { payment, answer: await callTool(url, tool, input, payment) };
}
async function opened(subject: string, body: string): Promise<string> {
  const { answer } = await pay('create_ticket', { subject, body });
  return (answer.body as { ticketId: string }).ticketId;
}
const newest = () =>
  db
    .selectFrom('claims')
    .selectAll()
    .where('payer', '=', wallet.address.toLowerCase())
    .orderBy('createdAt', 'desc')
    .executeTakeFirstOrThrow();
const refund = ['Refund', 'How many days do I have to send an order back?'] as const;

test('a draft is bought once: the same payment again is answered by what was made', async () => {
  server.behave = cites;
  const ticketId = await opened(...refund);
  const { payment, answer } = await pay('draft_reply', { ticketId });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { proposalId } = answer.body as { proposalId: string };
  // Who made the call is known by the purchase's id; a mere repeat is told that it was delivered, and no more.
  const again = await callTool(url, 'draft_reply', { ticketId }, payment);
  assert.equal(again.status, 200);
  assert.equal(again.body.proposalId, undefined);
  const purchase = await fetch(`${url}/api/purchases/${answer.headers.get('postern-purchase')}`);
  assert.deepEqual(((await purchase.json()) as { output: object }).output, { proposalId, state: 'waiting' });
  assert.equal(server.asked.length, 1);
  const proposal = await db
    .selectFrom('proposals')
    .selectAll()
    .where('id', '=', proposalId)
    .executeTakeFirstOrThrow();
  assert.deepEqual([proposal.model, proposal.evidence.length], ['small', 1]);
});

test('a model that does not answer is asked three times; then the call is owed, and says so', async () => {
  const ticketId = await opened(...refund);
  server.behave = (response) => json(response, { error: { message: 'sk-secret' } }, 503);
  const { answer } = await pay('draft_reply', { ticketId });
  for (let i = 0; i < 600 && (await newest()).state === 'paid'; i++) await sleep(50);
  const claim = await newest();
  assert.ok(claim.owedAt, `it is ${claim.state}`);
  assert.match(claim.reason!, /^The model is not available: it answered HTTP 503\.$/);
  assert.equal(server.asked.length, 3);
  assert.doesNotMatch(JSON.stringify(answer.body), /sk-secret/);
});

test('what has no passage at all is refused before it is paid for, and no model is asked', async () => {
  const ticketId = await opened('Zyzzyva', 'Qwertz uiop asdf.');
  const before = await newest();
  const { answer } = await pay('draft_reply', { ticketId });
  assert.equal(answer.status, 409);
  assert.equal((await newest()).id, before.id, 'nothing was claimed');
  assert.deepEqual(server.asked, []);
});

test('triage of a new wallet becomes a proposal with the values that the model gave', async () => {
  const ticketId = await opened('Battery', 'It burns.');
  server.behave = says({ priority: 'urgent', tags: ['no-such-tag'], team: null, reason: 'It burns.' });
  const { answer } = await pay('triage', { ticketId });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { outcome, priority, proposalId } = answer.body as Record<string, string>;
  assert.deepEqual([outcome, priority], ['queued', undefined], 'what the model gave is for the reviewer');
  const proposal = await db
    .selectFrom('proposals')
    .selectAll()
    .where('id', '=', proposalId!)
    .executeTakeFirstOrThrow();
  assert.deepEqual(proposal.arguments, { ticketId, priority: 'urgent', reason: 'It burns.' });
  assert.equal((await newest()).amountAtomic, 30_000n);
});
