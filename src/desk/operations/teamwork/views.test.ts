import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, catalogue, type Desk, desk, open, operator, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import { permissionOf } from '../../../catalogue/permission.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';
import { changeTicket, type TicketChange } from '../../tickets/change.ts';

const other: Caller = { kind: 'operator', id: 'usr_other', role: 'operator' };
const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const viewer: Caller = { kind: 'operator', id: 'usr_viewer', role: 'viewer' };

const make = (on: Desk, input: JsonObject, caller = operator) =>
  on.call(caller, 'create_view', { name: 'Lenses', query: 'tag:lens', ...input });
const names = async (on: Desk, caller = operator) =>
  ((await on.call(caller, 'list_views', {})).views as JsonObject[]).map(({ name }) => name);
const told = async (on: Desk) =>
  (await on.within(admin, ({ tx, workspace }) => auditTrail(tx, workspace.id, { limit: 9 }))).map(
    ({ actor, action, subject, details }) => [actor, action, subject, details],
  );
const builtIn = ['Mine', 'Unassigned', 'All open', 'Snoozed'];

const change = (on: Desk, ticketId: unknown, changes: TicketChange) =>
  on.within(operator, (scope) => changeTicket(scope, ticketId as string, changes));

test('a view lists what its filters find, page by page, in its order; `me` is who looks', async () => {
  const acme = await desk('views');
  for (let i = 0; i < 5; i++) {
    const { ticketId } = await open(acme, { subject: `T${i}` });
    await change(acme, ticketId, {
      tags: i === 4 ? [] : ['lens'],
      assigneeId: i % 2 ? 'usr_other' : 'usr_test',
      ...(i === 3 ? { snoozedUntil: new Date('2030-01-01') } : {}),
    });
  }
  const { viewId } = await make(acme, { sort: 'oldest', shared: true, query: 'tag:lens assignee:me' });
  const shown = async (id: unknown, caller = operator, limit = 1) => {
    const seen: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const at: JsonObject = cursor ? { cursor } : {};
      const page = await acme.call(caller, 'show_view', { viewId: id as string, limit, ...at });
      seen.push(...(page.tickets as JsonObject[]).map(({ subject }) => subject));
      if (!page.next) return seen;
      cursor = page.next as string;
    }
  };
  assert.deepEqual(await shown(viewId), ['T0', 'T2']);
  assert.deepEqual(await shown(viewId, other), ['T1', 'T3']);
  assert.deepEqual(await shown('mine'), ['T4', 'T2', 'T0']);
  assert.deepEqual(await shown('snoozed'), ['T3']);
  assert.deepEqual(await shown('open'), ['T4', 'T2', 'T1', 'T0']);
  assert.deepEqual(await shown('unassigned'), []);
  await acme.call(operator, 'update_view', { viewId: viewId!, query: 'tag:lens', sort: 'newest' });
  assert.deepEqual(await shown(viewId, viewer, 2), ['T3', 'T2', 'T1', 'T0']);
});

test('what is no filter is no view, and says which word it is', async () => {
  const acme = await desk('views-parsed');
  for (const query of ['status:opne', 'tag:lens shutter', '"exact words"', '-lens', 'after:2026-02-30'])
    await assert.rejects(make(acme, { query }), refused('invalid_arguments'), query);
  await assert.rejects(make(acme, { query: 'status:opne' }), /"status:opne"/);
  const { viewId } = await make(acme, {});
  await assert.rejects(
    acme.call(operator, 'update_view', { viewId: viewId!, query: 'shutter' }),
    refused('invalid_arguments'),
  );
  for (const input of [{ name: 'a\nb' }, { name: ' ' }, { sort: 'random' }] as JsonObject[])
    await assert.rejects(make(acme, { query: 'tag:x', ...input }), refused('invalid_arguments'));
});

test('one member’s views are nobody else’s, and the workspace’s change by who made them, or an admin', async () => {
  const acme = await desk('views-owned');
  const mine = { viewId: (await make(acme, {})).viewId! };
  const ours = { viewId: (await make(acme, { name: 'Ours', shared: true })).viewId! };
  assert.deepEqual(await names(acme), [...builtIn, 'Ours', 'Lenses']);
  assert.deepEqual(await names(acme, other), [...builtIn, 'Ours']);
  // Another has one of the same name; of theirs there is one.
  await make(acme, {}, other);
  await assert.rejects(make(acme, { name: 'LENSES' }), refused('conflict'));
  for (const caller of [other, admin]) {
    await assert.rejects(acme.call(caller, 'show_view', mine), refused('not_found'));
    await assert.rejects(acme.call(caller, 'update_view', { ...mine, name: 'x' }), refused('not_found'));
    await assert.rejects(acme.call(caller, 'delete_view', mine), refused('not_found'));
  }
  await assert.rejects(acme.call(other, 'update_view', { ...ours, name: 'x' }), refused('not_permitted'));
  await assert.rejects(acme.call(other, 'delete_view', ours), refused('not_permitted'));
  await acme.call(admin, 'update_view', { ...ours, name: 'All of ours' });
  await acme.call(operator, 'delete_view', ours);
  assert.deepEqual(await names(acme, other), [...builtIn, 'Lenses']);
  const theirs = { viewId: (await make(acme, { name: 'Theirs', shared: true }, other)).viewId! };
  await acme.call(other, 'update_view', { ...theirs, name: 'Still theirs' });
  await acme.call(admin, 'delete_view', theirs);
  await acme.call(operator, 'delete_view', mine);
  // What somebody else made for all, and nothing of what it looks for: that may name a customer.
  assert.deepEqual(await told(acme), [
    ['operator:usr_admin', 'view.deleted', theirs.viewId, { madeBy: 'usr_other' }],
    ['operator:usr_admin', 'view.changed', ours.viewId, { madeBy: 'usr_test' }],
  ]);
  // Who only reads has views, and makes none for others.
  await make(acme, {}, viewer);
  await assert.rejects(make(acme, { name: 'x', shared: true }, viewer), refused('not_permitted'));
  await assert.rejects(acme.call(operator, 'delete_view', { viewId: 'mine' }), refused('not_permitted'));
  for (const name of ['list_views', 'show_view', 'create_view'])
    assert.equal(permissionOf(agent, catalogue.get(name)!), 'refused');
});

