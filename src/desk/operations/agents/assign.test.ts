/** What an assignment tells of who works here: nothing, also to who pays for it and is trusted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, catalogue, desk, open, operator, stranger } from '../../../../test/desk.ts';
import type { EffectOperation } from '../../../catalogue/operation.ts';
import { randomIds } from '../../../kernel/ids.ts';
import { asSystem } from '../../../store/database.ts';

test('a trusted wallet’s assignment to a member waits, whoever is named, on whosever ticket', async () => {
  const acme = await desk('assign-oracle');
  const ada = randomIds('usr');
  const email = `${ada}@staff.example`;
  await asSystem(acme.db, async (tx) => {
    const { id: workspaceId } = acme.workspace;
    await tx.insertInto('users').values({ id: ada, name: 'Ada', email }).execute();
    await tx
      .insertInto('members')
      .values({ workspaceId, userId: ada, role: 'operator', name: 'Ada', email, createdAt: new Date(0) })
      .execute();
    await tx
      .insertInto('teams')
      .values({ workspaceId, id: randomIds('tea'), name: 'Billing' })
      .execute();
    await tx
      .updateTable('deskSettings')
      .set({ agentsSee: 'all' })
      .where('workspaceId', '=', workspaceId)
      .execute();
  });
  const { ticketId } = await open(acme);
  const { wouldQueue } = catalogue.get('assign') as EffectOperation;
  for (const caller of [agent, stranger])
    for (const assignee of [ada, email, 'nobodyhere@staff.example']) {
      const asked = { ticketId: ticketId!, assignee };
      const answer = await acme.call(caller, 'assign', asked);
      assert.deepEqual([answer.outcome, Object.keys(answer).length], ['queued', 2], assignee);
      assert.equal(await acme.within(caller, (scope) => wouldQueue!(scope, asked), true), true);
    }
  const done = { outcome: 'assigned' };
  assert.deepEqual(await acme.call(agent, 'assign', { ticketId: ticketId!, assignee: 'nobody' }), done);
  assert.deepEqual(await acme.call(agent, 'assign', { ticketId: ticketId!, team: 'billing' }), done);
  const ghosts = await acme.call(agent, 'assign', { ticketId: ticketId!, team: 'Ghosts' });
  assert.equal(ghosts.outcome, 'queued');
  const { assigneeId, teamId } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
  assert.deepEqual([assigneeId, teamId !== null], [null, true]);
});
