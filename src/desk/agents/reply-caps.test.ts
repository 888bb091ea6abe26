import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue, type Desk, desk, open, operator, setDesk } from '../../../test/desk.ts';
import type { Caller, EffectOperation } from '../../catalogue/operation.ts';
import { runIn } from '../../catalogue/perform.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomIds } from '../../kernel/ids.ts';
import { inWorkspace } from '../../store/database.ts';
import { spendReply } from './reply-caps.ts';

const sendReply = catalogue.get('send_reply') as EffectOperation;
const noon = new Date('2026-11-20T12:00:00Z');
const later = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);
const owner: Caller = { kind: 'operator', id: 'usr_owner', role: 'owner' };

async function credentialOf(on: Desk, name: string, dailyReplies?: number): Promise<Caller> {
  const made = await on.call(owner, 'create_credential', {
    name,
    ...(dailyReplies !== undefined && { dailyReplies }),
  });
  return { kind: 'credential', id: String(made.credentialId), granted: ['send_reply'] };
}

/** A ticket whose customer has written in from an address. */
async function ticketOf(on: Desk): Promise<string> {
  const { ticketId } = await open(on, { email: `${randomIds('cus')}@example.com` });
  const ticket = on.db.selectFrom('tickets').select('customerId').where('id', '=', String(ticketId));
  await on.db.updateTable('customers').set({ emailVerified: true }).where('id', '=', ticket).execute();
  return String(ticketId);
}

/** What one reply comes to: `sent`, or the refusal. */
async function reply(on: Desk, caller: Caller, ticketId: string, now = noon) {
  try {
    const scope = { workspace: on.workspace, caller, ids: randomIds, now };
    const { outcome } = await inWorkspace(on.db, on.workspace.id, (tx) =>
      runIn({ ...scope, tx }, sendReply, { ticketId, body: 'Dry it slowly.' }),
    );
    return { outcome };
  } catch (error) {
    if (!(error instanceof PosternError)) throw error;
    return { outcome: error.code, opensAt: error.data?.opensAt, message: error.message };
  }
}

const sent = async (on: Desk, ticketIds: readonly string[]) =>
  (await on.db.selectFrom('outbox').select('id').where('ticketId', 'in', ticketIds).execute()).length;

const count = (outcomes: { outcome: unknown }[], what: string) =>
  outcomes.filter(({ outcome }) => outcome === what).length;

describe('replies to one ticket', () => {
  test('three in five minutes, however many come at once, and nothing of the others', async () => {
    const on = await desk('caps-ticket');
    const caller = await credentialOf(on, 'a');
    const ticketId = await ticketOf(on);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => reply(on, caller, ticketId)));
    // Between reading and sending another may have answered: then a person is asked.
    const atOnce = count(outcomes, 'sent');
    assert.ok(atOnce >= 1 && atOnce <= 3, String(atOnce));
    assert.equal(atOnce + count(outcomes, 'queued') + count(outcomes, 'over_cap'), 20);
    for (let n = atOnce; n < 3; n++) assert.equal((await reply(on, caller, ticketId)).outcome, 'sent');
    assert.equal((await reply(on, caller, ticketId)).outcome, 'over_cap');
    assert.equal(await sent(on, [ticketId]), 3);
    const messages = on.db.selectFrom('messages').select('id').where('ticketId', '=', ticketId);
    assert.equal((await messages.where('body', '=', 'Dry it slowly.').execute()).length, 3);
    // What was refused spent nothing of the day.
    const day = await on.db.selectFrom('credentialReplies').select('replies').executeTakeFirstOrThrow();
    assert.equal(day.replies, 3);
  });

  test('are exact by themselves, where no tool holds the ticket locked', async () => {
    const on = await desk('caps-alone');
    const caller = await credentialOf(on, 'a');
    const ticketId = await ticketOf(on);
    const scope = { workspace: on.workspace, caller, ids: randomIds, now: noon };
    const spent = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        inWorkspace(on.db, on.workspace.id, (tx) => spendReply({ ...scope, tx }, ticketId)),
      ),
    );
    assert.equal(spent.filter(({ status }) => status === 'fulfilled').length, 3);
    assert.equal((await reply(on, caller, ticketId)).outcome, 'over_cap');
  });

  test('hold for all credentials together, and open when the first is five minutes old', async () => {
    const on = await desk('caps-together');
    const [a, b] = [await credentialOf(on, 'a'), await credentialOf(on, 'b')];
    const ticketId = await ticketOf(on);
    for (const [caller, minute] of [
      [a, 0],
      [b, 1],
      [a, 2],
    ] as const)
      assert.deepEqual(await reply(on, caller, ticketId, later(minute)), { outcome: 'sent' });
    const refused = await reply(on, b, ticketId, later(4.9));
    assert.equal(refused.outcome, 'over_cap');
    assert.equal(refused.opensAt, later(5).toISOString());
    assert.match(refused.message!, /3 replies to one ticket in 5 minutes.*Nothing was sent/);
    assert.deepEqual(await reply(on, b, ticketId, later(5)), { outcome: 'sent' });
    assert.equal((await reply(on, b, ticketId, later(5.5))).opensAt, later(6).toISOString());
    assert.deepEqual(await reply(on, a, await ticketOf(on), later(5.5)), { outcome: 'sent' });
  });

  test('of people and of the house are not counted', async () => {
    const on = await desk('caps-people');
    const ticketId = await ticketOf(on);
    for (let n = 0; n < 5; n++)
      for (const caller of [operator, { kind: 'house', id: 'rul_1' } as const])
        assert.deepEqual(await reply(on, caller, ticketId), { outcome: 'sent' });
    assert.deepEqual(await reply(on, await credentialOf(on, 'a'), ticketId), { outcome: 'sent' });
  });
});

