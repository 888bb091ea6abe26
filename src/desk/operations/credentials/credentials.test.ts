import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const acme = await desk('credentials');
const other = await desk('credentials-elsewhere');
const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const call = (name: string, input: JsonObject = {}) => acme.call(admin, name, input);
const make = async (name: string) => String((await call('create_credential', { name })).credentialId);
const list = async (input: JsonObject = {}) =>
  (await call('list_credentials', input)) as unknown as {
    credentials: { credentialId: string; name: string; state: string; grantedTools: string[] }[];
    next?: string;
  };

test('a credential is made, raised, lowered and revoked, and each is written down once', async () => {
  const made = await call('create_credential', { name: 'Triage bot', dailyReplies: 7 });
  assert.match(String(made.secret), /^mcp_[\w-]{43}$/);
  const credentialId = String(made.credentialId);
  for (const _ of [1, 2]) {
    const { grantedTools } = await call('grant_tool', { credentialId, tool: 'send_reply' });
    assert.deepEqual(grantedTools, ['send_reply']);
  }
  assert.deepEqual((await call('withdraw_tool', { credentialId, tool: 'send_reply' })).grantedTools, []);
  await assert.rejects(call('withdraw_tool', { credentialId, tool: 'send_reply' }), refused('not_found'));
  const revoked = await call('revoke_credential', { credentialId });
  assert.deepEqual([revoked.state, revoked.dailyReplies, revoked.repliesToday], ['revoked', 7, 0]);
  for (const [name, more] of [
    ['revoke_credential', {}],
    ['grant_tool', { tool: 'send_reply' }],
    ['withdraw_tool', { tool: 'send_reply' }],
  ] as const)
    await assert.rejects(call(name, { credentialId, ...more }), refused('conflict'), name);
  const { entries } = (await call('list_audit', { subject: credentialId })) as {
    entries: { action: string }[];
  };
  assert.deepEqual(
    entries.map(({ action }) => action.slice('credential.'.length)),
    ['revoked', 'tool_withdrawn', 'tool_granted', 'created'],
  );
});

test('only such tools are granted that exist and want a grant', async () => {
  const credentialId = await make('wants');
  for (const [tool, code] of [
    ['no_such_tool', 'not_found'],
    ['__proto__', 'not_found'],
    ['invite_member', 'invalid_arguments'],
    ['grant_tool', 'invalid_arguments'],
    ['draft_reply', 'invalid_arguments'],
    ['search_kb', 'invalid_arguments'],
  ] as const)
    await assert.rejects(call('grant_tool', { credentialId, tool }), refused(code), tool);
  const [found] = (await list({ limit: 1 })).credentials;
  assert.deepEqual([found!.credentialId, found!.grantedTools], [credentialId, []]);
});

test('a name is one credential’s while that is in use', async () => {
  const credentialId = await make('Night shift');
  await assert.rejects(make('night SHIFT'), refused('conflict'));
  await call('revoke_credential', { credentialId });
  await make('night SHIFT');
  for (const name of ['', ' ', 'a\nb', 'x'.repeat(201), 'a\u0000b'])
    await assert.rejects(call('create_credential', { name }), refused('invalid_arguments'));
  for (const dailyReplies of [-1, 1.5, 1e9, '5'])
    await assert.rejects(
      call('create_credential', { name: 'n', dailyReplies }),
      refused('invalid_arguments'),
    );
});

test('another workspace’s credential is none', async () => {
  const credentialId = await make('ours');
  for (const [name, more] of [
    ['revoke_credential', {}],
    ['grant_tool', { tool: 'send_reply' }],
    ['withdraw_tool', { tool: 'send_reply' }],
  ] as const)
    await assert.rejects(other.call(admin, name, { credentialId, ...more }), refused('not_found'), name);
  assert.deepEqual(await other.call(admin, 'list_credentials', {}), { credentials: [] });
});

test('the list is paged, the newest first, and never shows a secret', async () => {
  const names = Array.from({ length: 23 }, (_, n) => `paged ${n}`);
  for (const name of names) await make(name);
  const first = await list();
  assert.equal(first.credentials.length, 20);
  const second = await list({ after: first.next! });
  const seen = [...first.credentials, ...second.credentials];
  assert.deepEqual(
    seen.slice(0, 23).map(({ name }) => name),
    names.toReversed(),
  );
  assert.equal(new Set(seen.map(({ credentialId }) => credentialId)).size, seen.length);
  assert.equal(second.next, undefined);
  assert.ok(!JSON.stringify(seen).includes('mcp_'));
  await assert.rejects(list({ limit: 51 }), refused('invalid_arguments'));
});
