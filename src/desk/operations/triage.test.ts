import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import {
  agent,
  approval,
  catalogue,
  type Desk,
  desk,
  open,
  operator,
  refused,
  stranger,
} from '../../../test/desk.ts';
import { completion, json, says, startModelServer } from '../../../test/fakes/model-server.ts';
import { silent } from '../../../test/harness.ts';
import type { Caller, EffectOperation } from '../../catalogue/operation.ts';
import { perform, runIn } from '../../catalogue/perform.ts';
import { parseInput } from '../../catalogue/registry.ts';
import { randomIds } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { postgresBudget } from '../../model/budget.ts';
import { remoteModel } from '../../model/remote.ts';
import { workspacesOf } from '../../store/database.ts';
import { approveProposal, waitingProposals } from '../proposals.ts';
import { findTicket } from '../tickets/tickets.ts';
import { deskCatalogue } from './index.ts';

const acme = await desk('triage');
const credential: Caller = { kind: 'credential', id: 'crd_1', granted: [] };

const operationOf = (name: string, from = catalogue) => from.get(name) as EffectOperation;
const ticketOf = async (on: Desk, ticketId: unknown) =>
  (await on.within(operator, ({ tx, workspace }) => findTicket(tx, workspace.id, ticketId as string)))!;
const filedAs = async (on: Desk, ticketId: unknown) => {
  const { priority, tags, teamId } = await ticketOf(on, ticketId);
  return { priority, tags, teamId };
};
const proposals = (on: Desk) =>
  on.within(operator, ({ tx, workspace }) => waitingProposals(tx, workspace.id, 50));
const settings = (on: Desk, change: object) =>
  on.within(operator, ({ tx }) => tx.updateTable('deskSettings').set(change).execute());
/** As the door does it for a wallet that has not earned it. */
async function queued(on: Desk, caller: Caller, input: JsonObject, from = catalogue): Promise<JsonObject> {
  const operation = operationOf('triage', from);
  const plan = await on.within(
    caller,
    (scope) => operation.prepare!(scope, parseInput(operation, input)),
    true,
  );
  const computed = await operation.compute!(JSON.parse(JSON.stringify(plan)));
  return on.within(caller, (scope) => operation.queue!(scope, computed)) as Promise<JsonObject>;
}
const team = async (on: Desk, name = 'Repairs') => {
  const id = randomIds('tea');
  await on.within(operator, ({ tx, workspace }) =>
    tx.insertInto('teams').values({ workspaceId: workspace.id, id, name }).execute(),
  );
  return id;
};
/** A ticket that people resolved, filed as they saw fit. */
async function resolved(on: Desk, subject: string, filed: JsonObject): Promise<void> {
  const { ticketId } = await open(on, { subject });
  const { version } = await ticketOf(on, ticketId);
  await on.call(operator, 'update_ticket', { ticketId: ticketId!, version, status: 'resolved', ...filed });
}

test('who has earned it files a ticket: tags are added, what is not said stays', async () => {
  const teamId = await team(acme, 'Lenses');
  for (const caller of [agent, credential, operator]) {
    const { ticketId } = await open(acme);
    await acme.call(caller, 'triage', { ticketId: ticketId!, tags: ['old'] });
    const done = await acme.call(caller, 'triage', {
      ticketId: ticketId!,
      priority: 'high',
      tags: ['new', 'old', 'new'],
      team: caller === agent ? 'lenses' : teamId,
    });
    assert.equal(done.outcome, 'applied');
    assert.deepEqual(await filedAs(acme, ticketId), { priority: 'high', tags: ['old', 'new'], teamId });
  }
});

test('for who has not, it is proposed with its values, and approving files the ticket', async () => {
  const { ticketId } = await open(acme);
  const input = { ticketId: ticketId!, priority: 'urgent', tags: ['battery'], reason: 'It burns.' };
  const answer = await queued(acme, agent, input);
  assert.deepEqual(answer, {
    outcome: 'queued',
    priority: 'urgent',
    tags: ['battery'],
    proposalId: answer.proposalId,
  });
  assert.deepEqual(await filedAs(acme, ticketId), { priority: 'normal', tags: [], teamId: null });
  const proposal = (await proposals(acme)).find(({ id }) => id === answer.proposalId)!;
  assert.deepEqual([proposal.operation, proposal.arguments, proposal.model], ['triage', input, null]);
  await acme.within(operator, (scope) => approveProposal(scope, approval, proposal.id));
  assert.deepEqual(await filedAs(acme, ticketId), { priority: 'urgent', tags: ['battery'], teamId: null });
});

