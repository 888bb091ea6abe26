import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, catalogue, desk } from '../../test/desk.ts';
import type { PricedOperation } from '../catalogue/operation.ts';
import type { Standing } from '../store/schema.ts';
import type { BreakerState } from './breaker.ts';
import { type Conduct, conductNow, conductOf, effectOf, withCaveat } from './conduct.ts';
import { type Purchase, postgresLedger } from './ledger.ts';

/** What a send comes to: standing and breaker at admission, then at the commit. Fails where a row's cause is not looked at. */
const table: [Standing, BreakerState, Standing, BreakerState, Conduct][] = [
  ['trusted', 'closed', 'trusted', 'closed', 'acts'],
  ['trusted', 'closed', 'trusted', 'paused', 'queues'],
  ['trusted', 'paused', 'trusted', 'closed', 'queues'],
  ['trusted', 'closed', 'known', 'closed', 'queues'],
  ['trusted', 'closed', 'new', 'closed', 'queues'],
  ['trusted', 'closed', 'blocked', 'closed', 'queues'],
  ['known', 'closed', 'trusted', 'closed', 'queues'],
  ['new', 'closed', 'trusted', 'closed', 'queues'],
  ['known', 'closed', 'known', 'closed', 'queues'],
  ['new', 'closed', 'new', 'closed', 'queues'],
];

const { address } = agent as { address: string };
const on = await desk('conduct');
const workspaceId = on.workspace.id;
const ledger = postgresLedger(on.db);
const breaker = (state: BreakerState) => async () => state;
const [send, draft, read] = ['send_reply', 'draft_reply', 'get_ticket_context'].map(
  (name) => catalogue.get(name) as PricedOperation,
);

const become = (standing: Standing) =>
  on.db
    .insertInto('wallets')
    .values({ workspaceId, address, standing })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'address']).doUpdateSet({ standing }))
    .execute();

test('a send acts only for who was trusted and is, while the breaker was closed and is', async () => {
  for (const [admitted, atAdmission, standing, state, conduct] of table) {
    const row = [admitted, atAdmission, standing, state].join();
    const grounds = { standings: [admitted, standing], breakers: [atAdmission, state] };
    assert.equal(conductOf('send', grounds), conduct, row);
    const trusted = admitted === 'trusted' && standing === 'trusted';
    assert.equal(conductOf('draft', grounds), trusted ? 'acts' : 'queues', `${row}, a draft that is earned`);

    await become(standing);
    const purchase = { workspaceId, payer: address, standing: admitted, breaker: atAdmission } as Purchase;
    const ports = { ledger, breaker: breaker(state) };
    const effect = await on.within(agent, ({ tx }) => effectOf(ports, tx, send!, purchase));
    assert.equal(effect, conduct === 'acts' ? send!.commit : send!.queue, row);
    for (const mild of [draft!, read!])
      assert.equal(await on.within(agent, ({ tx }) => effectOf(ports, tx, mild, purchase)), mild.commit);
  }
});

test('what a call would do now: nobody is trusted unless this workspace says so', async () => {
  const now = (wallet: string | undefined, state: BreakerState = 'closed') =>
    on.within(agent, ({ tx }) =>
      conductNow({ ledger, breaker: breaker(state) }, tx, send!, { workspaceId, wallet }),
    );
  await become('trusted');
  assert.equal(await now(address), 'acts');
  assert.equal(await now(address, 'paused'), 'queues');
  assert.equal(await now(undefined), 'queues');
  assert.equal(await now(`0x${'c3'.repeat(20)}`), 'queues');
  const elsewhere = await desk('conduct-elsewhere');
  const conduct = await elsewhere.within(agent, ({ tx, workspace: { id } }) =>
    conductNow({ ledger, breaker: breaker('closed') }, tx, send!, { workspaceId: id, wallet: address }),
  );
  assert.equal(conduct, 'queues');
});

test('a send is described with what it may come to, and nothing else is', () => {
  assert.match(withCaveat(send!.title, send!), /^Send a reply\. From a wallet that is not trusted yet/);
  assert.equal(withCaveat(draft!.title, draft!), draft!.title);
});
