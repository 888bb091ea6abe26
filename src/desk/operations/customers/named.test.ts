/** A customer is also named where nothing says whose the row is: in the audit log, in rules, in files that wait, in copies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { customerIdOf, type Desk, desk, operator } from '../../../../test/desk.ts';
import { newPurchase, someAddress } from '../../../../test/fakes/purchases.ts';
import { holding } from '../../../../test/holding.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { postgresLedger } from '../../../door/ledger.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

const write = async (on: Desk, to: string, name?: string) => {
  const { ticketId } = await on.call(operator, 'start_conversation', {
    to,
    ...(name ? { name } : {}),
    subject: 'Yours',
    body: 'Hello.',
  });
  return { ticketId: ticketId as string, customerId: await customerIdOf(on, ticketId) };
};

const erase = (on: Desk, customerId: string, reason = 'asked') =>
  on.call(admin, 'erase_customer', { customerId, confirm: customerId, reason });

const reasons = async (on: Desk) =>
  (await on.within(admin, ({ tx, workspace }) => auditTrail(tx, workspace.id, { limit: 20 }))).map(
    ({ action, reason }) => `${action}: ${reason}`,
  );

test('reasons in the audit log keep who did what, and not of whom, once they are erased', async () => {
  const acme = await desk('reasons');
  const email = 'xaver.unique@reasons.example';
  const { customerId } = await write(acme, email, 'Xaver Unikat');
  const bob = await write(acme, 'bob@reasons.example');
  await acme.call(operator, 'block_customer', { customerId, reason: `spam from ${email}` });
  await acme.call(operator, 'unblock_customer', { customerId, reason: 'It was not Xaver.' });
  await acme.call(admin, 'export_customer', { customerId, reason: 'He asked.' });
  await acme.call(operator, 'block_customer', {
    customerId: bob.customerId,
    reason: `He says that he is ${email}; not.${email}.`,
  });
  await erase(acme, customerId, `${email} asked, that is Xaver Unikat.`);
  assert.deepEqual(await reasons(acme), [
    'customer.erased: [email] asked, that is [name].',
    `customer.blocked: He says that he is [erased]; not.${email}.`,
    'customer.exported: [erased]',
    'customer.unblocked: [erased]',
    'customer.blocked: [erased]',
  ]);
});

test('of the audit log nothing is taken that is not of somebody who is erased, or of another workspace', async () => {
  const [acme, rival] = [await desk('log-kept'), await desk('log-rival')];
  const { customerId } = await write(acme, 'ada@log.example');
  await acme.call(operator, 'block_customer', { customerId, reason: 'threats by ada@log.example' });
  const gone = await write(rival, 'ada@log.example');
  await rival.call(operator, 'block_customer', { customerId: gone.customerId, reason: 'ada@log.example' });
  const clean = (on: Desk) =>
    on.within(operator, ({ tx }) =>
      sql`select erase_in_audit_log(${[customerId, gone.customerId]}, ${['ada@log.example', 'threats']})`.execute(
        tx,
      ),
    );
  await clean(acme);
  assert.deepEqual(await reasons(acme), ['customer.blocked: threats by ada@log.example']);
  assert.deepEqual(await reasons(rival), ['customer.blocked: ada@log.example']);
});

test('what the desk wrote of itself names them no more; a rule that did is off, and the admin is told', async () => {
  const acme = await desk('own-words');
  const email = 'xaver@words.example';
  const { customerId } = await write(acme, email);
  const reply = await acme.call(operator, 'create_saved_reply', {
    name: `To ${email}`,
    body: `Not to ${email}!`,
  });
  const twin = await acme.call(operator, 'create_saved_reply', { name: `to  ${email}`, body: 'x' });
  const macro = await acme.call(operator, 'create_macro', {
    name: 'VIP',
    actions: [{ kind: 'add_note', body: `As ${email.toUpperCase()} says "so".\nAnd not.${email}` }],
  });
  const rule = (name: string, value: string) =>
    acme.call(admin, 'create_rule', {
      name,
      enabled: true,
      trigger: 'ticket.created',
      minutes: null,
      allOf: [{ field: 'body', test: 'contains_not', values: ['x', value] }],
      anyOf: [],
      actions: [{ kind: 'add_tags', tags: ['vip'] }],
    });
  const { ruleId } = await rule(`For ${email}`, `I am ${email}`);
  const { ruleId: other } = await rule('Another', 'bob@words.example');
  const shownIssue = await acme.call(operator, 'create_issue', { title: 'Fog', body: `Ask ${email}.` });
  const waiting = await acme.call({ kind: 'wallet', address: someAddress() }, 'create_issue', {
    title: `Fog at ${email}`,
    body: `So says ${email}.`,
  });
  const ledger = postgresLedger(acme.db);
  for (const [body, output] of [
    [`So says\n${email}.`, { issueId: waiting.issueId! }],
    [`So says not.${email}.`, {}],
  ] as const) {
    const claimed = await ledger.claim(
      newPurchase(acme.workspace.id, someAddress(), {
        operation: 'create_issue',
        input: { title: 'x', body },
      }),
    );
    assert.ok(claimed.kind === 'claimed');
    await sql`update claims set state = 'delivered' where id = ${claimed.purchase.id}`.execute(acme.db);
    await sql`update purchases set output = ${JSON.stringify(output)} where id = ${claimed.purchase.id}`.execute(
      acme.db,
    );
  }

  const done = await erase(acme, customerId);
  assert.deepEqual(
    done.rewritten,
    [macro.macroId, ruleId, reply.savedReplyId, twin.savedReplyId, waiting.issueId].sort(),
  );
  assert.deepEqual(done.stillNamedIn, [shownIssue.issueId]);
  const { rules } = await acme.call(admin, 'list_rules', {});
  assert.deepEqual(
    (rules as JsonObject[]).map(({ ruleId, enabled, allOf }) => [
      ruleId,
      enabled,
      (allOf as JsonObject[])[0]!.values,
    ]),
    [
      [ruleId, false, ['x', 'I am [erased]']],
      [other, true, ['x', 'bob@words.example']],
    ],
  );
  const { macros } = await acme.call(operator, 'list_macros', {});
  assert.deepEqual((macros as JsonObject[])[0]!.actions, [
    { kind: 'add_note', body: `As [erased] says "so".\nAnd not.${email}` },
  ]);
  // Whose addresses only look like it are somebody else's.
  await sql`delete from macros`.execute(acme.db);
  await sql`delete from purchases where input ->> 'body' like '%not.%'`.execute(acme.db);
  await acme.call(operator, 'update_issue', { issueId: shownIssue.issueId!, version: 1, body: 'Ask us.' });
  assert.deepEqual(await holding(acme.db, [email]), []);
});

test('files that wait in a draft on their ticket go with it, and others stay', async () => {
  const acme = await desk('draft-files');
  const { ticketId, customerId } = await write(acme, 'xaver@files.example');
  const upload = async (name: string, text: string) =>
    (
      await acme.call(operator, 'add_attachment', {
        name,
        mediaType: 'text/plain',
        contentBase64: Buffer.from(text).toString('base64'),
      })
    ).attachmentId as string;
  const waiting = await upload('draft-xaver.txt', 'zymurgical');
  const other = await upload('other.txt', 'quokka');
  const draft = { ticketId, kind: 'reply', body: 'See.', seen: 1, attachmentIds: [waiting] };
  await acme.call(operator, 'save_draft', draft);
  const { records } = await acme.call(admin, 'export_customer', { customerId, reason: 'asked' });
  assert.deepEqual(
    (records as { attachments: JsonObject[] }).attachments.map(({ id }) => id),
    [waiting],
  );
  await erase(acme, customerId);
  assert.deepEqual(await holding(acme.db, ['draft-xaver', 'zymurgical']), []);
  const left = await acme.call(operator, 'get_attachment', { attachmentId: other });
  assert.equal(left.name, 'other.txt');
});

test('what is handed out has what they got of others’ tickets, and what is written of them, and nobody else', async () => {
  const acme = await desk('copies');
  const [email, hidden] = ['xaver@copies.example', 'xaver.too@copies.example'];
  const { customerId } = await write(acme, email);
  await acme.call(operator, 'add_customer_address', { customerId, address: hidden });
  await acme.call(operator, 'block_customer', { customerId, reason: 'threats' });
  const bob = await write(acme, 'bob@copies.example', 'Bob');
  const version = async () => (await acme.call(operator, 'get_ticket', { ticketId: bob.ticketId })).version!;
  await acme.call(operator, 'forward', {
    ticketId: bob.ticketId,
    to: hidden,
    note: 'Look at it.',
    bcc: ['eve@copies.example'],
  });
  await acme.call(operator, 'reply', {
    ticketId: bob.ticketId,
    version: await version(),
    body: 'For Bob alone.',
    cc: [email, 'carl@copies.example'],
    bcc: [hidden, 'eve@copies.example'],
  });
  const draft = { ticketId: bob.ticketId, kind: 'forward', body: 'About Bob.', seen: 1, to: email };
  await acme.call(operator, 'save_draft', { ...draft, cc: ['carl@copies.example'] });

  const handedOut = await acme.call(admin, 'export_customer', { customerId, reason: 'asked' });
  const records = handedOut.records as Record<string, JsonObject[]>;
  const of = (table: string) => records[table]!.filter((row) => row.ticketId === bob.ticketId);
  assert.deepEqual(
    of('outbox').map(({ rcptTo, cc, bcc, body }) => [rcptTo, cc, bcc, String(body).includes('Look at it.')]),
    [
      [hidden, [], [], true],
      [null, [email], [hidden], false],
    ],
  );
  assert.deepEqual(
    of('ticketParticipants').map(({ address }) => address),
    [email],
  );
  assert.deepEqual(
    of('drafts').map(({ forwardTo, cc, bcc, body }) => [forwardTo, cc, bcc, body]),
    [[email, [], [], undefined]],
  );
  assert.deepEqual(
    records.auditLog!.map(({ action, reason }) => [action, reason]),
    [
      ['customer.changed', ''],
      ['customer.blocked', 'threats'],
      ['customer.exported', 'asked'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(records), /carl@|eve@|For Bob alone|About Bob/);
});
