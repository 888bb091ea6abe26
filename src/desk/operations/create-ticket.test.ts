import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, customerIdOf, desk, operator, outbox } from '../../../test/desk.ts';
import type { Caller } from '../../catalogue/operation.ts';
import type { JsonObject } from '../../kernel/json.ts';

const question = { subject: 'On the phone', body: 'She says that it does not charge.' };

test('what a member writes down is the member’s, and the known customer’s whose address it names', async () => {
  const acme = await desk('written-down');
  const own = await acme.call(operator, 'start_conversation', {
    to: 'ada@down.example',
    subject: 'x',
    body: 'y',
  });
  const ada = await customerIdOf(acme, own.ticketId);
  const mails = (await outbox(acme)).length;
  const { ticketId } = await acme.call(operator, 'create_ticket', {
    ...question,
    email: 'Ada@down.example',
    name: 'Ada Lovelace',
  });
  const ticket = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  const [message] = ticket.messages as JsonObject[];
  assert.deepEqual(
    [ticket.channel, ticket.status, message!.author, message!.body],
    ['operator', 'open', 'operator', question.body],
  );
  assert.equal(await customerIdOf(acme, ticketId), ada);
  assert.equal((await acme.call(operator, 'get_customer', { customerId: ada })).name, 'Ada Lovelace');
  assert.equal((await outbox(acme)).length, mails, 'nobody is written to');
  const seen = async (id: unknown) =>
    (await acme.call(operator, 'get_ticket', { ticketId: id as string })).version as number;
  await acme.call(operator, 'merge_tickets', {
    from: ticketId!,
    fromVersion: await seen(ticketId),
    into: own.ticketId!,
    intoVersion: await seen(own.ticketId),
  });
});

test('an address that nobody has is unverified still, and who is blocked is not heard', async () => {
  const acme = await desk('written-down-new');
  const { ticketId } = await acme.call(operator, 'create_ticket', { ...question, email: 'new@down.example' });
  const customerId = await customerIdOf(acme, ticketId);
  const customer = await acme.call(operator, 'get_customer', { customerId });
  assert.deepEqual([customer.email, customer.emailVerified], ['new@down.example', false]);
  const known = await acme.call(operator, 'start_conversation', {
    to: 'bo@down.example',
    subject: 'x',
    body: 'y',
  });
  const bo = await customerIdOf(acme, known.ticketId);
  await acme.call(operator, 'block_customer', { customerId: bo, reason: 'threats' });
  const again = await acme.call(operator, 'create_ticket', { ...question, email: 'bo@down.example' });
  assert.equal(again.status, 'spam');
  assert.equal(await customerIdOf(acme, again.ticketId), bo);
});

test('of a wallet, a credential and the house it is as before: through the door, and nobody’s history', async () => {
  const acme = await desk('through-the-door');
  const known = await acme.call(operator, 'start_conversation', {
    to: 'ada@door.example',
    subject: 'x',
    body: 'y',
  });
  const ada = await customerIdOf(acme, known.ticketId);
  const house: Caller = { kind: 'house', id: 'rul_1' };
  const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };
  for (const caller of [agent, credential, house]) {
    const { ticketId } = await acme.call(caller, 'create_ticket', { ...question, email: 'ada@door.example' });
    assert.notEqual(await customerIdOf(acme, ticketId), ada);
    assert.equal((await acme.call(operator, 'get_ticket', { ticketId: ticketId! })).channel, 'door');
  }
});
