import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import {
  agent,
  catalogue,
  type Desk,
  desk,
  open,
  operator,
  outbox,
  refused,
  stranger,
} from '../../../../test/desk.ts';
import type { Caller, Operation } from '../../../catalogue/operation.ts';
import { perform } from '../../../catalogue/perform.ts';
import { parseInput } from '../../../catalogue/registry.ts';
import { randomIds } from '../../../kernel/ids.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { sleep } from '../../../kernel/time.ts';
import {
  dropUnused,
  expireUploads,
  maxFileBytes,
  storeUpload,
  uploadLifeMs,
} from '../../../mail/attachments.ts';
import { asSystem, inWorkspace, workspacesOf } from '../../../store/database.ts';

const other: Caller = { kind: 'operator', id: 'usr_other', role: 'operator' };
const viewer: Caller = { kind: 'operator', id: 'usr_viewer', role: 'viewer' };

const upload = async (on: Desk, bytes: Buffer, name = 'photo.png', caller: Caller = operator) =>
  (
    await on.call(caller, 'add_attachment', {
      name,
      mediaType: 'image/png',
      contentBase64: bytes.toString('base64'),
    })
  ).attachmentId as string;

const blobs = async (on: Desk) =>
  on.within(operator, ({ tx }) => tx.selectFrom('blobs').select(['sha256', 'size']).execute());

const ticketOf = async (on: Desk) => {
  const { ticketId } = await open(on, { email: 'ada@example.com' });
  return { ticketId: ticketId as string, version: 1 };
};

test('a file comes back byte for byte, by whoever may read the ticket', async () => {
  const acme = await desk('files');
  const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7) % 256));
  const attachmentId = await upload(acme, bytes, 'Zażółć "x"\'s (1).png');
  await assert.rejects(acme.call(other, 'get_attachment', { attachmentId }), refused('not_found'));
  await acme.call(operator, 'reply', {
    ...(await ticketOf(acme)),
    body: 'See it.',
    attachmentIds: [attachmentId],
  });
  const file = await acme.call(viewer, 'get_attachment', { attachmentId });
  assert.ok(Buffer.from(file.contentBase64 as string, 'base64').equals(bytes));
  assert.equal(file.sha256, createHash('sha256').update(bytes).digest('hex'));
  const headers = file.headers as Record<string, string>;
  assert.equal(
    headers['content-disposition'],
    "attachment; filename*=UTF-8''Za%C5%BC%C3%B3%C5%82%C4%87%20%22x%22%27s%20%281%29.png",
  );
  assert.deepEqual([headers['content-type'], headers['x-content-type-options']], ['image/png', 'nosniff']);
});

test('notes carry files, and a forward its writer’s before those of the thread', async () => {
  const acme = await desk('files-of-notes');
  const ticket = await ticketOf(acme);
  const theirs = await upload(acme, Buffer.from('theirs'), 'c.png', other);
  const filesOf = async (messageId: unknown) => {
    const { messages } = await acme.call(viewer, 'get_ticket', { ticketId: ticket.ticketId });
    const message = (messages as JsonObject[]).find(({ id }) => id === messageId);
    return (message!.attachments as JsonObject[]).map(({ name }) => name);
  };
  const note = (attachmentIds: string[]) =>
    acme.call(operator, 'add_note', { ticketId: ticket.ticketId, body: 'See it.', attachmentIds });
  await assert.rejects(note([theirs]), refused('not_found'));
  assert.deepEqual(await filesOf((await note([await upload(acme, Buffer.from('n'), 'n.png')])).messageId), [
    'n.png',
  ]);
  const attachmentIds = [await upload(acme, Buffer.from('r'), 'r.png')];
  const { version } = await acme.call(viewer, 'get_ticket', { ticketId: ticket.ticketId });
  await acme.call(operator, 'reply', { ...ticket, version: version!, body: 'See it.', attachmentIds });
  const own = await upload(acme, Buffer.from('o'), 'o.png');
  const forward = await acme.call(operator, 'forward', {
    ticketId: ticket.ticketId,
    to: 'factory@example.com',
    attachments: true,
    attachmentIds: [own],
  });
  assert.deepEqual(await filesOf(forward.messageId), ['o.png', 'r.png']);
  await assert.rejects(
    acme.call(operator, 'forward', { ticketId: ticket.ticketId, to: 'a@example.com', attachmentIds: [own] }),
    refused('not_found'),
  );
});

