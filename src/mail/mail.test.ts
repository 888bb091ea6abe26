import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { aMail, start, testOutbox, withServer } from '../../test/outbox.ts';
import { type Received, receiver } from '../../test/smtp.ts';
import { randomIds } from '../kernel/ids.ts';
import { freePort } from '../store/postgres.ts';
import { maxMessageBytes } from './attachments.ts';
import { startCatchAll } from './catchall.ts';
import { readEml } from './eml.ts';
import {
  delayAfterMs,
  enqueueHouseMail,
  type Mail,
  MailRefused,
  maxAttempts,
  type Smtp,
  sendDue,
} from './outbox.ts';
import { createSmtp } from './smtp.ts';

const { db, workspaceId, queue, stored, clear } = await testOutbox();
afterEach(clear);

test('a queued mail arrives once, whole, however many processes send', () =>
  withServer(async (server, smtp) => {
    const headers = { 'In-Reply-To': '<one@acme.localhost>', References: '<one@acme.localhost>' };
    const body = 'Zażółć gęślą jaźń 🦊\n.\nA line that is a single dot stands above.\nFrom here on.\n';
    const id = await queue({
      subject: 'Re: Zażółć gęślą jaźń — and a long subject that has to be folded somewhere',
      body,
      headers,
    });
    await Promise.all([1, 2, 3].map(() => sendDue(db, smtp, () => start + 1)));
    assert.deepEqual(await sendDue(db, smtp, () => start + 2), []);
    assert.equal(server.received.length, 1);
    const [{ from, to, raw }] = server.received as [Received];
    assert.deepEqual([from, to], ['support@acme.localhost', ['ada@example.com']]);
    const row = await stored(id);
    assert.deepEqual([row.state, row.attempts, row.sentAt], ['sent', 1, new Date(start + 1)]);
    assert.ok(raw.includes(`Message-ID: ${row.messageId}\r\n`));
    assert.ok(raw.includes('In-Reply-To: <one@acme.localhost>\r\n'));
    assert.ok(raw.includes('References: <one@acme.localhost>\r\n'));
    const eml = readEml(raw);
    assert.equal(eml.subject, row.subject);
    assert.equal(eml.to, 'ada@example.com');
    assert.equal(eml.body.replaceAll('\r\n', '\n').trimEnd(), body.trimEnd());
  }));

test('while the server is down a mail waits, and goes when it is back', async () => {
  const port = await freePort();
  const smtp = createSmtp(`smtp://127.0.0.1:${port}`);
  const id = await queue();
  const [failed] = await sendDue(db, smtp, () => start);
  assert.equal(failed?.state, 'queued');
  const waiting = await stored(id);
  assert.deepEqual([waiting.state, waiting.attempts], ['queued', 1]);
  assert.match(waiting.lastError!, /ECONNREFUSED/);
  assert.deepEqual(waiting.nextAttemptAt, new Date(start + delayAfterMs(1)));

  const server = await receiver({ port });
  assert.deepEqual(await sendDue(db, smtp, () => start + delayAfterMs(1) - 1), [], 'not before its time');
  assert.equal((await sendDue(db, smtp, () => start + delayAfterMs(1)))[0]?.state, 'sent');
  await smtp.close();
  await server.close();
  assert.equal(server.received.length, 1);
  assert.equal((await stored(id)).lastError, null);
});

test('a recipient that is refused for good is not tried again', () =>
  withServer(async (_server, smtp) => {
    const id = await queue({ rcptTo: 'nobody@refused.example' });
    const next = await queue();
    assert.deepEqual((await sendDue(db, smtp, () => start)).map(({ state }) => state).sort(), [
      'failed',
      'sent',
    ]);
    assert.match((await stored(id)).lastError!, /no such mailbox/);
    assert.equal((await stored(next)).state, 'sent');
  }));