describe('replies of one credential in a day', () => {
  test('are as many as it may, however many come at once on as many tickets', async () => {
    const on = await desk('caps-day');
    const caller = await credentialOf(on, 'a', 5);
    const tickets = await Promise.all(Array.from({ length: 20 }, () => ticketOf(on)));
    const outcomes = await Promise.all(tickets.map((ticketId) => reply(on, caller, ticketId)));
    assert.equal(count(outcomes, 'sent'), 5);
    assert.equal(await sent(on, tickets), 5);
    const refused = outcomes.find(({ outcome }) => outcome === 'over_cap')!;
    assert.equal(refused.opensAt, '2026-11-21T00:00:00.000Z');
    assert.match(refused.message!, /may send 5 replies a day.*Nothing was sent/);
    // Another has a day of its own.
    assert.deepEqual(await reply(on, await credentialOf(on, 'b', 1), tickets[0]!), { outcome: 'sent' });
  });

  test('the day is one of the desk’s time zone, and does not come again', async () => {
    const on = await desk('caps-zone');
    await setDesk(on, { timeZone: 'Asia/Tokyo' });
    const caller = await credentialOf(on, 'a', 1);
    const at = async (time: string) => reply(on, caller, await ticketOf(on), new Date(time));
    assert.deepEqual(await at('2026-11-20T14:59:00Z'), { outcome: 'sent' });
    assert.equal((await at('2026-11-20T14:59:30Z')).opensAt, '2026-11-20T15:00:00.000Z');
    assert.deepEqual(await at('2026-11-20T15:00:00Z'), { outcome: 'sent' });
    // A clock that lags, or a zone in which it is yesterday again, opens nothing.
    assert.equal((await at('2026-11-20T14:59:59Z')).outcome, 'over_cap');
    await setDesk(on, { timeZone: 'America/New_York' });
    const west = await at('2026-11-20T15:00:00Z');
    assert.deepEqual([west.outcome, west.opensAt], ['over_cap', '2026-11-22T05:00:00.000Z']);
  });

  test('a clock that lags behind the day that counts counts on it', async () => {
    const on = await desk('caps-lag');
    const caller = await credentialOf(on, 'a', 2);
    const at = async (time: string) => (await reply(on, caller, await ticketOf(on), new Date(time))).outcome;
    const [before, after] = ['2026-11-20T23:59:59Z', '2026-11-21T00:00:01Z'];
    assert.deepEqual(
      [await at(before), await at(after), await at(before), await at(after), await at(before)],
      ['sent', 'sent', 'sent', 'over_cap', 'over_cap'],
    );
  });

  test('may be none, and are a hundred where nobody says', async () => {
    const on = await desk('caps-none');
    const ticketId = await ticketOf(on);
    assert.equal((await reply(on, await credentialOf(on, 'a', 0), ticketId)).outcome, 'not_permitted');
    assert.equal(await sent(on, [ticketId]), 0);
    const { dailyReplies } = await on.call(owner, 'create_credential', { name: 'b' });
    assert.equal(dailyReplies, 100);
  });
});
