/** Linking, assigning and resolving: at once for who has earned it, as proposals for others, once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  catalogue,
  type Desk,
  desk,
  open,
  operator,
  outbox,
  refused,
  stranger,
} from '../../../../test/desk.ts';
import type { Caller, EffectOperation } from '../../../catalogue/operation.ts';
import { perform } from '../../../catalogue/perform.ts';
import { randomIds } from '../../../kernel/ids.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { asSystem, workspacesOf } from '../../../store/database.ts';
import { changeTicket } from '../../tickets/change.ts';

const credential = (...granted: string[]): Caller => ({ kind: 'credential', id: 'crd_1', granted });
const anyone: Caller = { kind: 'anonymous' };

/** As credentials do it: asked whether they may. */
const callAs = (on: Desk, caller: Caller, name: string, input: JsonObject) =>
  perform(
    { inWorkspace: workspacesOf(on.db) },
    { workspace: on.workspace, caller, ids: randomIds, now: new Date(0) },
    catalogue.get(name)!,
    input,
  );

/** What a wallet's paid call comes to where it has not earned more: prepare, then `queue`. */
async function queued(on: Desk, caller: Caller, name: string, input: JsonObject): Promise<JsonObject> {
  const operation = catalogue.get(name) as EffectOperation;
  await on.within(caller, (scope) => operation.prepare!(scope, input), true);
  assert.ok(operation.queue);
  return (await on.within(caller, (scope) => operation.queue!(scope, input))) as JsonObject;
}

const approve = (on: Desk, proposalId: unknown, more: JsonObject = {}) =>
  on.call(operator, 'approve_proposal', { proposalId: proposalId as string, ...more });
const reject = (on: Desk, proposalId: unknown) =>
  on.call(operator, 'reject_proposal', { proposalId: proposalId as string, reason: 'No.' });
const ticket = (on: Desk, ticketId: unknown) =>
  on.call(operator, 'get_ticket', { ticketId: ticketId as string });
const kinds = async (on: Desk, ticketId: unknown) =>
  ((await ticket(on, ticketId)).history as JsonObject[]).map(({ kind }) => kind);
const issue = async (on: Desk, title = 'Fog') =>
  (await on.call(operator, 'create_issue', { title, body: 'In the lens.' })).issueId as string;
const openAll = (on: Desk) =>
  on.within(operator, ({ tx }) => tx.updateTable('deskSettings').set({ agentsSee: 'all' }).execute());
const vouch = (on: Desk) =>
  on.within(operator, ({ tx }) => tx.updateTable('customers').set({ emailVerified: true }).execute());
const setStatus = (on: Desk, ticketId: unknown, status: 'open' | 'closed' | 'resolved' | 'spam') =>
  on.within(operator, (scope) => changeTicket(scope, ticketId as string, { status }));

/** Users, members and a team of a workspace. */
async function people(on: Desk) {
  const { db, workspace } = on;
  const [ada, viewer, team] = [randomIds('usr'), randomIds('usr'), randomIds('tea')];
  await asSystem(db, async (tx) => {
    for (const [id, role] of [
      [ada, 'operator'],
      [viewer, 'viewer'],
    ] as const) {
      const email = `${id}@staff.example`;
      await tx.insertInto('users').values({ id, name: id, email }).execute();
      await tx
        .insertInto('members')
        .values({ workspaceId: workspace.id, userId: id, role, name: id, email, createdAt: new Date(0) })
        .execute();
    }
    await tx.insertInto('teams').values({ workspaceId: workspace.id, id: team, name: 'Billing' }).execute();
  });
  return { ada, viewer, team, adasEmail: `${ada}@staff.example` };
}

