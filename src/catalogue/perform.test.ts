import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { agent, desk, operator, refused } from '../../test/desk.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds } from '../kernel/ids.ts';
import { workspacesOf } from '../store/database.ts';
import { type Caller, houseOperation, type Scope } from './operation.ts';
import { perform } from './perform.ts';

const acme = await desk('perform');
const inWorkspace = workspacesOf(acme.db);
const input = z.strictObject({ name: z.string().min(1).describe('Name of the team.') });
const output = z.object({ how: z.string() });

const addTeam = async ({ tx, workspace }: Scope, name: string) =>
  void (await tx
    .insertInto('teams')
    .values({ workspaceId: workspace.id, id: randomIds('tea'), name })
    .execute());

const teams = async () =>
  (await acme.db.selectFrom('teams').select('name').orderBy('name').execute()).map(({ name }) => name);

const about = { title: 'Name a team', summary: 'Names a team.', input, output };

const run = (caller: Caller, operation: Parameters<typeof perform>[2], name: unknown, within = inWorkspace) =>
  perform(
    { inWorkspace: within },
    { workspace: acme.workspace, caller, ids: randomIds, now: new Date(0) },
    operation,
    { name } as never,
  );

const send = houseOperation({
  ...about,
  name: 'send_team',
  tier: 'send',
  access: { anonymous: true, credential: 'tier', role: 'operator' },
  queue: async () => ({ how: 'queued' }),
  async commit(scope, plan) {
    await addTeam(scope, plan.name);
    if (plan.name === 'refused') throw new PosternError('conflict');
    return { how: 'done' };
  },
});

test('the same operation acts, queues or is refused by who calls', async () => {
  const credential = { kind: 'credential', id: 'crd_1' } as const;
  assert.deepEqual(await run(operator, send, 'by an operator'), { how: 'done' });
  assert.deepEqual(await run({ kind: 'house', id: 'rule_1' }, send, 'by a rule'), { how: 'done' });
  assert.deepEqual(await run({ ...credential, granted: [] }, send, 'x'), { how: 'queued' });
  assert.deepEqual(await run({ ...credential, granted: ['send_team'] }, send, 'by a credential'), {
    how: 'done',
  });
  // A wallet acts at the door, where it pays; here it does nothing.
  for (const caller of [
    agent,
    { kind: 'anonymous' },
    { kind: 'operator', id: 'usr_v', role: 'viewer' },
  ] as const)
    await assert.rejects(run(caller, send, 'x'), refused('not_permitted'));
  assert.deepEqual(await teams(), ['by a credential', 'by a rule', 'by an operator']);
});

test('a grant is of one tool: another’s lets a credential do nothing', async () => {
  const holding = (...granted: string[]): Caller => ({ kind: 'credential', id: 'crd_1', granted });
  assert.deepEqual(await run(holding('other_tool'), send, 'x'), { how: 'queued' });
  const named = houseOperation({
    ...about,
    name: 'name_team',
    tier: 'draft',
    access: { anonymous: false, credential: 'grant', role: 'admin' },
    commit: async () => ({ how: 'done' }),
  });
  for (const caller of [holding(), holding('send_team', 'other_tool')])
    await assert.rejects(run(caller, named, 'x'), refused('not_permitted'));
  assert.deepEqual(await run(holding('name_team'), named, 'x'), { how: 'done' });
});

test('what a caller has earned waits for a person where it is said so in the transaction that commits', async () => {
  const asked: string[] = [];
  const mustQueue = async ({ tx }: Scope, { name }: { name: string }) => {
    asked.push(name);
    return (await tx.selectFrom('teams').select('id').execute()).length >= 0;
  };
  const held = (caller: Caller, operation: Parameters<typeof perform>[2], name: string) =>
    perform(
      { inWorkspace, mustQueue },
      { workspace: acme.workspace, caller, ids: randomIds, now: new Date(0) },
      operation,
      { name },
    );
  const before = await teams();
  const credential = { kind: 'credential', id: 'crd_1' } as const;
  assert.deepEqual(await held({ ...credential, granted: ['send_team'] }, send, 'x'), { how: 'queued' });
  assert.deepEqual(await held({ ...credential, granted: [] }, send, 'x'), { how: 'queued' });
  const costly = { ...send, compute: async (plan: unknown) => plan } as typeof send;
  assert.deepEqual(await held({ ...credential, granted: ['send_team'] }, costly, 'x'), { how: 'queued' });
  assert.deepEqual(await teams(), before);
  const { queue: _, ...mild } = { ...send, tier: 'draft' as const, queue: undefined };
  assert.deepEqual(await held(operator, mild as typeof send, 'not earned'), { how: 'done' });
  // Of what queues anyway, and of what nobody has to earn, it is not asked.
  assert.equal(asked.length, 2);
});

test('what is refused, or does not fit, leaves nothing behind', async () => {
  const before = await teams();
  await assert.rejects(run(operator, send, 'refused'), refused('conflict'));
  await assert.rejects(run(operator, send, ''), refused('invalid_arguments'));
  await assert.rejects(run(operator, send, 7), refused('invalid_arguments'));
  assert.deepEqual(await teams(), before);
});

test('what costs time is computed while no transaction is open, and prepare writes nothing', async () => {
  let transactions = 0;
  const counting: typeof inWorkspace = async (...args) => {
    transactions++;
    try {
      return await inWorkspace(...args);
    } finally {
      transactions--;
    }
  };
  const slow = houseOperation({
    ...about,
    name: 'slow_team',
    tier: 'draft',
    access: { anonymous: false, credential: false, role: 'operator' },
    prepare: async (scope, plan) => {
      if (plan.name === 'written by prepare') await addTeam(scope, plan.name);
      return plan;
    },
    async compute(plan) {
      assert.equal(transactions, 0);
      return { name: `computed ${plan.name}` };
    },
    async commit(scope, plan) {
      await addTeam(scope, plan.name);
      return { how: 'done' };
    },
  });
  await run(operator, slow, 'a team', counting);
  assert.ok((await teams()).includes('computed a team'));
  await assert.rejects(run(operator, slow, 'written by prepare'), /read-only transaction/);
});
