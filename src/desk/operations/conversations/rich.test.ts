import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, open, operator } from '../../../../test/desk.ts';
import { readMail, receiver } from '../../../../test/smtp.ts';
import { readEml } from '../../../mail/eml.ts';
import { sendDue } from '../../../mail/outbox.ts';
import { createSmtp } from '../../../mail/smtp.ts';

test('a reply that a member wrote with short forms goes out as a page beside its text; a forward and others’ do not', async (t) => {
  const acme = await desk('rich');
  await acme.db.deleteFrom('outbox').execute();
  const server = await receiver();
  const smtp = createSmtp(server.url);
  t.after(async () => {
    await smtp.close();
    await server.close();
  });
  const ticketId = (await open(acme, { email: 'ada@example.com' })).ticketId as string;
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
