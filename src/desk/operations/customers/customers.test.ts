import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { agent, type Desk, desk, open, operator, outbox, refused } from '../../../../test/desk.ts';
import { holding } from '../../../../test/holding.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';
import { changeTicket } from '../../tickets/change.ts';
import { customerWrote } from '../../tickets/customer-wrote.ts';
import { findTicket } from '../../tickets/tickets.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

/** A customer who is answered at this address. */
async function customer(
  on: Desk,
  email: string,
  name = 'Ada Lovelace',
): Promise<{ id: string; ticketId: string }> {
  const { ticketId } = await open(on, { email, name });
  await on.call(operator, 'send_reply', { ticketId: ticketId!, body: `Dear ${name}, clean the contacts.` });
  const ticket = await on.within(operator, ({ tx }) =>
    tx
      .selectFrom('tickets')
      .select('customerId')
      .where('id', '=', ticketId as string)
      .executeTakeFirstOrThrow(),
  );
  return { id: ticket.customerId!, ticketId: ticketId as string };
}

const read = (on: Desk, customerId: string) => on.call(operator, 'get_customer', { customerId });

test('a customer is one person over several addresses, and an address is one customer', async () => {
  const acme = await desk('addresses');
  const { id } = await customer(acme, 'Ada@example.com');
  await acme.call(operator, 'add_customer_address', { customerId: id, address: 'Ada@Home.example' });
  await acme.call(operator, 'update_customer', { customerId: id, email: 'ada@home.example', name: 'Ada L.' });
  const ada = await read(acme, id);
  assert.deepEqual([ada.name, ada.email], ['Ada L.', 'ada@home.example']);
  assert.deepEqual(new Set(ada.addresses as string[]), new Set(['ada@example.com', 'ada@home.example']));

  // A ticket that names the former address is theirs once an operator answers it.
  const again = await customer(acme, 'ada@EXAMPLE.com', 'A. L.');
  assert.equal(again.id, id);
  assert.deepEqual(((await read(acme, id)).tickets as JsonObject[]).length, 2);

  const other = await customer(acme, 'bob@example.com', 'Bob');
  for (const address of ['ada@example.com', 'ADA@home.example'])
    await assert.rejects(
      acme.call(operator, 'add_customer_address', { customerId: other.id, address }),
      refused('conflict'),
    );
  await assert.rejects(
    acme.call(operator, 'remove_customer_address', { customerId: id, address: 'ada@home.example' }),
    refused('conflict'),
  );
  await acme.call(operator, 'remove_customer_address', { customerId: id, address: 'ada@example.com' });
  await acme.call(operator, 'add_customer_address', { customerId: other.id, address: 'ada@example.com' });
});

