import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, type Desk, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import { readMail, receiver } from '../../../../test/smtp.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { randomIds } from '../../../kernel/ids.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { readEml } from '../../../mail/eml.ts';
import { sendDue } from '../../../mail/outbox.ts';
import { createSmtp } from '../../../mail/smtp.ts';
import { asSystem } from '../../../store/database.ts';

const upload = async (on: Desk, text: string, name: string) =>
  (
    await on.call(operator, 'add_attachment', {
      name,
      mediaType: 'text/plain',
      contentBase64: Buffer.from(text).toString('base64'),
    })
  ).attachmentId as string;

const ticketOf = async (on: Desk, email = 'ada@example.com') =>
  (await open(on, { email })).ticketId as string;

const read = (on: Desk, ticketId: string) => on.call(operator, 'get_ticket', { ticketId });
const messagesOf = async (on: Desk, ticketId: string) => (await read(on, ticketId)).messages as JsonObject[];

/** A member of the workspace who may sign. */
async function member(on: Desk, name: string): Promise<Caller> {
  const id = randomIds('usr');
  const email = `${id}@desk.example`;
  await asSystem(on.db, async (tx) => {
    await tx.insertInto('users').values({ id, name, email }).execute();
    await tx
      .insertInto('members')
      .values({ workspaceId: on.workspace.id, userId: id, role: 'operator', name, email })
      .execute();
  });
  return { kind: 'operator', id, role: 'operator' };
}

test('a reply is on the thread, in the outbox, and the ticket waits for the customer', async () => {
  const acme = await desk('reply');
  const ticketId = await ticketOf(acme);
  const sent = await acme.call(operator, 'reply', {
    ticketId,
    version: 1,
    body: 'Clean the contacts.',
    cc: ['Bob@example.com'],
    bcc: ['eve@example.com'],
    attachmentIds: [await upload(acme, 'how to', 'howto.txt')],
  });
  assert.deepEqual([sent.mailed, sent.version], [true, 2]);
  const [mail] = await outbox(acme);
  assert.deepEqual(
    [mail!.rcptTo, mail!.cc, mail!.bcc],
    ['ada@example.com', ['Bob@example.com'], ['eve@example.com']],
  );
  const ticket = await read(acme, ticketId);
  assert.deepEqual([ticket.status, ticket.participants], ['pending', ['bob@example.com']]);
  const [, message] = ticket.messages as JsonObject[];
  assert.deepEqual([message!.author, message!.body], ['operator', 'Clean the contacts.']);
  assert.deepEqual(
    (message!.attachments as JsonObject[]).map(({ name, size, mediaType }) => [name, size, mediaType]),
    [['howto.txt', 6, 'text/plain']],
  );
  const shown = message!.mail as JsonObject;
  assert.deepEqual(
    [shown.kind, shown.to, shown.cc, shown.bcc, shown.state],
    ['reply', 'ada@example.com', ['Bob@example.com'], ['eve@example.com'], 'queued'],
  );
  const resolved = await acme.call(operator, 'reply', {
    ticketId,
    version: 2,
    body: 'Done.',
    status: 'resolved',
  });
  assert.equal(resolved.version, 3);
  assert.equal((await read(acme, ticketId)).status, 'resolved');
});

test('copies stay on the conversation until somebody takes them off', async () => {
  const acme = await desk('copies');
  const ticketId = await ticketOf(acme);
  let version = 1;
  const replied = async (more: JsonObject) => {
    ({ version } = (await acme.call(operator, 'reply', { ticketId, version, body: 'x', ...more })) as {
      version: number;
    });
    return (await outbox(acme)).at(-1)!.cc;
  };
  assert.deepEqual(await replied({ cc: ['bob@example.com', 'carl@example.com'] }), [
    'bob@example.com',
    'carl@example.com',
  ]);
  assert.deepEqual(await replied({}), ['bob@example.com', 'carl@example.com']);
  assert.deepEqual(await replied({ cc: ['carl@example.com', 'ADA@example.com'] }), ['carl@example.com']);
  assert.deepEqual((await read(acme, ticketId)).participants, ['carl@example.com']);

  // An agent's reply goes to the customer alone; one that a person approves goes to everyone.
  const send = await acme.call(agent, 'send_reply', { ticketId, body: 'From the agent.' });
  assert.equal(send.outcome, 'sent');
  assert.deepEqual((await outbox(acme)).at(-1)!.cc, []);
  await acme.call(operator, 'send_reply', { ticketId, body: 'From a person.' });
  assert.deepEqual((await outbox(acme)).at(-1)!.cc, ['carl@example.com']);
  version = (await read(acme, ticketId)).version as number;
  assert.deepEqual(await replied({ cc: [] }), []);
  assert.deepEqual((await read(acme, ticketId)).participants, []);
});

