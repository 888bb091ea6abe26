/** Two operators and three agents on one ticket at once: every change is kept, and no mail goes twice. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { LocalAccount } from 'viem';
import type { Caller } from '../../src/catalogue/operation.ts';
import { perform } from '../../src/catalogue/perform.ts';
import { PosternError } from '../../src/kernel/errors.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { workspacesOf } from '../../src/store/database.ts';
import { callTool, signPayment, startTestPostern, termsOf } from '../postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const { db, url, catalogue } = postern;
const workspace = await db
  .selectFrom('workspaces')
  .select(['id', 'slug', 'name'])
  .where('slug', '=', 'acme')
  .executeTakeFirstOrThrow();
const inWorkspace = workspacesOf(db);

const as = (caller: Caller, name: string, input: JsonObject): Promise<JsonObject> =>
  perform(
    { inWorkspace },
    { workspace, caller, ids: randomIds, now: new Date() },
    catalogue.get(name)!,
    input,
  );

const operators: Caller[] = ['usr_ada', 'usr_bo'].map((id) => ({ kind: 'operator', id, role: 'operator' }));
const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const rounds = 12;

/** Whether it was refused because somebody else was first; anything else is a failure of ours. */
const wasBeaten = (error: unknown): boolean => error instanceof PosternError && error.code === 'conflict';

/** Until it is done; each time from the ticket as it is then. */
async function insist(work: (ticket: JsonObject) => Promise<unknown>, ticketId: string): Promise<number> {
  for (let beaten = 0; ; beaten++) {
    const ticket = await as(operators[0]!, 'get_ticket', { ticketId });
    try {
      await work(ticket);
      return beaten;
    } catch (error) {
      if (!wasBeaten(error)) throw error;
    }
  }
}

/** An operator: tags, notes, replies, and decides on whatever waits. */
async function operate(who: Caller, ticketId: string, prefix: string) {
  const told = { tags: [] as string[], approved: 0, replies: 0, beaten: 0 };
  for (let i = 0; i < rounds; i++) {
    const tag = `${prefix}${i}`;
    told.beaten += await insist(
      ({ tags, version }) =>
        as(who, 'update_ticket', {
          ticketId,
          version: version!,
          tags: [...(tags as string[]), tag],
          status: 'open',
        }),
      ticketId,
    );
    told.tags.push(tag);
    if (i % 3 === 0) await as(who, 'add_note', { ticketId, body: `${prefix} was here ${i}.` });
    if (i % 4 === 1) {
      await as(who, 'send_reply', { ticketId, body: `Reply ${prefix}${i}.` });
      told.replies++;
    }
    const { proposals } = (await as(who, 'list_proposals', {})) as { proposals: JsonObject[] };
    for (const { proposalId, ticketVersion } of proposals)
      await as(who, 'approve_proposal', { proposalId: proposalId!, seen: ticketVersion! }).then(
        () => told.approved++,
        (error) => assert.ok(wasBeaten(error), error.stack),
      );
  }
  return told;
}

/** An agent at the door: proposes, or sends where it is trusted, and pays each time. */
async function serve(wallet: LocalAccount, tool: string, ticketId: string, times = rounds / 2) {
  const bought: string[] = [];
  let owed = 0;
  for (let i = 0; i < times; i++) {
    const input = { ticketId, body: `${tool} ${times}.${i} of ${wallet.address}.` };
    const payment = await signPayment(wallet, await termsOf(url, tool, input));
    const [first, repeat] = await Promise.all([1, 2].map(() => callTool(url, tool, input, payment)));
    const known = [first!, repeat!];
    for (const { status, body } of known)
      assert.ok(
        status === 200 ||
          status === 202 ||
          (status === 409 && ['busy', 'conflict', 'purchase_owed'].includes(String(body.code))),
        JSON.stringify(body),
      );
    // What somebody has answered meanwhile takes no draft, and costs nothing.
    if (known.every(({ body }) => body.code === 'conflict')) continue;
    const done = await callTool(url, tool, input, payment);
    // Nor does what somebody answered while it was paid for, which is paid back.
    if (done.body.code === 'purchase_owed') {
      owed++;
      continue;
    }
    assert.equal(done.status, 200, JSON.stringify(done.body));
    // To a mere repeat of what is private nothing is told, the purchase's id neither.
    const named = [first!, repeat!, done].map(({ headers }) => headers.get('postern-purchase'));
    bought.push(named.find((id) => id !== null) ?? `none ${tool} ${i}`);
  }
  return { bought, owed };
}

async function theTicket(): Promise<string> {
  const { id } = await db
    .selectFrom('tickets')
    .innerJoin('customers', 'customers.id', 'tickets.customerId')
    .select('tickets.id')
    .where('tickets.status', '=', 'open')
    .where('customers.emailVerified', '=', true)
    .orderBy('tickets.number')
    .executeTakeFirstOrThrow();
  const { version } = (await as(admin, 'get_desk_settings', {})) as { version: number };
  await as(admin, 'update_desk_settings', { version, agentsSee: 'all' });
  return id;
}

