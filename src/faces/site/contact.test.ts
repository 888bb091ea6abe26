import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Automated, admin, automated } from '../../../test/automation.ts';
import { catalogue, operator, refused as refusedAs, setDesk } from '../../../test/desk.ts';
import { fakeApp } from '../../../test/fakes/app.ts';
import { atEnd } from '../../../test/harness.ts';
import type { EffectOperation, Scope } from '../../catalogue/operation.ts';
import { runIn } from '../../catalogue/perform.ts';
import { contactForms, maxMs, minMs } from '../../desk/contact-forms.ts';
import { randomIds, randomSecret } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { sleep } from '../../kernel/time.ts';
import { auditTrail } from '../../store/audit.ts';
import { clientsBehind } from '../client-address.ts';
import { serve } from '../http-serve.ts';

const operation = catalogue.get('contact') as EffectOperation;
/** Its time passes when the tests say so: nobody is quick or slow because the machine is. */
let passed = 0;
const acme = await automated('acme');
await automated('elsewhere');
const began = acme.ports.clock();
const clock = () => began + passed;
const contact = contactForms({ db: acme.db, key: randomSecret(32), ids: randomIds, clock });
// Tests say who asks by the header, as a proxy in front would.
const clientOf = clientsBehind(['127.0.0.1', '::1']);
const server = await serve({ ...fakeApp({ contact, clientOf }), host: 'localhost', port: 0 });
atEnd(() => server.stop());
const url = `http://localhost:${server.port}`;

const question = {
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  subject: 'It does not charge',
  message: 'The light blinks.\r\nThree times.',
};

