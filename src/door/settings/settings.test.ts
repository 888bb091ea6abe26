import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Desk, desk, catalogue as deskOnly, refused } from '../../../test/desk.ts';
import type { Caller } from '../../catalogue/operation.ts';
import { createCatalogue } from '../../catalogue/registry.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { asSystem } from '../../store/database.ts';
import { settingsOperations } from './index.ts';

const sold = createCatalogue([
  ...deskOnly.values(),
  ...settingsOperations({
    catalogue: () => deskOnly,
    serves: ({ name }) => name === 'base' || name === 'solana',
  }),
]);
const owner: Caller = { kind: 'operator', id: 'usr_owner', role: 'owner' };
const mine = '0x52908400098527886E0F7030069857D2E4169EE7';
const thiefs = '0x8617E340B3D01FA5F11F306F4090FD50E238070D';

const payTosOf = async (on: Desk) =>
  (
    await on.db
      .selectFrom('workspaceNetworks')
      .select(['network', 'payTo'])
      .where('workspaceId', '=', on.workspace.id)
      .execute()
  ).map(({ network, payTo }) => `${network} ${payTo}`);

test('payTo is set where none is set, and never changed', async () => {
  const acme = await desk('pay-to-once', sold);
  const set = (address: string, confirm = address.slice(-6), network = 'base') =>
    acme.call(owner, 'set_pay_to', { network, address, confirm });
  await assert.rejects(set(mine, 'F11F30'), refused('invalid_arguments'));
  await assert.rejects(set(mine.toLowerCase()), refused('invalid_arguments'));
  await assert.rejects(set(mine, mine.slice(-6), 'polygon'), refused('invalid_arguments'));
  await assert.rejects(set(mine, mine.slice(-6), 'solana'), refused('invalid_arguments'));
  await assert.rejects(set('0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'), refused('invalid_arguments'));
  assert.deepEqual(await payTosOf(acme), []);

  assert.equal((await set(mine)).payTo, mine);
  await assert.rejects(set(thiefs), refused('conflict'));
  await assert.rejects(set(mine), refused('conflict'));
  assert.deepEqual(await payTosOf(acme), [`base ${mine}`]);
  const { networks } = (await acme.call(owner, 'list_pay_to', {})) as { networks: JsonObject[] };
  assert.deepEqual(
    networks.map(({ network, payTo, served }) => [network, payTo, served]),
    [
      ['base', mine, true],
      ['solana', null, true],
    ],
  );
  const { entries } = (await acme.call(owner, 'list_audit', {})) as { entries: JsonObject[] };
  assert.deepEqual(
    entries.map(({ actor, action, details }) => [actor, action, details]),
    [['operator:usr_owner', 'pay_to.set', { network: 'base', payTo: mine }]],
  );
});

test('of two who set it at once one does', async () => {
  const acme = await desk('pay-to-race', sold);
  const operation = sold.get('set_pay_to')!;
  assert.ok('commit' in operation);
  // Past `prepare`, where both found nothing.
  const tries = await Promise.allSettled(
    [mine, thiefs].map((address) =>
      acme.within(owner, (scope) => operation.commit(scope, { network: 'base', address })),
    ),
  );
  assert.deepEqual(tries.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await payTosOf(acme)).length, 1);
});

test('whatever runs in a workspace’s transaction, its payTo cannot be changed or removed there', async () => {
  const acme = await desk('pay-to-attack', sold);
  const other = await desk('pay-to-victim', sold);
  await acme.call(owner, 'set_pay_to', { network: 'base', address: mine, confirm: mine.slice(-6) });
  const denied = /permission denied|row-level security/;
  const attacks = [
    sql`update workspace_networks set pay_to = ${thiefs}`,
    sql`delete from workspace_networks`,
    sql`insert into workspace_networks (workspace_id, network, pay_to) values (${acme.workspace.id}, 'base', ${thiefs})
      on conflict (workspace_id, network) do update set pay_to = excluded.pay_to`,
    sql`insert into workspace_networks (workspace_id, network, pay_to) values (${other.workspace.id}, 'base', ${thiefs})`,
    sql`update workspaces set slug = 'mine'`,
    sql`update workspace_prices set operation = 'send_reply'`,
    sql`update workspace_caps set standing = 'trusted'`,
  ];
  for (const attack of attacks)
    await assert.rejects(
      acme.within(owner, ({ tx }) => attack.execute(tx)),
      denied,
    );
  // Another workspace's rows are not there to be changed.
  await acme.within(owner, ({ tx }) => sql`update workspace_caps set calls_per_minute = 9`.execute(tx));
  const untouched = await other.within(owner, ({ tx }) =>
    tx
      .selectFrom('workspaceCaps')
      .select('callsPerMinute')
      .where('standing', '=', 'new')
      .executeTakeFirstOrThrow(),
  );
  assert.equal(untouched.callsPerMinute, 10);
  assert.deepEqual(await payTosOf(acme), [`base ${mine}`]);
  assert.deepEqual(await payTosOf(other), []);
});

