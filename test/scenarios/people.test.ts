/** Members, invitations, roles and teams: who may do what, and what ends when. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Caller, EffectOperation } from '../../src/catalogue/operation.ts';
import { runIn } from '../../src/catalogue/perform.ts';
import { operator } from '../../src/faces/cli/operator-scope.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { callerOf } from '../../src/people/sessions.ts';
import { asSystem, inWorkspace } from '../../src/store/database.ts';
import { catalogue, refused } from '../desk.ts';
import { auth, browser, db, follow, linkIn, mailsTo, now, signedIn, submit, workspaceOf } from '../people.ts';

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
    for (const image of ['javascript:alert(1)', 'https://evil.example/pixel.gif', 'x'.repeat(15_000)])
      assert.equal((await right.post('/update-user', { image })).status, 400);
    assert.equal((await right.get('/get-session')).body.user.image, null);
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

  test('an invitation is taken up on the pages that its mail leads to', async () => {
    const { call, owner, workspace } = await workspaceOf('pages');
    const email = 'page@pages.example';
    await call(owner, 'invite_member', { email, role: 'viewer' });
    const page = browser();
    const send = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
      submit(page, path, form, headers);
    assert.match((await page.request('/welcome')).body, /Mail me a link/);
    assert.equal((await send('/sign-in', { email }, { 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await send('/sign-in', { email })).status, 200);
    assert.equal((await send('/sign-in', { email: 'none' })).status, 400);
    await follow(page, linkIn((await mailsTo(email, 2))[1]!.body));
    const shown = (await page.request('/welcome')).body as string;
    const [, invitationId] = /name="invitationId" value="(inv_\w+)"/.exec(shown)!;
    assert.equal((await send('/welcome', { invitationId: invitationId! })).status, 303);
    assert.equal((await callerOf({ db, auth }, page.headers(), workspace.slug)).role, 'viewer');
    assert.equal((await page.request('/welcome')).headers.get('location'), '/app');
    page.cookies.clear();
    assert.equal((await send('/welcome', { invitationId: invitationId! })).status, 401);
  });

  test('an address that nobody has proven takes no invitation up', async () => {
    const { call, owner } = await workspaceOf('unproven');
    const { email } = await workspaceOf('unproven-guest');
    const guest = await signedIn(email);
    const proven = (emailVerified: boolean) =>
      db.updateTable('users').set({ emailVerified }).where('email', '=', email).execute();
    const { invitationId } = await call(owner, 'invite_member', { email, role: 'admin' });
    await proven(false);
    assert.deepEqual((await guest.get('/invitations')).body.invitations, []);
    assert.equal((await guest.post('/invitations/accept', { invitationId })).status, 403);
    await proven(true);
    assert.equal((await guest.post('/invitations/accept', { invitationId })).status, 200);
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
    const denied: [
      typeof admin | typeof viewer | typeof operator,
      string,
      Record<string, string | number>,
    ][] = [
      [admin, 'change_role', { userId: viewer.id, role: 'admin' }],
      [admin, 'change_role', { userId: admin.id, role: 'owner' }],
      [admin, 'change_role', { userId: owner.id, role: 'viewer' }],
      [admin, 'remove_member', { userId: owner.id }],
      [admin, 'invite_member', { email: 'x@roles.example', role: 'owner' }],
      [operator, 'change_role', { userId: viewer.id, role: 'viewer' }],
      [operator, 'remove_member', { userId: viewer.id }],
      [operator, 'invite_member', { email: 'x@roles.example', role: 'viewer' }],
      [operator, 'list_audit', {}],
      [viewer, 'update_desk_settings', { version: 1, agentsSee: 'all' }],
    ];
    for (const [caller, name, input] of denied)
      await assert.rejects(call(caller, name, input), refused('not_permitted'), name);
    assert.deepEqual(
      ((await call(owner, 'list_members')) as { members: { role: string }[] }).members.map(
        ({ role }) => role,
      ),
      ['owner', 'admin', 'operator', 'operator'],
    );
    const { entries } = (await call(owner, 'list_audit')) as { entries: Record<string, unknown>[] };
    assert.deepEqual(
      entries.map(({ actor, action, subject, details }) => [actor, action, subject, details]),
      [
        [
          'operator:usr_admin',
          'member.role_changed',
          viewer.id,
          { email: 'viewer@roles.example', from: 'viewer', to: 'operator' },
        ],
      ],
    );
  });

  test('whoever goes, or works no more, leaves their open tickets to nobody', async () => {
    const { call, owner, workspace } = await workspaceOf('give-back');
    const user = { id: 'usr_leaves', name: 'Leaves', email: 'leaves@give-back.example' };
    await db.insertInto('users').values(user).execute();
    const member = { userId: user.id, name: user.name, email: user.email, workspaceId: workspace.id };
    await asSystem(db, (tx) =>
      tx
        .insertInto('members')
        .values({ ...member, role: 'operator' })
        .execute(),
    );
    const agent = { kind: 'wallet', address: `0x${'a1'.repeat(20)}` } as const;
    const ticketIds: string[] = [];
    for (const subject of ['One', 'Two']) {
      const opened = await inWorkspace(db, workspace.id, (tx) =>
        runIn(
          { tx, workspace, caller: agent, ids: randomIds, now: now() },
          catalogue.get('create_ticket') as EffectOperation,
          { subject, body: 'x' },
        ),
      );
      ticketIds.push(String(opened.ticketId));
    }
    const mine = () => call(owner, 'list_tickets', { assigneeId: user.id });
    const give = () => call(owner, 'bulk_update', { ticketIds, assigneeId: user.id });
    await give();
    await call(owner, 'bulk_update', { ticketIds: [ticketIds[1]!], status: 'resolved' });
    await call(owner, 'change_role', { userId: user.id, role: 'viewer' });
    assert.deepEqual(
      ((await mine()).tickets as { subject: string }[]).map(({ subject }) => subject),
      ['Two'],
      'what is done stays theirs',
    );
    const { history, assigneeId } = await call(owner, 'get_ticket', { ticketId: ticketIds[0]! });
    assert.equal(assigneeId, null);
    const last = (history as { actor: string; changes: object }[]).at(-1)!;
    assert.deepEqual(last.changes, { assigneeId: { from: user.id, to: null } });
    await call(owner, 'change_role', { userId: user.id, role: 'operator' });
    await call(owner, 'bulk_update', { ticketIds: [ticketIds[0]!], assigneeId: user.id });
    await call(owner, 'remove_member', { userId: user.id });
    assert.equal((await call(owner, 'get_ticket', { ticketId: ticketIds[0]! })).assigneeId, null);
  });

  test('an admin replaces no invitation that an admin could not cancel', async () => {
    const { call, owner } = await workspaceOf('replace');
    const admin = { kind: 'operator', id: 'usr_admin', role: 'admin' } as const;
    const email = 'boss@replace.example';
    await call(owner, 'invite_member', { email, role: 'owner' });
    await assert.rejects(call(admin, 'invite_member', { email, role: 'viewer' }), refused('not_permitted'));
    const { invitations } = (await call(owner, 'list_invitations')) as {
      invitations: { invitationId: string; role: string }[];
    };
    const [{ invitationId } = { invitationId: '' }] = invitations;
    await assert.rejects(call(admin, 'cancel_invitation', { invitationId }), refused('not_permitted'));
    assert.deepEqual(
      invitations.map(({ role }) => role),
      ['owner'],
    );
  });

  test('an invitation ends with the right of who sent it', async () => {
    const { call, owner, workspace } = await workspaceOf('sent-by');
    const join = async (name: string, role: 'admin' | 'owner') => {
      const email = `${name}@sent-by.example`;
      const { invitationId } = await call(owner, 'invite_member', { email, role });
      const page = await signedIn(email);
      await page.post('/invitations/accept', { invitationId: String(invitationId) });
      return callerOf({ db, auth }, page.headers(), workspace.slug);
    };
    const send = async (by: Caller, name: string, role: string) => {
      const email = `${name}@sent-by.example`;
      const { invitationId } = await call(by, 'invite_member', { email, role });
      return { email, invitationId: String(invitationId) };
    };
    const accept = async ({ email, invitationId }: { email: string; invitationId: string }) =>
      (await (await signedIn(email)).post('/invitations/accept', { invitationId })).status;
    const waiting = async () => {
      const { invitations } = (await call(owner, 'list_invitations')) as { invitations: { email: string }[] };
      return invitations.map(({ email }) => email.split('@')[0]).sort();
    };
    const [rogue, second] = [await join('rogue', 'owner'), await join('second', 'admin')];

    const boss = await send(rogue, 'boss', 'owner');
    const helper = await send(rogue, 'helper', 'operator');
    const page = await signedIn(boss.email);
    await call(owner, 'change_role', { userId: rogue.id, role: 'admin' });
    assert.equal((await page.post('/invitations/accept', { invitationId: boss.invitationId })).status, 404);
    assert.deepEqual(await waiting(), ['helper'], 'an admin may invite operators');
    await call(owner, 'remove_member', { userId: rogue.id });
    assert.deepEqual(await waiting(), []);
    const guest = await send(second, 'guest', 'viewer');
    const kept = await send(owner, 'kept', 'operator');
    await call(owner, 'change_role', { userId: second.id, role: 'operator' });
    assert.deepEqual(await waiting(), ['kept']);
    // Who was let in while they were sent away: the request had begun, and its invitation came after.
    const late = await send(rogue, 'late', 'owner');
    const early = await send(second, 'early', 'viewer');
    for (const ended of [late, early]) assert.equal(await accept(ended), 404);
    for (const ended of [helper, guest])
      await assert.rejects(
        call(owner, 'cancel_invitation', { invitationId: ended.invitationId }),
        refused('not_found'),
      );
    assert.equal(await accept(kept), 200);

    const { entries } = (await call(owner, 'list_audit')) as {
      entries: { action: string; subject: string; actor: string }[];
    };
    assert.deepEqual(
      entries
        .filter(({ action }) => action === 'invitation.cancelled')
        .map(({ subject, actor }) => [subject, actor]),
      [guest, helper, boss].map(({ invitationId }) => [invitationId, `operator:${owner.id}`]),
    );
  });

  test('an invitation from the command line, where nobody is a member, is taken up', async () => {
    const { call, workspace } = await workspaceOf('by-command');
    const invitee = 'new@by-command.example';
    const { invitationId } = await call(operator, 'invite_member', { email: invitee, role: 'owner' });
    const page = await signedIn(invitee);
    assert.equal(
      (await page.post('/invitations/accept', { invitationId: String(invitationId) })).status,
      200,
    );
    assert.equal((await callerOf({ db, auth }, page.headers(), workspace.slug)).role, 'owner');
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
      askForRating: false,
      ratingPauseDays: 30,
      contactPage: true,
      version: 1,
    });
    await assert.rejects(
      call(owner, 'update_desk_settings', { version: 1, timeZone: 'Mars/Olympus' }),
      refused('invalid_arguments'),
    );
    await call(owner, 'update_desk_settings', { version: 1, agentsSee: 'tag' });
    await call(owner, 'update_desk_settings', { version: 2, timeZone: 'Europe/Warsaw' });
    await call(owner, 'update_desk_settings', { version: 3, timeZone: 'Europe/Warsaw' });
    await call(owner, 'update_desk_settings', { version: 3, agentsTag: 'open' });
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await call(owner, 'list_audit', { limit: 1, ...(cursor && { cursor }) });
      const entries = page.entries as { action: string; details: object }[];
      assert.ok(entries.every(({ action }) => action === 'settings.changed'));
      seen.push(...entries.map(({ details }) => details));
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