test('a link of a credential’s or a trusted wallet’s is made, and stands in ticket, issue and history', async () => {
  const acme = await desk('links');
  const [first, second] = [await issue(acme), await issue(acme, 'Rust')];
  const { ticketId } = await open(acme);
  assert.deepEqual(await callAs(acme, credential(), 'link_issue', { ticketId: ticketId!, issueId: first }), {
    outcome: 'linked',
  });
  await acme.call(agent, 'link_issue', { ticketId: ticketId!, issueId: second });
  const seen = await ticket(acme, ticketId);
  assert.deepEqual(
    (seen.issues as JsonObject[]).map(({ title }) => title),
    ['Rust', 'Fog'],
  );
  const { changes, version } = (seen.history as JsonObject[]).at(-1) as {
    changes: JsonObject;
    version: number;
  };
  assert.deepEqual(changes, { issues: { from: [first], to: [first, second].sort() } });
  assert.deepEqual([version, seen.version], [3, 3]);
  const listed = (await acme.call(anyone, 'list_issues', {})).issues as JsonObject[];
  assert.deepEqual(
    listed.map(({ tickets }) => tickets),
    [1, 1],
  );

  await acme.call(operator, 'unlink_issue', { ticketId: ticketId!, issueId: first });
  assert.equal(((await ticket(acme, ticketId)).issues as JsonObject[]).length, 1);
  await assert.rejects(
    acme.call(operator, 'unlink_issue', { ticketId: ticketId!, issueId: first }),
    refused('conflict'),
  );
});

test('of ten links at once one is made', async () => {
  const acme = await desk('links-once');
  const { ticketId } = await open(acme);
  const asked = { ticketId: ticketId!, issueId: await issue(acme) };
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => acme.call(agent, 'link_issue', asked)),
  );
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(lost.length, 9);
  for (const { reason } of lost) assert.ok(refused('conflict')(reason), reason.stack);
});

test('an issue that is thrown away while a ticket is linked to it is either linked or gone', async () => {
  const acme = await desk('links-discarded');
  for (let round = 0; round < 8; round++) {
    const { ticketId } = await open(acme);
    const { issueId } = await acme.call(agent, 'create_issue', { title: `Issue ${round}`, body: 'x' });
    const [linked, discarded] = await Promise.allSettled([
      acme.call(operator, 'link_issue', { ticketId: ticketId!, issueId: issueId! }),
      acme.call(operator, 'discard_draft', { id: issueId!, version: 1 }),
    ]);
    const lost = [linked, discarded].filter((outcome) => outcome.status === 'rejected');
    assert.equal(lost.length, 1);
    const code = linked.status === 'rejected' ? 'not_found' : 'conflict';
    assert.ok(refused(code)(lost[0]!.reason), lost[0]!.reason.stack);
  }
});

test('a stranger links what it may see, to issues that it may see, and is refused before it pays', async () => {
  const acme = await desk('links-refused');
  const { ticketId } = await open(acme);
  const { issueId: hidden } = await acme.call(stranger, 'create_issue', { title: 'Hidden', body: 'x' });
  const issueId = await issue(acme);
  const asked = { ticketId: ticketId!, issueId };
  for (const caller of [stranger, anyone])
    await assert.rejects(queued(acme, caller, 'link_issue', asked), refused('not_found'));
  await assert.rejects(
    queued(acme, agent, 'link_issue', { ...asked, issueId: hidden! }),
    refused('not_found'),
  );
  await openAll(acme);
  // Its own issue may wait still: both wait for the same person.
  assert.equal(
    (await queued(acme, stranger, 'link_issue', { ...asked, issueId: hidden! })).outcome,
    'queued',
  );
  await acme.call(agent, 'link_issue', asked);
  await assert.rejects(queued(acme, agent, 'link_issue', asked), refused('conflict'));
  // What a ticket is linked to is not for strangers: neither trying nor paying tells.
  for (const issueId of [asked.issueId, await issue(acme, 'Never linked')]) {
    const same = { ticketId: ticketId!, issueId };
    assert.equal((await queued(acme, stranger, 'link_issue', same)).outcome, 'queued');
    assert.deepEqual(await acme.call(stranger, 'link_issue', same), { outcome: 'linked' });
  }
  const other = { ticketId: ticketId!, issueId: await issue(acme, 'Other') };
  await setStatus(acme, ticketId, 'closed');
  await assert.rejects(queued(acme, agent, 'link_issue', other), refused('conflict'));
  await acme.call(operator, 'link_issue', other);
});

