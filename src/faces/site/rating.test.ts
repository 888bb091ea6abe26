import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { type Desk, desk, open, operator } from '../../../test/desk.ts';
import { fakeApp, unlimited } from '../../../test/fakes/app.ts';
import { atEnd, silent } from '../../../test/harness.ts';
import type { Caller } from '../../catalogue/operation.ts';
import { ratingLinks } from '../../desk/teamwork/rating-links.ts';
import { answerMs, changeMs, ratingTokens } from '../../desk/teamwork/ratings.ts';
import { randomIds, randomSecret } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { serve } from '../http-serve.ts';
import { createLimits } from '../limits.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const start = Date.UTC(2026, 10, 21);
let now = start;

const tokens = ratingTokens(randomSecret(32));
const acme = await desk('acme');
const elsewhere = await desk('elsewhere');
await acme.db
  .updateTable('workspaces')
  .set({ name: 'Acme <b>& Co</b>' })
  .where('slug', '=', 'acme')
  .execute();
const ratings = ratingLinks({ db: acme.db, tokens, ids: randomIds, clock: () => now });
const face = fakeApp({ ratings });
const server = await serve({ ...face, host: 'localhost', port: 0 });
atEnd(() => server.stop());
const url = `http://localhost:${server.port}`;

interface Asked {
  ticketId: string;
  path: string;
  token: string;
}

/** What `askForRatings` leaves behind. */
async function asked(on: Desk = acme): Promise<Asked> {
  now = start;
  const { ticketId } = await open(on, { subject: 'Quokka', body: 'Wombat', email: 'ada@example.com' });
  await on.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Clean it.' });
  const ratingId = randomIds('rat');
  await on.db
    .insertInto('ratings')
    .values({
      workspaceId: on.workspace.id,
      id: ratingId,
      ticketId: ticketId as string,
      resolvedAt: new Date(start),
      askedAt: new Date(start),
      endsAt: new Date(start + answerMs),
    })
    .execute();
  const token = tokens.tokenOf(on.workspace.id, ratingId);
  return { ticketId: ticketId as string, token, path: `/${on.workspace.slug}/rate/${token}` };
}