test('a view is shared afterwards by who may share, and taken back by who made it alone', async () => {
  const acme = await desk('views-moved');
  const { viewId } = (await make(acme, {})) as { viewId: string };
  const share = (shared: boolean, caller = operator, more: JsonObject = {}) =>
    acme.call(caller, 'update_view', { viewId, shared, ...more });
  const of = async (caller = operator) =>
    ((await acme.call(caller, 'list_views', {})).views as JsonObject[]).find(
      (view) => view.viewId === viewId,
    );
  // Nobody else can reach it, an admin either.
  for (const caller of [other, admin]) await assert.rejects(share(true, caller), refused('not_found'));
  assert.equal((await share(true)).of, 'workspace');
  assert.deepEqual([(await of())!.madeByMe, (await of(other))!.madeByMe], [true, false]);
  assert.equal((await of(other))!.of, 'workspace');
  for (const caller of [other, admin, viewer])
    await assert.rejects(share(false, caller), refused('not_permitted'));
  // Left out, it stays what it is; an admin changes the rest of it.
  assert.equal((await acme.call(admin, 'update_view', { viewId, name: 'Ours' })).of, 'workspace');
  assert.equal((await share(false)).of, 'me');
  assert.equal(await of(other), undefined);
  assert.equal((await of())!.name, 'Ours');
  // Sharing is for who works tickets; taking back is not making.
  const theirs = { viewId: (await make(acme, {}, viewer)).viewId! };
  await assert.rejects(
    acme.call(viewer, 'update_view', { ...theirs, shared: true }),
    refused('not_permitted'),
  );
  assert.deepEqual(await names(acme, other), builtIn);
});

test('where it goes a name is taken once, and there is room for fifty', async () => {
  const acme = await desk('views-moved-full');
  const own = { viewId: (await make(acme, { name: 'Same' })).viewId! };
  const shared = (await make(acme, { name: 'SAME', shared: true }, other)).viewId!;
  await assert.rejects(acme.call(operator, 'update_view', { ...own, shared: true }), refused('conflict'));
  await make(acme, { name: 'same' }, other);
  await assert.rejects(
    acme.call(other, 'update_view', { viewId: shared, shared: false }),
    refused('conflict'),
  );
  await acme.call(operator, 'update_view', { ...own, shared: true, name: 'Renamed on its way' });
  for (let i = 2; i < 49; i++) await make(acme, { name: `V${i}`, shared: true });
  const last = await Promise.all([make(acme, { name: 'A' }), make(acme, { name: 'B' }, other)]);
  const raced = await Promise.allSettled(
    last.map(({ viewId }, i) =>
      acme.call(i === 0 ? operator : other, 'update_view', { viewId: viewId!, shared: true }),
    ),
  );
  assert.deepEqual(raced.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  // One that is there already is changed though there is no room for another.
  await acme.call(operator, 'update_view', { ...own, shared: true, name: 'Stays' });
});

test('of two who take one name, and of the fiftieth and the next at once, one does', async () => {
  const acme = await desk('views-race');
  const twice = await Promise.allSettled([make(acme, { shared: true }), make(acme, { shared: true }, other)]);
  assert.deepEqual(twice.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  for (let i = 1; i < 49; i++) await make(acme, { name: `V${i}`, shared: true });
  const last = await Promise.allSettled(['a', 'b', 'c'].map((name) => make(acme, { name, shared: true })));
  assert.deepEqual(last.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  const { viewId } = (await make(acme, { name: 'Own' })) as { viewId: string };
  await make(acme, { name: 'Second' });
  await assert.rejects(acme.call(operator, 'update_view', { viewId, name: 'SECOND' }), refused('conflict'));
});

test('a view that names a customer goes where the customer is erased; others stay', async () => {
  const acme = await desk('views-erased');
  const { ticketId } = await open(acme, { email: 'Ada@example.com', name: 'Ada Lovelace' });
  await acme.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Hello.' });
  for (const [name, query] of [
    ['by address', 'from:ADA@example.com status:open'],
    ['by name', 'from:"ada love"'],
    ['another', 'from:bob@example.com'],
    ['none', 'tag:lens'],
  ])
    await make(acme, { name: name!, query: query! });
  const { customerId } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  await acme.call(admin, 'erase_customer', {
    customerId: customerId!,
    confirm: customerId!,
    reason: 'she asked',
  });
  assert.deepEqual(await names(acme), [...builtIn, 'another', 'none']);
});