test('refused before it is paid for: closed, filed so already, unknown, not seen, half said', async () => {
  const { ticketId } = await open(acme);
  const prepare = (caller: Caller, input: JsonObject) =>
    acme.within(
      caller,
      (scope) => operationOf('triage').prepare!(scope, parseInput(operationOf('triage'), input)),
      true,
    );
  const about = { ticketId: ticketId! };
  await assert.rejects(prepare(agent, { ...about, priority: 'normal' }), refused('conflict'));
  await assert.rejects(prepare(agent, about), refused('conflict'), 'the rules would change nothing');
  await assert.rejects(prepare(credential, { ...about, team: 'tea_none' }), refused('invalid_arguments'));
  await assert.rejects(prepare(agent, { ...about, reason: 'x' }), refused('invalid_arguments'));
  await assert.rejects(prepare(stranger, { ...about, priority: 'high' }), refused('not_found'));
  await assert.rejects(prepare({ kind: 'anonymous' }, { ...about, priority: 'high' }), refused('not_found'));
  const wrong: JsonObject[] = [
    { priority: 'now' },
    { tags: [] },
    { tags: ['Two Words'] },
    { reason: 'a\nb', priority: 'low' },
    { extra: 1 },
  ];
  for (const bad of wrong)
    assert.throws(
      () => parseInput(operationOf('triage'), { ...about, ...bad }),
      refused('invalid_arguments'),
    );
  await acme.call(operator, 'update_ticket', { ...about, version: 1, status: 'closed' });
  await assert.rejects(prepare(agent, { ...about, priority: 'high' }), refused('conflict'));
});

test('without values the rules file it, as resolved tickets like it were', async () => {
  const on = await desk('triage-similar');
  const teamId = await team(on);
  for (const n of ['12', '13', '14'])
    await resolved(on, `Shutter jammed on K9, order ${n}`, { tags: ['shutter'], teamId, priority: 'high' });
  await resolved(on, 'Invoice for the shutter course', { tags: ['billing'] });
  const { ticketId } = await open(on, { subject: 'My shutter jammed again' });
  const done = await on.call(operator, 'triage', { ticketId: ticketId! });
  assert.deepEqual(
    [done.outcome, done.priority, done.tags, done.team],
    ['applied', 'high', ['shutter'], teamId],
  );
  assert.match(done.reason as string, /resolved tickets like it/);
  assert.deepEqual(await filedAs(on, ticketId), { priority: 'high', tags: ['shutter'], teamId });
  const { ticketId: other } = await open(on, { subject: 'Where is the parcel', body: 'It never came.' });
  await assert.rejects(
    on.call(operator, 'triage', { ticketId: other! }),
    refused('conflict'),
    'nothing is like it',
  );
});

test('a stranger files what the workspace opened, and is told no text of it', async () => {
  const on = await desk('triage-opened');
  await settings(on, { agentsSee: 'all' });
  const { ticketId } = await open(on, { subject: 'My password was stolen', body: 'Ada Lovelace here.' });
  const answer = await queued(on, stranger, { ticketId: ticketId! });
  assert.deepEqual(answer, { outcome: 'queued', proposalId: answer.proposalId });
  const [proposal] = await proposals(on);
  assert.deepEqual(
    [proposal!.model, proposal!.arguments.reason],
    ['extractive', 'It says “stolen”.'],
    'people see why',
  );
  await settings(on, { agentsSee: 'none' });
  await assert.rejects(queued(on, stranger, { ticketId: ticketId!, priority: 'low' }), refused('not_found'));
});

test('no agent, and no model, opens a ticket to agents by its tag', async () => {
  const on = await desk('triage-tag');
  await settings(on, { agentsSee: 'tag' });
  for (const n of [1, 2, 3]) await resolved(on, `Shutter jammed ${n}`, { tags: ['agents', 'shutter'] });
  const { ticketId } = await open(on, { subject: 'Shutter jammed 4' });
  for (const caller of [agent, credential])
    await assert.rejects(
      on.call(caller, 'triage', { ticketId: ticketId!, tags: ['agents'] }),
      refused('invalid_arguments'),
    );
  await on.call(agent, 'triage', { ticketId: ticketId! });
  assert.deepEqual((await filedAs(on, ticketId)).tags, ['shutter']);
  await on.call(operator, 'triage', { ticketId: ticketId!, tags: ['agents'] });
  assert.deepEqual((await filedAs(on, ticketId)).tags, ['shutter', 'agents'], 'people may');
});

test('a ticket has at most 50 tags', async () => {
  const { ticketId } = await open(acme);
  for (const at of [0, 20])
    await acme.call(agent, 'triage', {
      ticketId: ticketId!,
      tags: Array.from({ length: 20 }, (_, i) => `t${at + i}`),
    });
  await assert.rejects(
    acme.call(agent, 'triage', { ticketId: ticketId!, tags: Array.from({ length: 11 }, (_, i) => `u${i}`) }),
    refused('invalid_arguments'),
  );
});

