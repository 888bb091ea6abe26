import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/harness.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomIds } from '../../kernel/ids.ts';
import { seedOwner } from '../../people/users.ts';
import { operatorCommands } from './operator.ts';
import { UsageError } from './terminal.ts';

const db = await testDatabase({ poolSize: 1 });
const now = new Date('2026-11-25T06:00:00Z');
const publicUrl = 'https://desk.example';
const workspaceId = randomIds('wsp');
await db.insertInto('workspaces').values({ id: workspaceId, slug: 'acme', name: 'Acme' }).execute();

async function run(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const [name, ...rest] = args;
  const print = (text: string) => void lines.push(text);
  const context = { db, workspace: 'acme', print, ids: randomIds, now, publicUrl, mailFolder: '' };
  await operatorCommands[name!]!.run(rest, context);
  return lines.join('\n');
}

const refused = (code: string) => (error: unknown) => error instanceof PosternError && error.code === code;

test('a member is invited, listed, signed in and signed out by hand', async () => {
  assert.equal(await run('members'), 'No members.');
  await assert.rejects(run('signin', 'ada@example.com'), refused('not_found'));
  assert.match(
    await run('invite', 'Ada@example.com', '--role', 'owner'),
    /^Invited ada@example\.com as owner/,
  );
  const mail = await db.selectFrom('outbox').select(['rcptTo', 'body']).executeTakeFirstOrThrow();
  assert.equal(mail.rcptTo, 'ada@example.com');
  assert.match(mail.body, /at https:\/\/desk\.example\/sign-in;/);
  assert.match(
    await run('members'),
    /^inv_\w+ {2}owner {5}ada@example\.com {2}invited, until 2026-12-02 06:00$/,
  );
  assert.match(await run('signin', 'ADA@example.com'), /^https:\/\/desk\.example\/sign-in\?token=tok_\w+\n/);

  const userId = await seedOwner(db, randomIds, workspaceId, {
    email: 'bob@example.com',
    name: 'Bob\u202e',
    now,
  });
  assert.match(await run('members'), new RegExp(`^${userId}  owner     bob@example.com  Bob\u{fffd}\n`));
  const expiresAt = new Date(now.getTime() + 1000);
  const session = {
    id: 'ses_1',
    token: 't',
    userId,
    expiresAt,
    userAgent: 'Browser\x1b[2J',
    createdAt: now,
    updatedAt: now,
  };
  await db.insertInto('sessions').values(session).execute();
  const listed = await run('sessions', 'bob@example.com');
  assert.match(listed, /^2026-11-25 06:00 {2}until .*Browser\u{fffd}\[2J$/u);
  assert.equal(await run('sessions', 'bob@example.com', '--revoke'), 'Ended 1 sessions of bob@example.com.');
  assert.equal(await run('sessions', 'bob@example.com'), 'No sessions.');
});

test('a wrong command line is told so, and nothing is done', async () => {
  for (const args of [
    ['invite'],
    ['signin'],
    ['sessions', 'a', 'b'],
    ['members', 'x'],
    ['invite', 'a', '--rol', 'x'],
  ])
    await assert.rejects(run(...args), UsageError, args.join(' '));
  for (const args of [
    ['invite', 'no address'],
    ['invite', 'x@example.com', '--role', 'king'],
  ])
    await assert.rejects(run(...args), refused('invalid_arguments'), args.join(' '));
});
