/** Sign-in and sessions through the HTTP face, and what an attacker would try there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { createAuth } from '../../src/people/auth.ts';
import { callerOf } from '../../src/people/sessions.ts';
import { signInOf } from '../../src/people/users.ts';
import { refused } from '../desk.ts';
import { createAuthenticator } from '../fakes/authenticator.ts';
import {
  auth,
  authPorts,
  browser,
  db,
  follow,
  linkIn,
  mailsTo,
  now,
  signedIn,
  signInFor,
  submit,
  url,
  workspaceOf,
} from '../people.ts';

const cookieName = 'postern.session_token';
const password = 'correct horse battery';

/** Sets a password as a person does: by the mailed address. */
async function setPassword(email: string): Promise<void> {
  const page = browser();
  assert.equal((await page.post('/request-password-reset', { email })).status, 200);
  const [mail] = await mailsTo(email);
  const token = new URL(linkIn(mail!.body)).searchParams.get('token')!;
  const stored = await db.selectFrom('verifications').select('identifier').execute();
  assert.ok(
    stored.every(({ identifier }) => !identifier.includes(token)),
    'what was mailed is not stored',
  );
  const { status } = await page.request('/set-password', {
    method: 'POST',
    body: new URLSearchParams({ token, password }),
    headers: { origin: 'null', 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(status, 200);
}

describe('signing in', () => {
  test('by a mailed link, once; a scanner that opens the page spends nothing', async () => {
    const { email } = await workspaceOf('links');
    const page = browser();
    assert.deepEqual((await page.post('/sign-in/magic-link', { email })).body, { status: true });
    const [mail] = await mailsTo(email);
    assert.equal(mail!.workspaceId, null, 'it is the house’s');
    const address = linkIn(mail!.body);
    const stored = await db.selectFrom('verifications').select('identifier').execute();
    assert.ok(
      stored.every(({ identifier }) => !address.includes(identifier)),
      'what was mailed is not stored',
    );
    const opened = await browser().request(address.slice(url.length));
    assert.match(opened.body, /<form/);
    assert.doesNotMatch(opened.body, /<script/);
    assert.match(opened.headers.get('referrer-policy')!, /no-referrer/);

    const answer = await follow(page, address);
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/welcome']);
    const [line] = answer.headers.getSetCookie();
    assert.match(line!, new RegExp(`^${cookieName.replace('.', '\\.')}=.*HttpOnly`));
    assert.match(line!, /SameSite=Lax/i);
    assert.match(answer.headers.get('cache-control')!, /no-store/);
    assert.equal((await page.get('/get-session')).body.user.email, email);

    const again = browser();
    const used = await follow(again, address);
    assert.equal(used.status, 403);
    assert.match(used.body, /was used/);
    assert.equal((await again.get('/get-session')).body, null);
  });

  test('by password, under a new session each time', async () => {
    const { email } = await workspaceOf('passwords');
    await setPassword(email);
    const page = browser();
    assert.equal((await page.post('/sign-in/email', { email, password })).status, 200);
    const first = page.cookies.get(cookieName)!;
    assert.ok(first);
    await page.post('/sign-in/email', { email, password });
    assert.notEqual(page.cookies.get(cookieName), first);
    // What an attacker planted before is not what the victim is signed in under.
    const victim = browser();
    victim.cookies.set(cookieName, 'planted.signature');
    await victim.post('/sign-in/email', { email, password });
    assert.notEqual(victim.cookies.get(cookieName), 'planted.signature');
  });

  test('by passkey', async () => {
    const { email, ownerId } = await workspaceOf('passkeys');
    const page = await signedIn(email);
    const key = createAuthenticator(url);
    const { body: options } = await page.get('/passkey/generate-register-options');
    assert.equal(options.rp.id, 'localhost');
    const registered = await page.post('/passkey/verify-registration', { response: key.create(options) });
    assert.equal(registered.status, 200, JSON.stringify(registered.body));

    const other = browser();
    const { body: asked } = await other.get('/passkey/generate-authenticate-options');
    const signed = key.get(asked);
    const answer = await other.post('/passkey/verify-authentication', { response: signed });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal((await other.get('/get-session')).body.user.id, ownerId);
    const replay = await browser().post('/passkey/verify-authentication', { response: signed });
    assert.notEqual(replay.status, 200);

    const third = browser();
    const { body: forged } = await third.get('/passkey/generate-authenticate-options');
    const elsewhere = createAuthenticator('https://evil.example');
    assert.notEqual(
      (await third.post('/passkey/verify-authentication', { response: elsewhere.get(forged) })).status,
      200,
    );
  });

  test('a stranger gets no account, and is not told who has one', async () => {
    const { email, call, owner } = await workspaceOf('strangers');
    const answers = [];
    for (const address of [email, 'nobody@strangers.example'])
      for (const path of ['/sign-in/magic-link', '/request-password-reset']) {
        const { status, body } = await browser().post(path, { email: address });
        answers.push({ path, status, body });
      }
    assert.deepEqual(answers.slice(0, 2), answers.slice(2));
    await mailsTo(email, 2);
    assert.deepEqual(await mailsTo('nobody@strangers.example', 0), []);

    // Nor who was one by the time that the link is followed.
    const late = 'late@strangers.example';
    const { invitationId } = await call(owner, 'invite_member', { email: late, role: 'viewer' });
    await browser().post('/sign-in/magic-link', { email: late });
    const [, link] = await mailsTo(late, 2);
    await call(owner, 'cancel_invitation', { invitationId: invitationId! });
    const page = browser();
    await follow(page, linkIn(link!.body));
    assert.equal((await page.get('/get-session')).body, null);
    assert.deepEqual(await db.selectFrom('users').select('id').where('email', '=', late).execute(), []);

    for (const path of [
      '/sign-up/email',
      '/update-session',
      '/delete-user',
      '/change-email',
      '/ok',
      '/error',
    ])
      assert.equal((await browser().post(path, { email, password, name: 'x' })).status, 404, path);
    const { status } = await browser().get('/sign-in%2Femail');
    assert.equal(status, 404);
  });

  test('passwords are not guessed: an account’s are bounded, whoever guesses', async () => {
    const { email } = await workspaceOf('guesses');
    await setPassword(email);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++)
      statuses.push(
        (await browser().post('/sign-in/email', { email, password: `wrong ${i} password` })).status,
      );
    assert.deepEqual(statuses.slice(0, 10), Array(10).fill(401));
    assert.deepEqual(statuses.slice(10), [429, 429]);
    // The right one is refused as well, or guessing would go on unseen.
    assert.equal(
      (await browser().post('/sign-in/email', { email: email.toUpperCase(), password })).status,
      429,
    );
  });

  test('an address has so many tries a minute, of whatever accounts', async () => {
    const page = browser('203.0.113.7');
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++)
      statuses.push((await page.post('/sign-in/magic-link', { email: `n${i}@many.example` })).status);
    assert.deepEqual(statuses, [...Array(30).fill(200), 429, 429]);
  });

  test('other pages are refused', async () => {
    const { email } = await workspaceOf('origins');
    const page = await signedIn(email);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: url.replace('localhost', '127.0.0.1') },
    ])
      for (const path of ['/sign-out', '/sign-in/magic-link', '/revoke-sessions'])
        assert.equal((await page.post(path, { email }, headers)).status, 403, JSON.stringify(headers));
    // Without a cookie, too: nobody is signed in to where another page would have them.
    await setPassword(email);
    for (const [path, body] of [
      ['/sign-in/email', { email, password }],
      ['/request-password-reset', { email }],
    ] as const) {
      const { status, headers } = await browser().post(path, body, { origin: 'https://evil.example' });
      assert.deepEqual([status, headers.getSetCookie()], [403, []], path);
    }
    await follow(page, await signInFor(email));
    const bare = await page.request('/api/auth/sign-out', { method: 'POST', body: '{}' });
    assert.equal(bare.status, 403, 'a cookie without an origin');
    const preflight = await page.request('/api/auth/sign-out', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 403);
    const open = await page.post('/sign-in/magic-link', { email, callbackURL: 'https://evil.example/' });
    assert.equal(open.status, 403, 'a link that leads elsewhere');
    for (const name of ['callbackURL', 'errorCallbackURL', 'newUserCallbackURL'])
      for (const elsewhere of ['/app/../..//evil.example', '/app/..%2f%2fevil.example', '/%']) {
        const asked = { email: `${randomIds('usr')}@origins.example`, [name]: elsewhere };
        const { status } = await page.post('/sign-in/magic-link', asked);
        assert.equal(status, 403, `${name} ${elsewhere}`);
      }
    assert.ok((await page.get('/get-session')).body, 'still signed in');
  });

  test('an attacker’s link signs nobody in as the attacker', async () => {
    const { email } = await workspaceOf('planted');
    const token = new URL(await signInFor(email)).searchParams.get('token')!;
    const victim = browser();
    const query = `token=${encodeURIComponent(token)}&callbackURL=%2Fapp`;
    for (const site of ['cross-site', 'same-site', 'none', 'same-origin']) {
      const init = { headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' } };
      await victim.request(`/api/auth/magic-link/verify?${query}`, init);
      await victim.request(`/sign-in/link?${query}`, init);
      await victim.request(`/sign-in?${query}`, init);
    }
    const elsewhere: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: url.replace('localhost', '127.0.0.1'), 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of elsewhere)
      assert.equal((await submit(victim, '/sign-in/link', { token }, headers)).status, 403);
    assert.equal(victim.cookies.size, 0);
    // What is left to an attacker is the page, and there it says whose link it is.
    const shown = await victim.request(`/sign-in?${query}`, { headers: { 'sec-fetch-site': 'cross-site' } });
    assert.match(shown.body, new RegExp(`Sign in as ${email}`));
    // And that page works, for whoever came from a mail read in the browser.
    assert.equal((await submit(victim, '/sign-in/link', { token })).status, 303);
    assert.equal((await victim.get('/get-session')).body.user.email, email);
  });

  test('what is refused comes under 200 for who asks so, and its status beside it', async () => {
    const { email } = await workspaceOf('quiet');
    const wrong = { email, password: 'incorrect horse' };
    const quiet = { 'x-postern-refusals': 'in-body' };
    const { status, headers, body } = await browser().post('/sign-in/email', wrong, quiet);
    assert.deepEqual([status, headers.get('x-postern-status')], [200, '401']);
    assert.ok(body.message);
    assert.equal((await browser().post('/sign-in/email', wrong)).status, 401);
    const evil = { ...quiet, origin: 'https://evil.example' };
    const other = await browser().post('/sign-in/email', wrong, evil);
    assert.deepEqual([other.headers.get('x-postern-status'), other.body.code], ['403', 'not_permitted']);
  });

  test('what cannot be read is refused', async () => {
    const page = browser();
    const send = (body: string) =>
      page.request('/api/auth/sign-in/email', { method: 'POST', body, headers: { origin: url } });
    assert.equal((await send('{')).status, 400);
    assert.equal((await send('[]')).status, 400);
    assert.equal((await send(`"${'x'.repeat(20_000)}"`)).status, 413);
    assert.equal((await send('{"email":{"a":1},"password":["x"]}')).status, 400);
  });
});

