import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTool, signPayment, startTestPostern, termsOf } from '../../test/postern.ts';
import { perform } from '../catalogue/perform.ts';
import { randomIds } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { workspacesOf } from '../store/database.ts';

test('members see what agents paid for on a ticket, and on no other', async (t) => {
  const postern = await startTestPostern();
  t.after(() => postern.stop());
  const { url, db, catalogue } = postern;
  const buy = async (
    wallet: Awaited<ReturnType<typeof postern.fundedWallet>>,
    tool: string,
    input: JsonObject,
  ) => {
    const { status, body } = await callTool(
      url,
      tool,
      input,
      await signPayment(wallet, await termsOf(url, tool, input)),
    );
    assert.equal(status, 200, JSON.stringify(body));
    return (body.output ?? body) as JsonObject;
  };
  await db.updateTable('deskSettings').set({ agentsSee: 'all' }).execute();
  const ada = await postern.fundedWallet();
  const question = { subject: 'It does not charge', body: 'The light blinks.' };
  const [first, second] = [
    await buy(ada, 'create_ticket', question),
    await buy(ada, 'create_ticket', question),
  ];
  const other = await postern.fundedWallet();
  const { proposalId } = await buy(other, 'draft_reply', { ticketId: first.ticketId!, body: 'Clean it.' });
  const of = async (slug: string) =>
    await db
      .selectFrom('workspaces')
      .select(['id', 'slug', 'name'])
      .where('slug', '=', slug)
      .executeTakeFirstOrThrow();
  const call = async (name: string, input: JsonObject, slug = 'acme') => {
    const setting = {
      workspace: await of(slug),
      caller: { kind: 'operator', id: 'usr_x', role: 'operator' } as const,
      ids: randomIds,
      now: new Date(),
    };
    return perform({ inWorkspace: workspacesOf(db) }, setting, catalogue.get(name)!, input);
  };
  const ask = async (ticketId: unknown, slug = 'acme') =>
    (await call('ticket_purchases', { ticketId: ticketId as string }, slug)).purchases as JsonObject[];
  const shown = (await ask(first.ticketId)).map(({ operation, state, wallet, amountUsd, proposal }) => [
    operation,
    state,
    wallet,
    amountUsd,
    proposal,
  ]);
  assert.deepEqual(shown, [
    ['draft_reply', 'delivered', other.address.toLowerCase(), '0.06', 'waiting'],
    ['create_ticket', 'delivered', ada.address.toLowerCase(), '0.02', null],
  ]);
  assert.equal((await ask(second.ticketId)).length, 1);
  assert.deepEqual(await ask('tkt_none'), []);
  assert.ok(proposalId);

  // What was bought on a ticket is looked at where it is read from then on: a proposal of it waits there.
  const again = await buy(other, 'draft_reply', { ticketId: first.ticketId!, body: 'Clean it again.' });
  const seen = async (ticketId: unknown) =>
    (await call('get_ticket', { ticketId: ticketId as string })).version as number;
  await call('merge_tickets', {
    from: first.ticketId!,
    fromVersion: await seen(first.ticketId),
    into: second.ticketId!,
    intoVersion: await seen(second.ticketId),
    acrossCustomers: true,
  });
  const all = ['create_ticket', 'create_ticket', 'draft_reply', 'draft_reply'];
  const bought = async (ticketId: unknown) => (await ask(ticketId)).map(({ operation }) => operation).sort();
  assert.deepEqual(await bought(second.ticketId), all);
  assert.deepEqual(await bought(first.ticketId), all.slice(1));
  assert.ok(again.proposalId);

  await db.insertInto('workspaces').values({ id: 'wsp_other', slug: 'other', name: 'Other' }).execute();
  assert.deepEqual(await ask(first.ticketId, 'other'), []);
});