const server = await startModelServer(says(''));
const settingsOfModel = { url: server.url, key: 'sk', name: 'small', timeoutMs: 60_000, maxTokens: 500 };
const budget = postgresBudget(workspacesOf(acme.db), 100_000);
const model = remoteModel(settingsOfModel, { budget, log: silent });
const remote = deskCatalogue({
  model,
  decided: approval.decided,
  purchases: undefined as never,
  proposers: undefined as never,
});
const on = await desk('triage-remote', remote);
const filed = { priority: 'urgent', tags: ['battery'], team: null, reason: 'Ada Lovelace says it burns.' };

test('a model behind an address is asked outside any transaction, and what it says is proposed or applied', async () => {
  await resolved(on, 'Battery hot', { tags: ['battery'] });
  const { ticketId } = await open(on, { subject: 'Battery burns', body: 'Ada Lovelace here.' });
  server.behave = async (response) => {
    const { rows } = await sql`select from pg_stat_activity
      where state = 'idle in transaction' and datname = current_database()`.execute(on.db);
    assert.deepEqual(rows, []);
    json(response, completion(JSON.stringify(filed)));
  };
  const answer = await queued(on, agent, { ticketId: ticketId! }, remote);
  assert.deepEqual(answer, { outcome: 'queued', proposalId: answer.proposalId });
  const [proposal] = await proposals(on);
  assert.equal(proposal!.model, 'small');
  server.asked.length = 0;
  await on.within(operator, (scope) =>
    approveProposal(scope, { ...approval, catalogue: remote }, proposal!.id),
  );
  assert.deepEqual(await filedAs(on, ticketId), { priority: 'urgent', tags: ['battery'], teamId: null });
  assert.deepEqual(server.asked, [], 'approving asks no model');
});

test('what the model finds filed well is left, and no proposal waits for it', async () => {
  const { ticketId } = await open(on, { subject: 'Hello there' });
  server.behave = says({ ...filed, priority: 'normal', tags: [] });
  const before = (await proposals(on)).length;
  for (const answer of [
    await queued(on, agent, { ticketId: ticketId! }, remote),
    await on.call(operator, 'triage', { ticketId: ticketId! }),
    await on.call(operator, 'suggest_triage', { ticketId: ticketId! }),
  ])
    assert.equal(answer.outcome, 'unchanged');
  assert.equal((await ticketOf(on, ticketId)).version, 1);
  assert.equal((await proposals(on)).length, before);
});

test('where a transaction is open no model is asked: what would have to be computed is refused, and nothing is done', async () => {
  const { ticketId } = await open(on, { subject: 'Battery burns' });
  server.behave = says(filed);
  server.asked.length = 0;
  const operation = operationOf('triage', remote);
  await assert.rejects(
    on.within(operator, (scope) => runIn(scope, operation, parseInput(operation, { ticketId: ticketId! }))),
    refused('model_unavailable'),
  );
  const id = randomIds('prp');
  await on.within(operator, ({ tx, workspace }) =>
    tx
      .insertInto('proposals')
      .values({
        workspaceId: workspace.id,
        id,
        operation: 'triage',
        arguments: JSON.stringify({ ticketId }) as never,
        ticketId: ticketId as string,
        ticketVersion: 1,
      })
      .execute(),
  );
  await assert.rejects(
    on.within(operator, (scope) => approveProposal(scope, { ...approval, catalogue: remote }, id)),
    refused('model_unavailable'),
  );
  assert.ok(
    (await proposals(on)).some((proposal) => proposal.id === id),
    'it still waits',
  );
  assert.deepEqual(server.asked, []);
});

test('a budget that is spent refuses before anything is paid for', async () => {
  const poor = deskCatalogue({
    model: remoteModel(settingsOfModel, { budget: postgresBudget(workspacesOf(acme.db), 300), log: silent }),
    decided: approval.decided,
    purchases: undefined as never,
    proposers: undefined as never,
  });
  const { ticketId } = await open(on, { subject: 'Battery burns' });
  await assert.rejects(queued(on, agent, { ticketId: ticketId! }, poor), refused('model_unavailable'));
  assert.equal((await queued(on, agent, { ticketId: ticketId!, priority: 'high' }, poor)).outcome, 'queued');
});

test('an operator has it proposed, by the same steps as any call of the house', async () => {
  const { ticketId } = await open(on, { subject: 'Battery burns' });
  server.behave = says(filed);
  const answer = await perform(
    { inWorkspace: workspacesOf(on.db) },
    { workspace: on.workspace, caller: operator, ids: randomIds, now: new Date(0) },
    operationOf('suggest_triage', remote),
    { ticketId: ticketId! },
  );
  assert.deepEqual([answer.outcome, answer.reason], ['queued', filed.reason]);
  assert.deepEqual((await filedAs(on, ticketId)).priority, 'normal');
});

