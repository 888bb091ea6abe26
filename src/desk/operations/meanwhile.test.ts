/** What happens between an agent's payment and its delivery: the plan was made of a thread that is another by then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, catalogue, type Desk, desk, open, operator, refused } from '../../../test/desk.ts';
import type { Caller, EffectOperation } from '../../catalogue/operation.ts';
import { parseInput } from '../../catalogue/registry.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { changeTicket } from '../tickets/change.ts';
import { customerWrote } from '../tickets/customer-wrote.ts';

const operationOf = (name: string) => catalogue.get(name) as EffectOperation;

/** As the door does it: `prepare` before the payment, the plan through JSON, and what is `meant` after it. */
async function delayed(
  on: Desk,
  name: string,
  input: JsonObject,
  { meanwhile, effect = 'commit' }: { meanwhile(): Promise<unknown>; effect?: 'commit' | 'queue' },
  caller: Caller = agent,
): Promise<JsonObject> {
  const operation = operationOf(name);
  const parsed = parseInput(operation, input);
  const plan = JSON.stringify(await on.within(caller, (scope) => operation.prepare!(scope, parsed), true));
  await meanwhile();
  const computed = (await operation.compute?.(JSON.parse(plan))) ?? JSON.parse(plan);
  return (await on.within(caller, (scope) => operation[effect]!(scope, computed))) as JsonObject;
}

const answer = (on: Desk, ticketId: unknown) =>
  on.call(operator, 'send_reply', { ticketId: ticketId as string, body: 'Answered already.' });
const write = (on: Desk, ticketId: unknown) =>
  on.within(operator, (scope) => customerWrote(scope, { id: ticketId as string }, { body: 'It burns now!' }));
const waiting = async (on: Desk) => (await on.call(operator, 'list_proposals', {})).proposals as JsonObject[];

test('a draft that was answered while it was paid for is refused, and nothing waits', async () => {
  const acme = await desk('meanwhile-answered');
  const { ticketId } = await open(acme);
  await assert.rejects(
    delayed(
      acme,
      'draft_reply',
      { ticketId: ticketId!, body: 'Late.' },
      { meanwhile: () => answer(acme, ticketId) },
    ),
    refused('conflict'),
  );
  assert.deepEqual(await waiting(acme), []);
});

test('what is proposed is of the thread that the agent could have seen, and the reviewer is told that it moved', async () => {
  const acme = await desk('meanwhile-moved');
  const calls: [name: string, more: JsonObject, effect: 'commit' | 'queue'][] = [
    ['draft_reply', { body: 'Late.' }, 'commit'],
    ['send_reply', { body: 'Late.' }, 'queue'],
    ['resolve', {}, 'queue'],
    ['resolve', { body: 'Late.' }, 'queue'],
    ['propose_resolution', { body: 'Late.' }, 'commit'],
    ['assign', { team: 'none' }, 'queue'],
    ['triage', { priority: 'low' }, 'queue'],
  ];
  for (const [name, more, effect] of calls) {
    const { ticketId } = await open(acme);
    const meanwhile = () => write(acme, ticketId);
    const { proposalId } = await delayed(acme, name, { ticketId: ticketId!, ...more }, { meanwhile, effect });
    const proposal = await acme.call(operator, 'get_proposal', { proposalId: proposalId! });
    assert.deepEqual([proposal.moved, proposal.arguments], [true, { ticketId, ...more }], name);
    await assert.rejects(
      acme.call(operator, 'approve_proposal', { proposalId: proposalId! }),
      refused('conflict'),
      name,
    );
  }
});

test('where nothing moved nobody is warned of anything', async () => {
  const acme = await desk('meanwhile-still');
  const { ticketId } = await open(acme);
  for (const [name, more, effect] of [
    ['draft_reply', { body: 'In time.' }, 'commit'],
    ['send_reply', { body: 'In time.' }, 'queue'],
    ['resolve', {}, 'queue'],
  ] as const) {
    const meanwhile = async () => {};
    await delayed(acme, name, { ticketId: ticketId!, ...more }, { meanwhile, effect });
  }
  assert.deepEqual(
    (await waiting(acme)).map(({ moved }) => moved),
    [false, false, false],
  );
});

test('what has earned it still waits for a person where the thread moved while it was paid for', async () => {
  const acme = await desk('meanwhile-earned');
  for (const [name, more] of [
    ['send_reply', { body: 'Late.' }],
    ['resolve', { body: 'Late.' }],
    ['resolve', {}],
  ] as const) {
    const { ticketId } = await open(acme);
    await answer(acme, ticketId);
    const meanwhile = () => write(acme, ticketId);
    const done = await delayed(acme, name, { ticketId: ticketId!, ...more }, { meanwhile });
    assert.equal(done.outcome, 'queued', name);
    const { status, messages } = await acme.call(operator, 'get_ticket', { ticketId: ticketId! });
    assert.deepEqual([status, (messages as JsonObject[]).length], ['open', 3], name);
  }
});

test('a version that the agent names itself is held to where it counts', async () => {
  const acme = await desk('meanwhile-version');
  const { ticketId } = await open(acme);
  for (const name of ['resolve', 'propose_resolution'])
    await assert.rejects(
      delayed(
        acme,
        name,
        {
          ticketId: ticketId!,
          version: (await acme.call(operator, 'get_ticket', { ticketId: ticketId! })).version!,
        },
        { meanwhile: () => write(acme, ticketId) },
      ),
      refused('conflict'),
      name,
    );
  assert.deepEqual(await waiting(acme), []);
});

test('a ticket that was closed while it was paid for takes none of it', async () => {
  const acme = await desk('meanwhile-closed');
  const issueId = (await acme.call(operator, 'create_issue', { title: 'Fog', body: 'In the lens.' }))
    .issueId!;
  const calls: [name: string, more: JsonObject][] = [
    ['draft_reply', { body: 'Late.' }],
    ['send_reply', { body: 'Late.' }],
    ['resolve', {}],
    ['propose_resolution', {}],
    ['assign', { team: 'none' }],
    ['triage', { priority: 'low' }],
    ['link_issue', { issueId }],
  ];
  for (const [name, more] of calls)
    for (const effect of ['commit', 'queue'] as const) {
      if (!operationOf(name)[effect]) continue;
      const { ticketId } = await open(acme);
      const meanwhile = () =>
        acme.within(operator, (scope) => changeTicket(scope, ticketId as string, { status: 'closed' }));
      await assert.rejects(
        delayed(acme, name, { ticketId: ticketId!, ...more }, { meanwhile, effect }),
        refused('conflict'),
        `${name} ${effect}`,
      );
    }
});
