/** Sign-in, sessions, invitations and roles, through the HTTP face; and what an attacker would try there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callerOf } from '../../src/people/sessions.ts';
import { asSystem, inWorkspace } from '../../src/store/database.ts';
import { refused } from '../desk.ts';
import { createAuthenticator } from '../fakes/authenticator.ts';
import { auth, browser, db, follow, linkIn, mailsTo, now, signedIn, url, workspaceOf } from '../people.ts';

const cookieName = 'postern.session_token';
const password = 'correct horse battery';

/** Sets a password as a person does: by the mailed address. */
async function setPassword(email: string): Promise<void> {
  const page = browser();
  assert.equal((await page.post('/request-password-reset', { email })).status, 200);
  const [mail] = await mailsTo(email);
  const token = new URL(linkIn(mail!.body)).searchParams.get('token')!;
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
    const opened = await browser().request(address.slice(url.length));
    assert.match(opened.body, /<form/);
    assert.doesNotMatch(opened.body, /<script/);
    assert.match(opened.headers.get('referrer-policy')!, /no-referrer/);

    const answer = await follow(page, address);
    assert.equal(answer.status, 302);
    const [line] = answer.headers.getSetCookie();
    assert.match(line!, new RegExp(`^${cookieName.replace('.', '\\.')}=.*HttpOnly`));
    assert.match(line!, /SameSite=Lax/i);
    assert.match(answer.headers.get('cache-control')!, /no-store/);
    assert.equal((await page.get('/get-session')).body.user.email, email);

    const again = browser();
    assert.match((await follow(again, address)).headers.get('location')!, /error=INVALID_TOKEN/);
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
    const { email } = await workspaceOf('strangers');
    const answers = [];
    for (const address of [email, 'nobody@strangers.example'])
      for (const path of ['/sign-in/magic-link', '/request-password-reset']) {
        const { status, body } = await browser().post(path, { email: address });
        answers.push({ path, status, body });
      }
    assert.deepEqual(answers.slice(0, 2), answers.slice(2));
    await mailsTo(email, 2);
    assert.deepEqual(await mailsTo('nobody@strangers.example', 0), []);

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
    const bare = await page.request('/api/auth/sign-out', { method: 'POST', body: '{}' });
    assert.equal(bare.status, 403, 'a cookie without an origin');
    const preflight = await page.request('/api/auth/sign-out', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 403);
    const open = await page.post('/sign-in/magic-link', { email, callbackURL: 'https://evil.example/' });
    assert.equal(open.status, 403, 'a link that leads elsewhere');
    assert.ok((await page.get('/get-session')).body, 'still signed in');
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

describe('members', () => {
  test('an invitation is mailed, taken up by its address alone, once', async () => {
    const { call, owner, workspace, email } = await workspaceOf('invites');
    const invitee = 'new@invites.example';
    const { invitationId } = await call(owner, 'invite_member', {
      email: 'New@Invites.example',
      role: 'operator',
    });
    const [mail] = await mailsTo(invitee);
    assert.match(mail!.body, /as operator/);

    const wrong = await signedIn(email);
    assert.equal((await wrong.post('/invitations/accept', { invitationId })).status, 404);
    const right = browser();
    await right.post('/sign-in/magic-link', { email: invitee });
    await follow(right, linkIn((await mailsTo(invitee, 2))[1]!.body));
    const { body } = await right.get('/invitations');
    assert.deepEqual(
      body.invitations.map(({ id, role, slug }: Record<string, string>) => ({ id, role, slug })),
      [{ id: invitationId, role: 'operator', slug: 'invites' }],
    );
    await assert.rejects(callerOf({ db, auth }, right.headers(), workspace.slug), refused('not_permitted'));
    const accepted = await Promise.all([1, 2].map(() => right.post('/invitations/accept', { invitationId })));
    assert.deepEqual(accepted.map(({ status }) => status).sort(), [200, 404]);
    assert.equal((await callerOf({ db, auth }, right.headers(), workspace.slug)).role, 'operator');
    await assert.rejects(
      call(owner, 'invite_member', { email: invitee, role: 'viewer' }),
      refused('conflict'),
    );

    await right.post('/update-user', { name: 'Ada New' });
    assert.equal((await right.post('/update-user', { name: 'Ada\u0007\nNew' })).status, 400);
    const { members } = (await call(owner, 'list_members')) as { members: { name: string }[] };
    assert.deepEqual(
      members.map(({ name }) => name),
      ['Ada New', 'The Owner'],
    );
    const { entries } = (await call(owner, 'list_audit')) as { entries: { action: string; actor: string }[] };
    assert.deepEqual(
      entries.map(({ action }) => action),
      ['member.joined', 'member.invited'],
    );
    assert.equal(entries[1]!.actor, `operator:${owner.id}`);
  });

  test('an invitation that expired, was cancelled or was replaced is worth nothing', async () => {
    const { call, owner } = await workspaceOf('stale');
    const invitee = 'late@stale.example';
    const send = async () =>
      String((await call(owner, 'invite_member', { email: invitee, role: 'viewer' })).invitationId);
    const replaced = await send();
    const cancelled = await send();
    const page = await signedIn(invitee);
    await call(owner, 'cancel_invitation', { invitationId: cancelled });
    await assert.rejects(call(owner, 'cancel_invitation', { invitationId: cancelled }), refused('not_found'));
    const expired = await send();
    await db.updateTable('invitations').set({ expiresAt: now() }).where('id', '=', expired).execute();
    for (const invitationId of [replaced, cancelled, expired, 'inv_none'])
      assert.equal((await page.post('/invitations/accept', { invitationId })).status, 404);
    assert.deepEqual(await call(owner, 'list_invitations'), { invitations: [] });
  });

  test('roles: who may give and take which', async () => {
    const { call, owner, workspace } = await workspaceOf('roles');
    const add = async (name: string, role: 'viewer' | 'operator' | 'admin' | 'owner') => {
      const email = `${name}@roles.example`;
      const user = { id: `usr_${name}`, name, email };
      await db.insertInto('users').values(user).execute();
      const member = { userId: user.id, name, email, role, workspaceId: workspace.id };
      await asSystem(db, (tx) => tx.insertInto('members').values(member).execute());
      return { kind: 'operator', id: user.id, role } as const;
    };
    const admin = await add('admin', 'admin');
    const viewer = await add('viewer', 'viewer');
    const operator = await add('operator', 'operator');

    await call(admin, 'change_role', { userId: viewer.id, role: 'operator' });
    const denied: [typeof admin | typeof viewer | typeof operator, string, Record<string, string>][] = [
      [admin, 'change_role', { userId: viewer.id, role: 'admin' }],
      [admin, 'change_role', { userId: admin.id, role: 'owner' }],
      [admin, 'change_role', { userId: owner.id, role: 'viewer' }],
      [admin, 'remove_member', { userId: owner.id }],
      [admin, 'invite_member', { email: 'x@roles.example', role: 'owner' }],
      [operator, 'change_role', { userId: viewer.id, role: 'viewer' }],
      [operator, 'remove_member', { userId: viewer.id }],
      [operator, 'invite_member', { email: 'x@roles.example', role: 'viewer' }],
      [operator, 'list_audit', {}],
      [viewer, 'update_desk_settings', { agentsSee: 'all' }],
    ];
    for (const [caller, name, input] of denied)
      await assert.rejects(call(caller, name, input), (error) => {
        // The last owner is told of first.
        return refused('not_permitted')(error) || refused('conflict')(error);
      });
    assert.deepEqual(
      ((await call(owner, 'list_members')) as { members: { role: string }[] }).members.map(
        ({ role }) => role,
      ),
      ['owner', 'admin', 'operator', 'operator'],
    );
  });

  test('the last owner stays, also where two go at once', async () => {
    const { call, owner, workspace, ownerId } = await workspaceOf('owners');
    await assert.rejects(call(owner, 'remove_member', { userId: ownerId }), refused('conflict'));
    await assert.rejects(call(owner, 'change_role', { userId: ownerId, role: 'admin' }), refused('conflict'));
    const second = { id: 'usr_second', name: 'Second', email: 'second@owners.example' };
    await db.insertInto('users').values(second).execute();
    const { id: userId, name, email } = second;
    await db
      .insertInto('members')
      .values({ workspaceId: workspace.id, userId, name, email, role: 'owner' })
      .execute();
    const both = await Promise.allSettled([
      call(owner, 'remove_member', { userId: ownerId }),
      call({ kind: 'operator', id: userId, role: 'owner' }, 'remove_member', { userId }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { members } = (await call(owner, 'list_members')) as { members: object[] };
    assert.equal(members.length, 1);
  });

  test('a removed member is refused at once', async () => {
    const { call, owner, workspace } = await workspaceOf('removed');
    const invitee = 'gone@removed.example';
    const { invitationId } = await call(owner, 'invite_member', { email: invitee, role: 'admin' });
    const page = await signedIn(invitee);
    await page.post('/invitations/accept', { invitationId: String(invitationId) });
    const { id } = await callerOf({ db, auth }, page.headers(), workspace.slug);
    const { teamId } = await call(owner, 'create_team', { name: 'Returns' });
    await assert.rejects(call(owner, 'create_team', { name: 'RETURNS' }), refused('conflict'));
    await call(owner, 'add_team_member', { teamId: String(teamId), userId: id });
    await call(owner, 'remove_member', { userId: id });
    await assert.rejects(callerOf({ db, auth }, page.headers(), workspace.slug), refused('not_permitted'));
    assert.deepEqual(await call(owner, 'list_teams'), { teams: [{ teamId, name: 'Returns', userIds: [] }] });
  });

  test('a workspace sees its own people, and no mail of the house', async () => {
    const one = await workspaceOf('alone');
    await workspaceOf('beside');
    await browser().post('/sign-in/magic-link', { email: one.email });
    await mailsTo(one.email);
    await inWorkspace(db, one.workspace.id, async (tx) => {
      const members = await tx.selectFrom('members').select('email').execute();
      assert.deepEqual(members, [{ email: one.email }]);
      assert.deepEqual(await tx.selectFrom('outbox').select('id').execute(), []);
    });
    for (const table of ['users', 'sessions', 'verifications'] as const)
      await assert.rejects(
        inWorkspace(db, one.workspace.id, (tx) => tx.selectFrom(table).selectAll().execute()),
        /permission denied/,
      );
  });

  test('settings change as told, and the audit log pages through what was', async () => {
    const { call, owner } = await workspaceOf('settings');
    assert.deepEqual(await call(owner, 'get_desk_settings'), {
      agentsSee: 'none',
      agentsTag: 'agents',
      timeZone: 'UTC',
    });
    await assert.rejects(
      call(owner, 'update_desk_settings', { timeZone: 'Mars/Olympus' }),
      refused('invalid_arguments'),
    );
    await call(owner, 'update_desk_settings', { agentsSee: 'tag' });
    await call(owner, 'update_desk_settings', { timeZone: 'Europe/Warsaw' });
    await call(owner, 'update_desk_settings', { timeZone: 'Europe/Warsaw' });
    await call(owner, 'update_desk_settings', { agentsTag: 'open' });
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await call(owner, 'list_audit', { limit: 1, ...(cursor && { cursor }) });
      seen.push(...(page.entries as { details: object }[]).map(({ details }) => details));
      cursor = (page.nextCursor as string | null) ?? undefined;
    } while (cursor);
    assert.deepEqual(seen, [
      { agentsTag: { from: 'agents', to: 'open' } },
      { timeZone: { from: 'UTC', to: 'Europe/Warsaw' } },
      { agentsSee: { from: 'none', to: 'tag' } },
    ]);
    await assert.rejects(call(owner, 'list_audit', { cursor: 'bm9uZQ' }), refused('invalid_arguments'));
  });
});
