/** Copies, unseen copies, files and refusals, against a real SMTP server. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { aMail, start, testOutbox, withServer } from '../../test/outbox.ts';
import { readMail } from '../../test/smtp.ts';
import { PosternError } from '../kernel/errors.ts';
import { readEml } from './eml.ts';
import { delayAfterMs, MailRefused, maxAttempts, type Parcel, sendDue } from './outbox.ts';
import { copiesOf } from './recipients.ts';

const { db, queue, stored, clear } = await testOutbox();
afterEach(clear);

test('everyone of the envelope gets it, and nobody reads who got a copy unseen', () =>
  withServer(async (server, smtp) => {
    await queue({ cc: ['bob@example.com', 'carl@example.com'], bcc: ['eve@example.com'] });
    assert.equal((await sendDue(db, smtp, () => start))[0]?.state, 'sent');
    assert.equal(server.received.length, 1);
    const [{ to, raw }] = server.received as [(typeof server.received)[0]];
    assert.deepEqual(to, ['ada@example.com', 'bob@example.com', 'carl@example.com', 'eve@example.com']);
    const { headers } = readMail(raw);
    assert.equal(headers.get('to'), 'ada@example.com');
    assert.equal(headers.get('cc'), 'bob@example.com, carl@example.com');
    assert.ok(!raw.includes('eve@') && !headers.has('bcc'));
  }));

test('one who is refused is kept with the reason, and the others have it', () =>
  withServer(async (server, smtp) => {
    const id = await queue({ cc: ['bob@refused.example'], bcc: ['eve@example.com'] });
    const [sent] = await sendDue(db, smtp, () => start);
    assert.equal(sent?.state, 'sent');
    const row = await stored(id);
    assert.deepEqual(row.delivered, ['ada@example.com', 'eve@example.com']);
    assert.deepEqual(
      row.refused.map(({ address }) => address),
      ['bob@refused.example'],
    );
    assert.match(row.refused[0]!.error, /no such mailbox/);
    assert.deepEqual(server.received[0]!.to, ['ada@example.com', 'eve@example.com']);
    assert.deepEqual(await sendDue(db, smtp, () => start + delayAfterMs(1)), []);
  }));

test('one who is put off gets it later, alone; nobody gets it twice', () =>
  withServer(async (server, smtp) => {
    const id = await queue({ cc: ['bob@busy.example', 'carl@refused.example'] });
    assert.equal((await sendDue(db, smtp, () => start))[0]?.state, 'queued');
    const waiting = await stored(id);
    assert.deepEqual([waiting.delivered, waiting.sentAt], [['ada@example.com'], new Date(start)]);
    server.busy = false;
    assert.equal((await sendDue(db, smtp, () => start + delayAfterMs(1)))[0]?.state, 'sent');
    assert.deepEqual(
      server.received.map(({ to }) => to),
      [['ada@example.com'], ['bob@busy.example']],
    );
    const [first, second] = server.received.map(({ raw }) => readMail(raw).headers);
    for (const name of ['message-id', 'to', 'cc']) assert.equal(second!.get(name), first!.get(name));
  }));

test('where nobody is taken, who is refused for good is not tried again with who is put off', () =>
  withServer(async (server, smtp) => {
    const id = await queue({ rcptTo: 'a@refused.example', cc: ['b@busy.example'] });
    assert.equal((await sendDue(db, smtp, () => start))[0]?.state, 'queued');
    assert.deepEqual(
      (await stored(id)).refused.map(({ address }) => address),
      ['a@refused.example'],
    );
    server.busy = false;
    assert.equal((await sendDue(db, smtp, () => start + delayAfterMs(1)))[0]?.state, 'sent');
    assert.deepEqual((await stored(id)).delivered, ['b@busy.example']);
  }));

test('where the one who waited was erased it is done', () =>
  withServer(async (server, smtp) => {
    const id = await queue({ cc: ['bob@busy.example'] });
    await sendDue(db, smtp, () => start);
    await db.updateTable('outbox').set({ cc: [] }).where('id', '=', id).execute();
    assert.equal((await sendDue(db, smtp, () => start + delayAfterMs(1)))[0]?.state, 'sent');
    assert.equal((await stored(id)).lastError, null);
    assert.equal(server.received.length, 1);
  }));

test('who is put off for two days is refused then, and what the others got stays sent', () =>
  withServer(async (server, smtp) => {
    const id = await queue({ cc: ['bob@busy.example'] });
    let now = start;
    for (let i = 1; i <= maxAttempts; i++) {
      assert.equal((await sendDue(db, smtp, () => now))[0]?.state, i < maxAttempts ? 'queued' : 'sent');
      now += delayAfterMs(i);
    }
    const row = await stored(id);
    assert.match(row.refused[0]!.error, /try again later/);
    assert.equal(server.received.length, 1);
  }));

test('where everyone is refused it has failed', () =>
  withServer(async (_server, smtp) => {
    const id = await queue({ rcptTo: 'a@refused.example', cc: ['b@refused.example'] });
    assert.equal((await sendDue(db, smtp, () => start))[0]?.state, 'failed');
    assert.equal((await stored(id)).refused.length, 2);
    assert.equal((await stored(id)).sentAt, null);
  }));

test('no recipient and no file’s name becomes a header or another recipient', () =>
  withServer(async (server, smtp) => {
    const eve = 'eve@example.com';
    const hostile = [
      `bob@example.com\r\nBcc: ${eve}`,
      `bob@example.com, ${eve}`,
      `bob@example.com;${eve}`,
      `Bob <${eve}>`,
      `"bob, ${eve}"@example.com`,
      `team: bob@example.com, ${eve};`,
      `=?utf-8?Q?bob=40example.com=2C?= <${eve}>`,
      `bob@example.com>\r\nRCPT TO:<${eve}`,
      `bob(${eve})@example.com`,
      `bob@@${eve}`,
      'bob@example.com\u2028x@y.z',
      `bob@example.com\0`,
      '',
    ];
    for (const address of hostile)
      for (const mail of [{ rcptTo: address }, { cc: [address] }, { bcc: [address] }]) {
        await assert.rejects(queue(mail), /plain address/, JSON.stringify(mail));
        await assert.rejects(smtp.send(aMail(mail)), MailRefused, JSON.stringify(mail));
      }
    for (const name of ['a\r\nBcc: eve@example.com', 'a\0', 'a\u001b[2J']) {
      const files = [{ name, mediaType: 'text/plain', bytes: Buffer.from('x') }];
      await assert.rejects(smtp.send({ ...aMail(), files }), MailRefused);
    }
    const files = [{ name: 'a', mediaType: 'text/plain\r\nBcc: eve@example.com', bytes: Buffer.from('x') }];
    await assert.rejects(smtp.send({ ...aMail(), files }), MailRefused);
    assert.deepEqual(server.received, []);
  }));

test('a subject that looks encoded comes out as it was written', () =>
  withServer(async (server, smtp) => {
    const subject = '=?utf-8?Q?Hi=0D=0ABcc:_eve@example.com?= "quoted", <x@y.z>;';
    await smtp.send(aMail({ subject }));
    const [{ raw }] = server.received as [(typeof server.received)[0]];
    assert.ok(!readMail(raw).headers.has('bcc'));
    assert.equal(readEml(raw).subject, subject);
  }));

test('files arrive byte for byte, beside a text to the letter', () =>
  withServer(async (server, smtp) => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));
    const mail = Buffer.from('From: x@y.z\r\nSubject: inner\r\n\r\nhi\r\n');
    const files: Parcel['files'] = [
      { name: 'Zażółć "x"; name=evil=?utf-8?Q?a?=.pdf', mediaType: 'application/pdf', bytes },
      { name: 'plain.txt', mediaType: 'text/plain', bytes: Buffer.from('one\ntwo\r\nthree\r') },
      { name: 'mail.eml', mediaType: 'message/rfc822', bytes: mail },
    ];
    const body = `Zażółć 🦊  \n.\n..\nFrom here\n\n=3D and =\n${'x'.repeat(3_000)}\n\t end  `;
    await smtp.send({ ...aMail({ body }), files });
    const { parts } = readMail(server.received[0]!.raw);
    assert.equal(parts.length, 4);
    assert.equal(parts[0]!.content.toString('utf8').replaceAll('\r\n', '\n'), body);
    for (const [i, file] of files.entries())
      assert.ok(parts[i + 1]!.content.equals(file.bytes), `${file.name} is whole`);
    // Base64 is not allowed in a mail within a mail (RFC 2046, 5.2.1).
    assert.match(parts[3]!.headers.get('content-type')!, /^application\/octet-stream;/);
    const disposition = parts[1]!.headers.get('content-disposition')!;
    const pieces = [...disposition.matchAll(/filename\*\d\*=([^;]+)/g)].map(([, piece]) => piece).join('');
    assert.equal(decodeURIComponent(pieces.replace(/^utf-8''/, '')), files[0]!.name);
    const eml = readEml(server.received[0]!.raw);
    assert.equal(eml.body.replaceAll('\r\n', '\n'), body);
    assert.deepEqual(
      eml.files,
      files.map(({ name }) => name),
    );
  }));

// SMTP smuggling: servers differ over what ends a mail, so nothing but CRLF may reach the wire as a line's end.
test('no text ends the mail early, whatever a server takes for its end', () =>
  withServer(async (server, smtp) => {
    const ends = ['\r\n.\r\n', '\n.\n', '\n.\r\n', '\r.\r', '\r\n.\r', '\r.\r\n', '\r\n.\n', '\r\r\n.\r\r\n'];
    const next =
      'MAIL FROM:<eve@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n';
    for (const end of ends) await smtp.send(aMail({ body: `a${end}${next}` }));
    assert.equal(server.received.length, ends.length);
    for (const { from, raw } of server.received) {
      assert.equal(from, 'support@acme.localhost');
      assert.doesNotMatch(raw, /(?<!\r)\n|\r(?!\n)/);
    }
  }));

test('an address of another script is written as SMTP knows it, or refused', async () => {
  await withServer(async (server, smtp) => {
    const id = await queue({ rcptTo: 'ada@bücher.example', cc: ['jürgen@example.com'] });
    await sendDue(db, smtp, () => start);
    assert.deepEqual((await stored(id)).delivered, ['ada@bücher.example', 'jürgen@example.com']);
    assert.equal(readMail(server.received[0]!.raw).headers.get('to'), 'ada@xn--bcher-kva.example');
  });
  // A server that knows ASCII only gets ASCII; whom it refuses is told by the address that people wrote.
  await withServer(
    async (server, smtp) => {
      const id = await queue({ rcptTo: 'ada@bücher.example', cc: ['x@bü.refused.example'] });
      await sendDue(db, smtp, () => start);
      const row = await stored(id);
      assert.deepEqual(row.delivered, ['ada@bücher.example']);
      assert.equal(row.refused[0]!.address, 'x@bü.refused.example');
      assert.equal(server.received.length, 1);
    },
    { utf8: false },
  );
});

test('a mail has fifty recipients at most, each once', async () => {
  const many = Array.from({ length: 200 }, (_, i) => `user${i}@example.com`);
  const own = 'support@acme.localhost';
  const tooMany = (error: unknown) => error instanceof PosternError && error.code === 'invalid_arguments';
  assert.throws(() => copiesOf('ada@example.com', { cc: many, bcc: [] }, own), tooMany);
  assert.throws(
    () => copiesOf('ada@example.com', { cc: many.slice(0, 25), bcc: many.slice(25, 50) }, own),
    tooMany,
  );
  assert.equal(copiesOf('ada@example.com', { cc: many.slice(0, 49), bcc: [] }, own).cc.length, 49);
  await assert.rejects(queue({ cc: many.slice(0, 50) }), /at most 50/);
  const twice = {
    cc: ['Bob@example.com', 'ADA@example.com', 'bob@EXAMPLE.com'],
    bcc: ['bob@example.com', 'eve@x.y'],
  };
  assert.deepEqual(copiesOf('ada@example.com', twice, own), { cc: ['Bob@example.com'], bcc: ['eve@x.y'] });
  assert.throws(() => copiesOf('ada@example.com', { cc: ['Support@acme.localhost'], bcc: [] }, own), tooMany);
});
