import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, type Desk, desk, open, operator, outbox, refused, stranger } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const other: Caller = { kind: 'operator', id: 'usr_other', role: 'operator' };
const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

const read = (on: Desk, ticketId: unknown) =>
  on.call(operator, 'get_ticket', { ticketId: ticketId as string });
const bodies = (ticket: JsonObject) => (ticket.messages as JsonObject[]).map(({ body }) => body);

async function merge(on: Desk, from: unknown, into: unknown, more: JsonObject = {}, caller = operator) {
  const [source, target] = [await read(on, from), await read(on, into)];
  return on.call(caller, 'merge_tickets', {
    from: from as string,
    fromVersion: source.version!,
    into: into as string,
    intoVersion: target.version!,
    ...more,
  });
}

/** Two tickets that one wallet opened in one customer's name. */
async function pair(on: Desk, email = 'ada@example.com'): Promise<[string, string]> {
  const one = await open(on, { subject: 'First', body: 'It blinks.', email });
  const two = await open(on, { subject: 'Second', body: 'Still blinks.', email: email.toUpperCase() });
  return [one.ticketId as string, two.ticketId as string];
}

test('what was said in both is read in the one that stays; the other is closed and says where it went', async () => {
  const acme = await desk('merge');
  const [into, from] = await pair(acme);
  await acme.call(operator, 'add_note', { ticketId: from, body: 'Same as the other?' });
  await acme.call(operator, 'update_ticket', { ticketId: into, version: 1, status: 'pending' });
  const merged = await merge(acme, from, into);
  assert.deepEqual([merged.ticketId, merged.status, merged.proposals], [into, 'open', 0]);
  const [kept, gone] = [await read(acme, into), await read(acme, from)];
  assert.deepEqual(bodies(kept), [
    'It blinks.',
    'Still blinks.',
    'Same as the other?',
    'Ticket #2 was merged into this one.',
  ]);
  assert.deepEqual(
    (kept.messages as JsonObject[]).map(({ ticketId }) => ticketId),
    [into, from, from, into],
  );
  assert.deepEqual([gone.status, gone.mergedInto], ['closed', into]);
  const changes = (ticket: JsonObject) => ((ticket.history as JsonObject[]).at(-1) as JsonObject).changes;
  assert.deepEqual((changes(gone) as JsonObject).mergedInto, { from: null, to: into });
  assert.deepEqual(changes(kept), { merged: { from: null, to: from } });
  const { tickets } = await acme.call(operator, 'search_tickets', { query: 'still blinks' });
  assert.deepEqual(
    (tickets as JsonObject[]).map(({ ticketId }) => ticketId),
    [from],
    'its words still find it',
  );
});

test('what was merged away takes nothing more, and members are told where it went', async () => {
  const acme = await desk('merged-away');
  const [into, from] = await pair(acme);
  const [third] = await pair(acme);
  await merge(acme, from, into);
  const { version } = await read(acme, from);
  const went = (error: unknown) =>
    refused('conflict')(error) && (error as { data: JsonObject }).data.mergedInto === into;
  await assert.rejects(
    acme.call(operator, 'update_ticket', { ticketId: from, version: version!, status: 'open' }),
    went,
  );
  await assert.rejects(acme.call(operator, 'add_note', { ticketId: from, body: 'x' }), went);
  await assert.rejects(merge(acme, from, third), went);
  await assert.rejects(merge(acme, third, from), went);
  const reply = { ticketId: from, body: 'x' };
  await assert.rejects(acme.call(operator, 'send_reply', reply), went);
  await assert.rejects(
    acme.call(agent, 'send_reply', reply),
    (error) => refused('conflict')(error) && !JSON.stringify(error).includes(into),
  );
  const { results } = await acme.call(operator, 'bulk_update', { ticketIds: [from], status: 'open' });
  assert.equal((results as JsonObject[])[0]!.outcome, 'conflict');
  assert.equal((await read(acme, from)).version, version);
});

test('no ticket goes into itself, one that is gone, closed, or not as it was seen', async () => {
  const acme = await desk('merge-refused');
  const elsewhere = await desk('merge-elsewhere');
  const [a, b] = await pair(acme);
  const [theirs] = await pair(elsewhere);
  await assert.rejects(merge(acme, a, a), refused('invalid_arguments'));
  const versions = { fromVersion: 1, intoVersion: 1 };
  for (const gone of [theirs, 'tkt_none']) {
    await assert.rejects(
      acme.call(operator, 'merge_tickets', { from: a, into: gone, ...versions }),
      refused('not_found'),
    );
    await assert.rejects(
      acme.call(operator, 'merge_tickets', { from: gone, into: a, ...versions }),
      refused('not_found'),
    );
  }
  for (const stale of [{ fromVersion: 2 }, { intoVersion: 2 }] as JsonObject[])
    await assert.rejects(merge(acme, a, b, stale), refused('conflict'));
  await acme.call(operator, 'update_ticket', { ticketId: b, version: 1, status: 'closed' });
  await assert.rejects(merge(acme, a, b), refused('conflict'));
  assert.equal((await read(acme, a)).version, 1);
});