test('a price is set, and taken back', async () => {
  const acme = await desk('prices', sold);
  const priceOf = async (tool: string) => {
    const { prices } = (await acme.call(owner, 'list_prices', {})) as { prices: JsonObject[] };
    const found = prices.find((price) => price.tool === tool)!;
    return [found.priceAtomic, found.defaultAtomic];
  };
  const [, usual] = await priceOf('create_ticket');
  await acme.call(owner, 'set_price', { tool: 'create_ticket', priceAtomic: '70000' });
  assert.deepEqual(await priceOf('create_ticket'), ['70000', usual]);
  for (const priceAtomic of ['0', '-1', '1.5', '0x10', ' 5', '10000000001'])
    await assert.rejects(
      acme.call(owner, 'set_price', { tool: 'create_ticket', priceAtomic }),
      refused('invalid_arguments'),
      priceAtomic,
    );
  await assert.rejects(
    acme.call(owner, 'set_price', { tool: 'list_members', priceAtomic: '5' }),
    refused('tool_not_found'),
  );
  assert.deepEqual(await priceOf('create_ticket'), ['70000', usual]);
  await acme.call(owner, 'set_price', { tool: 'create_ticket', priceAtomic: null });
  assert.deepEqual(await priceOf('create_ticket'), [usual, usual]);
  const { entries } = (await acme.call(owner, 'list_audit', { subject: 'create_ticket' })) as {
    entries: JsonObject[];
  };
  assert.deepEqual(
    entries.map(({ action, details }) => [action, details]),
    [
      ['price.changed', { priceAtomic: null }],
      ['price.changed', { priceAtomic: '70000' }],
    ],
  );
});

test('caps and rules change, and the preview says whom they change', async () => {
  const acme = await desk('policy', sold);
  const wallet = (address: string, row: object) => ({ workspaceId: acme.workspace.id, address, ...row });
  await asSystem(acme.db, (tx) =>
    tx
      .insertInto('wallets')
      .values([
        wallet('0xa', { purchasesDelivered: 2, dayAt: new Date(), dayActions: 7, dayAmountAtomic: 9n }),
        wallet('0xb', { purchasesDelivered: 4, standing: 'known' }),
        wallet('0xc', { purchasesDelivered: 2, standingByHand: true }),
        wallet('0xd', { proposalsApproved: 10, proposalsRejected: 2, standing: 'trusted' }),
        wallet('0xe', { dayAt: new Date(0), dayActions: 99 }),
      ])
      .execute(),
  );
  const preview = (input: JsonObject) => acme.call(owner, 'preview_policy', input);
  const easier = await preview({ knownAfterPurchases: 2, trustedApprovedPercent: 90 });
  assert.deepEqual(easier.moved, [
    { wallet: '0xd', from: 'trusted', to: 'known' },
    { wallet: '0xa', from: 'new', to: 'known' },
  ]);
  assert.deepEqual([easier.looked, easier.all, easier.heldCount], [5, true, 0]);
  assert.deepEqual((await preview({ standing: 'new', actionsPerDay: 6 })).held, ['0xa']);
  assert.deepEqual((await preview({ standing: 'new', actionsPerDay: 7 })).held, []);
  assert.deepEqual((await preview({ standing: 'new', amountPerDayAtomic: '8' })).held, ['0xa']);
  assert.deepEqual((await preview({ standing: 'known', actionsPerDay: 0 })).held, []);
  assert.deepEqual((await preview({})).moves, []);
  await assert.rejects(preview({ trustedApprovedPercent: 101 }), refused('invalid_arguments'));

  const caps = await acme.call(owner, 'set_caps', {
    standing: 'all new',
    amountPerDayAtomic: '5000000',
    reason: 'Flood.',
  });
  assert.equal(caps.amountPerDayAtomic, '5000000');
  await assert.rejects(acme.call(owner, 'set_caps', { standing: 'new' }), refused('invalid_arguments'));
  await assert.rejects(
    acme.call(owner, 'set_caps', { standing: 'new', amountPerDayAtomic: '1e6' }),
    refused('invalid_arguments'),
  );
  await assert.rejects(
    acme.call(owner, 'set_standing_rules', { trustedAfterApprovals: 0 }),
    refused('invalid_arguments'),
  );
  await acme.call(owner, 'set_standing_rules', { knownAfterPurchases: 2 });
  const { rules } = (await acme.call(owner, 'get_policy', {})) as { rules: JsonObject };
  assert.deepEqual([rules.knownAfterPurchases, rules.trustedAfterApprovals], [2, 10]);
  const { entries } = (await acme.call(owner, 'list_audit', {})) as { entries: JsonObject[] };
  assert.deepEqual(
    entries.map(({ action, reason }) => [action, reason]),
    [
      ['rules.changed', ''],
      ['caps.changed', 'Flood.'],
    ],
  );
});
