/** The second door over real HTTP: who gets in, and what becomes of the secret. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { acme, admin, bearer, credential, db, face, post, rpc, setAhead, url } from '../second-door.ts';

describe('who gets in', () => {
  test('whoever is nobody has the one answer, whatever the reason', async () => {
    const { secret } = await credential('good');
    const gone = await credential('gone');
    await acme.call(admin, 'revoke_credential', { credentialId: gone.credentialId });
    const flipped = secret.endsWith('A') ? 'B' : 'A';
    const wrong: Record<string, Record<string, string>> = {
      'no header': {},
      'an empty one': { authorization: '' },
      'another scheme': { authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` },
      'the secret alone': { authorization: secret },
      'no token': { authorization: 'Bearer ' },
      'a short one': bearer('mcp_'),
      unknown: bearer(`mcp_${'x'.repeat(43)}`),
      'the last letter changed': bearer(secret.slice(0, -1) + flipped),
      'without its prefix': bearer(secret.slice('mcp_'.length)),
      'in other case': bearer(secret.toUpperCase()),
      'two of them': bearer(`${secret}, Bearer ${secret}`),
      'its hash': bearer(hash('sha256', secret)),
      'a very long one': bearer('mcp_'.padEnd(8_000, 'x')),
      revoked: bearer(gone.secret),
      'for SQL': bearer("mcp_' or true --"),
    };
    const answers = await Promise.all(
      Object.entries(wrong).map(async ([what, headers]) => ({
        what,
        ...(await post(rpc('tools/list'), headers)),
      })),
    );
    for (const { what, status, headers, text } of answers) {
      assert.equal(status, 401, what);
      assert.equal(headers.get('www-authenticate'), 'Bearer', what);
      assert.match(headers.get('cache-control')!, /no-store/, what);
      assert.equal(text, answers[0]!.text, what);
    }
    assert.equal(answers[0]!.body.error.data.code, 'unauthorized');
    assert.equal((await post(rpc('tools/list'), {}, `/api/mcp?token=${secret}`)).status, 401);
    assert.equal((await post(rpc('ping'), { authorization: `bearer  ${secret}` })).status, 200);
  });

  test('who guesses is not heard after a while, and takes nothing from who does not', async () => {
    const good = await credential('behind the same address');
    const from = { 'x-forwarded-for': '203.0.113.9' };
    assert.equal((await post(rpc('ping'), { ...from, ...bearer(good.secret) })).status, 200);
    const statuses: number[] = [];
    for (let n = 0; n < 33; n++)
      statuses.push((await post(rpc('ping'), { ...from, ...bearer(`mcp_guess${n}`) })).status);
    assert.deepEqual(statuses.slice(28), [401, 401, 429, 429, 429]);
    assert.equal((await post(rpc('ping'), { ...from, ...bearer(good.secret) })).status, 200);
    assert.equal((await post(rpc('ping'), bearer('mcp_elsewhere'))).status, 401);
  });

  test('a credential has so many requests a minute, and another its own', async () => {
    const [busy, other] = [await credential('busy'), await credential('other')];
    const statuses: number[] = [];
    for (let n = 0; n < 41; n++) statuses.push((await post(rpc('ping'), bearer(busy.secret))).status);
    assert.deepEqual([statuses.indexOf(429), statuses.length], [40, 41]);
    const { headers, body } = await post(rpc('ping'), bearer(busy.secret));
    assert.match(headers.get('retry-after')!, /^\d+$/);
    assert.deepEqual([body.id, body.error.data.code], [7, 'rate_limited']);
    assert.equal((await post(rpc('ping'), bearer(other.secret))).status, 200);
  });

  test('the anonymous doors refuse a credential with a hint, and keep it to themselves', async () => {
    const { secret } = await credential('at the wrong door');
    const ping = rpc('tools/list');
    const paths: [string, unknown][] = [
      ['/api/mcp/acme', ping],
      ['/api/mcp/acme?payment=meta', ping],
      ['/api/x402/tools/acme/search_kb', { query: 'fog' }],
    ];
    for (const [path, body] of paths)
      for (const authorization of [`Bearer ${secret}`, secret, `bearer ${secret}`]) {
        const { status, text } = await post(body, { authorization }, path);
        assert.equal(status, 400, path);
        assert.match(text, /\/api\/mcp\./, path);
        assert.ok(!text.includes(secret.slice(4)), path);
      }
    // A client that sends a token of something else, as a proxy in front may want, is served.
    for (const authorization of ['Basic eDp5', 'Bearer eyJmcp_x'])
      assert.equal((await post(ping, { authorization }, '/api/mcp/acme')).status, 200);
    assert.deepEqual(face.door.calls, []);
    assert.ok(!face.logged.join('').includes(secret.slice(4)));
  });

  test('speaks MCP as the first door does: no batches, no streams, known hosts only', async () => {
    const { secret } = await credential('speaks');
    assert.equal((await post([rpc('ping')], bearer(secret))).body.error.data.code, 'batch_not_supported');
    assert.equal((await post('{', bearer(secret))).status, 400);
    assert.equal((await post('x'.repeat(400_000), bearer(secret))).status, 413);
    const notice = { jsonrpc: '2.0', method: 'notifications/initialized' };
    assert.equal((await post(notice, bearer(secret))).status, 202);
    assert.equal((await post(rpc('no/such'), bearer(secret))).body.error.code, -32601);
    for (const method of ['GET', 'DELETE']) {
      const { status, headers } = await fetch(`${url}/api/mcp`, { method, headers: bearer(secret) });
      assert.deepEqual([status, headers.get('allow')], [405, 'POST, OPTIONS'], method);
    }
    const preflight = await fetch(`${url}/api/mcp`, { method: 'OPTIONS' });
    assert.match(preflight.headers.get('access-control-allow-headers')!, /authorization/);
    const asked = request(`${url}/api/mcp`, {
      method: 'POST',
      headers: { host: 'evil.example', ...bearer(secret) },
    });
    asked.end(JSON.stringify(rpc('ping')));
    const status = await new Promise((resolve) =>
      asked.on('response', ({ statusCode }) => resolve(statusCode)),
    );
    assert.equal(status, 403);
    const { body } = await post(rpc('initialize', { protocolVersion: '2025-06-18' }), bearer(secret));
    assert.match(body.result.instructions, /own agents/);
  });
});

describe('the secret', () => {
  test('stands in no row, no log, no audit entry and no answer but the first', async () => {
    const { credentialId, secret } = await credential('kept', 'send_reply');
    const bare = secret.slice('mcp_'.length);
    assert.equal(Buffer.from(bare, 'base64url').length, 32);
    const failed = await post(
      rpc('tools/call', { name: 'break', arguments: { query: 'x' } }),
      bearer(secret),
    );
    assert.deepEqual([failed.status, failed.body.error.data.code], [500, 'internal']);
    assert.match(face.logged.join(''), /something of ours broke/);
    const said = [
      failed.text,
      ...face.logged,
      JSON.stringify(await acme.call(admin, 'list_credentials', {})),
    ];
    for (const text of said) assert.ok(!text.includes(bare));

    const tables = await sql<{ name: string }>`select c.relname as name from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'`.execute(db);
    assert.ok(tables.rows.some(({ name }) => name === 'credentials'));
    for (const { name } of tables.rows) {
      const { rows } = await sql`select from ${sql.table(name)} as t
        where strpos(t::text, ${bare}) > 0`.execute(db);
      assert.equal(rows.length, 0, name);
    }
    const { entries } = (await acme.call(admin, 'list_audit', { subject: credentialId })) as {
      entries: { action: string; actor: string; details: object }[];
    };
    assert.deepEqual(
      entries.map(({ action, actor, details }) => ({ action, actor, details })),
      [
        { action: 'credential.tool_granted', actor: 'operator:usr_admin', details: { tool: 'send_reply' } },
        {
          action: 'credential.created',
          actor: 'operator:usr_admin',
          details: { name: 'kept', dailyReplies: 100 },
        },
      ],
    );
  });

  test('when it was last used is known to the minute, and not written with each call', async () => {
    const { credentialId, secret } = await credential('used');
    const row = async () =>
      (
        await sql<{ xmin: string; lastUsedAt: Date | null }>`select xmin::text, last_used_at
          from credentials where id = ${credentialId}`.execute(db)
      ).rows[0]!;
    assert.equal((await row()).lastUsedAt, null);
    await Promise.all([1, 2, 3].map(() => post(rpc('ping'), bearer(secret))));
    const first = await row();
    assert.ok(first.lastUsedAt);
    await post(rpc('ping'), bearer(secret));
    assert.deepEqual(await row(), first);
    setAhead(61_000);
    await post(rpc('ping'), bearer(secret));
    setAhead(0);
    assert.ok((await row()).lastUsedAt!.getTime() - first.lastUsedAt.getTime() >= 60_000);
  });
});