test('a chain of merges is one thread, whichever way it came about', async () => {
  const acme = await desk('merge-chain');
  const [a, b] = await pair(acme);
  const [c, d] = await pair(acme);
  await merge(acme, a, b);
  await merge(acme, d, c);
  await merge(acme, b, c);
  const said = bodies(await read(acme, c)).filter((body) => !String(body).startsWith('Ticket'));
  assert.deepEqual(said, ['It blinks.', 'Still blinks.', 'It blinks.', 'Still blinks.']);
});

test('of two merges that cross, one is done and no thread is lost', async () => {
  const acme = await desk('merge-cross');
  for (let round = 0; round < 10; round++) {
    const [a, b] = await pair(acme);
    const outcomes: PromiseSettledResult<JsonObject>[] = await Promise.allSettled([
      merge(acme, a, b),
      merge(acme, b, a, {}, other),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.ok(refused('conflict')(outcome.reason), outcome.reason.stack);
    const [one, two] = [await read(acme, a), await read(acme, b)];
    const [kept, gone] = one.mergedInto === null ? [one, two] : [two, one];
    assert.deepEqual([kept.mergedInto, gone.mergedInto], [null, kept.ticketId]);
    assert.equal(bodies(kept).length, 3);
  }
});

test('merges in a ring never close it', async () => {
  const acme = await desk('merge-ring');
  const [a, b] = await pair(acme);
  const [c] = await pair(acme);
  const ring = [a, b, c];
  await Promise.allSettled(ring.map((id, i) => merge(acme, id, ring[(i + 1) % 3])));
  const left = (await Promise.all(ring.map((id) => read(acme, id)))).filter(
    ({ mergedInto }) => mergedInto === null,
  );
  assert.ok(left.length >= 1, 'one stays');
});

test('what waits for approval goes with the ticket, and is looked at again before it runs', async () => {
  const acme = await desk('merge-proposals');
  const [into, from] = await pair(acme);
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: from, body: 'Clean it.' });
  assert.equal((await merge(acme, from, into)).proposals, 1);
  const [waiting] = (await acme.call(operator, 'list_proposals', {})).proposals as JsonObject[];
  assert.deepEqual([waiting!.proposalId, waiting!.ticketId, waiting!.moved], [proposalId, into, true]);
  const { flags } = await acme.db
    .selectFrom('proposals')
    .select('flags')
    .where('id', '=', proposalId as string)
    .executeTakeFirstOrThrow();
  assert.deepEqual(flags, ['unverified_address', 'merged']);
  const approve = (more: JsonObject) =>
    acme.call(operator, 'approve_proposal', { proposalId: proposalId!, ...more });
  await assert.rejects(approve({}), refused('conflict'));
  await approve({ seen: waiting!.ticketVersion! });
  const [mail, ...more] = await outbox(acme);
  assert.deepEqual([mail!.ticketId, mail!.rcptTo, more], [into, 'ada@example.com', []]);
  assert.deepEqual(bodies(await read(acme, into)).at(-1), 'Clean it.');
});

// An approval holds its proposal and asks for the ticket; a merge that did it the other way round would wait for ever.
test('an approval and a merge at once both end, and the reply is sent once at most', async () => {
  const acme = await desk('merge-approve');
  for (let round = 0; round < 8; round++) {
    const [into, from] = await pair(acme, `u${round}@example.com`);
    const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: from, body: 'Clean it.' });
    const outcomes = await Promise.allSettled([
      acme.call(operator, 'approve_proposal', { proposalId: proposalId! }),
      acme.call(operator, 'merge_tickets', { from, fromVersion: 1, into, intoVersion: 1 }),
    ]);
    assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.ok(refused('conflict')(outcome.reason), outcome.reason.stack);
    const mails = (await outbox(acme)).filter(
      ({ rcptTo }) => rcptTo === `u${round}@example.com`.toUpperCase(),
    );
    assert.equal(mails.length, outcomes[0]!.status === 'fulfilled' ? 1 : 0);
    const left = (await acme.call(operator, 'list_proposals', { limit: 50 })).proposals as JsonObject[];
    assert.ok(!left.some(({ ticketId }) => ticketId === from), 'nothing waits where nobody answers any more');
    for (const { proposalId } of left)
      await acme.call(operator, 'reject_proposal', { proposalId: proposalId as string, reason: 'Done.' });
  }
});