test('what could run on our page is served as bytes', async () => {
  const acme = await desk('harmless');
  for (const mediaType of ['text/html', 'image/svg+xml', 'application/xhtml+xml', 'TEXT/HTML']) {
    const { attachmentId } = await acme.call(operator, 'add_attachment', {
      name: 'x.html',
      mediaType,
      contentBase64: Buffer.from('<script>').toString('base64'),
    });
    const file = await acme.call(operator, 'get_attachment', { attachmentId: attachmentId! });
    const headers = file.headers as Record<string, string>;
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    // Where it is opened all the same it runs nothing, and is no page of ours.
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox");
    assert.equal(file.mediaType, mediaType.toLowerCase());
  }
});

test('names, types and bytes that are none are refused', () => {
  const operation = catalogue.get('add_attachment') as Operation;
  const good = { name: 'a.png', mediaType: 'image/png', contentBase64: 'AAAA' };
  assert.ok(parseInput(operation, good));
  const bad: JsonObject[] = [
    ...[
      '../a',
      'a/b',
      'a\\b',
      '.',
      '..',
      'a\nb',
      'a\0',
      '',
      ' ',
      'x'.repeat(201),
      'exe.\u202egnp',
      'a\u2066b',
    ].map((name) => ({ name })),
    ...[
      'png',
      'image/',
      '/png',
      'image/png; charset=x',
      'image/png\r\nBcc: x',
      'multipart/mixed',
      'a/b/c',
      'image/ png',
    ].map((mediaType) => ({ mediaType })),
    ...[
      '',
      '====',
      'AAA',
      'AA==AA==',
      'AAAA\n',
      'AB==',
      'AA-_',
      '{}',
      `${'AAAA'.repeat(maxFileBytes / 3 + 10)}`,
    ].map((contentBase64) => ({ contentBase64 })),
  ];
  for (const wrong of bad)
    assert.throws(
      () => parseInput(operation, { ...good, ...wrong }),
      refused('invalid_arguments'),
      JSON.stringify(wrong).slice(0, 100),
    );
});

test('a file of ten megabytes is taken, one byte more is not', async () => {
  const acme = await desk('large');
  await upload(acme, Buffer.alloc(maxFileBytes, 7));
  await assert.rejects(upload(acme, Buffer.alloc(maxFileBytes + 1, 7)), refused('invalid_arguments'));
  assert.equal((await blobs(acme)).length, 1);
});

test('a message has twenty files and 25 MB at most, and nothing is half written', async () => {
  const acme = await desk('too-much');
  const on = await ticketOf(acme);
  const big = await Promise.all([1, 2, 3].map((i) => upload(acme, Buffer.alloc(9_000_000, i))));
  const attempt = (attachmentIds: string[]) =>
    acme.call(operator, 'reply', { ...on, body: 'x', attachmentIds });
  await assert.rejects(attempt(big), refused('invalid_arguments'));
  const small = await Promise.all(Array.from({ length: 21 }, (_, i) => upload(acme, Buffer.from([i]))));
  await assert.rejects(attempt(small), refused('invalid_arguments'));
  await assert.rejects(attempt([small[0]!, small[0]!]), refused('invalid_arguments'));
  assert.deepEqual(await outbox(acme), []);
  await attempt(small.slice(0, 20).reverse());
  const ticket = await acme.call(viewer, 'get_ticket', { ticketId: on.ticketId });
  const { attachments } = (ticket.messages as JsonObject[])[1]!;
  assert.deepEqual(
    (attachments as JsonObject[]).map(({ attachmentId }) => attachmentId),
    small.slice(0, 20).reverse(),
    'in the order given',
  );
});

test('an upload is its uploader’s, and one message’s', async () => {
  const acme = await desk('whose');
  const on = await ticketOf(acme);
  const id = await upload(acme, Buffer.from('mine'));
  await assert.rejects(
    acme.call(other, 'reply', { ...on, body: 'x', attachmentIds: [id] }),
    refused('not_found'),
  );
  const globex = await desk('whose-else');
  await assert.rejects(globex.call(operator, 'get_attachment', { attachmentId: id }), refused('not_found'));
  await acme.call(operator, 'reply', { ...on, body: 'x', attachmentIds: [id] });
  const later = { ticketId: on.ticketId, version: 2, body: 'x', attachmentIds: [id] };
  await assert.rejects(acme.call(operator, 'reply', later), refused('not_found'));
});