test('no stranger finds out whom the team has blocked; what it proposes a person judges', async () => {
  for (const isBlocked of [false, true]) {
    const acme = await desk(`blocked-${isBlocked}`);
    const { ticketId } = await open(acme, { email: 'ada@example.com' });
    await openAll(acme);
    const { id } = await acme.db
      .selectFrom('customers')
      .select('id')
      .where('workspaceId', '=', acme.workspace.id)
      .executeTakeFirstOrThrow();
    if (isBlocked) await acme.call(operator, 'block_customer', { customerId: id, reason: 'rude' });
    const replied = async (name: string) =>
      (await acme.call(stranger, name, { ticketId: ticketId!, body: 'Clean it.' })).outcome;
    const outcomes: unknown[] = [];
    for (const name of ['draft_reply', 'propose_resolution', 'send_reply', 'resolve'])
      outcomes.push(await replied(name));
    assert.deepEqual(outcomes, [undefined, undefined, 'queued', 'queued']);
    // Also where somebody has vouched for the address nothing is mailed.
    if (isBlocked) {
      await acme.db.updateTable('customers').set({ emailVerified: true }).where('id', '=', id).execute();
      for (const name of ['send_reply', 'resolve']) assert.equal(await replied(name), 'queued');
      assert.deepEqual(await outbox(acme), []);
    }
  }
});

test('every proposal, approved, does what it says, once; rejected, it does nothing', async () => {
  const acme = await desk('proposals');
  const { ada, adasEmail, team } = await people(acme);
  const issueId = await issue(acme);
  const state = async (id: string) => ({ ...(await ticket(acme, id)), history: 0, historyCount: 0 });
  const calls: [name: string, more: JsonObject, look: string, then: unknown][] = [
    ['link_issue', { issueId }, 'issues', [{ issueId, title: 'Fog', status: 'open' }]],
    ['assign', { assignee: adasEmail.toUpperCase() }, 'assigneeId', ada],
    ['assign', { team: 'billing' }, 'teamId', team],
    ['resolve', {}, 'status', 'resolved'],
    ['resolve', { body: 'Done.' }, 'status', 'resolved'],
    ['propose_resolution', { body: 'Done.' }, 'status', 'resolved'],
  ];
  for (const [name, more, look, then] of calls) {
    const made = async () => {
      const { ticketId } = await open(acme, { email: 'ada@example.com' });
      const input = { ticketId: ticketId!, ...more };
      const answer =
        name === 'propose_resolution'
          ? await acme.call(agent, name, input)
          : await queued(acme, agent, name, input);
      return { ticketId: ticketId as string, proposalId: answer.proposalId };
    };
    const mails = (await outbox(acme)).length;
    const rejected = await made();
    const before = await state(rejected.ticketId);
    await reject(acme, rejected.proposalId);
    assert.deepEqual(await state(rejected.ticketId), before, name);
    assert.equal((await outbox(acme)).length, mails, name);

    const approved = await made();
    assert.notDeepEqual((await ticket(acme, approved.ticketId))[look], then, name);
    await approve(acme, approved.proposalId);
    assert.deepEqual((await ticket(acme, approved.ticketId))[look], then, name);
    await assert.rejects(approve(acme, approved.proposalId), refused('conflict'));
    assert.equal((await outbox(acme)).length, mails + (more.body ? 1 : 0), name);
    const happened = await kinds(acme, approved.ticketId);
    assert.deepEqual(happened.slice(0, 3), ['ticket.created', 'proposal.created', 'proposal.approved'], name);
    assert.equal(happened.length, 4, name);
  }
});