test('over https cookies are held to this host', async () => {
  const { email } = await workspaceOf('https');
  const publicUrl = 'https://desk.example';
  const https = createAuth({ ...authPorts, publicUrl });
  const address = await signInOf({ db, ids: randomIds, publicUrl }, email, now());
  const { searchParams } = new URL(address);
  const answer = await https.handler(
    new Request(`${publicUrl}/api/auth/magic-link/verify?token=${searchParams.get('token')}`),
  );
  assert.equal(answer.status, 200);
  const [cookie] = answer.headers.getSetCookie();
  assert.match(cookie!, /^__Host-postern\.session_token=/);
  for (const attribute of ['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax'])
    assert.match(cookie!, new RegExp(`; ${attribute}(;|$)`, 'i'));
  assert.doesNotMatch(cookie!, /Domain=/i);
});

describe('sessions', () => {
  test('are listed and revoked, and a revoked one is refused at once', async () => {
    const { email, workspace } = await workspaceOf('sessions');
    const [one, two] = [await signedIn(email), await signedIn(email)];
    const { body: sessions } = await one.get('/list-sessions');
    assert.equal(sessions.length, 2);
    const ports = { db, auth };
    assert.equal((await callerOf(ports, two.headers(), workspace.slug)).role, 'owner');
    const own = (await one.get('/get-session')).body.session.token;
    const { token } = sessions.find((session: { token: string }) => session.token !== own);
    assert.equal((await one.post('/revoke-session', { token })).status, 200);
    await assert.rejects(callerOf(ports, two.headers(), workspace.slug), refused('unauthorized'));
    assert.equal((await callerOf(ports, one.headers(), workspace.slug)).role, 'owner');
    assert.equal((await one.post('/sign-out')).status, 200);
    assert.equal(one.cookies.has(cookieName), false);
  });

  test('all end where a password is set anew', async () => {
    const { email, workspace } = await workspaceOf('resets');
    const before = await signedIn(email);
    await setPassword(email);
    await assert.rejects(callerOf({ db, auth }, before.headers(), workspace.slug), refused('unauthorized'));
  });

  test('another’s is not revoked', async () => {
    const [mine, theirs] = [await workspaceOf('mine'), await workspaceOf('theirs')];
    const [me, them] = [await signedIn(mine.email), await signedIn(theirs.email)];
    const { token } = (await them.get('/get-session')).body.session;
    await me.post('/revoke-session', { token });
    assert.ok((await them.get('/get-session')).body);
    const ports = { db, auth };
    await assert.rejects(callerOf(ports, me.headers(), 'theirs'), refused('not_permitted'));
    await assert.rejects(callerOf(ports, me.headers(), 'no-such'), refused('not_permitted'));
    await assert.rejects(callerOf(ports, new Headers(), 'mine'), refused('unauthorized'));
    // The token alone, as a reader of the database has it, is half a cookie.
    const half = browser();
    half.cookies.set(cookieName, token);
    assert.equal((await half.get('/get-session')).body, null);
  });
});