test('a reply to a thread that has moved is refused, and one of two at once is sent', async () => {
  const acme = await desk('moved');
  const ticketId = await ticketOf(acme);
  await acme.call(operator, 'add_note', { ticketId, body: 'Careful.' });
  const reply = (version: number) => acme.call(operator, 'reply', { ticketId, version, body: 'x' });
  await assert.rejects(reply(1), refused('conflict'));
  // What is not of the thread does not stand in the way.
  await acme.call(operator, 'update_ticket', { ticketId, version: 2, priority: 'high' });
  const outcomes = await Promise.allSettled([reply(2), reply(2), reply(2)]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  assert.equal((await outbox(acme)).length, 1);
  await acme.call(operator, 'update_ticket', { ticketId, version: 4, status: 'closed' });
  await assert.rejects(reply(6), refused('invalid_arguments'), 'a version that is still to come');
  await assert.rejects(reply(5), refused('conflict'));
  await acme.call(operator, 'update_ticket', { ticketId, version: 5, status: 'resolved' });
  await acme.db.updateTable('tickets').set({ mergedInto: 'tkt_other' }).where('id', '=', ticketId).execute();
  await assert.rejects(reply(6), refused('conflict'));
  await acme.db.updateTable('tickets').set({ mergedInto: null }).where('id', '=', ticketId).execute();
  await reply(6);
  await assert.rejects(
    acme.call(operator, 'reply', { ticketId: 'tkt_none', version: 1, body: 'x' }),
    refused('not_found'),
  );
});

test('recipients that cannot be are refused, and nothing is written', async () => {
  const acme = await desk('wrong');
  const ticketId = await ticketOf(acme);
  const many = Array.from({ length: 200 }, (_, i) => `user${i}@example.com`);
  const bad: JsonObject[] = [
    { cc: many },
    { cc: many.slice(0, 30), bcc: many.slice(30, 60) },
    { cc: ['support@wrong.localhost'] },
    ...[
      'bob@example.com\r\nBcc: eve@example.com',
      'bob@example.com, eve@example.com',
      'Bob <bob@example.com>',
      '"bob"@example.com',
      'team: bob@example.com;',
      '=?utf-8?Q?bob?= <bob@example.com>',
      'jürgen@example.com',
      'bob',
    ].flatMap((address) => [{ cc: [address] }, { bcc: [address] }] as JsonObject[]),
    { status: 'closed' },
    { attachmentIds: ['att_none'] },
  ];
  for (const wrong of bad)
    await assert.rejects(
      acme.call(operator, 'reply', { ticketId, version: 1, body: 'x', ...wrong }),
      refused('attachmentIds' in wrong ? 'not_found' : 'invalid_arguments'),
      JSON.stringify(wrong).slice(0, 90),
    );
  assert.deepEqual(await outbox(acme), []);
  assert.equal((await read(acme, ticketId)).version, 1);

  const { ticketId: silent } = await open(acme);
  const answer = { ticketId: silent!, version: 1, body: 'x' };
  await assert.rejects(
    acme.call(operator, 'reply', { ...answer, cc: ['bob@example.com'] }),
    refused('invalid_arguments'),
  );
  assert.equal((await acme.call(operator, 'reply', answer)).mailed, false);
});

// Invariant 11. Fails without `mustBeVouchedFor` in `answer`.
test('a rule mails nobody whom no person has vouched for', async () => {
  const acme = await desk('house');
  const ticketId = await ticketOf(acme);
  const rule: Caller = { kind: 'house', id: 'rul_x' };
  const reply = { ticketId, version: 1, body: 'We have it.' };
  await assert.rejects(acme.call(rule, 'reply', reply), refused('conflict'));
  await acme.call(operator, 'reply', { ...reply, cc: ['bob@example.com'] });
  await acme.call(rule, 'reply', { ...reply, version: 2 });
  assert.deepEqual((await outbox(acme)).at(-1)!.cc, []);
  assert.equal((await messagesOf(acme, ticketId)).at(-1)!.author, 'house');
});

test('a signature stands under a reply, once', async () => {
  const acme = await desk('signature');
  const ada = await member(acme, 'Ada {{workspace.name}}');
  const ticketId = await ticketOf(acme);
  const none = { signature: null, rendered: null };
  assert.deepEqual(await acme.call(ada, 'get_signature', {}), none);
  const signature = '{{operator.name}}\n{{ workspace.name }} support';
  const rendered = 'Ada {{workspace.name}}\nsignature support';
  assert.deepEqual(await acme.call(ada, 'set_signature', { signature }), { signature, rendered });
  let version = 1;
  const said = async (body: string, more: JsonObject = {}) => {
    ({ version } = (await acme.call(ada, 'reply', { ticketId, version, body, ...more })) as {
      version: number;
    });
    const message = (await messagesOf(acme, ticketId)).at(-1)!.body;
    assert.equal((await outbox(acme)).at(-1)!.body, message, 'the customer reads what the thread has');
    return message;
  };
  assert.equal(await said('Hello.'), `Hello.\n\n-- \n${rendered}`);
  assert.equal(await said(`Hello.\n\n-- \n${rendered}`), `Hello.\n\n-- \n${rendered}`);
  assert.equal(await said(`Hello.\n${rendered}\n`), `Hello.\n${rendered}\n`);
  assert.equal(await said('Hello.', { signature: false }), 'Hello.');
  assert.equal(await said(`Not ${rendered}`), `Not ${rendered}\n\n-- \n${rendered}`);
  await assert.rejects(said('x'.repeat(50_000)), refused('invalid_arguments'));

  for (const wrong of ['{{operator.email}}', '{{constructor}}', '{{}}'])
    await assert.rejects(acme.call(ada, 'set_signature', { signature: wrong }), refused('invalid_arguments'));
  assert.deepEqual(await acme.call(ada, 'set_signature', { signature: null }), none);
  assert.equal(await said('Bare.'), 'Bare.');
  await assert.rejects(acme.call(operator, 'set_signature', { signature: 'x' }), refused('not_found'));
});

test('a signature is its member’s own, and goes with them', async () => {
  const acme = await desk('signatures');
  const [ada, bob] = [await member(acme, 'Ada'), await member(acme, 'Bob')];
  await acme.call(ada, 'set_signature', { signature: '{{operator.name}}' });
  assert.equal((await acme.call(bob, 'get_signature', {})).signature, null);
  await asSystem(acme.db, (tx) =>
    tx
      .deleteFrom('members')
      .where('userId', '=', (ada as { id: string }).id)
      .execute(),
  );
  assert.equal((await acme.call(ada, 'get_signature', {})).signature, null);
});

test('an operator writes first, to who is known and to who is new', async () => {
  const acme = await desk('start');
  const first = await acme.call(operator, 'start_conversation', {
    to: 'Ada@example.com',
    name: 'Ada',
    subject: 'Your order',
    body: 'It is on its way.',
    cc: ['bob@example.com'],
    bcc: ['eve@example.com'],
    attachmentIds: [await upload(acme, 'invoice', 'invoice.txt')],
  });
  const ticket = await read(acme, first.ticketId as string);
  assert.deepEqual(
    [ticket.status, ticket.channel, ticket.subject, ticket.participants, ticket.customerId],
    ['pending', 'operator', 'Your order', ['bob@example.com'], first.customerId],
  );
  const [message] = ticket.messages as JsonObject[];
  assert.deepEqual(
    [message!.author, message!.authorId, (message!.attachments as JsonObject[]).length],
    ['operator', 'usr_test', 1],
  );
  const [mail] = await outbox(acme);
  assert.deepEqual(
    [mail!.subject, mail!.rcptTo, mail!.cc, mail!.bcc, mail!.headers],
    ['Your order', 'Ada@example.com', ['bob@example.com'], ['eve@example.com'], {}],
  );
  assert.equal((ticket.history as JsonObject[])[0]!.actor, 'operator:usr_test');

  const again = { to: 'ada@EXAMPLE.com', subject: 'Another', body: 'x' };
  assert.equal((await acme.call(operator, 'start_conversation', again)).customerId, first.customerId);
  const atOnce = { to: 'new@example.com', subject: 'x', body: 'x' };
  const both = await Promise.all([1, 2, 3].map(() => acme.call(operator, 'start_conversation', atOnce)));
  assert.equal(new Set(both.map(({ customerId }) => customerId)).size, 1);
  await assert.rejects(
    acme.call(operator, 'start_conversation', { ...atOnce, to: 'support@start.localhost' }),
    refused('invalid_arguments'),
  );
  // The address is vouched for: an agent of the desk may answer there now.
  assert.equal(
    (await acme.call(operator, 'get_customer', { customerId: both[0]!.customerId! })).emailVerified,
    true,
  );
});

test('a forward goes to who is outside, and the customer’s thread knows nothing of it', async () => {
  const acme = await desk('forward');
  const ticketId = await ticketOf(acme);
  const file = await upload(acme, 'how to', 'howto.txt');
  await acme.call(operator, 'reply', {
    ticketId,
    version: 1,
    body: 'Try this.',
    cc: ['bob@example.com'],
    attachmentIds: [file],
  });
  await acme.call(operator, 'add_note', { ticketId, body: 'He is difficult.' });
  const { messageId } = await acme.call(operator, 'forward', {
    ticketId,
    to: 'repair@workshop.example',
    note: 'Can you look at this?',
    attachments: true,
  });
  const mails = await outbox(acme);
  const mail = mails.find(({ rcptTo }) => rcptTo === 'repair@workshop.example')!;
  assert.equal(mail.subject, 'Fwd: It does not charge');
  assert.ok(mail.body.startsWith('Can you look at this?\n\n---------- Forwarded message'));
  assert.match(mail.body, /From: an AI agent\n.*The light blinks\.\n.*From: forward\n.*Try this\.$/s);
  assert.ok(!mail.body.includes('difficult') && !mail.body.includes('ada@example.com'));
  assert.deepEqual([mail.headers, mail.cc, mail.inThread], [{}, [], false]);

  const ticket = await read(acme, ticketId);
  const note = (ticket.messages as JsonObject[]).at(-1)!;
  assert.deepEqual(
    [note.id, note.visibility, note.body, (note.mail as JsonObject).kind],
    [messageId!, 'note', 'Can you look at this?', 'forward'],
  );
  assert.deepEqual(
    (note.attachments as JsonObject[]).map(({ name }) => name),
    ['howto.txt'],
  );
  assert.deepEqual([ticket.status, ticket.participants], ['pending', ['bob@example.com']]);
  const customer = await acme.call(operator, 'get_customer', { customerId: ticket.customerId! });
  assert.deepEqual(customer.addresses, ['ada@example.com']);

  await acme.call(operator, 'reply', { ticketId, version: ticket.version!, body: 'Wait a little.' });
  const last = (await outbox(acme)).at(-1)!;
  const [first] = mails;
  assert.deepEqual(last.headers, { 'In-Reply-To': first!.messageId, References: first!.messageId });
});

test('notes, other tickets’ messages and too much are not forwarded', async () => {
  const acme = await desk('forward-not');
  const [one, two] = [await ticketOf(acme), await ticketOf(acme)];
  const note = await acme.call(operator, 'add_note', { ticketId: one, body: 'Inside.' });
  const elsewhere = (await messagesOf(acme, two))[0]!.id as Json;
  const forward = (more: JsonObject) =>
    acme.call(operator, 'forward', { ticketId: one, to: 'x@y.example', ...more });
  for (const id of [note.messageId!, elsewhere, 'msg_none'])
    await assert.rejects(forward({ messageIds: [id] }), refused('not_found'));
  await assert.rejects(forward({ to: 'a@b.example, c@d.example' }), refused('invalid_arguments'));
  assert.deepEqual(await outbox(acme), []);
  const own = (await messagesOf(acme, one))[0]!.id as string;
  await forward({ messageIds: [own] });
  assert.equal((await outbox(acme))[0]!.body.match(/Forwarded message/g)!.length, 1);
  assert.equal((await messagesOf(acme, one)).at(-1)!.body, 'Forwarded.');
});

test('what the mail server says is shown with the message, and the files arrive', async (t) => {
  const acme = await desk('delivery');
  // The loop sends what other workspaces have, too.
  await acme.db.deleteFrom('outbox').execute();
  const server = await receiver();
  const smtp = createSmtp(server.url);
  t.after(async () => {
    await smtp.close();
    await server.close();
  });
  const ticketId = await ticketOf(acme);
  await acme.call(operator, 'reply', {
    ticketId,
    version: 1,
    body: 'Look.',
    cc: ['bob@refused.example', 'carl@busy.example'],
    bcc: ['eve@example.com'],
    attachmentIds: [await upload(acme, 'one', 'one.txt'), await upload(acme, 'two', 'two.txt')],
  });
  const shown = async () => (await messagesOf(acme, ticketId)).at(-1)!.mail as JsonObject;
  const at = Date.UTC(2027, 0, 1);
  await sendDue(acme.db, smtp, () => at);
  const partly = await shown();
  assert.equal(partly.state, 'queued');
  assert.match(partly.reason as string, /try again later/);
  server.busy = false;
  await sendDue(acme.db, smtp, () => at + 3_600_000);
  const { state, refused, sentAt } = await shown();
  assert.deepEqual([state, sentAt], ['sent', new Date(at).toISOString()]);
  assert.deepEqual(
    (refused as JsonObject[]).map(({ address }) => address),
    ['bob@refused.example'],
  );
  const { parts } = readMail(server.received[0]!.raw);
  assert.deepEqual(
    parts.map(({ content }) => content.toString('utf8').trimEnd()),
    ['Look.', 'one', 'two'],
  );
  assert.ok(!server.received.some(({ raw }) => raw.includes('eve@example.com')));
});

test('a reply that a member wrote with short forms goes out as a page beside its text; a forward and others’ do not', async (t) => {
  const acme = await desk('rich');
  await acme.db.deleteFrom('outbox').execute();
  const server = await receiver();
  const smtp = createSmtp(server.url);
  t.after(async () => {
    await smtp.close();
    await server.close();
  });
  const ticketId = await ticketOf(acme);
  const body = 'Try **both**:\n- <b>one</b>\n- two';
  await acme.call(operator, 'reply', { ticketId, version: 1, body, signature: false });
  await acme.call(operator, 'forward', { ticketId, to: 'factory@example.com' });
  await sendDue(acme.db, smtp, () => Date.UTC(2027, 0, 1));
  const [reply, forward] = server.received.map(({ raw }) => raw);
  assert.match(reply!, /^content-type: multipart\/alternative/im);
  const { parts } = readMail(reply!);
  assert.deepEqual(
    parts.map(({ headers }) => headers.get('content-type')),
    ['text/plain; charset=utf-8', 'text/html; charset=utf-8'],
  );
  const [text, html] = parts.map(({ content }) =>
    content.toString('utf8').trimEnd().replaceAll('\r\n', '\n'),
  );
  assert.equal(text, body);
  assert.match(html!, /<b>both<\/b>:.*<li><div>&#60;b&#62;one&#60;\/b&#62;<\/div><\/li>/);
  assert.doesNotMatch(forward!, /text\/html/);
  assert.equal(readEml(reply!).body.trimEnd().replaceAll('\r\n', '\n'), body);
  assert.deepEqual(readEml(reply!).files, []);
});
