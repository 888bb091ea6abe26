/**
 * Anybody may name an address, and call themselves what they like. Neither may change what is masked in another's ticket, nor
 * say what another is called: first what one would try.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  customerIdOf,
  type Desk,
  desk,
  open,
  operator,
  stranger,
  writeIn,
} from '../../../test/desk.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';

const anonymous = { kind: 'anonymous' } as const;
const chloe = 'chloe.martin@corp.example';
const extend = { subject: 'Extend my rental by a week', body: 'Please extend my rental.' };

async function opened(slug: string): Promise<Desk> {
  const acme = await desk(slug);
  await acme.within(operator, ({ tx, workspace }) =>
    tx
      .updateTable('deskSettings')
      .set({ agentsSee: 'all' })
      .where('workspaceId', '=', workspace.id)
      .execute(),
  );
  return acme;
}

/** All that a stranger reads of a ticket, by every tool that shows any, free or paid. */
async function shown(on: Desk, ticketId: Json | undefined): Promise<string> {
  const { tickets } = await on.call(anonymous, 'list_tickets', { limit: 50 });
  const { subject, messages } = await on.call(stranger, 'get_ticket_context', { ticketId: ticketId! });
  const listed = (tickets as JsonObject[]).filter((ticket) => ticket.ticketId === ticketId);
  return JSON.stringify([listed.map((ticket) => ticket.subject), subject, messages]);
}

const answer = async (on: Desk, ticketId: Json | undefined, body = 'Thank you.') => {
  const { version } = await on.call(operator, 'get_ticket', { ticketId: ticketId! });
  await on.call(operator, 'reply', { ticketId: ticketId!, version: version!, body });
};

/** A ticket of Chloe's, who is known: an operator wrote to her first. */
async function known(on: Desk, name?: string): Promise<Json> {
  const { ticketId } = await on.call(operator, 'start_conversation', {
    ...{ to: chloe, subject: extend.subject, body: 'About your wish to extend my rental.' },
    ...(name ? { name } : {}),
  });
  return ticketId!;
}

/** What somebody names who wants to know whose the ticket is. */
const guesses = (on: Desk) => [
  (name = 'Extend my') => open(on, { email: chloe, name }, agent),
  (name = 'my rental') => open(on, { email: chloe.toUpperCase(), name }, agent),
  (name = 'Extend my rental') => writeIn(on, { email: chloe, name }),
];

test('what strangers call themselves is masked in no ticket but their own, whatever address they name', async () => {
  const acme = await opened('guesses');
  const hers = [
    (await open(acme, { ...extend, email: chloe, name: 'Chloe Martin' })).ticketId,
    (await writeIn(acme, { ...extend, email: chloe })).ticketId,
    await known(acme, 'Chloe Martin'),
  ];
  const read = () => Promise.all(hers.map((id) => shown(acme, id)));
  const before = await read();
  assert.match(before.join(), /extend my rental/);
  for (const guess of guesses(acme)) {
    await guess();
    assert.deepEqual(await read(), before);
  }
});

test('nor is it once a person has answered the stranger, and the two records are one', async () => {
  const acme = await opened('answered-guesses');
  const hers = await known(acme, 'Chloe Martin');
  const before = await shown(acme, hers);
  assert.match(before, /extend my rental/);
  // In the tickets that it was given in it is masked as ever; and what the workspace calls her is, too.
  for (const guess of [...guesses(acme), ...guesses(acme)]) {
    const { ticketId } = await guess('Extend my');
    await answer(acme, ticketId, 'Dear Extend my, dear Chloe');
    assert.match(await shown(acme, ticketId), /Dear \[name\], dear \[name\]/);
    await answer(acme, (await guess()).ticketId);
    assert.equal(await shown(acme, hers), before);
  }
});

test('a name that a stranger gave is the customer’s own once a person calls them so', async () => {
  const acme = await opened('called');
  const hers = await known(acme, 'Chloe Martin');
  const { ticketId } = await writeIn(acme, { email: chloe, name: 'Quentin Marlowsky' });
  await answer(acme, ticketId);
  await answer(acme, hers, 'Dear Quentin Marlowsky');
  assert.match(await shown(acme, hers), /Marlowsky/);
  await acme.call(operator, 'start_conversation', {
    ...{ to: chloe, name: 'Quentin Marlowsky', subject: 'x', body: 'y' },
  });
  assert.doesNotMatch(await shown(acme, hers), /Quentin|Marlowsky/);
});

