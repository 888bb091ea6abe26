import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Automated, admin, automated } from '../../../../test/automation.ts';
import { refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const teamsOf = async (on: Automated) => (await on.call(admin, 'list_teams', {})).teams as JsonObject[];
const audited = async (on: Automated, subject: string) =>
  ((await on.call(admin, 'list_audit', { subject })).entries as JsonObject[]).map(({ action, details }) => [
    action,
    details,
  ]);

test('a team is renamed, to a name of its own', async () => {
  const acme = await automated('team-rename');
  const [lenses, straps] = [await acme.team('Lenses'), await acme.team('Straps')];
  const rename = (name: string, teamId = lenses) => acme.call(admin, 'rename_team', { teamId, name });
  await rename('LENSES');
  await rename('LENSES');
  await assert.rejects(rename('straps'), refused('conflict'));
  await assert.rejects(rename('x', 'tea_none'), refused('not_found'));
  await acme.team('Ökologie');
  await assert.rejects(rename('ökologie'), refused('conflict'));
  for (let round = 0; round < 10; round++) {
    const outcomes = await Promise.allSettled([
      rename(`One ${round}`),
      rename(`ONE ${round}`, straps),
      acme.call(admin, 'create_team', { name: `oNE ${round}` }),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.ok(refused('conflict')(outcome.reason), outcome.reason.stack);
  }
  assert.deepEqual((await audited(acme, lenses)).at(-1), ['team.renamed', { from: 'Lenses', to: 'LENSES' }]);
});

test('a team goes with what it had open, and not while something names it', async () => {
  const acme = await automated('team-delete');
  const teamId = await acme.team('Lenses');
  await acme.member('usr_ada', [teamId]);
  const [open, closed] = [await acme.mailIn('ada@example.com'), await acme.mailIn('bob@example.com')];
  const give = (ticketId: string, more: JsonObject = {}) =>
    acme.call(admin, 'update_ticket', { ticketId, version: 1, teamId, ...more });
  await give(open);
  await give(closed, { status: 'closed' });
  const remove = () => acme.call(admin, 'delete_team', { teamId });
  const users: [name: string, make: string, undo: string, id: string, how: JsonObject][] = [
    ['M', 'create_macro', 'delete_macro', 'macroId', { actions: [{ kind: 'set_team', teamId }] }],
    [
      'R',
      'create_rule',
      'delete_rule',
      'ruleId',
      { trigger: 'ticket.created', actions: [{ kind: 'assign_round_robin', teamId }] },
    ],
    [
      'C',
      'create_rule',
      'delete_rule',
      'ruleId',
      {
        trigger: 'ticket.created',
        anyOf: [{ field: 'team', test: 'is', values: [teamId] }],
        actions: [{ kind: 'set_priority', priority: 'low' }],
      },
    ],
  ];
  for (const [name, make, undo, id, how] of users) {
    const made = await acme.call(admin, make, { name, ...how });
    await assert.rejects(
      remove(),
      (error) => refused('conflict')(error) && String(error).includes(`"${name}"`),
    );
    await acme.call(admin, undo, { [id]: made[id]! });
  }
  assert.equal((await teamsOf(acme)).length, 1, 'what was refused took nothing away');
  assert.deepEqual(await remove(), { removed: true });
  assert.deepEqual(await teamsOf(acme), []);
  assert.deepEqual([(await acme.ticket(open)).teamId, (await acme.ticket(closed)).teamId], [null, teamId]);
  const { history } = await acme.call(admin, 'get_ticket', { ticketId: open });
  assert.deepEqual((history as JsonObject[]).at(-1)!.changes, { teamId: { from: teamId, to: null } });
  await assert.rejects(remove(), refused('not_found'));
  assert.deepEqual((await audited(acme, teamId))[0], ['team.deleted', { name: 'Lenses' }]);
});

test('whoever wants to leaves by themselves, but for the last owner', async () => {
  const acme = await automated('leave');
  const teamId = await acme.team('Lenses');
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    await acme.member(`usr_${role}`, [teamId], role);
    const id = `usr_${role}_leave`;
    const caller: Caller = { kind: 'operator', id, role };
    const ticketId = role === 'viewer' ? undefined : await acme.mailIn(`${role}@example.com`);
    if (ticketId) await acme.call(admin, 'update_ticket', { ticketId, version: 1, assigneeId: id });
    assert.equal((await acme.call(caller, 'leave_workspace', {})).userId, id);
    if (ticketId) assert.equal((await acme.ticket(ticketId)).assigneeId, null);
    assert.deepEqual((await teamsOf(acme))[0]!.userIds, []);
    assert.equal((await audited(acme, id))[0]![0], 'member.removed');
    await assert.rejects(acme.call(caller, 'leave_workspace', {}), refused('not_found'));
  }
  const owner: Caller = { kind: 'operator', id: 'usr_owner_leave', role: 'owner' };
  await acme.member('usr_owner', [], 'admin');
  await acme.db.updateTable('members').set({ role: 'owner' }).where('userId', '=', owner.id).execute();
  await assert.rejects(acme.call(owner, 'leave_workspace', {}), refused('conflict'));
});