test('a credential’s assign and resolve queue until granted', async () => {
  const acme = await desk('granted');
  const { ada } = await people(acme);
  const { ticketId } = await open(acme);
  for (const [name, more, done] of [
    ['assign', { assignee: ada }, 'assigned'],
    ['resolve', {}, 'resolved'],
  ] as const) {
    const input = { ticketId: ticketId!, ...more };
    assert.equal((await callAs(acme, credential(), name, input)).outcome, 'queued');
    assert.equal((await callAs(acme, credential(name), name, input)).outcome, done);
  }
  const { status, assigneeId } = await ticket(acme, ticketId);
  assert.deepEqual([status, assigneeId], ['resolved', ada]);
});

// Asking for a price runs `prepare` for anyone, as any wallet, for nothing.
test('no stranger finds out who works here by trying addresses', async () => {
  const acme = await desk('assign-probe');
  const { ada, viewer, adasEmail, team } = await people(acme);
  const { ticketId } = await open(acme);
  await callAs(acme, credential('assign'), 'assign', { ticketId: ticketId!, assignee: ada, team });
  const tried = async (input: JsonObject) => {
    const operation = catalogue.get('assign') as EffectOperation;
    return acme
      .within(agent, (scope) => operation.prepare!(scope, { ticketId, ...input }), true)
      .then(
        () => 'taken',
        ({ code }) => code,
      );
  };
  const guesses = [adasEmail, 'nobody@staff.example', `${viewer}@staff.example`];
  assert.deepEqual(await Promise.all(guesses.map((assignee) => tried({ assignee }))), [
    'taken',
    'taken',
    'taken',
  ]);
  assert.deepEqual(await Promise.all(['Billing', 'Sales'].map((name) => tried({ team: name }))), [
    'taken',
    'taken',
  ]);
  // Nor whose it is already, or which ids there are.
  const asked: JsonObject[] = [{ assignee: ada }, { team }, { assignee: viewer }, { assignee: 'nobody' }];
  for (const more of asked) assert.equal(await tried(more), 'taken');
  // From a trusted wallet what names nobody waits, and the reviewer is told.
  const answer = await acme.call(agent, 'assign', { ticketId: ticketId!, assignee: 'ghost@staff.example' });
  assert.equal(answer.outcome, 'queued');
  await assert.rejects(approve(acme, answer.proposalId), refused('invalid_arguments'));
  await reject(acme, answer.proposalId);
});

test('assigning: what is unknown, the same, or nothing is refused; it can be taken away', async () => {
  const acme = await desk('assign-refused');
  const { ada, viewer, adasEmail } = await people(acme);
  const { ticketId } = await open(acme);
  const assign = (more: JsonObject) => acme.call(operator, 'assign', { ticketId: ticketId!, ...more });
  const wrong: JsonObject[] = [
    {},
    { assignee: 'ghost@staff.example' },
    { assignee: viewer },
    { team: 'Ghosts' },
  ];
  for (const more of wrong) await assert.rejects(assign(more), refused('invalid_arguments'));
  await assign({ assignee: adasEmail });
  await assert.rejects(assign({ assignee: ada }), refused('conflict'));
  await assign({ assignee: 'nobody' });
  assert.equal((await ticket(acme, ticketId)).assigneeId, null);
  await assert.rejects(assign({ team: 'none' }), refused('conflict'));
  await setStatus(acme, ticketId, 'resolved');
  await assert.rejects(assign({ assignee: ada }), refused('conflict'));
});