test('a stranger learns from a refusal, or an answer, neither how a ticket is filed nor how others were', async () => {
  const on = await desk('triage-probe');
  const { ticketId } = await open(on, { name: 'Ada Lovelace', email: 'ada@example.com' });
  const filed = { ticketIds: [ticketId!], priority: 'high', addTags: ['vip-lovelace'] };
  await on.call(operator, 'bulk_update', filed);
  await settings(on, { agentsSee: 'all' });
  const guesses: JsonObject[] = [
    { priority: 'high' },
    { priority: 'low' },
    { tags: ['vip-lovelace'] },
    { tags: ['vip-smith'] },
    { team: 'tea_none' },
    { team: 'Repairs' },
  ];
  for (const guess of guesses)
    assert.equal((await queued(on, stranger, { ticketId: ticketId!, ...guess })).outcome, 'queued');
  // One that is trusted may file it, and is told of what is so already no other thing than of what was not.
  for (const guess of guesses.slice(0, 3))
    assert.equal((await on.call(stranger, 'triage', { ticketId: ticketId!, ...guess })).outcome, 'applied');

  const about = { subject: 'Quokka lens wobble', body: 'The quokka lens wobbles.' };
  for (let i = 0; i < 2; i++) {
    const other = await open(on, about);
    const done = { ticketIds: [other.ticketId!], addTags: ['zelda-complaint'], status: 'resolved' };
    await on.call(operator, 'bulk_update', done);
  }
  await settings(on, { agentsSee: 'none' });
  const own = await open(on, about, stranger);
  const told = await queued(on, stranger, { ticketId: own.ticketId! });
  assert.deepEqual(Object.keys(told).sort(), ['outcome', 'proposalId']);
  assert.deepEqual((await proposals(on)).at(-1)!.arguments.tags, ['zelda-complaint'], 'the reviewer sees it');
});

// What a stranger pays for is done, or waits: an `owed` is paid back with the house's gas.
test('of a ticket that is shown masked nothing is taken that is then refused', async () => {
  const on = await desk('triage-owed');
  const { ticketId } = await open(on);
  await settings(on, { agentsSee: 'all' });
  const about = { ticketId: ticketId! };
  await assert.rejects(queued(on, stranger, { ...about, tags: ['agents'] }), refused('invalid_arguments'));
  const operation = operationOf('triage');
  const prepare = (input: JsonObject) =>
    on.within(stranger, (scope) => operation.prepare!(scope, parseInput(operation, input)), true);
  await assert.rejects(prepare({ ...about, tags: ['agents'] }), refused('invalid_arguments'), 'for nothing');
  // A name of a team is a guess that nobody is told the worth of for nothing; the id of none is no other thing.
  for (const team of ['tea_nope', 'Nobody’s'])
    assert.equal((await on.call(stranger, 'triage', { ...about, team })).outcome, 'queued');
  const tags = (letter: string, n = 20) => Array.from({ length: n }, (_, i) => `${letter}${i}`);
  for (const letter of ['t', 'u'])
    assert.equal((await on.call(stranger, 'triage', { ...about, tags: tags(letter) })).outcome, 'applied');
  const last = await on.call(stranger, 'triage', { ...about, tags: tags('v', 11) });
  assert.equal(last.outcome, 'queued');
  assert.equal((await filedAs(on, ticketId)).tags.length, 40);
  assert.equal((await proposals(on)).length, 3);
});

test('a team is named by its id or its name, and a name that is none waits for a person', async () => {
  const on = await desk('triage-team');
  const teamId = await team(on);
  const proposed = await open(on);
  const { outcome, proposalId, ...values } = await queued(on, agent, {
    ticketId: proposed.ticketId!,
    team: 'REPAIRS',
  });
  assert.deepEqual([outcome, values], ['queued', { team: 'REPAIRS' }]);
  await on.within(operator, (scope) => approveProposal(scope, approval, proposalId as string));
  assert.equal((await filedAs(on, proposed.ticketId)).teamId, teamId);

  const ghost = { ticketId: (await open(on)).ticketId!, team: 'Ghosts' };
  for (const answer of [await queued(on, agent, ghost), await on.call(agent, 'triage', ghost)])
    assert.deepEqual([answer.outcome, answer.team], ['queued', 'Ghosts']);
  for (const caller of [credential, operator])
    await assert.rejects(on.call(caller, 'triage', ghost), refused('invalid_arguments'));
  const [waiting] = await proposals(on);
  await assert.rejects(
    on.within(operator, (scope) => approveProposal(scope, approval, waiting!.id)),
    refused('invalid_arguments'),
  );
});