test('it is given up after two days of failures', async () => {
  const down: Smtp = { send: () => Promise.reject(new Error('down')), close: async () => {} };
  const id = await queue();
  let now = start;
  for (let i = 1; i <= maxAttempts; i++) {
    assert.equal((await sendDue(db, down, () => now))[0]?.state, i < maxAttempts ? 'queued' : 'failed');
    now += delayAfterMs(i);
  }
  assert.ok(now - start > 40 * 3_600_000 && now - start < 60 * 3_600_000);
  assert.deepEqual(await sendDue(db, down, () => now * 2), []);
  assert.equal((await stored(id)).attempts, maxAttempts);
});

test('no text becomes a header or a second recipient', () =>
  withServer(async (server, smtp) => {
    const hostile: Partial<Mail>[] = [
      { subject: 'a\r\nBcc: eve@example.com' },
      { rcptTo: 'ada@example.com\r\nRCPT TO:<eve@example.com>' },
      { mailFrom: 'support@acme.localhost>\r\nRCPT TO:<eve@example.com>' },
      { rcptTo: 'ada@example.com, eve@example.com' },
      { rcptTo: 'Ada <eve@example.com>' },
      { messageId: '<x@y>\nBcc: eve@example.com' },
      { headers: { 'In-Reply-To': '<x@y>\r\nBcc: eve@example.com' } },
    ];
    for (const mail of hostile) {
      await assert.rejects(queue(mail), /one line|plain address/);
      await assert.rejects(smtp.send(aMail(mail)), MailRefused);
    }
    await smtp.send(aMail({ body: 'a\r\n.\r\nMAIL FROM:<eve@example.com>\r\n' }));
    assert.deepEqual(
      server.received.map(({ to }) => to),
      [['ada@example.com']],
    );
  }));

test('the catch-all keeps each mail as a file, and refuses what is too large', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-mail-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const catchAll = await startCatchAll({ folder, clock: () => start, ids: randomIds, maxBytes: 1_000_000 });
  const smtp = createSmtp(catchAll.url);
  await smtp.send(aMail({ body: '語'.repeat(50_000) }));
  await assert.rejects(smtp.send(aMail({ body: 'x'.repeat(1_200_000) })), /larger|size/i);
  await smtp.close();
  await catchAll.close();
  const names = await readdir(folder);
  assert.equal(names.length, 1);
  assert.match(names[0]!, /^2026-11-23T00-00-00\.000Z-out_\w+\.eml$/);
  const eml = readEml(await readFile(join(folder, names[0]!), 'latin1'));
  assert.equal(eml.body.trim(), '語'.repeat(50_000));
});

test('the catch-all takes the largest mail that there can be', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-mail-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const catchAll = await startCatchAll({ folder, clock: () => start, ids: randomIds });
  const smtp = createSmtp(catchAll.url);
  const bytes = Buffer.alloc(maxMessageBytes / 2, 0x5a);
  const files = ['a.bin', 'b.bin'].map((name) => ({ name, mediaType: 'application/x-b', bytes }));
  await smtp.send({ ...aMail({ body: '語'.repeat(52_000) }), files });
  await smtp.close();
  await catchAll.close();
  const [name] = await readdir(folder);
  assert.deepEqual(readEml(await readFile(join(folder, name!), 'latin1')).files, ['a.bin', 'b.bin']);
});

test('a mail of the house’s own is sent like any other', async () => {
  const sent: Mail[] = [];
  const smtp: Smtp = { send: async (mail) => void sent.push(mail), close: async () => {} };
  await enqueueHouseMail(
    db,
    randomIds,
    'https://desk.example',
    { to: 'ada@example.com', subject: 'Sign in', body: 'Here.\n' },
    new Date(start),
  );
  const id = await queue();
  const done = await sendDue(db, smtp, () => start);
  assert.deepEqual(done.map((mail) => mail.workspaceId).sort(), [null, workspaceId].sort());
  assert.deepEqual(sent.map(({ mailFrom }) => mailFrom).sort(), [
    'postern@desk.example',
    'support@acme.localhost',
  ]);
  assert.equal((await stored(id)).state, 'sent');
  assert.deepEqual(await sendDue(db, smtp, () => start), []);
});