test('or once they were called so for a while', async () => {
  const acme = await opened('renamed');
  const hers = await known(acme, 'Chloe Martin');
  const customerId = await customerIdOf(acme, hers);
  const { ticketId } = await writeIn(acme, { email: chloe, name: 'Quentin Marlowsky' });
  await answer(acme, ticketId);
  for (const name of ['Quentin Marlowsky', 'Countess'])
    await acme.call(operator, 'update_customer', { customerId, name });
  await answer(acme, hers, 'Dear Quentin Marlowsky');
  assert.doesNotMatch(await shown(acme, hers), /Quentin|Marlowsky/);
});

test('and stays so, whatever strangers give afterwards', async () => {
  const acme = await opened('own-names');
  const hers = await known(acme, 'Chloe Martin');
  const again = { to: chloe, subject: 'x', body: 'y' };
  await acme.call(operator, 'start_conversation', { ...again, name: 'Quentin Marlowsky' });
  await answer(acme, hers, 'Dear Quentin Marlowsky');
  for (const name of ['Quentin Marlowsky', 'Chloe Martin'])
    await answer(acme, (await writeIn(acme, { email: chloe, name })).ticketId);
  await acme.call(operator, 'update_customer', { customerId: await customerIdOf(acme, hers), name: 'Vera' });
  await answer(acme, hers, 'Dear Chloe Martin');
  assert.doesNotMatch(await shown(acme, hers), /Quentin|Marlowsky|Chloe|Martin/);
});

test('a merge of records by a person makes the names of both the customer’s', async () => {
  const acme = await opened('merged');
  const hers = await known(acme, 'Chloe Martin');
  await answer(acme, hers, 'Dear Quentin Marlowsky');
  const { ticketId } = await writeIn(acme, { email: 'q@elsewhere.example', name: 'Quentin Marlowsky' });
  await acme.call(operator, 'merge_customers', {
    from: await customerIdOf(acme, ticketId),
    into: await customerIdOf(acme, hers),
  });
  assert.doesNotMatch(await shown(acme, hers), /Quentin|Marlowsky/);
});

test('a ticket that goes on in another keeps masked what was given in it', async () => {
  const acme = await opened('goes-on');
  await known(acme, 'Chloe Martin');
  const { ticketId } = await writeIn(acme, { email: chloe, name: 'Quentin Marlowsky' });
  await answer(acme, ticketId);
  const { ticketId: next } = await open(acme, { body: 'Quentin Marlowsky again, as Chloe is called.' });
  await acme.within(operator, async ({ tx, workspace }) => {
    const customerId = await customerIdOf(acme, ticketId);
    await tx
      .updateTable('tickets')
      .set({ customerId, followUpOf: ticketId as string })
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', next as string)
      .execute();
  });
  assert.doesNotMatch(await shown(acme, next), /Quentin|Marlowsky|Chloe/);
});

test('to name an address does not tell what its owner is called', async () => {
  const dictionary = 'Aaron Adam Chloe Zelda | Adams Martin Quincy Smith zebra';
  for (const who of ['nobody', 'a stranger', 'the workspace'] as const) {
    const acme = await opened(`dictionary-${who.replaceAll(' ', '-')}`);
    if (who === 'a stranger') await writeIn(acme, { email: chloe, name: 'Chloe Martin' });
    if (who === 'a stranger') await open(acme, { email: chloe, name: 'Chloe Martin' });
    if (who === 'the workspace') await known(acme, 'Chloe Martin');
    for (const email of ['zebra@gmail.com', chloe]) {
      const { ticketId } = await open(acme, { subject: 'dictionary', body: dictionary, email });
      const text = await shown(acme, ticketId);
      // Of the address that is named its own words are masked, whoever has it: the same for all who ask.
      const words = dictionary.split(' ').filter((word) => !text.includes(word));
      assert.deepEqual(words, email === chloe ? ['Chloe', 'Martin'] : ['zebra'], who);
    }
  }
  // Nor does an address that has nothing of the name in it.
  const acme = await opened('dictionary-plain');
  for (const name of ['Zebulon Quixote', 'Zebulon']) await writeIn(acme, { email: 'zq1981@gmail.com', name });
  await acme.call(operator, 'start_conversation', {
    ...{ to: 'zq1981@gmail.com', name: 'Zebulon Quixote', subject: 'x', body: 'y' },
  });
  const body = 'Aaron Adam Zebulon Zelda | Adams Quixote Quincy';
  for (const { ticketId } of [
    await open(acme, { body, email: 'zq1981@gmail.com' }),
    await writeIn(acme, { body, email: 'ZQ1981@gmail.com', name: 'Bob' }),
  ])
    assert.match(await shown(acme, ticketId), /Aaron Adam Zebulon Zelda \| Adams Quixote Quincy/);
  const { tickets } = await acme.call(anonymous, 'search_tickets', { query: 'quixote aaron' });
  assert.equal((tickets as Json[]).length, 2);
});
