import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { inWorkspace } from '../store/database.ts';
import { searchArticles } from './articles.ts';
import { seedDemo } from './demo.ts';
import { body, email, line } from './fields.ts';
import { newestMessages, newestTickets } from './tickets/tickets.ts';

const db = await testDatabase();
const now = new Date('2026-11-23T05:00:00Z');
const workspaceId = await seedDemo(db, randomIds, now);

test('the demo is there once, however often it is asked for', async () => {
  assert.equal(await seedDemo(db, randomIds, now), workspaceId);
  const [tickets, articles, workspace] = await Promise.all([
    db.selectFrom('tickets').select('number').orderBy('number').execute(),
    db.selectFrom('articles').selectAll().execute(),
    db.selectFrom('workspaces').selectAll().executeTakeFirstOrThrow(),
  ]);
  assert.deepEqual(
    tickets.map(({ number }) => number),
    Array.from({ length: 20 }, (_, index) => BigInt(index + 1)),
  );
  assert.equal(workspace.nextTicketNumber, 21n);
  assert.equal(articles.length, 22);
  for (const { slug, body } of articles) {
    const words = body.split(/\s+/).length;
    assert.ok(words >= 150 && words <= 400, `${slug}: ${words} words`);
  }
});

test('it has known issues with the tickets that they explain, and a changelog', async () => {
  const issues = await db
    .selectFrom('issueTickets')
    .innerJoin('issues', 'issues.id', 'issueId')
    .selectAll()
    .execute();
  assert.equal(issues.length, 2, 'each demo issue finds its ticket by the subject');
  const texts = [...issues, ...(await db.selectFrom('changelogEntries').selectAll().execute())];
  for (const { title, body: text, createdAt } of texts) {
    line(200).parse(title);
    body.parse(text);
    assert.ok(createdAt < now, title);
  }
});

test('two processes that seed at once make one demo', async () => {
  const fresh = await testDatabase();
  const [a, b] = await Promise.all([seedDemo(fresh, randomIds, now), seedDemo(fresh, randomIds, now)]);
  assert.equal(a, b);
  assert.equal((await fresh.selectFrom('tickets').select('id').execute()).length, 20);
});

test('its tickets are of the past, in every status, and as clean as any input', async () => {
  await inWorkspace(db, workspaceId, async (tx) => {
    const tickets = await newestTickets(tx, workspaceId, 50);
    assert.deepEqual(
      new Set(tickets.map(({ status }) => status)),
      new Set(['open', 'pending', 'resolved', 'closed']),
    );
    for (const ticket of tickets) {
      line(200).parse(ticket.subject);
      assert.ok(ticket.createdAt <= ticket.updatedAt && ticket.updatedAt < now, ticket.subject);
      const messages = await newestMessages(tx, workspaceId, ticket.id, { limit: 50, publicOnly: false });
      assert.equal(messages[0]?.author, 'customer');
      for (const message of messages) body.parse(message.body);
    }
    for (const customer of await tx.selectFrom('customers').selectAll().execute())
      email.parse(customer.email);
  });
});

const search = (query: string, limit = 3) =>
  inWorkspace(db, workspaceId, (tx) => searchArticles(tx, workspaceId, query, limit), { readOnly: true });

test('questions in customers’ words find the right article among the first three', async () => {
  const questions: [string, string][] = [
    ['my package says delivered but I never got it', 'where-is-my-order'],
    ['can i send it back after two weeks and get my money', 'returns-and-refunds'],
    ['camera dead every morning even though I charged it overnight', 'battery-charging-problems'],
    ['I accidentally lost all photos, the sd card gives an error', 'memory-card-errors'],
    ['all my portraits come out soft and not in focus', 'autofocus-and-blurry-pictures'],
    ['no valid update file message', 'updating-firmware'],
    ['phone cannot find the camera over bluetooth', 'connecting-the-app'],
    ['i was charged twice on my credit card', 'payment-methods-and-failed-payments'],
    ['dropped it in the ocean can it be saved', 'water-sand-and-cleaning'],
    ['how do I reset my password', 'your-account-and-personal-data'],
    ['shutter broken, who pays for the repair', 'warranty-repairs'],
    ['want to sell my old lens how much do you give', 'selling-or-trading-in'],
  ];
  const missed: string[] = [];
  for (const [question, slug] of questions) {
    const hits = await search(question);
    if (!hits.some((hit) => hit.slug === slug)) missed.push(question);
  }
  assert.ok(missed.length <= questions.length * 0.2, `missed: ${missed.join('; ')}`);
});

test('the passage is the paragraph that answers, and no markup', async () => {
  const [first] = await search('card declined by bank', 1);
  assert.equal(first?.slug, 'payment-methods-and-failed-payments');
  assert.match(first.passage, /^A card that is declined is declined by the bank/);
  assert.ok(first.passage.length <= 600);
});

test('a question without a word to look for, or in query syntax, is no error', async () => {
  for (const query of ['the of and', '???', '   ', "' | ! & ( <-> :*", "\\'", 'xyzzyplugh'])
    assert.deepEqual(await search(query), [], query);
  const odd = await search("wi-fi don't & (pair | \\bluetooth):* 'app' http://a.example/?x=1&y=2", 10);
  assert.ok(odd.some((hit) => hit.slug === 'connecting-the-app'));
});

test('unpublished articles and those of others are not found', async () => {
  await db
    .updateTable('articles')
    .set({ published: false })
    .where('slug', '=', 'updating-firmware')
    .execute();
  assert.ok((await search('firmware update', 10)).every((hit) => hit.slug !== 'updating-firmware'));
  await db.updateTable('articles').set({ published: true }).where('slug', '=', 'updating-firmware').execute();
  const other = randomIds('wsp');
  await db.insertInto('workspaces').values({ id: other, slug: 'other', name: 'Other' }).execute();
  const hits = await inWorkspace(db, other, (tx) => searchArticles(tx, workspaceId, 'firmware', 10));
  assert.deepEqual(hits, []);
});
