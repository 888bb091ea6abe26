/** The desk over HTTP, as a signed-in member calls it: who may, from where, and what is told live. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ticketChanged } from '../../src/desk/tickets/history.ts';
import { maxFileBytes } from '../../src/mail/attachments.ts';
import {
  type Browser,
  browser,
  db,
  events,
  follow,
  signedIn,
  signInFor,
  url,
  workspaceOf,
} from '../people.ts';

const call = (page: Browser, workspace: string, operation: string, input: unknown, headers = {}) =>
  page.request(`/api/v1/${operation}`, {
    method: 'POST',
    headers: { 'x-postern-workspace': workspace, origin: url, ...headers },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  });

test('a member runs operations; what does not fit is said as plain HTTP says it', async () => {
  const { email, workspace } = await workspaceOf('calls');
  const page = await signedIn(email);
  assert.deepEqual((await page.request('/api/v1/session')).body.workspaces, [
    { ...workspace, role: 'owner' },
  ]);
  const team = await call(page, 'calls', 'create_team', { name: 'Repairs' });
  assert.equal(team.status, 200);
  assert.match(team.headers.get('cache-control')!, /no-store/);
  assert.equal(team.headers.get('access-control-allow-origin'), null);
  const refusals = [
    [await call(page, 'calls', 'create_team', { name: '' }), 422, 'invalid_arguments'],
    [await call(page, 'calls', 'create_team', '['), 400, 'parse_error'],
    [await call(page, 'calls', 'create_team', '[]'), 400, 'invalid_request'],
    [await call(page, 'calls', 'no_such', {}), 404, 'not_found'],
    [
      await call(page, 'calls', 'create_team', JSON.stringify({ name: 'x'.repeat(400_000) })),
      413,
      'body_too_large',
    ],
    [await page.request('/api/v1/create_team'), 405, 'method_not_allowed'],
  ] as const;
  for (const [{ status, body }, http, code] of refusals) assert.deepEqual([status, body.code], [http, code]);
});

test('a file of ten megabytes comes in and goes out; a larger one is refused in words', async () => {
  const { email } = await workspaceOf('uploads');
  const page = await signedIn(email);
  const upload = (bytes: Buffer) =>
    call(page, 'uploads', 'add_attachment', {
      name: 'film.bin',
      mediaType: 'application/x-film',
      contentBase64: bytes.toString('base64'),
    });
  const bytes = Buffer.alloc(maxFileBytes, 0xa5);
  const { status, body } = await upload(bytes);
  assert.equal(status, 200);
  const { attachmentId } = body;
  const read = await call(page, 'uploads', 'get_attachment', { attachmentId });
  assert.ok(Buffer.from(read.body.contentBase64, 'base64').equals(bytes));
  const refused = [
    [await upload(Buffer.alloc(maxFileBytes + 1)), 422, 'invalid_arguments'],
    [await upload(Buffer.alloc(12_000_000)), 413, 'body_too_large'],
  ] as const;
  for (const [{ status, body }, http, code] of refused) assert.deepEqual([status, body.code], [http, code]);
});

test('only from a page of our own, and only where one is a member', async () => {
  const mine = await workspaceOf('mine');
  await workspaceOf('theirs');
  const page = await signedIn(mine.email);
  const elsewhere: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: url.replace('http:', 'https:') },
  ];
  for (const headers of elsewhere)
    assert.equal((await call(page, 'mine', 'create_team', { name: 'x' }, headers)).status, 403);
  const without = await page.request('/api/v1/create_team', {
    method: 'POST',
    headers: { 'x-postern-workspace': 'mine' },
    body: '{"name":"x"}',
  });
  assert.equal(without.status, 403);
  assert.equal((await call(page, 'theirs', 'list_teams', {})).status, 403);
  assert.equal((await call(page, 'none', 'list_teams', {})).status, 403);
  assert.equal((await call(browser(), 'mine', 'list_teams', {})).status, 401);
  const { body } = await call(page, 'mine', 'list_teams', {});
  assert.deepEqual(body, { teams: [] });
  // A preflight opens nothing to other pages.
  const preflight = await page.request('/api/v1/create_team', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 403);
});

test('sign-in makes a new session, whatever cookie came with it', async () => {
  const { email } = await workspaceOf('fixation');
  const page = await signedIn(email);
  const [name, before] = [...page.cookies].find(([key]) => key.includes('session'))!;
  const other = browser();
  other.cookies.set(name, before);
  await other.post('/sign-out');
  await follow(other, await signInFor(email));
  assert.notEqual(other.cookies.get(name), before);
});

test('a stream tells what moves in its workspace, and nothing of another', async () => {
  const mine = await workspaceOf('live-mine');
  const other = await workspaceOf('live-other');
  const page = await signedIn(mine.email);
  const opened = await fetch(`${url}/api/v1/live?workspace=live-mine`, { headers: page.headers() });
  assert.equal(opened.headers.get('content-type'), 'text/event-stream');
  const reader = opened.body!.pipeThrough(new TextDecoderStream()).getReader();
  const changed = (workspaceId: string, ticketId: string) =>
    events.emit('ticket.changed', ticketChanged(workspaceId, ticketId).split(':')[1]!);
  changed(other.workspace.id, 'tkt_theirs');
  changed(mine.workspace.id, 'tkt_mine');
  let heard = '';
  while (!heard.includes('tkt_')) heard += (await reader.read()).value;
  assert.match(heard, /event: ticket\ndata: tkt_mine\n\n/);
  assert.doesNotMatch(heard, /tkt_theirs/);
  await reader.cancel();
  assert.equal((await page.request('/api/v1/live?workspace=live-other')).status, 403);
  assert.equal((await browser().request('/api/v1/live?workspace=live-mine')).status, 401);
});

test('who looks at what is told of a ticket of the workspace’s own, and of nothing that an id may hide', async () => {
  const mine = await workspaceOf('presence-mine');
  const other = await workspaceOf('presence-other');
  const page = await signedIn(mine.email);
  const ticket = { number: 1n, subject: 'x', channel: 'web' } as const;
  for (const { workspace } of [mine, other])
    await db
      .insertInto('tickets')
      .values({ ...ticket, workspaceId: workspace.id, id: `tkt_${workspace.slug}` })
      .execute();
  const looking = async (ticketId: string) =>
    (await call(page, 'presence-mine', 'presence', { ticketId, doing: 'looking' })).status;
  assert.equal(await looking('tkt_presence-mine'), 200);
  const hidden = `tkt_presence-mine,${other.workspace.id}/tkt_presence-other/usr_x/typing`;
  for (const ticketId of ['tkt_none', 'tkt_presence-other', hidden])
    assert.equal(await looking(ticketId), 404, ticketId);
});

test('the app is one page at every address, under a strict policy, and its files may be kept', async () => {
  const page = browser();
  const inbox = await page.request('/app/acme/inbox');
  assert.equal(inbox.status, 200);
  const policy = inbox.headers.get('content-security-policy')!;
  assert.match(policy, /default-src 'none'; script-src 'self';/);
  const nonce = /'nonce-([^']+)'/.exec(policy)![1]!;
  assert.ok(inbox.body.includes(nonce));
  assert.notEqual(
    /'nonce-([^']+)'/.exec((await page.request('/app')).headers.get('content-security-policy')!)![1],
    nonce,
  );
  assert.doesNotMatch(inbox.body, /<script(?![^>]*src=)/);
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(inbox.body)!;
  const asset = await page.request(script!);
  assert.match(asset.headers.get('cache-control')!, /immutable/);
  for (const path of ['/assets/none.js', '/assets/..%2findex.html', '/assets/%2e%2e%2fpackage.json'])
    assert.equal((await page.request(path)).status, 404);
});