async function request(path: string, form?: Record<string, string>) {
  const response = await fetch(`${url}${path}`, {
    redirect: 'manual',
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const satisfaction = async ({ ticketId }: Asked, on = acme) =>
  (await on.call(operator, 'get_ticket', { ticketId })).satisfaction as JsonObject | null;
const rowOf = ({ ticketId }: Asked) =>
  acme.db.selectFrom('ratings').selectAll().where('ticketId', '=', ticketId).executeTakeFirstOrThrow();

test('opening the link changes nothing, however often a scanner does; the form answers', async () => {
  const one = await asked();
  const before = await rowOf(one);
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    await fetch(`${url}${one.path}?score=bad`, { method }).then((response) => response.text());
  assert.deepEqual(await rowOf(one), before);
  assert.equal(await satisfaction(one), null);
  const page = await request(one.path);
  assert.match(page.text, /<form method="post">/);
  const sent = await request(one.path, { score: 'good', comment: 'Quick!\r\nThanks <3' });
  assert.deepEqual([sent.status, sent.headers.get('location')], [303, one.path]);
  const { score, comment } = (await satisfaction(one))!;
  assert.deepEqual([score, comment], ['good', 'Quick!\nThanks <3']);
  assert.match((await request(one.path)).text, /Thank you.*Thanks &#60;3/s);
  const { history, version } = await acme.call(operator, 'get_ticket', { ticketId: one.ticketId });
  const event = (history as JsonObject[]).at(-1)!;
  assert.deepEqual(
    [event.actor, event.changes, event.version],
    ['customer', { satisfaction: { from: null, to: 'good' } }, version],
  );
});

test('the page shows the company and nothing of the ticket, runs no script, and is kept by no cache', async () => {
  const one = await asked();
  const { text, headers } = await request(one.path);
  assert.match(text, /How was the help of Acme &#60;b&#62;&#38; Co&#60;\/b&#62;\?/);
  assert.doesNotMatch(text, /quokka|wombat|ada@example|clean it|#\d+ /i);
  assert.ok(!text.includes(one.ticketId));
  assert.doesNotMatch(text, /<script|javascript:/i);
  const policy = headers.get('content-security-policy')!;
  for (const part of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
  ])
    assert.ok(policy.includes(part), part);
  assert.doesNotMatch(policy, /script-src|unsafe/);
  assert.deepEqual(
    ['referrer-policy', 'cache-control', 'x-content-type-options'].map((name) => headers.get(name)),
    ['no-referrer', 'private, no-store', 'nosniff'],
  );
});

test('an answer can be changed for a week, and then no more; without one the link ends after a month', async () => {
  const one = await asked();
  await request(one.path, { score: 'good', comment: 'Fine' });
  now = start + changeMs - 1;
  assert.equal((await request(one.path, { score: 'bad', comment: '' })).status, 303);
  assert.deepEqual([(await satisfaction(one))!.score, (await satisfaction(one))!.comment], ['bad', null]);
  now = start + changeMs;
  assert.equal((await request(one.path, { score: 'good' })).status, 410);
  assert.equal((await request(one.path)).status, 410);
  assert.equal((await satisfaction(one))!.score, 'bad');
  const unanswered = await asked();
  now = start + answerMs;
  assert.equal((await request(unanswered.path, { score: 'good' })).status, 410);
  assert.equal(await satisfaction(unanswered), null);
});

test('a link that is none of ours answers nothing, whatever it looks like', async () => {
  const one = await asked();
  const theirs = await asked(elsewhere);
  const [id, signature] = one.token.split('.') as [string, string];
  const forged = ratingTokens(randomSecret(32)).tokenOf(acme.workspace.id, id);
  for (const path of [
    `/acme/rate/${id}`,
    `/acme/rate/${id}.`,
    `/acme/rate/${id}.${signature.slice(0, -2)}AA`,
    `/acme/rate/${id}.${signature}.x`,
    `/acme/rate/${forged}`,
    `/acme/rate/${theirs.token}`,
    `/elsewhere/rate/${one.token}`,
    `/nowhere/rate/${one.token}`,
    `/acme/rate/${randomIds('rat')}.${signature}`,
    `/acme/rate/%00.${signature}`,
  ]) {
    assert.equal((await request(path)).status, 404, path);
    assert.equal((await request(path, { score: 'good' })).status, 404, path);
  }
  assert.deepEqual([await satisfaction(one), await satisfaction(theirs, elsewhere)], [null, null]);
  assert.equal(tokens.read(elsewhere.workspace.id, one.token), undefined);
  assert.equal(tokens.read(acme.workspace.id, one.token), id);
});

test('what is no answer is refused with the form, and nothing is written', async () => {
  const one = await asked();
  for (const form of [
    {},
    { score: 'best' },
    { score: 'good', comment: 'x'.repeat(2001) },
    { score: 'good', comment: 'a\0b' },
  ] as Record<string, string>[]) {
    const { status, text } = await request(one.path, form);
    assert.equal(status, 400);
    assert.match(text, /<form method="post">/);
  }
  assert.equal((await request(one.path, { score: 'good', comment: '語'.repeat(30_000) })).status, 413);
  assert.equal(await satisfaction(one), null);
  // The longest there is, in the widest characters.
  assert.equal((await request(one.path, { score: 'good', comment: '語'.repeat(2000) })).status, 303);
  assert.equal((await satisfaction(one))!.comment, '語'.repeat(2000));
});

test('whatever a customer writes comes back as it was, and stays text on the page', async () => {
  const one = await asked();
  const listed = createRequire(import.meta.url)('big-list-of-naughty-strings') as string[];
  const comments = listed.filter(
    (text, i) => text.trim() !== '' && text.length <= 2000 && (i % 10 === 0 || text.includes('<script')),
  );
  assert.ok(comments.length > 60);
  const plain = (await request(one.path)).text.match(/</g)!.length;
  for (const comment of comments) {
    const { status } = await request(one.path, { score: 'good', comment });
    assert.equal(status, 303, comment);
    assert.equal((await rowOf(one)).comment, comment.replaceAll('\r\n', '\n'));
    if (!comment.includes('<')) continue;
    const { text } = await request(one.path);
    // One answer is chosen, and thanked for: a paragraph more, and no tag else.
    assert.equal(text.match(/</g)!.length, plain + 2, comment);
  }
});

test('ten answers at once are one row, one first answer, and a history without gaps', async () => {
  const one = await asked();
  const scores = Array.from({ length: 10 }, (_, i) => (i % 2 ? 'good' : 'bad'));
  await Promise.all(scores.map((score) => request(one.path, { score })));
  const row = await rowOf(one);
  assert.equal(row.endsAt.getTime(), start + changeMs);
  const { history } = await acme.call(operator, 'get_ticket', { ticketId: one.ticketId });
  const said = (history as JsonObject[])
    .map(({ changes }) => (changes as JsonObject).satisfaction as JsonObject | undefined)
    .filter((change) => change !== undefined);
  let last: unknown = null;
  for (const { from, to } of said) {
    assert.equal(from, last);
    last = to;
  }
  assert.equal(row.score, last);
});

test('who is erased is asked no more, and what they wrote is gone', async () => {
  const one = await asked();
  await request(one.path, { score: 'bad', comment: 'Zyzzyva!' });
  const { customerId } = await acme.call(operator, 'get_ticket', { ticketId: one.ticketId });
  const input = { customerId: customerId!, reason: 'she asked' };
  const { records } = await acme.call(admin, 'export_customer', input);
  assert.match(JSON.stringify((records as JsonObject).ratings), /Zyzzyva!/);
  await acme.call(admin, 'erase_customer', { ...input, confirm: customerId! });
  const { score, comment } = await rowOf(one);
  assert.deepEqual([score, comment], ['bad', null], 'statistics keep the score');
  now = start + 1;
  assert.equal((await request(one.path, { score: 'good', comment: 'Back' })).status, 410);
});

test('who asks too often is refused, for reading and for answering', async () => {
  const one = await asked();
  const limits = createLimits({ settings: { ...unlimited, reads: 3 }, ids: randomIds, log: silent });
  const { app } = fakeApp({ ratings, limits });
  const post = { method: 'POST', body: new URLSearchParams({ score: 'good' }) };
  const statuses: number[] = [];
  for (const init of [{}, post, {}, post, {}]) statuses.push((await app.request(one.path, init)).status);
  assert.deepEqual(statuses, [200, 303, 200, 429, 429]);
});
