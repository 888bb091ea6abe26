import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/harness.ts';
import type { ReadOperation } from '../../catalogue/operation.ts';
import { parseInput } from '../../catalogue/registry.ts';
import { randomIds } from '../../kernel/ids.ts';
import { inWorkspace } from '../../store/database.ts';
import { doorActivity } from './activity.ts';

const db = await testDatabase();

async function workspaceIn(timeZone: string) {
  const id = randomIds('wsp');
  const workspace = { id, slug: id.slice(4, 20), name: 'Acme' };
  await db.insertInto('workspaces').values(workspace).execute();
  await db.updateTable('deskSettings').set({ timeZone }).where('workspaceId', '=', id).execute();
  return workspace;
}

type Workspace = Awaited<ReturnType<typeof workspaceIn>>;

async function activity(workspace: Workspace, span: string, now: string) {
  const operation = doorActivity as ReadOperation;
  const input = parseInput(operation, { span });
  const scope = {
    workspace,
    caller: { kind: 'operator', id: 'usr_x', role: 'viewer' } as const,
    ids: randomIds,
    now: new Date(now),
  };
  return inWorkspace(
    db,
    workspace.id,
    // biome-ignore lint/suspicious/noExplicitAny: what it holds is what a test asks
    async (tx) => operation.output.parse(await operation.read({ ...scope, tx }, input)) as any,
    { readOnly: true },
  );
}

const challengedAt = (workspace: Workspace, ...hours: string[]) =>
  db
    .insertInto('doorCounts')
    .values(
      hours.map((hour) => ({
        workspaceId: workspace.id,
        hour: new Date(hour),
        operation: 'create_ticket',
        reason: 'challenged',
        count: 1n,
      })),
    )
    .execute();

test('days begin as the workspace’s do, through summer time too', async () => {
  const berlin = await workspaceIn('Europe/Berlin');
  // Clocks went back on 25 October: that day has 25 hours.
  await challengedAt(
    berlin,
    '2026-10-24T21:00:00Z',
    '2026-10-24T22:00:00Z',
    '2026-10-25T22:00:00Z',
    '2026-10-25T23:00:00Z',
  );
  const { starts, tools, timeZone, unit } = await activity(berlin, 'week', '2026-10-26T12:00:00Z');
  assert.deepEqual([timeZone, unit, starts.length], ['Europe/Berlin', 'day', 7]);
  assert.deepEqual(starts.slice(-3), [
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ]);
  assert.deepEqual(tools[0].challenged, [0, 0, 0, 0, 1, 2, 1]);
});

test('a day is its last 24 hours, the one that runs among them; what is older is left out', async () => {
  const utc = await workspaceIn('UTC');
  await challengedAt(utc, '2026-11-27T14:00:00Z', '2026-11-27T15:00:00Z', '2026-11-28T14:00:00Z');
  const { starts, tools, from } = await activity(utc, 'day', '2026-11-28T14:30:00Z');
  assert.equal(starts.length, 24);
  assert.equal(from, '2026-11-27T15:00:00.000Z');
  assert.equal(tools[0].challenged[0], 1);
  assert.equal(tools[0].challenged[23], 1);
  assert.equal(
    tools[0].challenged.reduce((sum: number, one: number) => sum + one, 0),
    2,
  );
});

test('a year is 365 days, and a month 30', async () => {
  const utc = await workspaceIn('America/St_Johns');
  assert.equal((await activity(utc, 'year', '2026-11-28T14:30:00Z')).starts.length, 365);
  assert.equal((await activity(utc, 'month', '2026-11-28T14:30:00Z')).starts.length, 30);
});
