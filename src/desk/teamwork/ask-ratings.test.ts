import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, type Desk, desk, open, operator, outbox, setDesk } from '../../../test/desk.ts';
import { randomIds, randomSecret } from '../../kernel/ids.ts';
import { askForRatings } from './ask-ratings.ts';
import { ratingTokens } from './ratings.ts';

const hour = 3_600_000;
const day = 24 * hour;
const tokens = ratingTokens(randomSecret(32));

/** A while after anything of the desk's first minutes. */
const start = Date.UTC(2026, 10, 20);

/** It asks for all workspaces. @returns how many mails this one had by it. */
async function ask(on: Desk, now: number): Promise<number> {
  const before = (await asked(on)).length;
  await look(on, now);
  return (await asked(on)).length - before;
}

const look = (on: Desk, now: number) =>
  askForRatings(on.db, {
    ids: randomIds,
    now: new Date(now),
    tokens,
    publicUrl: 'https://desk.example/',
    failed: assert.fail,
  });

const asked = async (on: Desk) =>
  (await outbox(on)).filter(({ subject }) => subject.startsWith('How was our help'));

/** A ticket that was answered, so that its address is vouched for, and is resolved. */
async function resolved(on: Desk, email = 'ada@example.com', answered = true): Promise<string> {
  const { ticketId } = await open(on, { subject: 'Quokka', email });
  if (answered) await on.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Clean the contacts.' });
  await status(on, ticketId as string, 'resolved');
  return ticketId as string;
}

async function status(on: Desk, ticketId: string, to: string): Promise<void> {
  const { version } = await on.call(operator, 'get_ticket', { ticketId });
  await on.call(operator, 'update_ticket', { ticketId, version: version!, status: to });
}

const turnOn = (on: Desk, more = {}) => setDesk(on, { askForRating: true, ...more });

test('nobody is asked unless an admin wants it', async () => {
  const acme = await desk('ask-off');
  await resolved(acme);
  assert.equal(await ask(acme, start + 2 * hour), 0);
  assert.deepEqual(await asked(acme), []);
});

test('a customer is asked an hour after the resolution, once, however many processes look', async () => {
  const acme = await desk('ask');
  await turnOn(acme);
  await resolved(acme);
  assert.equal(await ask(acme, start + 0.9 * hour), 0);
  const counts = await Promise.all(Array.from({ length: 5 }, () => look(acme, start + 1.1 * hour)));
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    1,
  );
  assert.equal(await ask(acme, start + 2 * hour), 0);
  const [mail, ...more] = await asked(acme);
  assert.deepEqual([mail!.rcptTo, more], ['ada@example.com', []]);
  assert.match(mail!.body, /https:\/\/desk\.example\/ask\/rate\/rat_[0-9a-z]{24}\.[\w-]{22}\n/);
  assert.doesNotMatch(`${mail!.subject} ${mail!.body}`, /quokka/i, 'no word of the ticket');
  assert.equal(mail!.headers['Auto-Submitted'], 'auto-generated');
  assert.ok(mail!.headers['In-Reply-To'], 'it stands behind what was written before');
});

test('who opened it again, nobody vouched for, is blocked, or wrote long ago is not asked', async () => {
  const acme = await desk('ask-not');
  await turnOn(acme);
  const again = await resolved(acme, 'again@example.com');
  await status(acme, again, 'open');
  await resolved(acme, 'unverified@example.com', false);
  const blocked = await resolved(acme, 'blocked@example.com');
  const { customerId } = await acme.call(operator, 'get_ticket', { ticketId: blocked });
  await acme.call(operator, 'block_customer', { customerId: customerId!, reason: 'threats' });
  const closed = await resolved(acme, 'closed@example.com');
  await status(acme, closed, 'closed');
  const merged = await resolved(acme, 'merged@example.com');
  const { ticketId: into } = await open(acme, { email: 'merged@example.com' });
  const [from, target] = await Promise.all(
    [merged, into!].map((ticketId) => acme.call(operator, 'get_ticket', { ticketId })),
  );
  await acme.call(operator, 'merge_tickets', {
    from: merged,
    fromVersion: from!.version!,
    into: into!,
    intoVersion: target!.version!,
    acrossCustomers: true,
  });
  assert.equal(await ask(acme, start + 2 * hour), 0);
  await resolved(acme, 'old@example.com');
  assert.equal(await ask(acme, start + 4 * day), 0);
  assert.deepEqual(await asked(acme), []);
});

test('a ticket that is resolved again is asked about again only after the pause', async () => {
  const acme = await desk('ask-again');
  await turnOn(acme, { ratingPauseDays: 1 });
  const id = await resolved(acme);
  assert.equal(await ask(acme, start + 2 * hour), 1);
  await status(acme, id, 'open');
  await status(acme, id, 'resolved');
  assert.equal(await ask(acme, start + 4 * hour), 0);
  assert.equal(await ask(acme, start + 25 * hour), 0);
  assert.equal(await ask(acme, start + 27 * hour), 1);
  assert.equal(await ask(acme, start + 60 * hour), 0, 'the same resolution is asked about once');
});

test('an agent’s own ticket without an address is nobody’s to ask', async () => {
  const acme = await desk('ask-none');
  await turnOn(acme);
  const { ticketId } = await open(acme, {}, agent);
  await status(acme, ticketId as string, 'resolved');
  assert.equal(await ask(acme, start + 2 * hour), 0);
});
