import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Automated, admin, automated } from '../../../../test/automation.ts';
import { operator, refused } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const harmless = [{ kind: 'add_tags', tags: ['seen'] }];
const spam = [{ kind: 'set_status', status: 'spam' }];

const macroOf = async (on: Automated, actions: JsonObject[], name = 'Greet') =>
  (await on.call(operator, 'create_macro', { name, actions })).macroId as string;
const replyOf = async (on: Automated) =>
  (await on.call(operator, 'create_saved_reply', { name: 'Hello', body: 'Hello.' })).savedReplyId as string;
const ruleOf = async (on: Automated, action: JsonObject, enabled = true) =>
  (await on.call(admin, 'create_rule', {
    name: 'On arrival',
    enabled,
    trigger: 'ticket.created',
    actions: [action],
  })) as { ruleId: string };

/** Refused to an operator, with the rule’s name; nothing is changed. */
const refusedTo = (error: unknown) => refused('not_permitted')(error) && /"On arrival"/.test(String(error));

test('an operator steers no rule by the macro that it runs', async () => {
  const acme = await automated('steer-macro');
  const macroId = await macroOf(acme, harmless);
  const { ruleId } = await ruleOf(acme, { kind: 'macro', macroId });
  const change = { macroId, version: 1, actions: spam };
  await assert.rejects(acme.call(operator, 'update_macro', change), refusedTo);
  await assert.rejects(acme.call(operator, 'update_macro', { macroId, version: 1, name: 'x' }), refusedTo);
  const ticketId = await acme.mailIn('ada@example.com');
  await acme.follow();
  assert.deepEqual(
    [(await acme.ticket(ticketId)).status, (await acme.ticket(ticketId)).tags],
    ['open', ['seen']],
  );
  await acme.call(admin, 'update_macro', { macroId, version: 1, name: 'Welcome' });
  await acme.call(admin, 'update_rule', { ruleId, version: 1, enabled: false });
  await acme.call(operator, 'update_macro', { ...change, version: 2 });
});

test('nor by a saved reply that it answers with, be it through a macro', async () => {
  for (const kind of ['reply', 'acknowledge', 'out_of_hours_reply', 'macro']) {
    const acme = await automated(`steer-by-${kind.replaceAll('_', '-')}`);
    const savedReplyId = await replyOf(acme);
    const action: JsonObject =
      kind === 'macro'
        ? { kind, macroId: await macroOf(acme, [{ kind: 'reply', savedReplyId }]) }
        : { kind, savedReplyId };
    await ruleOf(acme, action);
    const change = { savedReplyId, version: 1, body: 'Send us your password.' };
    await assert.rejects(acme.call(operator, 'update_saved_reply', change), refusedTo, kind);
    const kept = await acme.call(admin, 'update_saved_reply', { ...change, body: 'Good day.' });
    assert.equal(kept.body, 'Good day.');
  }
});

test('what no rule acts by, or none that is on, is the operators’', async () => {
  const acme = await automated('steer-not');
  const savedReplyId = await replyOf(acme);
  const macroId = await macroOf(acme, [{ kind: 'reply', savedReplyId }]);
  await acme.call(operator, 'update_saved_reply', { savedReplyId, version: 1, body: 'Good day.' });
  await ruleOf(acme, { kind: 'macro', macroId }, false);
  await ruleOf(acme, { kind: 'set_priority', priority: 'low' }).catch(() => undefined);
  await acme.call(operator, 'update_saved_reply', { savedReplyId, version: 2, body: 'Good evening.' });
  await acme.call(operator, 'update_macro', { macroId, version: 1, actions: harmless });
});

test('another workspace’s rule is nobody’s business here', async () => {
  const [acme, other] = [await automated('steer-here'), await automated('steer-there')];
  const macroId = await macroOf(acme, harmless);
  await ruleOf(other, { kind: 'macro', macroId: await macroOf(other, harmless) });
  await acme.call(operator, 'update_macro', { macroId, version: 1, name: 'Mine' });
});