// Invariant 11. Fails without `mustBeVouchedFor` in the commit of resolve.ts.
test('an agent’s closing reply to an address that nobody vouched for waits, and is mailed once approved', async () => {
  const acme = await desk('resolve-vouch');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const input = { ticketId: ticketId!, body: 'Done.' };
  const resolve = catalogue.get('resolve');
  assert.ok(resolve?.tier === 'send' && resolve.wouldQueue);
  const { wouldQueue } = resolve;
  assert.equal(await acme.within(agent, (scope) => wouldQueue(scope, input), true), true);
  for (const answer of [
    await acme.call(agent, 'resolve', input),
    await callAs(acme, credential('resolve'), 'resolve', input),
  ])
    assert.equal(answer.outcome, 'queued');
  assert.deepEqual(await outbox(acme), []);
  assert.equal((await ticket(acme, ticketId)).status, 'open');

  const { proposalId } = await acme.call(agent, 'propose_resolution', input);
  await approve(acme, proposalId, { body: 'Dear Ada, done.' });
  assert.deepEqual(
    (await outbox(acme)).map(({ rcptTo, body }) => [rcptTo, body]),
    [['ada@example.com', 'Dear Ada, done.']],
  );
  assert.equal((await ticket(acme, ticketId)).status, 'resolved');
});

test('a resolution with a reply is the agent’s, mailed where the address is verified; without one nothing is mailed', async () => {
  const acme = await desk('resolves');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  await vouch(acme);
  const done = await acme.call(agent, 'resolve', { ticketId: ticketId!, body: 'Done.' });
  assert.deepEqual([done.outcome, done.mailed], ['resolved', true]);
  const seen = await ticket(acme, ticketId);
  const { author, id, body } = (seen.messages as JsonObject[]).at(-1)!;
  assert.deepEqual([author, id, body, seen.status], ['agent', done.messageId, 'Done.', 'resolved']);
  const silent = await open(acme, { email: 'bob@example.com' });
  assert.deepEqual(await acme.call(agent, 'resolve', { ticketId: silent.ticketId! }), {
    outcome: 'resolved',
  });
  assert.equal((await outbox(acme)).length, 1);
});

test('what can no longer be used is refused before it is paid for', async () => {
  const acme = await desk('resolve-refused');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const tools = ['resolve', 'propose_resolution'] as const;
  const prepare = (name: string, more: JsonObject = {}, caller: Caller = agent) =>
    acme.within(
      caller,
      (scope) => (catalogue.get(name) as EffectOperation).prepare!(scope, { ticketId, ...more }),
      true,
    );
  await acme.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Wipe it.' });
  for (const name of tools) {
    await assert.rejects(prepare(name, { version: 1 }), refused('conflict'), 'answered since');
    await prepare(name, { version: 2 });
    await assert.rejects(prepare(name, {}, stranger), refused('not_found'));
  }
  const { customerId } = await acme.db
    .selectFrom('tickets')
    .select('customerId')
    .where('id', '=', ticketId as string)
    .executeTakeFirstOrThrow();
  await acme.call(operator, 'block_customer', { customerId: customerId!, reason: 'rude' });
  for (const name of tools) {
    await assert.rejects(prepare(name, { body: 'x' }), refused('conflict'), 'blocked');
    await prepare(name);
  }
  for (const status of ['resolved', 'closed', 'spam'] as const) {
    await setStatus(acme, ticketId, status);
    for (const name of tools) await assert.rejects(prepare(name), refused('conflict'), status);
  }
  // And again where it counts, for the world has turned since.
  await assert.rejects(
    acme.within(agent, (scope) => (catalogue.get('resolve') as EffectOperation).commit(scope, { ticketId })),
    refused('conflict'),
  );
});

test('a resolution that was proposed on an older thread waits until the reviewer has looked again', async () => {
  const acme = await desk('resolve-moved');
  const { ticketId } = await open(acme, { email: 'ada@example.com' });
  const { proposalId } = await acme.call(agent, 'propose_resolution', { ticketId: ticketId!, version: 1 });
  const { version } = await acme.call(operator, 'add_note', { ticketId: ticketId!, body: 'She called.' });
  await assert.rejects(approve(acme, proposalId), refused('conflict'));
  await approve(acme, proposalId, { seen: version! });
  assert.equal((await ticket(acme, ticketId)).status, 'resolved');
});
