import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Automated, automated, closedNow, mails, rule, saved } from '../../../../test/automation.ts';
import { agent, catalogue, operator, setHours } from '../../../../test/desk.ts';
import type { EffectOperation } from '../../../catalogue/operation.ts';
import { runIn } from '../../../catalogue/perform.ts';
import { randomIds } from '../../../kernel/ids.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { systemClock } from '../../../kernel/time.ts';
import { pauseBreaker } from '../../../mail/breaker.ts';
import { startCatchAll } from '../../../mail/catchall.ts';
import { sendDue } from '../../../mail/outbox.ts';
import { createSmtp } from '../../../mail/smtp.ts';

const details = async (on: Automated, ruleId: unknown) =>
  (await on.runs({ ruleId: ruleId as string })).map(({ detail }) => detail).reverse();

/** An agent opens a ticket at the door. */
const atDoor = async (on: Automated, email: string, body = 'The light blinks.') => {
  const create = catalogue.get('create_ticket') as EffectOperation;
  const out = await on.within((scope) => runIn(scope, create, { subject: 'Door', body, email }), agent);
  return out.ticketId as string;
};

test('a customer is told once that the ticket is here, by mail that says no person wrote it', async () => {
  const acme = await automated('ack');
  const { ruleId } = await rule(acme, 'ack', 'ticket.created', [
    { kind: 'acknowledge', savedReplyId: await saved(acme) },
  ]);
  const { ruleId: again } = await rule(acme, 'ack again', 'message.by_customer', [
    { kind: 'acknowledge', savedReplyId: await saved(acme, 'And again.') },
  ]);
  const ticketId = await acme.mailIn('Ada@example.com');
  await acme.follow();
  const [mail, ...more] = await mails(acme);
  assert.equal(more.length, 0);
  assert.deepEqual(
    [mail!.rcptTo, mail!.subject, mail!.body, mail!.headers['Auto-Submitted']],
    ['Ada@example.com', 'Re: It does not charge', 'Dear Ada Lovelace, we have #1.', 'auto-replied'],
  );
  const ticket = await acme.call(operator, 'get_ticket', { ticketId });
  assert.deepEqual([ticket.status, ticket.firstRespondedAt], ['open', null]);
  assert.equal((ticket.messages as JsonObject[])[1]!.authorId, ruleId);
  acme.pass(120);
  await acme.customerWrites(ticketId);
  await acme.follow();
  assert.equal((await mails(acme)).length, 1);
  assert.deepEqual(await details(acme, again), ['not mailed: it was acknowledged before']);
});

test('nothing is mailed by itself to an address that only the door has named', async () => {
  const acme = await automated('door');
  const replies = [
    { kind: 'acknowledge', savedReplyId: await saved(acme) },
    { kind: 'out_of_hours_reply', savedReplyId: await saved(acme, 'We are closed.') },
    { kind: 'reply', savedReplyId: await saved(acme, 'A reply.') },
  ];
  await setHours(acme, closedNow(acme.now()));
  const rules: unknown[] = [];
  for (const [index, action] of replies.entries())
    rules.push((await rule(acme, `rule ${index}`, 'ticket.created', [action])).ruleId);
  const { macroId } = await acme.call(operator, 'create_macro', { name: 'By macro', actions: [replies[2]!] });
  rules.push((await rule(acme, 'macro', 'ticket.created', [{ kind: 'macro', macroId: macroId! }])).ruleId);
  // Someone else's address, verified as a customer of ours or not.
  await acme.mailIn('ada@example.com', { subject: 'Earlier' });
  await acme.follow();
  await acme.within(({ tx }) => tx.deleteFrom('outbox').execute());
  acme.pass(120);
  const ticketId = await atDoor(acme, 'ada@example.com');
  await acme.follow();
  assert.deepEqual(await mails(acme), []);
  for (const id of rules)
    assert.equal((await details(acme, id)).at(-1), 'not mailed: nobody has vouched for the address');
  const { messages } = await acme.call(operator, 'get_ticket', { ticketId });
  assert.equal((messages as JsonObject[]).length, 1);
});