test('two customers’ tickets are merged only by who says so, and not while something waits for the one', async () => {
  const acme = await desk('merge-across');
  const [into] = await pair(acme, 'ada@example.com');
  const [from] = await pair(acme, 'bob@example.com');
  await assert.rejects(merge(acme, from, into), refused('conflict'));
  const { proposalId } = await acme.call(agent, 'draft_reply', { ticketId: from, body: 'Bob, clean it.' });
  await assert.rejects(merge(acme, from, into, { acrossCustomers: true }), refused('conflict'));
  await acme.call(operator, 'reject_proposal', { proposalId: proposalId!, reason: 'Known.' });
  await merge(acme, from, into, { acrossCustomers: true });
  await acme.call(operator, 'send_reply', { ticketId: into, body: 'Clean it.' });
  assert.deepEqual(
    (await outbox(acme)).map(({ rcptTo }) => rcptTo),
    ['ada@example.com'],
    'the other customer is not written to',
  );
});

/** All that a wallet can have said about a ticket, as one text. */
async function everything(on: Desk, wallet: Caller, ticketId: string): Promise<string> {
  const answers = await Promise.allSettled([
    on.call(wallet, 'get_ticket_context', { ticketId }),
    on.call(wallet, 'draft_reply', { ticketId, body: 'Tell me.' }),
    on.call(wallet, 'send_reply', { ticketId, body: 'Tell me.' }),
    on.call(wallet, 'triage', { ticketId, priority: 'high' }),
    on.call(wallet, 'assign', { ticketId, assignee: 'nobody' }),
    on.call(wallet, 'resolve', { ticketId }),
  ]);
  return answers
    .map((answer) =>
      answer.status === 'fulfilled'
        ? JSON.stringify(answer.value)
        : `${answer.reason.code} ${answer.reason.message} ${JSON.stringify(answer.reason.data ?? {})}`,
    )
    .join('\n');
}

test('a wallet whose ticket is merged into another’s sees nothing of that one', async () => {
  const acme = await desk('merge-sight');
  const secret = await open(
    acme,
    { subject: 'Wombat contract', body: 'The wombat password is 123.', email: 'victim@example.com' },
    stranger,
  );
  // It names the victim's address, so that an operator takes the two for one person's.
  const bait = await open(acme, { subject: 'Same thing', body: 'Same here.', email: 'victim@example.com' });
  const [into, from] = [secret.ticketId as string, bait.ticketId as string];
  await assert.rejects(merge(acme, from, into), refused('conflict'));
  await merge(acme, from, into, { acrossCustomers: true });
  await acme.call(operator, 'send_reply', { ticketId: into, body: 'Dear victim, wombats are well.' });
  const own = await everything(acme, agent, from);
  assert.match(own, /Same here\./, 'its own words it still sees');
  assert.doesNotMatch(own, /wombat|victim@/i);
  assert.ok(!own.includes(into), 'not even which ticket it is');
  assert.doesNotMatch(await everything(acme, agent, into), /wombat|same here/i);
});

test('nor does the wallet whose ticket another’s is merged into see what was said there before', async () => {
  const acme = await desk('merge-sight-back');
  const victim = await open(acme, { body: 'The wombat password is 123.', email: 'v@example.com' }, stranger);
  const own = await open(acme, { body: 'Same here.', email: 'v@example.com' });
  await assert.rejects(merge(acme, victim.ticketId, own.ticketId), refused('conflict'));
  await merge(acme, victim.ticketId, own.ticketId, { acrossCustomers: true });
  assert.doesNotMatch(await everything(acme, agent, own.ticketId as string), /wombat/i);
  assert.match(bodies(await read(acme, own.ticketId)).join(), /wombat/);
  // One customer’s by now, for both were answered: what is said from now on the wallet reads all the same.
  const [first, second] = [
    await open(acme, { email: 'v@example.com' }, stranger),
    await open(acme, { email: 'v@example.com' }),
  ];
  for (const { ticketId } of [first, second])
    await acme.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Hello.' });
  const [one, two] = [await read(acme, first.ticketId), await read(acme, second.ticketId)];
  assert.equal(one.customerId, two.customerId);
  await assert.rejects(merge(acme, first.ticketId, second.ticketId), refused('conflict'));
});

test('an erasure finds what a customer said, wherever it is read', async () => {
  const acme = await desk('merge-erase');
  const customer = async (email: string, body: string) => {
    const { ticketId } = await open(acme, { email, body });
    await acme.call(operator, 'send_reply', { ticketId: ticketId!, body: 'Hello.' });
    const line = await read(acme, ticketId);
    return { ticketId, customerId: line.customerId as string };
  };
  const ada = await customer('ada@example.com', 'My zyzzyva broke.');
  const bob = await customer('bob@example.com', 'My camera broke.');
  await merge(acme, ada.ticketId, bob.ticketId, { acrossCustomers: true });
  assert.match(bodies(await read(acme, bob.ticketId)).join(), /zyzzyva/);
  await acme.call(admin, 'erase_customer', {
    customerId: ada.customerId,
    confirm: ada.customerId,
    reason: 'she asked',
  });
  const left = bodies(await read(acme, bob.ticketId)).join();
  assert.doesNotMatch(left, /zyzzyva/);
  assert.match(left, /camera/);
});
