import assert from 'node:assert/strict';
import { test } from 'node:test';
import { says, startModelServer } from '../../../test/fakes/model-server.ts';
import { silent, testDatabase } from '../../../test/harness.ts';
import { seedDemo } from '../../desk/demo.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomIds } from '../../kernel/ids.ts';
import { chooseModel } from '../../model/choose.ts';
import { workspacesOf } from '../../store/database.ts';
import { doCommand } from './operator-do.ts';
import { UsageError } from './terminal.ts';

const db = await testDatabase();
await seedDemo(db, randomIds, new Date());

const server = await startModelServer(
  says({ priority: 'urgent', tags: [], team: null, reason: 'It burns.' }),
);
const settings = { url: server.url, key: undefined, name: 'small', timeoutMs: 60_000, maxTokens: 500 };

async function run(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  await doCommand.run(args, {
    db,
    workspace: 'acme',
    print,
    ids: randomIds,
    now: new Date(),
    mailFolder: '',
    openModel: () =>
      chooseModel({ ...settings, tokensPerDay: 100_000 }, { inWorkspace: workspacesOf(db), log: silent }),
  });
  return printed.join('\n');
}

test('every operation can be run by its name, with arguments by theirs', async () => {
  assert.match(await run(), /^ {2}list_customers +List customers$/m);
  const found = JSON.parse(await run('search_tickets', '--query', 'battery', '--limit', '2'));
  assert.ok(found.tickets.length > 0 && found.tickets.length <= 2);
  const { customers } = JSON.parse(await run('list_customers', '--query', 'amara'));
  const noted = await run(
    'add_customer_note',
    '--customer-id',
    customers[0].id,
    '--body',
    'Calls on Mondays.',
  );
  assert.match(JSON.parse(noted).noteId, /^cno_/);
});

test('what an operation takes is said after its name, lists with their shapes', async () => {
  const said = doCommand.explain!(['create_rule'])!.join('\n');
  assert.match(said, /^ {2}--trigger \(required\) .*One of ticket\.created, /m);
  assert.match(said, /^ {2}--allOf .*As JSON: \{.*"business_hours"/m);
  assert.equal(doCommand.explain!([]), undefined);
  assert.throws(() => doCommand.explain!(['no_such']), /no operation of the desk is called no_such/);
});

test('who asks for what the door does is told that it has commands of its own', async () => {
  for (const name of ['get_treasury', 'list_wallets'])
    await assert.rejects(run(name), (error) => error instanceof UsageError && /treasury/.test(error.message));
});

test('a credential is made with its secret, which is shown this once', async () => {
  const made = JSON.parse(await run('create_credential', '--name', 'Triage bot', '--daily-replies', '20'));
  assert.match(made.secret, /^mcp_[\w-]{43}$/);
  const { credentialId } = made;
  await run('grant_tool', '--credential-id', credentialId, '--tool', 'send_reply');
  const listed = await run('list_credentials');
  assert.ok(!listed.includes('mcp_'));
  const [credential] = JSON.parse(listed).credentials;
  assert.deepEqual(
    [credential.credentialId, credential.dailyReplies, credential.grantedTools],
    [credentialId, 20, ['send_reply']],
  );
  assert.equal(JSON.parse(await run('revoke_credential', '--credential-id', credentialId)).state, 'revoked');
});

test('what asks a model asks the one that is configured', async () => {
  const { tickets } = JSON.parse(await run('search_tickets', '--query', 'status:open', '--limit', '1'));
  const filed = JSON.parse(await run('suggest_triage', '--ticket-id', tickets[0].ticketId));
  assert.deepEqual([filed.outcome, filed.priority, filed.reason], ['queued', 'urgent', 'It burns.']);
});

test('what is wrong is said, and nothing is done', async () => {
  await assert.rejects(run('fly'), UsageError);
  await assert.rejects(run('search_tickets'), UsageError);
  await assert.rejects(run('search_tickets', '--query', 'x', '--colour', 'red'), UsageError);
  await assert.rejects(
    run('get_customer', '--customer-id', 'cus_none'),
    (error) => error instanceof PosternError && error.code === 'not_found',
  );
  await assert.rejects(
    run('list_customers', '--workspace', 'elsewhere'),
    (error) => error instanceof PosternError && error.code === 'workspace_not_found',
  );
});