async function request(path: string, form?: Record<string, string>, from = '203.0.113.1') {
  const response = await fetch(`${url}${path}`, {
    redirect: 'manual',
    headers: { 'x-forwarded-for': from },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A form that has been open for long enough. */
async function tokenOf(path = '/acme/contact'): Promise<string> {
  const { text } = await request(path);
  passed += minMs;
  return /name="token" value="([^"]+)"/.exec(text)![1]!;
}

let senders = 0;
/** Sends it, each time from another address. */
const send = async (more: Record<string, string> = {}, path = '/acme/contact') =>
  request(path, { token: await tokenOf(path), ...question, ...more }, `198.51.100.${++senders}`);

const tickets = (on: Automated = acme) =>
  on.db
    .selectFrom('tickets')
    .selectAll()
    .where('workspaceId', '=', on.workspace.id)
    .orderBy('number')
    .execute();
const mails = () => acme.db.selectFrom('outbox').selectAll().execute();

/** Does it, and says how many tickets came of it. */
async function opened(work: () => Promise<unknown>): Promise<number> {
  const before = (await tickets()).length;
  await work();
  return (await tickets()).length - before;
}

test('who writes in opens a ticket with an unverified address, and is told its number', async () => {
  const sent = await send();
  assert.equal(sent.status, 303);
  const shown = await request(sent.headers.get('location')!);
  const [ticket] = await tickets();
  assert.match(shown.text, new RegExp(`with acme Ltd as <strong>#${ticket!.number}</strong>`));
  assert.deepEqual([ticket!.channel, ticket!.status, ticket!.wallet], ['web', 'open', null]);
  const whole = await acme.call(operator, 'get_ticket', { ticketId: ticket!.id });
  const [message] = whole.messages as JsonObject[];
  assert.deepEqual([message!.author, message!.body], ['customer', 'The light blinks.\nThree times.']);
  const [created] = whole.history as JsonObject[];
  assert.deepEqual([created!.kind, created!.actor], ['ticket.created', 'customer']);
  const customer = await acme.call(operator, 'get_customer', { customerId: ticket!.customerId! });
  assert.deepEqual(
    [customer.name, customer.email, customer.emailVerified],
    ['Ada Lovelace', 'ada@example.com', false],
  );
  assert.deepEqual(await mails(), []);
});

test('rules and due times see it, and nothing is mailed by itself', async () => {
  const { savedReplyId } = await acme.call(operator, 'create_saved_reply', {
    name: 'Ack',
    body: 'It is here.',
  });
  const { ruleId } = await acme.call(admin, 'create_rule', {
    name: 'ack',
    trigger: 'ticket.created',
    actions: [{ kind: 'acknowledge', savedReplyId: savedReplyId! }],
  });
  await acme.call(admin, 'create_sla_policy', {
    name: 'Web',
    inBusinessHours: false,
    firstResponseMinutes: 60,
  });
  await acme.follow();
  await send({ subject: 'Ruled' });
  await acme.follow();
  const ticket = (await tickets()).at(-1)!;
  assert.ok(ticket.firstResponseDueAt);
  assert.equal(
    (await acme.runs({ ruleId: ruleId! }))[0]!.detail,
    'not mailed: nobody has vouched for the address',
  );
  assert.deepEqual(await mails(), []);
});

test('naming the address of a known customer joins nothing of theirs', async () => {
  await acme.mailIn('grace@example.com', { subject: 'Mine' });
  const known = (await tickets()).at(-1)!;
  await send({ email: 'Grace@example.com' });
  const claimed = (await tickets()).at(-1)!;
  assert.notEqual(claimed.id, known.id);
  assert.notEqual(claimed.customerId, known.customerId);
  await acme.call(operator, 'block_customer', { customerId: known.customerId!, reason: 'threats' });
  const answer = await send({ email: 'GRACE@example.com' });
  assert.equal((await tickets()).at(-1)!.status, 'spam');
  assert.match((await request(answer.headers.get('location')!)).text, /Your message is with acme/);
});

test('the same form sent twice, or ten times at once, is one ticket; another text is another', async () => {
  const form = { token: await tokenOf(), ...question };
  const answers: Awaited<ReturnType<typeof request>>[] = [];
  assert.equal(
    await opened(async () => {
      answers.push(...(await Promise.all(Array.from({ length: 10 }, () => request('/acme/contact', form)))));
      answers.push(await request('/acme/contact', form));
    }),
    1,
  );
  assert.equal(new Set(answers.map(({ status, headers }) => `${status} ${headers.get('location')}`)).size, 1);
  assert.equal(
    await opened(() => request('/acme/contact', { ...form, message: 'I forgot: it is a K7.' })),
    1,
  );
});

test('who sends while the same is being sent waits for it, and is told the same', async () => {
  const input = {
    ...{ email: 'ada@example.com', subject: 'Twice', body: 'At once.' },
    key: randomIds('tkt'),
  };
  const send = (scope: Scope) => runIn(scope, operation, input);
  const [written, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = acme.within(async (scope) => {
    const opened = await send(scope);
    written.resolve();
    await mayEnd.promise;
    return opened;
  });
  await written.promise;
  const second = acme.within(send);
  const waiting = () =>
    sql`select from pg_locks l join pg_stat_activity a using (pid)
      where not l.granted and a.datname = current_database()`.execute(acme.db);
  while ((await waiting()).rows.length === 0) await sleep(10);
  mayEnd.resolve();
  assert.deepEqual(await second, await first);
});

test('a header that hides in a line is refused, and nothing is lost of what was typed', async () => {
  const attacks = {
    name: 'Ada\r\nBcc: everybody@example.com',
    email: 'ada@example.com\r\nBcc: everybody@example.com',
    subject: 'Hello\nX-Spam: no',
  };
  for (const [field, value] of Object.entries(attacks)) {
    let answer: Awaited<ReturnType<typeof request>> | undefined;
    assert.equal(
      await opened(async () => {
        answer = await send({ [field]: value });
      }),
      0,
    );
    assert.equal(answer!.status, 400, field);
    assert.match(answer!.text, new RegExp(`aria-describedby="${field}-wrong"`));
    assert.match(answer!.text, /The light blinks.\nThree times./);
  }
});

test('what was typed comes back as text, whatever it is', async () => {
  const attack = `</textarea><script>alert(1)</script>"' onfocus=alert(1) x="<img src=x>`;
  const { text, status } = await send({
    name: attack,
    subject: attack,
    email: attack,
    message: `\n${attack}`,
  });
  assert.equal(status, 400);
  assert.doesNotMatch(text, /<script|<img|"' onfocus/);
  assert.match(text, /<textarea[^>]*>\n\n&#60;\/textarea&#62;&#60;script/);
  await acme.db.updateTable('workspaces').set({ name: '<b>&' }).where('slug', '=', 'elsewhere').execute();
  assert.match((await request('/elsewhere/contact')).text, /Contact &#60;b&#62;&#38;/);
});

test('the page runs no script, sits in no frame, sets no cookie and is kept by no cache', async () => {
  for (const { headers, text } of [await request('/acme/contact'), await send({ email: '' })]) {
    const policy = headers.get('content-security-policy')!;
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"])
      assert.ok(policy.includes(part), part);
    assert.doesNotMatch(policy, /script-src|unsafe/);
    assert.doesNotMatch(text, /<script|javascript:| style=/i);
    assert.equal(headers.get('set-cookie'), null);
    assert.equal(headers.get('cache-control'), 'private, no-store');
  }
});

test('machines are told to send again: too quick, a field that people do not see, a token of nobody', async () => {
  const early = /value="([^"]+)"/.exec((await request('/acme/contact')).text)![1]!;
  const before = (await tickets()).length;
  const quick = await request('/acme/contact', { token: early, ...question });
  assert.deepEqual([quick.status, (await tickets()).length - before], [400, 0]);
  assert.match(quick.text, /That was very quick/);
  assert.match(quick.text, /value="It does not charge"/);
  assert.equal(await opened(() => send({ website: 'https://spam.example' })), 0);
  const [when, nonce, signature] = (await tokenOf()).split('.') as [string, string, string];
  const forgeries = [
    '',
    `${(Number.parseInt(when, 36) - 1).toString(36)}.${nonce}.${signature}`,
    `${when}.${nonce}x.${signature}`,
    `${when}.${nonce}.${signature}.more`,
    `NaN.${nonce}.${signature}`,
    // Another workspace's.
    await tokenOf('/elsewhere/contact'),
  ];
  const { message: body, ...rest } = question;
  for (const token of forgeries) {
    assert.equal(await opened(() => send({ token })), 0, token);
    // Nor by whoever else stands in front of it.
    await assert.rejects(contact.send('acme', token, { ...rest, body }), refusedAs('conflict'));
  }
  // The same form once a person has had the time.
  passed += minMs;
  assert.equal(
    await opened(() => request('/acme/contact', { token: early, ...question, subject: 'Now' })),
    1,
  );
});

test('a form that stayed open for long is sent at the second try, with its text', async () => {
  const token = await tokenOf();
  passed += maxMs;
  const stale = await request('/acme/contact', { token, ...question, subject: 'Overnight' });
  assert.match(stale.text, /open for long.*value="Overnight"/s);
  const again = /name="token" value="([^"]+)"/.exec(stale.text)![1]!;
  const sent = await request('/acme/contact', { token: again, ...question, subject: 'Overnight' });
  assert.equal(sent.status, 303);
});

test('one address floods neither itself nor others: a limit, and a page that keeps the text', async () => {
  const from = '203.0.113.99';
  let last: Awaited<ReturnType<typeof request>> | undefined;
  assert.equal(
    await opened(async () => {
      for (let count = 0; count < 25; count++)
        last = await request(
          '/acme/contact',
          { token: await tokenOf(), ...question, subject: `Buy ${count}` },
          from,
        );
    }),
    20,
  );
  assert.equal(last!.status, 429);
  assert.ok(Number(last!.headers.get('retry-after')) > 0);
  assert.match(last!.text, /Too many messages.*value="Buy 24"/s);
  assert.equal((await send()).status, 303);
});

test('what is too large is refused, and the longest message is taken whole', async () => {
  const longest = '\u{1F600}'.repeat(10_000);
  assert.equal((await send({ message: longest })).status, 303);
  assert.equal((await send({ message: `${longest}x` })).status, 400);
  assert.equal((await send({ message: '   ' })).status, 400);
  assert.equal((await send({ message: 'null \0' })).status, 400);
  const huge = await send({ message: 'x'.repeat(300 * 1024) });
  assert.deepEqual([huge.status, /too long/.test(huge.text)], [413, true]);
});

test('a number is shown to who was given it, and an address of the server’s own is nobody’s page', async () => {
  const proof = new URL((await send()).headers.get('location')!, url).searchParams.get('sent')!;
  const [number, signature] = proof.split('.') as [string, string];
  for (const forged of [`${Number(number) + 1}.${signature}`, `<b>.${signature}`, number])
    assert.match(
      (await request(`/acme/contact?sent=${encodeURIComponent(forged)}`)).text,
      /<form method="post"/,
    );
  const nobody = await request('/nobody/contact');
  assert.deepEqual([nobody.status, /Nobody is at this address/.test(nobody.text)], [404, true]);
  for (const slug of ['api', 'app', 'devnet', 'metrics', 'health', 'assets', 'widget'])
    for (const form of [undefined, question]) {
      const answer = await request(`/${slug}/contact`, form);
      assert.deepEqual(
        [answer.status, answer.headers.get('content-type')],
        [404, 'application/problem+json'],
        slug,
      );
    }
});

test('a page that is off takes nothing: not from a form that was open before, and says so in plain words', async () => {
  const token = await tokenOf();
  const sent = await send({ subject: 'Before' });
  const set = (contactPage: boolean) => setDesk(acme, { contactPage });
  await set(false);
  const refused = async (answer: Awaited<ReturnType<typeof request>>) => {
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get('content-type')!, /^text\/html/);
    assert.match(
      answer.text,
      /acme Ltd takes no messages by a contact page. Please write to them another way/,
    );
    assert.doesNotMatch(answer.text, /<form/);
  };
  const tried = async () => {
    await refused(await request('/acme/contact'));
    await refused(await request('/acme/contact?sent=1.forged'));
    await refused(await request('/acme/contact', { token, ...question }));
    await refused(await request('/acme/contact', { token: 'none', email: '' }));
    // It may be turned off between the form's check and the sending.
    await assert.rejects(
      contact.send('acme', token, { email: 'ada@example.com', subject: 'Late', body: 'Late.' }),
      refusedAs('not_found'),
    );
  };
  assert.equal(await opened(tried), 0);
  // Who sent while it was on is told the number; a workspace beside it goes on.
  assert.match((await request(sent.headers.get('location')!)).text, /Your message is with acme/);
  assert.equal((await request('/elsewhere/contact')).status, 200);
  await set(true);
  assert.equal(await opened(() => request('/acme/contact', { token, ...question, subject: 'Again' })), 1);
  const [on, off] = await acme.within(({ tx, workspace }) => auditTrail(tx, workspace.id, { limit: 2 }));
  assert.deepEqual(
    [off, on].map((entry) => [entry!.action, entry!.details]),
    [
      ['settings.changed', { contactPage: { from: true, to: false } }],
      ['settings.changed', { contactPage: { from: false, to: true } }],
    ],
  );
});