test('no machine of ours answers a machine, and no address is written to twice within an hour', async () => {
  const acme = await automated('machines');
  const { ruleId } = await rule(acme, 'answer', 'message.by_customer', [
    { kind: 'reply', savedReplyId: await saved(acme, 'Thank you.') },
  ]);
  const [one, two] = [await acme.mailIn('ada@example.com'), await acme.mailIn('ada@example.com')];
  await acme.customerWrites(one, 'I am away until Monday.', true);
  await acme.follow();
  assert.equal((await mails(acme)).length, 0);
  for (const ticketId of [one, two, one]) {
    await acme.customerWrites(ticketId);
    await acme.follow();
  }
  assert.equal((await mails(acme)).length, 1);
  acme.pass(61);
  await acme.customerWrites(two);
  await acme.follow();
  assert.equal((await mails(acme)).length, 2);
  for (const address of ['MAILER-DAEMON@example.com', 'no-reply@example.com', 'support@machines.localhost']) {
    await acme.customerWrites(await acme.mailIn(address));
    await acme.follow();
  }
  assert.equal((await mails(acme)).length, 2);
  assert.deepEqual(await details(acme, ruleId), [
    'not mailed: the last mail was a machine’s',
    'mailed',
    'not mailed: the address had automatic mail within the hour',
    'not mailed: the address had automatic mail within the hour',
    'mailed',
    'not mailed: the address is a machine’s',
    'not mailed: the address is a machine’s',
    'not mailed: the address is a machine’s',
  ]);
});

test('whom the team has blocked is told nothing', async () => {
  const acme = await automated('blocked-rule');
  await rule(acme, 'answer', 'message.by_customer', [
    { kind: 'reply', savedReplyId: await saved(acme, 'Thank you.') },
  ]);
  const ticketId = await acme.mailIn('ada@example.com');
  const { customerId } = await acme.ticket(ticketId);
  await acme.call(operator, 'block_customer', { customerId: customerId!, reason: 'threats' });
  await acme.customerWrites(ticketId);
  await acme.follow();
  assert.equal((await mails(acme)).length, 0);
});

test('on the wire the mail says that no person wrote it', async () => {
  const acme = await automated('wire');
  await rule(acme, 'ack', 'ticket.created', [{ kind: 'acknowledge', savedReplyId: await saved(acme) }]);
  await acme.mailIn('ada@example.com');
  await acme.follow();
  const folder = await mkdtemp(join(tmpdir(), 'postern-automatic-'));
  const server = await startCatchAll({ folder, clock: systemClock, ids: randomIds });
  const smtp = createSmtp(server.url);
  try {
    while ((await sendDue(acme.db, smtp, acme.ports.clock)).length > 0);
    const raw = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    const mine = raw.filter((mail) => mail.includes('support@wire.localhost'));
    assert.equal(mine.length, 1);
    assert.match(mine[0]!, /^Auto-Submitted: auto-replied\r?$/m);
    assert.match(mine[0]!, /^To: ada@example.com\r?$/m);
  } finally {
    await smtp.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
});

test('while the breaker is paused nothing is mailed by itself', async () => {
  const acme = await automated('paused');
  await rule(acme, 'ack', 'ticket.created', [{ kind: 'acknowledge', savedReplyId: await saved(acme) }]);
  await acme.within(({ tx, workspace }) => pauseBreaker(tx, workspace.id, 'bounces'));
  await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.equal((await mails(acme)).length, 0);
});

test('an acknowledgement that could not be mailed yet is not taken for one', async () => {
  const acme = await automated('ack-later');
  await rule(acme, 'ack', 'message.by_customer', [{ kind: 'acknowledge', savedReplyId: await saved(acme) }]);
  const [one, two] = [await acme.mailIn('ada@example.com'), await acme.mailIn('ada@example.com')];
  for (const ticketId of [one, two]) await acme.customerWrites(ticketId);
  await acme.follow();
  assert.equal((await mails(acme)).length, 1);
  acme.pass(61);
  for (const ticketId of [one, two]) await acme.customerWrites(ticketId);
  await acme.follow();
  assert.deepEqual(
    (await mails(acme)).map(({ ticketId }) => ticketId),
    [one, two],
  );
});

test('out of hours the customer is told so, and within them not', async () => {
  const acme = await automated('closed');
  await rule(acme, 'closed', 'ticket.created', [
    { kind: 'out_of_hours_reply', savedReplyId: await saved(acme, 'We are closed.') },
  ]);
  await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.equal((await mails(acme)).length, 0, 'without hours the desk is open');
  await setHours(acme, closedNow(acme.now()));
  await acme.mailIn('bob@example.com');
  await acme.follow();
  assert.deepEqual(
    (await mails(acme)).map(({ rcptTo, body }) => [rcptTo, body]),
    [['bob@example.com', 'We are closed.']],
  );
});
