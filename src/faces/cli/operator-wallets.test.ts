import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPurchase, someAddress } from '../../../test/fakes/purchases.ts';
import { testDatabase } from '../../../test/harness.ts';
import { createWorkspace } from '../../desk/workspaces.ts';
import { postgresLedger } from '../../door/ledger.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomIds } from '../../kernel/ids.ts';
import { operatorCommands } from './operator.ts';
import { UsageError } from './terminal.ts';

const db = await testDatabase();
const { id: workspaceId } = await createWorkspace(db, randomIds, { slug: 'shop', name: 'The Shop' });
await createWorkspace(db, randomIds, { slug: 'other', name: 'Another' });

async function run(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const [name, ...rest] = args;
  const print = (text: string) => void lines.push(text);
  const context = { db, workspace: 'shop', print, ids: randomIds, now: new Date(0), mailFolder: '' };
  await operatorCommands[name!]!.run(rest, context);
  return lines.join('\n');
}

const refused = (code: string) => (error: unknown) => error instanceof PosternError && error.code === code;
const because = ['--reason', 'they wrote\x1b[2J to us'];

test('wallets are listed, shown, and set by hand one step at a time', async () => {
  assert.equal(await run('wallets'), 'No wallets.');
  const wallet = someAddress();
  const mixed = `0x${wallet.slice(2).toUpperCase()}`;
  await postgresLedger(db).claim(newPurchase(workspaceId, wallet));
  assert.match(await run('wallets'), new RegExp(`^${wallet}  new +0 bought +0 approved, 0 rejected$`));
  assert.equal(await run('wallets', 'promote', mixed, ...because), `${wallet}: new -> known`);
  assert.equal(await run('wallets', 'promote', wallet, ...because), `${wallet}: known -> trusted`);
  await assert.rejects(run('wallets', 'promote', wallet, ...because), refused('conflict'));
  assert.equal(await run('wallets', 'demote', wallet, ...because), `${wallet}: trusted -> known`);
  assert.equal(await run('wallets', 'block', wallet, ...because), `${wallet}: known -> blocked`);
  await assert.rejects(run('wallets', 'promote', wallet, ...because), refused('conflict'));
  assert.match(await run('wallets', '--standing', 'blocked'), /blocked {2}by hand/);
  assert.equal(await run('wallets', '--standing', 'known'), 'No wallets.');
  assert.equal(await run('wallets', 'unblock', wallet, ...because), `${wallet}: blocked -> new`);
  await assert.rejects(run('wallets', 'unblock', wallet, ...because), refused('conflict'));

  const shown = await run('wallets', wallet);
  assert.match(shown, /^0x\w+ {2}new\n0 purchases delivered, \$0\.00\n/);
  assert.match(shown, /calls per minute {2}9 of 10 left, until 20/);
  assert.match(shown, /usd per day {7}1\.98 of 2\.00 left/);
  assert.match(shown, /blocked -> new: they wrote\u{fffd}\[2J to us\n/u);
  // Of another workspace's opinion of it nothing is seen.
  assert.match(await run('wallets', wallet, '--workspace', 'other'), /10 of 10 left/);

  await assert.rejects(run('wallets', 'block', wallet), UsageError);
  await assert.rejects(run('wallets', 'paint', wallet, ...because), UsageError);
  await assert.rejects(run('wallets', '--standing', 'good'), UsageError);
  await assert.rejects(run('wallets', '0x12'), refused('invalid_arguments'));
});

test('caps are shown and set, and hold at once', async () => {
  assert.equal(
    await run('caps'),
    [
      'new      10 calls a minute, 50 actions a day, $2.00 a day',
      'known    30 calls a minute, 300 actions a day, $20.00 a day',
      'trusted  120 calls a minute, 3000 actions a day, $200.00 a day',
      'all new  60 calls a minute, 500 actions a day, $20.00 a day',
    ].join('\n'),
  );
  const set = await run(
    'caps',
    'set',
    'new',
    '--calls-per-minute',
    '0',
    '--usd-per-day',
    '$2.50',
    '--reason',
    'flood',
  );
  assert.match(set, /^new {6}0 calls a minute, 50 actions a day, \$2\.50 a day\n/);
  assert.match(await run('caps', '--workspace', 'other'), /^new {6}10 calls/);
  const claimed = await postgresLedger(db).claim(newPurchase(workspaceId, someAddress()));
  assert.deepEqual(claimed, {
    kind: 'capped',
    refusal: { cap: 'calls_per_minute', of: 'wallet', limit: '0' },
  });
  assert.match(
    await run('caps', 'set', 'all-new', '--actions-per-day', '7'),
    /all new {2}60 calls a minute, 7 act/,
  );
  assert.match(await run('audit'), /operator:command-line {2}caps\.changed: flood {2}\{"standing":"new"/);

  for (const args of [
    ['--calls-per-minute', 'many'],
    ['--calls-per-minute', '-1'],
    ['--calls-per-minute', '2147483648'],
    ['--usd-per-day', '1e3'],
    ['--usd-per-day', '999999999999'],
    [],
  ])
    await assert.rejects(
      run('caps', 'set', 'new', ...args),
      (error: unknown) => error instanceof UsageError || refused('invalid_arguments')(error),
      args.join(' '),
    );
  await assert.rejects(run('caps', 'set', 'blocked', '--calls-per-minute', '1'), UsageError);
});

test('rules are shown and set', async () => {
  assert.match(
    await run('rules'),
    /^known after 3 delivered purchases\ntrusted after 10 approved proposals, at least 80/,
  );
  const options = ['--known-after-purchases', '1', '--refund-usd-per-day-wallet', '5'];
  assert.match(
    await run('rules', 'set', ...options),
    /^known after 1 delivered[\s\S]*up to \$5\.00 a day and wallet/,
  );
  assert.match(await run('audit'), /rules\.changed: set on the command line/);
  await assert.rejects(
    run('rules', 'set', '--trusted-approved-percent', '101'),
    refused('invalid_arguments'),
  );
  await assert.rejects(run('rules', 'set', '--trusted-after-approvals', '0'), refused('invalid_arguments'));
  await assert.rejects(run('rules', 'set'), refused('invalid_arguments'));
});

test('the audit log is read, whole or about one wallet', async () => {
  const wallet = someAddress();
  await run('wallets', 'block', wallet, '--reason', 'casino');
  const about = await run('audit', '--about', wallet);
  assert.match(about, new RegExp(`operator:command-line {2}standing.changed ${wallet}: casino`));
  assert.equal(about.split('\n').length, 1);
  assert.equal(await run('audit', '--workspace', 'other'), 'Nothing is written there.');
  await assert.rejects(run('audit', 'all'), UsageError);
});
