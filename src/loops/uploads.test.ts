import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent, testDatabase } from '../../test/harness.ts';
import { randomIds } from '../kernel/ids.ts';
import { storeUpload, uploadLifeMs } from '../mail/attachments.ts';
import { uploadsLoop } from './uploads.ts';

test('the loop takes away uploads that waited for a day, and keys of a day ago, in every workspace, and ends with its signal', async () => {
  const db = await testDatabase();
  const start = Date.UTC(2026, 10, 23);
  for (const slug of ['acme', 'globex']) {
    const workspaceId = randomIds('wsp');
    await db.insertInto('workspaces').values({ id: workspaceId, slug, name: slug }).execute();
    for (const [name, at] of [
      ['old', start - 1],
      ['new', start],
    ] as const) {
      const sent = { actor: 'operator:usr_x', key: name, sha256: name, output: '{}', sentAt: new Date(at) };
      await db
        .insertInto('sendings')
        .values({ workspaceId, ...sent })
        .execute();
      await db.transaction().execute((tx) =>
        storeUpload(tx, workspaceId, {
          id: randomIds('att'),
          uploadedBy: 'operator:usr_x',
          now: new Date(at),
          name,
          mediaType: 'text/plain',
          bytes: Buffer.from(name),
        }),
      );
    }
  }
  const ended = new AbortController();
  const time = { now: () => start + uploadLifeMs, sleep: async () => ended.abort() };
  await uploadsLoop({ db, time, log: silent, signal: ended.signal });
  const left = await db.selectFrom('attachments').select('name').execute();
  assert.deepEqual(
    left.map(({ name }) => name),
    ['new', 'new'],
  );
  const keys = await db.selectFrom('sendings').select('key').execute();
  assert.deepEqual(
    keys.map(({ key }) => key),
    ['new', 'new'],
  );
  const bytes = await db.selectFrom('blobs').select('bytes').execute();
  assert.deepEqual(
    bytes.map((blob) => blob.bytes.toString()),
    ['new', 'new'],
  );
});
