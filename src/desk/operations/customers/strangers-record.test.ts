/** Anybody may name a customer's address. What is done with the record of who did must not touch the customer's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customerIdOf, desk, operator, outbox, writeIn } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const vera = 'vera@real.example';

test('erasing the record of a stranger who named a customer’s address takes nothing of the customer’s', async () => {
  const acme = await desk('troll');
  const conversation = { subject: 'Your order', body: 'It is on its way.' };
  const { ticketId } = await acme.call(operator, 'start_conversation', { to: vera, ...conversation });
  const customerId = await customerIdOf(acme, ticketId);
  // She gets a copy of somebody else's conversation, and of a letter that is not finished.
  const { ticketId: bobs } = await acme.call(operator, 'start_conversation', {
    to: 'bob@real.example',
    cc: [vera],
    ...conversation,
  });
  await acme.call(operator, 'save_draft', {
    ticketId: bobs!,
    kind: 'reply',
    body: 'And',
    cc: [vera],
    seen: 1,
  });
  await acme.call(operator, 'create_view', { name: 'Hers', query: `from:${vera}` });
  await acme.db
    .insertInto('automaticMails')
    .values({ workspaceId: acme.workspace.id, address: vera, ticketId: ticketId as string, at: new Date() })
    .execute();
  const other = await writeIn(acme, { email: vera, name: 'Also me' });
  const troll = await writeIn(acme, { email: 'VERA@real.example', name: 'A Troll', body: 'Trolling.' });
  const trollId = await customerIdOf(acme, troll.ticketId);
  const everything = async () => ({
    mails: await outbox(acme),
    vera: await acme.call(operator, 'get_customer', { customerId }),
    tickets: await Promise.all(
      [ticketId, bobs, other.ticketId].map((id) => acme.call(operator, 'get_ticket', { ticketId: id! })),
    ),
    draft: await acme.db.selectFrom('drafts').selectAll().execute(),
    automatic: await acme.db.selectFrom('automaticMails').selectAll().execute(),
    views: await acme.call(operator, 'list_views', {}),
  });
  const before = await everything();

  const { records } = await acme.call(admin, 'export_customer', { customerId: trollId, reason: 'asked' });
  assert.doesNotMatch(JSON.stringify(records), /on its way|Also me/);
  assert.match(JSON.stringify(records), /Trolling/);
  const sure = { customerId: trollId, confirm: trollId, reason: 'trolling' };
  assert.partialDeepStrictEqual(await acme.call(admin, 'erase_customer', sure), { tickets: 1, customers: 1 });
  assert.deepEqual(await everything(), before);
  const erased = await acme.call(operator, 'get_ticket', { ticketId: troll.ticketId! });
  assert.doesNotMatch(JSON.stringify(erased), /Trolling|A Troll/);
});

test('erasing the customer takes what strangers wrote in their name', async () => {
  const acme = await desk('own');
  const { ticketId } = await acme.call(operator, 'start_conversation', {
    to: vera,
    subject: 'Your order',
    body: 'It is on its way.',
  });
  await writeIn(acme, { email: vera });
  const customerId = await customerIdOf(acme, ticketId);
  const sure = { customerId, confirm: customerId, reason: 'asked' };
  assert.partialDeepStrictEqual(await acme.call(admin, 'erase_customer', sure), { tickets: 2, customers: 2 });
});

test('where nobody has the address, the records that name it are one person’s', async () => {
  const acme = await desk('nobodys');
  const { ticketId } = await writeIn(acme, { email: vera });
  await writeIn(acme, { email: vera });
  const customerId = await customerIdOf(acme, ticketId);
  const sure = { customerId, confirm: customerId, reason: 'asked' };
  assert.partialDeepStrictEqual(await acme.call(admin, 'erase_customer', sure), { tickets: 2, customers: 2 });
});