test('of two messages that take one upload at once, one has it', async () => {
  const acme = await desk('upload-race');
  for (let i = 0; i < 5; i++) {
    const [one, two] = [await ticketOf(acme), await ticketOf(acme)];
    const id = await upload(acme, Buffer.from(`race ${i}`));
    const outcomes = await Promise.allSettled(
      [one, two].map((on) => acme.call(operator, 'reply', { ...on, body: 'x', attachmentIds: [id] })),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  }
});

test('one who uploads without end is stopped', async () => {
  const acme = await desk('waiting');
  for (let i = 0; i < 97; i++) await upload(acme, Buffer.from(`${i}`));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => upload(acme, Buffer.from(`at once ${i}`))),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  await assert.rejects(upload(acme, Buffer.from('more')), refused('conflict'));
  await upload(acme, Buffer.from('another’s'), 'a', other);
});

test('the same bytes are kept once, until nothing has them', async () => {
  const acme = await desk('once');
  const on = await ticketOf(acme);
  const bytes = Buffer.from('the same');
  const [sent] = [
    await upload(acme, bytes, 'a'),
    await upload(acme, bytes, 'b', other),
    await upload(acme, Buffer.from('rest')),
  ];
  assert.deepEqual((await blobs(acme)).map(({ size }) => size).sort(), [4, 8]);
  await acme.call(operator, 'reply', { ...on, body: 'x', attachmentIds: [sent!] });
  const uploaded = Date.UTC(2026, 10, 20);
  const expire = (at: number) => asSystem(acme.db, (tx) => expireUploads(tx, new Date(at - uploadLifeMs)));
  assert.equal(await expire(uploaded + uploadLifeMs), 0, 'not before its time');
  assert.ok((await expire(uploaded + uploadLifeMs + 3_600_000)) >= 2);
  assert.deepEqual(
    (await blobs(acme)).map(({ size }) => size),
    [8],
    'what a message has stays',
  );
  await acme.call(viewer, 'get_attachment', { attachmentId: sent! });
});

test('an upload of bytes that are just being taken away is kept, whichever comes first', async () => {
  const acme = await desk('blob-race');
  const { id: workspaceId } = acme.workspace;
  for (const uploadFirst of [true, false]) {
    const bytes = Buffer.from(`once more ${uploadFirst}`);
    const first = await upload(acme, bytes);
    const { sha256 } = await acme.call(operator, 'get_attachment', { attachmentId: first });
    const again = randomIds('att');
    // The first holds what it has locked for a while, and the second comes within that time.
    const uploading = () =>
      acme.within(other, async ({ tx, now }) => {
        const file = { name: 'again', mediaType: 'text/plain', bytes };
        await storeUpload(tx, workspaceId, { id: again, uploadedBy: 'operator:usr_other', now, ...file });
        await sql`select pg_sleep(0.3)`.execute(tx);
      });
    const taking = () =>
      inWorkspace(acme.db, workspaceId, async (tx) => {
        await tx
          .deleteFrom('attachments')
          .where('workspaceId', '=', workspaceId)
          .where('id', '=', first)
          .execute();
        if (!uploadFirst) {
          await sql`select from blobs where sha256 = ${sha256} for update`.execute(tx);
          await sql`select pg_sleep(0.2)`.execute(tx);
        }
        await dropUnused(tx, workspaceId, [sha256 as string]);
      });
    const [one, two] = uploadFirst ? [uploading, taking] : [taking, uploading];
    const started = one();
    await sleep(100);
    await Promise.all([started, two()]);
    const file = await acme.call(other, 'get_attachment', { attachmentId: again });
    assert.ok(Buffer.from(file.contentBase64 as string, 'base64').equals(bytes));
  }
});

test('agents neither see files nor call for them', async () => {
  const acme = await desk('withheld');
  const on = await ticketOf(acme);
  const id = await upload(acme, Buffer.from('secret'), 'unmistakable.pdf');
  await acme.call(operator, 'reply', { ...on, body: 'See it.', attachmentIds: [id] });
  const context = await acme.call(agent, 'get_ticket_context', { ticketId: on.ticketId });
  assert.ok(!JSON.stringify(context).includes('unmistakable') && !JSON.stringify(context).includes(id));
  const credential: Caller = {
    kind: 'credential',
    id: 'crd_x',
    granted: ['get_attachment', 'add_attachment'],
  };
  for (const caller of [agent, stranger, credential, { kind: 'anonymous' } as const])
    for (const [name, input] of [
      ['get_attachment', { attachmentId: id }],
      ['add_attachment', { name: 'a', mediaType: 'a/b', contentBase64: 'AAAA' }],
      ['reply', { ...on, body: 'x' }],
    ] as const)
      await assert.rejects(
        perform(
          { inWorkspace: workspacesOf(acme.db) },
          { workspace: acme.workspace, caller, ids: randomIds, now: new Date(0) },
          catalogue.get(name)!,
          input,
        ),
        refused('not_permitted'),
      );
});
