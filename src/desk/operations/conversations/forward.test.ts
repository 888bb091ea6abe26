import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Desk, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const email = 'ada@example.com';

const messagesOf = async (on: Desk, ticketId: string) =>
  (await on.call(operator, 'get_ticket', { ticketId })).messages as JsonObject[];

/** Three tickets of one customer, the first merged into the second, and that into the third. */
async function merged(on: Desk): Promise<string> {
  const ids: string[] = [];
  for (const body of ['Of the first.', 'Of the second.', 'Of the third.'])
    ids.push((await open(on, { body, email })).ticketId as string);
  for (const at of [0, 1]) {
    const versions = await Promise.all(
      [ids[at]!, ids[at + 1]!].map((ticketId) => on.call(operator, 'get_ticket', { ticketId })),
    );
    await on.call(operator, 'merge_tickets', {
      from: ids[at]!,
      fromVersion: versions[0]!.version!,
      into: ids[at + 1]!,
      intoVersion: versions[1]!.version!,
    });
  }
  return ids[2]!;
}

test('a merged conversation is forwarded whole, as it is read', async () => {
  const acme = await desk('forward-merged');
  const ticketId = await merged(acme);
  await acme.call(operator, 'forward', { ticketId, to: 'maker@example.net' });
  const { body } = (await outbox(acme)).at(-1)!;
  const said = ['Of the first.', 'Of the second.', 'Of the third.'];
  assert.deepEqual(
    said.map((text) => body.includes(text)),
    [true, true, true],
  );
  assert.doesNotMatch(body, /was merged/, 'notes stay here');
});

test('a message that a merge brought can be named; a note of it, and another ticket’s, cannot', async () => {
  const acme = await desk('forward-merged-named');
  const ticketId = await merged(acme);
  const messages = await messagesOf(acme, ticketId);
  const first = messages.find(({ body }) => body === 'Of the first.')!;
  assert.notEqual(first.ticketId, ticketId);
  const forward = (id: unknown) =>
    acme.call(operator, 'forward', { ticketId, to: 'maker@example.net', messageIds: [id as string] });
  await forward(first.id);
  const { body } = (await outbox(acme)).at(-1)!;
  assert.ok(body.includes('Of the first.') && !body.includes('Of the third.'));
  const note = messages.find(({ visibility }) => visibility === 'note')!;
  await assert.rejects(forward(note.id), refused('not_found'));
  const elsewhere = await open(acme, { email });
  const [other] = await messagesOf(acme, elsewhere.ticketId as string);
  await assert.rejects(forward(other!.id), refused('not_found'));
});
