/** A new server: its printed address makes the first owner, once, and nobody else one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setupAddress, setupHours } from '../../src/desk/first-owner.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { callerOf } from '../../src/people/sessions.ts';
import { auth, type Browser, browser, db, now, submit, url, workspaceOf } from '../people.ts';

const ports = { db, ids: randomIds, publicUrl: url };
const tokenIn = (address: string | undefined) => new URL(address!).searchParams.get('token')!;
const fresh = async (at = now()) => tokenIn(await setupAddress(ports, at));

const said = { name: 'Ada First', email: 'Ada@First.example', workspaceName: 'First & Last', slug: 'first' };
const send = (page: Browser, form: Record<string, string>, headers: Record<string, string> = {}) =>
  submit(page, '/setup', form, headers);
const owners = () => db.selectFrom('members').select('email').where('role', '=', 'owner').execute();

test('nothing but an address that was printed lately opens a server that nobody owns', async () => {
  const page = browser();
  const token = await fresh();
  const old = await fresh(new Date(now().getTime() - (setupHours * 3_600 + 1) * 1000));
  const stored = await db.selectFrom('verifications').selectAll().execute();
  assert.ok(!JSON.stringify(stored).includes(token), 'the token itself is kept nowhere');
  const guesses = [
    '',
    'x',
    `${token.slice(0, -1)}_`,
    token.toUpperCase(),
    `setup:${token}`,
    old,
    '%',
    'tok_%',
  ];
  for (const guess of guesses) {
    assert.equal((await page.request(`/setup?token=${encodeURIComponent(guess)}`)).status, 403, guess);
    assert.equal((await send(browser(), { ...said, token: guess })).status, 403, guess);
  }
  // It signs nobody in, and what signs in sets nothing up.
  assert.equal((await submit(page, '/sign-in/link', { token })).status, 403);
  assert.equal((await send(page, { ...said, token }, { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.deepEqual(await owners(), []);
});

test('who guesses is not heard for long', async () => {
  const page = browser();
  const answers: number[] = [];
  for (let i = 0; i < 40; i++) answers.push((await page.request(`/setup?token=tok_${i}`)).status);
  assert.equal(answers.at(-1), 429);
});

test('what does not fit is said, and makes nothing', async () => {
  const token = await fresh();
  for (const wrong of [
    { slug: 'Not One' },
    { slug: 'app' },
    { email: 'none' },
    { name: '\u0007' },
    { workspaceName: '' },
  ]) {
    const { status, body } = await send(browser(), { ...said, ...wrong, token });
    assert.equal(status, 400, JSON.stringify(wrong));
    assert.match(body, /role="alert"/);
  }
  const shown = (await send(browser(), { ...said, workspaceName: '"><script>', slug: 'app', token }))
    .body as string;
  assert.ok(!shown.includes('<script>'));
  assert.deepEqual(await owners(), []);
  assert.equal((await db.selectFrom('workspaces').select('id').execute()).length, 0);
});

test('nobody takes over an account that is there, or a server that got its owner another way', async () => {
  const token = await fresh();
  await db.insertInto('users').values({ id: 'usr_there', name: 'Bob', email: 'bob@there.example' }).execute();
  const taken = await send(browser(), { ...said, email: 'Bob@there.example', token });
  assert.equal(taken.status, 400);
  assert.match(taken.body, /has an account/);
  assert.deepEqual(await owners(), []);

  await workspaceOf('another-way');
  assert.equal((await browser().request(`/setup?token=${token}`)).status, 403);
  assert.equal((await send(browser(), { ...said, token })).status, 403);
  assert.equal((await owners()).length, 1);
  await db.deleteFrom('members').execute();
});

test('of all who come at once, with whatever good address, one becomes the owner', async () => {
  const tokens = [await fresh(), await fresh()];
  const pages = Array.from({ length: 6 }, () => browser());
  const answers = await Promise.all(
    pages.map((page, i) =>
      send(page, { ...said, email: `ada${i}@first.example`, slug: `first-${i}`, token: tokens[i % 2]! }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 403, 403, 403, 403, 403]);
  assert.equal((await owners()).length, 1);
  assert.equal(
    (await db.selectFrom('workspaces').select('id').where('slug', 'like', 'first-%').execute()).length,
    1,
  );
  const winner = answers.findIndex(({ status }) => status === 303);
  const page = pages[winner]!;
  assert.equal(answers[winner]!.headers.get('location'), `/app/first-${winner}/settings/start`);
  const caller = await callerOf({ db, auth }, page.headers(), `first-${winner}`);
  assert.equal(caller.role, 'owner');
  // From here on there is none to be had, by address or anew.
  for (const token of tokens) assert.equal((await send(browser(), { ...said, token })).status, 403);
  assert.equal(await setupAddress(ports, now()), undefined);
});
