/** What a credential may do at the second door, over real HTTP, and when that ends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Scope } from '../../src/catalogue/operation.ts';
import { systemClock } from '../../src/kernel/time.ts';
import { pauseBreaker, resumeBreaker } from '../../src/mail/breaker.ts';
import { catalogue, desk } from '../desk.ts';
import {
  acme,
  admin,
  bearer,
  call,
  credential,
  db,
  mailsAbout,
  messagesOf,
  post,
  rpc,
  ticketOf,
  waiting,
} from '../second-door.ts';

describe('what a credential may do', () => {
  test('its list says what acts and what queues, and holds nothing else', async () => {
    const { credentialId, secret } = await credential('lists');
    const list = async () => {
      const { body } = await post(rpc('tools/list'), bearer(secret));
      // biome-ignore lint/suspicious/noExplicitAny: what it holds is what a test asks
      return new Map<string, any>(body.result.tools.map((tool: { name: string }) => [tool.name, tool]));
    };
    const before = await list();
    assert.match(before.get('send_reply').description, /becomes a proposal/);
    assert.equal(before.get('send_reply')._meta['postern/permission'], 'queues');
    assert.equal(before.get('draft_reply')._meta['postern/permission'], 'acts');
    assert.doesNotMatch(
      before.get('draft_reply').description,
      /proposal, which a person approves or rejects/,
    );
    for (const name of ['invite_member', 'create_credential', 'approve_proposal', 'get_ticket'])
      assert.ok(!before.has(name), name);
    await acme.call(admin, 'grant_tool', { credentialId, tool: 'send_reply' });
    assert.equal((await list()).get('send_reply')._meta['postern/permission'], 'acts');

    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    for (const method of ['tools/list', 'server/discover']) {
      const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method };
      const { body } = await post(rpc(method, { _meta }), { ...bearer(secret), ...headers });
      assert.equal(body.result.cacheScope, 'private', method);
      // A payment header forgives nothing here.
      const lost = await post(rpc(method, { _meta }), { ...bearer(secret), 'x-payment': 'x' });
      assert.equal(lost.body.error.data.code, 'header_mismatch', method);
    }
  });

  test('it reads and drafts unpaid, and sends what it was raised to', async () => {
    const { credentialId, secret } = await credential('works');
    const opened = await call(secret, 'create_ticket', { subject: 'Fog', body: 'In the lens.' });
    assert.match(opened.structuredContent.ticketId, /^tkt_/);
    const ticketId = await ticketOf();
    const context = await call(secret, 'get_ticket_context', { ticketId });
    assert.match(context.content[0].text, /does not charge/);
    const reply = { ticketId, body: 'Dry it slowly.' };
    assert.equal((await call(secret, 'draft_reply', reply)).structuredContent.state, 'waiting');

    const queued = await call(secret, 'send_reply', reply);
    assert.equal(queued.structuredContent.outcome, 'queued');
    assert.deepEqual(await mailsAbout(ticketId), []);
    const proposals = await db
      .selectFrom('proposals')
      .select(['credentialId', 'wallet', 'purchaseId'])
      .where('ticketId', '=', ticketId)
      .execute();
    const ours = { credentialId, wallet: null, purchaseId: null };
    assert.deepEqual(proposals, [ours, ours]);

    await acme.call(admin, 'grant_tool', { credentialId, tool: 'send_reply' });
    assert.equal((await call(secret, 'send_reply', reply)).structuredContent.outcome, 'sent');
    const [mail, ...more] = await mailsAbout(ticketId);
    assert.equal(mail!.body, reply.body);
    assert.deepEqual(more, []);
    const [, message] = await messagesOf(ticketId);
    assert.deepEqual([message!.author, message!.authorId], ['agent', credentialId]);
  });

  test('what it may not do, or asks wrongly, is refused in words, and changes nothing', async () => {
    const { secret } = await credential('refused', 'send_reply');
    const invited = { email: 'evil@example.com', role: 'owner' };
    for (const [name, input, code] of [
      ['invite_member', invited, 'not_permitted'],
      ['create_credential', { name: 'mine' }, 'not_permitted'],
      ['grant_tool', { credentialId: 'crd_x', tool: 'send_reply' }, 'not_permitted'],
      ['get_ticket_context', { ticketId: 'tkt_none' }, 'not_found'],
      ['create_ticket', { subject: 'a\nb', body: 'x' }, 'invalid_arguments'],
      ['create_ticket', { subject: 'a', body: 'x', price: 0 }, 'invalid_arguments'],
    ] as const) {
      const { isError, structuredContent } = await call(secret, name, input);
      assert.deepEqual([isError, structuredContent.error.code], [true, code], name);
    }
    const none = await post(rpc('tools/call', { name: 'no_such' }), bearer(secret));
    assert.equal(none.body.error.data.code, 'tool_not_found');
    assert.deepEqual(await db.selectFrom('invitations').selectAll().execute(), []);
  });

  test('the fourth reply to a ticket is refused, and says when there is room again', async () => {
    const { secret } = await credential('eager', 'send_reply');
    const ticketId = await ticketOf();
    const reply = { ticketId, body: 'Once more.' };
    for (let n = 0; n < 3; n++)
      assert.equal((await call(secret, 'send_reply', reply)).structuredContent.outcome, 'sent');
    const { isError, structuredContent } = await call(secret, 'send_reply', reply);
    assert.deepEqual([isError, structuredContent.error.code], [true, 'over_cap']);
    assert.ok(Date.parse(structuredContent.error.opensAt) > systemClock());
    assert.equal((await mailsAbout(ticketId)).length, 3);
  });

  test('while the breaker is paused its sends wait for a person', async () => {
    const { secret } = await credential('held', 'send_reply');
    const ticketId = await ticketOf();
    const reply = { ticketId, body: 'Dry it slowly.' };
    await acme.within(admin, ({ tx }) => pauseBreaker(tx, acme.workspace.id, 'Bounces.'));
    assert.equal((await call(secret, 'send_reply', reply)).structuredContent.outcome, 'queued');
    assert.deepEqual(await mailsAbout(ticketId), []);
    assert.match(
      (await call(secret, 'create_ticket', { subject: 'x', body: 'y' })).structuredContent.ticketId,
      /^tkt_/,
    );
    await acme.within(admin, ({ tx }) => resumeBreaker(tx, acme.workspace.id));
    assert.equal((await call(secret, 'send_reply', reply)).structuredContent.outcome, 'sent');
  });

  test('its workspace is its secret’s, whatever it names', async () => {
    const other = await desk('other');
    const theirs = await other.call({ ...admin }, 'create_credential', { name: 'theirs' });
    const ticketId = await ticketOf();
    const secret = String(theirs.secret);
    assert.equal(
      (await call(secret, 'get_ticket_context', { ticketId })).structuredContent.error.code,
      'not_found',
    );
    const { body } = await post(rpc('initialize'), bearer(secret));
    assert.match(body.result.instructions, /helpdesk of other/);
  });
});

describe('when it ends', () => {
  test('revoked, the next call is refused, and its name is free', async () => {
    const { credentialId, secret } = await credential('ends');
    assert.equal((await post(rpc('ping'), bearer(secret))).status, 200);
    await acme.call(admin, 'revoke_credential', { credentialId });
    assert.equal((await post(rpc('ping'), bearer(secret))).status, 401);
    await credential('ends');
  });

  /** Does it in a transaction of its own, which stands open until `finish`. */
  function held(work: (scope: Scope) => Promise<unknown>) {
    const { promise: open, resolve: finish } = Promise.withResolvers<void>();
    const done = acme.within(admin, async (scope) => {
      await work(scope);
      started.resolve();
      await open;
    });
    const started = Promise.withResolvers<void>();
    return { started: started.promise, done, finish };
  }
  const running = (name: string, input: object) => (scope: Scope) => {
    const operation = catalogue.get(name);
    assert.ok(operation && 'commit' in operation);
    return operation.commit(scope, input);
  };

  // Each fails without `assertHolds` in src/faces/mcp/agents.ts, or without its lock.
  for (const [what, name, more, status] of [
    ['revoked', 'revoke_credential', {}, 401],
    ['withdrawn', 'withdraw_tool', { tool: 'send_reply' }, 200],
  ] as const) {
    test(`${what} between its lookup and its commit, a call comes to nothing`, async () => {
      const { credentialId, secret } = await credential(`race ${what}`, 'send_reply');
      const ticketId = await ticketOf();
      const ending = held(running(name, { credentialId, ...more }));
      await ending.started;
      const input = { ticketId, body: 'Too late.' };
      const answer = post(rpc('tools/call', { name: 'send_reply', arguments: input }), bearer(secret));
      await waiting();
      ending.finish();
      await ending.done;
      const { status: answered, body } = await answer;
      assert.equal(answered, status);
      if (status === 200) assert.equal(body.result.structuredContent.error.code, 'not_permitted');
      assert.deepEqual(await mailsAbout(ticketId), []);
      assert.equal((await messagesOf(ticketId)).length, 1);
    });

    test(`${what} while it commits waits for it, and nothing comes after`, async () => {
      const { credentialId, secret } = await credential(`late ${what}`, 'send_reply');
      const ticketId = await ticketOf();
      const locked = held(({ tx }) =>
        tx.selectFrom('tickets').select('id').where('id', '=', ticketId).forUpdate().execute(),
      );
      await locked.started;
      const input = { ticketId, body: 'Just in time.' };
      const answer = post(rpc('tools/call', { name: 'send_reply', arguments: input }), bearer(secret));
      await waiting();
      let ended = false;
      const ending = acme.call(admin, name, { credentialId, ...more }).then(() => {
        ended = true;
      });
      await waiting(2);
      assert.equal(ended, false);
      locked.finish();
      assert.equal((await answer).body.result.structuredContent.outcome, 'sent');
      await Promise.all([locked.done, ending]);
      assert.equal((await mailsAbout(ticketId)).length, 1);
    });
  }
});
