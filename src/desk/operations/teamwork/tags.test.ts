import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desk, open, operator, refused } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

test('tags are counted by name, and renamed on every ticket that has them', async () => {
  const acme = await desk('tags');
  const other = await desk('tags-of-others');
  const tagged = async (on: typeof acme, tags: string[]) => {
    const { ticketId } = await open(on);
    await on.call(operator, 'update_ticket', { ticketId: ticketId!, version: 1, tags });
    return String(ticketId);
  };
  const first = await tagged(acme, ['shutter', 'vip']);
  const second = await tagged(acme, ['blende', 'shutter']);
  const strangers = await tagged(other, ['shutter']);
  const list = (input: JsonObject = {}) => acme.call(operator, 'list_tags', input);
  assert.deepEqual(await list(), {
    tags: [
      { tag: 'blende', tickets: 1 },
      { tag: 'shutter', tickets: 2 },
      { tag: 'vip', tickets: 1 },
    ],
  });
  const page = await list({ limit: 1 });
  assert.deepEqual(page, { tags: [{ tag: 'blende', tickets: 1 }], next: 'blende' });
  assert.deepEqual((await list({ limit: 1, after: page.next! })).tags, [{ tag: 'shutter', tickets: 2 }]);

  await assert.rejects(
    acme.call(admin, 'rename_tag', { tag: 'shutter', to: 'shutter' }),
    refused('invalid_arguments'),
  );
  await assert.rejects(
    acme.call(admin, 'rename_tag', { tag: 'shutter', to: 'Not One' }),
    refused('invalid_arguments'),
  );
  assert.deepEqual(await acme.call(admin, 'rename_tag', { tag: 'shutter', to: 'blende' }), {
    changed: 2,
    left: 0,
    followed: 0,
  });
  const tagsOf = async (on: typeof acme, ticketId: string) =>
    (await on.call(operator, 'get_ticket', { ticketId })).tags;
  assert.deepEqual(await tagsOf(acme, first), ['blende', 'vip']);
  assert.deepEqual(await tagsOf(acme, second), ['blende']);
  assert.deepEqual(await tagsOf(other, strangers), ['shutter']);
  await acme.call(admin, 'rename_tag', { tag: 'vip', to: null });
  assert.deepEqual((await list()).tags, [{ tag: 'blende', tickets: 2 }]);
  assert.deepEqual(await acme.call(admin, 'rename_tag', { tag: 'gone', to: null }), {
    changed: 0,
    left: 0,
    followed: 0,
  });
  const { history } = (await acme.call(operator, 'get_ticket', { ticketId: first })) as {
    history: JsonObject[];
  };
  assert.deepEqual(history.at(-1)!.changes, { tags: { from: ['blende', 'vip'], to: ['blende'] } });
});

test('a desk is renamed, and seen as a stranger would see it', async () => {
  const acme = await desk('renamed');
  assert.deepEqual(await acme.call(admin, 'rename_workspace', { name: 'Acme & Söhne' }), {
    slug: 'renamed',
    name: 'Acme & Söhne',
  });
  await assert.rejects(acme.call(admin, 'rename_workspace', { name: 'a\nb' }), refused('invalid_arguments'));
  const { ticketId } = await open(acme, { body: 'Write to ada@example.com.', email: 'ada@example.com' });
  const shown = await acme.call(operator, 'show_as_stranger', { ticketId: ticketId! });
  assert.equal(shown.redacted, true);
  assert.match(JSON.stringify(shown.messages), /Write to \[email\]/);
  assert.doesNotMatch(JSON.stringify(shown), /ada@/);
  await assert.rejects(
    acme.call(operator, 'show_as_stranger', { ticketId: 'tkt_none' }),
    refused('not_found'),
  );
});