/** An agent of the workspace's own, over the second door. */
async function ownAgent(ticketId: string) {
  const { secret, credentialId } = (await as(admin, 'create_credential', { name: 'Helper' })) as Record<
    string,
    string
  >;
  await as(admin, 'grant_tool', { credentialId: credentialId!, tool: 'send_reply' });
  const call = async (name: string, input: JsonObject) => {
    const response = await fetch(`${url}/api/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: input },
      }),
    });
    return ((await response.json()) as { result: { isError?: boolean; structuredContent: JsonObject } })
      .result;
  };
  return async () => {
    const told = { sent: 0, queued: 0 };
    for (let i = 0; i < rounds / 2; i++) {
      const { isError, structuredContent } = await call('send_reply', { ticketId, body: `Own agent ${i}.` });
      // Where somebody wrote while it was looked at a person is asked.
      if (!isError) told[structuredContent.outcome as 'sent' | 'queued']++;
      else assert.equal((structuredContent.error as JsonObject).code, 'over_cap');
    }
    return told;
  };
}

test('nothing is lost and nothing goes twice', { timeout: 280_000 }, async () => {
  const ticketId = await theTicket();
  const trusted = await postern.fundedWallet();
  const strangers = await postern.fundedWallet();
  await db
    .insertInto('wallets')
    .values({
      workspaceId: workspace.id,
      address: trusted.address.toLowerCase(),
      standing: 'trusted',
      standingByHand: true,
    })
    .execute();
  const before = (await db.selectFrom('outbox').select('id').where('ticketId', '=', ticketId).execute())
    .length;
  const own = await ownAgent(ticketId);
  // Two drafts that wait when everybody begins; of the others some come too late.
  const early = await serve(strangers, 'draft_reply', ticketId, 2);
  const [ada, bo, sent, late, helped] = await Promise.all([
    operate(operators[0]!, ticketId, 'a'),
    operate(operators[1]!, ticketId, 'b'),
    serve(trusted, 'send_reply', ticketId),
    serve(strangers, 'draft_reply', ticketId),
    own(),
  ]);
  const [sends, drafts] = [sent.bought, [...early.bought, ...late.bought]];
  // What waits still is decided now, by both at once.
  await Promise.all(operators.map((who, i) => operate(who, ticketId, i === 0 ? 'c' : 'd')));

  const ticket = await as(operators[0]!, 'get_ticket', { ticketId });
  for (const tag of [...ada.tags, ...bo.tags])
    assert.ok((ticket.tags as string[]).includes(tag), `${tag} is lost`);
  assert.ok(helped.sent <= 3, 'a credential sends three replies to one ticket in five minutes');
  assert.ok(helped.sent + helped.queued > 0);

  const events = await db
    .selectFrom('ticketEvents')
    .select(['kind', 'version', 'changes'])
    .where('ticketId', '=', ticketId)
    .orderBy('version')
    .orderBy('at')
    .execute();
  let tags: unknown = events.find(({ changes }) => changes.tags)?.changes.tags;
  tags = (tags as JsonObject).from;
  for (const { changes } of events.filter((event) => event.changes.tags)) {
    const { from, to } = changes.tags as JsonObject;
    assert.deepEqual(from, tags, 'each change begins where the one before it ended');
    tags = to;
  }

  const proposals = await db
    .selectFrom('proposals')
    .select(['id', 'state'])
    .where('ticketId', '=', ticketId)
    .execute();
  assert.ok(
    proposals.every(({ state }) => state === 'approved'),
    JSON.stringify(proposals),
  );
  // Drafts, and what was to be sent where somebody wrote meanwhile.
  const queued = proposals.length - drafts.length - helped.queued;
  assert.ok(queued >= 0 && queued <= sends.length, String(queued));
  assert.equal(early.bought.length, 2);
  assert.equal(
    new Set([...sends, ...drafts]).size,
    sends.length + drafts.length,
    'each payment bought one thing',
  );
  const claims = await db
    .selectFrom('claims')
    .select('state')
    .where('workspaceId', '=', workspace.id)
    .execute();
  const count = (...states: string[]) => claims.filter(({ state }) => states.includes(state)).length;
  assert.equal(count('delivered'), sends.length + drafts.length);
  assert.equal(count('owed', 'refunding', 'refunded'), late.owed);
  assert.equal(claims.length, sends.length + drafts.length + late.owed);
  assert.deepEqual([sends.length, sent.owed, early.owed], [rounds / 2, 0, 0]);

  const messages = await db
    .selectFrom('messages')
    .select('body')
    .where('ticketId', '=', ticketId)
    .where('visibility', '=', 'public')
    .where('author', 'in', ['operator', 'agent'])
    .execute();
  const bodies = messages
    .map(({ body }) => body)
    .filter((body) => /Reply [abcd]|_reply|Own agent/.test(body));
  assert.equal(new Set(bodies).size, bodies.length, 'nothing is said twice');
  const mails = await db.selectFrom('outbox').select('body').where('ticketId', '=', ticketId).execute();
  assert.equal(mails.length - before, bodies.length, 'one mail for each that was said');
  assert.equal(bodies.length, 4 * 3 + sends.length + drafts.length + helped.sent + helped.queued);
});