test('of two who give one address to two customers at once, one does', async () => {
  const acme = await desk('address-race');
  const [ada, bob] = [
    await customer(acme, 'ada@example.com'),
    await customer(acme, 'bob@example.com', 'Bob'),
  ];
  for (let i = 0; i < 10; i++) {
    const address = `shared${i}@example.com`;
    const outcomes = await Promise.allSettled(
      [ada, bob].map(({ id }) => acme.call(operator, 'add_customer_address', { customerId: id, address })),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  }
});

test('two records of one person become one, whichever way it is asked at once', async () => {
  const acme = await desk('merge-customers');
  const [ada, also] = [await customer(acme, 'ada@example.com'), await customer(acme, 'ada@work.example')];
  await acme.call(operator, 'add_customer_note', { customerId: also.id, body: 'Calls on Mondays.' });
  const outcomes = await Promise.allSettled([
    acme.call(operator, 'merge_customers', { from: also.id, into: ada.id }),
    acme.call(operator, 'merge_customers', { from: ada.id, into: also.id }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const left = outcomes[0]!.status === 'fulfilled' ? ada : also;
  const merged = await read(acme, left.id);
  assert.equal(merged.ticketCount, 2);
  assert.equal((merged.addresses as string[]).length, 2);
  assert.deepEqual(
    (merged.notes as JsonObject[]).map(({ body }) => body),
    ['Calls on Mondays.'],
  );
  await assert.rejects(read(acme, (left === ada ? also : ada).id), refused('not_found'));
});

test('no agent writes to a customer who is blocked', async () => {
  const acme = await desk('blocked');
  const { id, ticketId } = await customer(acme, 'ada@example.com');
  await acme.within(operator, (scope) => customerWrote(scope, { id: ticketId }, { body: 'And?' }));
  await acme.call(operator, 'block_customer', { customerId: id, reason: 'threats' });
  const mails = (await outbox(acme)).length;
  for (const name of ['send_reply', 'draft_reply', 'resolve', 'propose_resolution'])
    await assert.rejects(
      acme.call(agent, name, { ticketId, body: 'x' }),
      (error: Error) => refused('conflict')(error) && /blocked/.test(error.message),
      name,
    );
  assert.equal((await outbox(acme)).length, mails);
  await assert.rejects(
    acme.call(operator, 'block_customer', { customerId: id, reason: 'again' }),
    refused('conflict'),
  );
  await acme.call(operator, 'unblock_customer', { customerId: id, reason: 'sorry' });
  assert.equal((await acme.call(agent, 'send_reply', { ticketId, body: 'x' })).outcome, 'sent');
  const trail = await acme.within(admin, ({ tx, workspace }) =>
    auditTrail(tx, workspace.id, { subject: id, limit: 9 }),
  );
  assert.deepEqual(trail.map(({ action, reason }) => `${action}: ${reason}`).sort(), [
    'customer.blocked: threats',
    'customer.unblocked: sorry',
  ]);
});

test('customers are found by the beginning of a name or an address, page by page', async () => {
  const acme = await desk('find-customers');
  for (let i = 0; i < 5; i++) await customer(acme, `user${i}@example.com`, `User ${i}`);
  const { id } = await customer(acme, 'zoe@example.com', '100%_Zoë');
  const seen: unknown[] = [];
  for (let after: string | undefined; ; ) {
    const page = await acme.call(operator, 'list_customers', { limit: 2, ...(after ? { after } : {}) });
    seen.push(...(page.customers as JsonObject[]).map(({ name }) => name));
    if (!page.next) break;
    after = page.next as string;
  }
  assert.deepEqual(seen, ['100%_Zoë', 'User 4', 'User 3', 'User 2', 'User 1', 'User 0']);
  const found = async (query: string) =>
    ((await acme.call(operator, 'list_customers', { query })).customers as JsonObject[]).length;
  assert.deepEqual(
    [await found('USER'), await found('user3@'), await found('100%_'), await found('%')],
    [5, 1, 1, 0],
  );
  await acme.call(operator, 'add_customer_address', { customerId: id, address: 'other@home.example' });
  assert.equal(await found('other@h'), 1);
});

const upload = async (on: Desk, name: string, text: string) =>
  (
    await on.call(operator, 'add_attachment', {
      name,
      mediaType: 'text/plain',
      contentBase64: Buffer.from(text).toString('base64'),
    })
  ).attachmentId as string;

test('what was held about a customer can be handed out, and is nowhere after an erasure', async () => {
  const acme = await desk('erase');
  const words = ['Xanthippe', 'xanthippe@erase.example', 'Quokkaphone', 'zymurgical'];
  const { id, ticketId } = await customer(acme, words[1]!, `${words[0]} Smith`);
  const bystander = await customer(acme, 'bob@erase.example', 'Bob');
  const tags = { addTags: ['vip-xanthippe', 'lens'] };
  await acme.call(operator, 'bulk_update', { ticketIds: [ticketId], ...tags });
  const stranger = await open(acme, { email: 'XANTHIPPE@erase.example', body: `About my ${words[2]}.` });
  await acme.call(operator, 'add_customer_note', { customerId: id, body: `She is ${words[3]}.` });
  await acme.within(operator, (scope) => customerWrote(scope, { id: ticketId }, { body: 'And now?' }));
  await acme.call(agent, 'draft_reply', {
    ticketId,
    body: `Your ${words[2]} is on its way, ${words[0]}.`,
  });
  await acme.call(operator, 'reply', {
    ticketId,
    version: 4,
    body: `Here is your ${words[2]}.`,
    attachmentIds: [
      await upload(acme, `${words[2]}.txt`, `For ${words[0]}.`),
      await upload(acme, 'all.txt', 'shared'),
    ],
  });
  // A copy of what somebody else was told, and a forward of theirs.
  await acme.call(operator, 'reply', {
    ticketId: bystander.ticketId,
    version: 2,
    body: 'Bob, see this.',
    cc: [words[1]!, 'carl@erase.example'],
    attachmentIds: [await upload(acme, 'all.txt', 'shared')],
  });
  await acme.db
    .updateTable('outbox')
    .set({
      delivered: [words[1]!],
      refused: JSON.stringify([{ address: words[1]!, error: `no ${words[1]}` }]),
      lastError: words[1]!,
    })
    .where('ticketId', '=', bystander.ticketId)
    .where(sql`cardinality(cc)`, '>', 0)
    .execute();
  await acme.db
    .updateTable('outbox')
    .set({ state: 'sent', delivered: [words[1]!] })
    .where('ticketId', '=', ticketId)
    .execute();
  await acme.call(operator, 'forward', {
    ticketId,
    to: 'repair@erase.example',
    note: words[3]!,
    attachments: true,
  });
  assert.ok((await holding(acme.db, words)).length > 5);

  const { records } = await acme.call(admin, 'export_customer', { customerId: id, reason: 'she asked' });
  const text = JSON.stringify(records).toLowerCase();
  for (const word of [...words, stranger.ticketId as string])
    assert.ok(text.includes(word.toLowerCase()), word);
  assert.ok(!text.includes('bob'), 'nobody else is in it');
  const files = (records as { attachments: JsonObject[] }).attachments;
  assert.deepEqual(
    new Set(files.map(({ contentBase64 }) => Buffer.from(contentBase64 as string, 'base64').toString())),
    new Set([`For ${words[0]}.`, 'shared']),
  );

  await assert.rejects(
    acme.call(admin, 'erase_customer', { customerId: id, confirm: bystander.id, reason: 'she asked' }),
    refused('invalid_arguments'),
  );
  const done = await acme.call(admin, 'erase_customer', { customerId: id, confirm: id, reason: 'she asked' });
  assert.partialDeepStrictEqual(done, { tickets: 2, customers: 2 });
  assert.deepEqual(await holding(acme.db, words), []);
  assert.deepEqual((await holding(acme.db, ['bob@erase.example'])).length > 1, true, 'others keep theirs');
  const theirs = await acme.call(operator, 'get_ticket', { ticketId: bystander.ticketId });
  const [, , told] = theirs.messages as JsonObject[];
  assert.deepEqual(
    [(told!.mail as JsonObject).cc, theirs.participants],
    [['carl@erase.example'], ['carl@erase.example']],
  );
  assert.equal((told!.attachments as JsonObject[]).length, 1);
  const kept = await acme.within(operator, ({ tx }) => tx.selectFrom('blobs').select('bytes').execute());
  assert.deepEqual(
    kept.map(({ bytes }) => bytes.toString()),
    ['shared'],
  );
  assert.equal((await read(acme, id)).erased, true);
  const trail = await acme.within(admin, ({ tx, workspace }) =>
    auditTrail(tx, workspace.id, { subject: id, limit: 9 }),
  );
  assert.deepEqual(
    trail.map(({ action }) => action),
    ['customer.erased', 'customer.exported'],
  );
  await assert.rejects(
    acme.call(operator, 'update_customer', { customerId: id, name: 'Back' }),
    refused('conflict'),
  );
});

test('what is handed out holds rows of every table that has something of the customer', async () => {
  const acme = await desk('export');
  const { id, ticketId } = await customer(acme, 'ada@export.example');
  const own = { workspaceId: acme.workspace.id, ticketId };
  await acme.within(operator, (scope) =>
    changeTicket(scope, ticketId, { subject: 'My Quokkaphone', openedToAgents: true }),
  );
  const at = new Date(0);
  const { issueId } = await acme.call(operator, 'create_issue', { title: 'Fog', body: 'In the lens.' });
  await acme.call(operator, 'link_issue', { ticketId, issueId: issueId! });
  await acme.call(operator, 'add_customer_note', { customerId: id, body: 'Likes tea.' });
  await acme.within(operator, (scope) => customerWrote(scope, { id: ticketId }, { body: 'And?' }));
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId, body: 'Clean it.' });
  const edited = { body: 'Clean the Quokkaphone.' };
  await acme.call(operator, 'approve_proposal', { proposalId: proposalId!, ...edited });
  // Somebody else's ticket, told to this customer.
  const other = await customer(acme, 'bob@elsewhere.example', 'Bob');
  await acme.call(operator, 'forward', { ticketId: other.ticketId, to: 'ada@export.example', note: 'See?' });
  await acme.call(operator, 'reply', {
    ticketId,
    version: 6,
    body: 'Clean it.',
    cc: ['carl@export.example'],
    attachmentIds: [await upload(acme, 'how.txt', 'Wipe.')],
  });
  await acme.call(operator, 'save_draft', { ticketId, kind: 'note', body: 'She…', seen: 1 });
  await acme.db
    .insertInto('ratings')
    .values({ ...own, id: 'rat_export', resolvedAt: at, askedAt: at, endsAt: at })
    .execute();
  await acme.db
    .insertInto('automaticMails')
    .values({ ...own, address: 'ada@export.example', at })
    .execute();
  const purchase = { workspaceId: acme.workspace.id, id: 'pur_export', payer: '0xa1' };
  await acme.db
    .insertInto('claims')
    .values({
      ...{ ...purchase, network: 'base', asset: '0xa', nonce: '0x1', payTo: '0xb', amountAtomic: 1n },
      ...{ callHash: 'h', signature: '0x', processId: 'prc_1', state: 'delivered' },
    })
    .execute();
  await acme.db
    .insertInto('purchases')
    .values({
      ...purchase,
      operation: 'create_ticket',
      input: JSON.stringify({ body: 'Quokkaphone' }),
      plan: '{}',
      output: JSON.stringify({ ticketId }),
      private: false,
    })
    .execute();
  const { records } = await acme.call(admin, 'export_customer', { customerId: id, reason: 'she asked' });
  const held = Object.entries(records as Record<string, JsonObject[]>);
  assert.deepEqual(
    held
      .filter(([, rows]) => rows.length > 0)
      .map(([table]) => table)
      .sort(),
    [
      'attachments',
      'auditLog',
      'automaticMails',
      'customerAddresses',
      'customerNotes',
      'customers',
      'drafts',
      'issueTickets',
      'messages',
      'outbox',
      'proposals',
      'purchases',
      'ratings',
      'ticketEvents',
      'ticketParticipants',
      'tickets',
    ],
  );
  await acme.call(admin, 'erase_customer', { customerId: id, confirm: id, reason: 'she asked' });
  assert.deepEqual(await holding(acme.db, ['Quokkaphone', 'export.example']), []);
  const ticket = await acme.within(operator, ({ tx, workspace }) => findTicket(tx, workspace.id, ticketId));
  assert.deepEqual([ticket!.status, ticket!.openedToAgents], ['closed', false]);
  const toSend = (await outbox(acme)).filter(({ state }) => state === 'queued');
  assert.deepEqual(
    toSend.map(({ rcptTo }) => rcptTo),
    ['bob@elsewhere.example'],
    'nothing goes to nobody',
  );
});
