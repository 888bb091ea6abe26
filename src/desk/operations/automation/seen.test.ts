import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin, automated, closedNow } from '../../../../test/automation.ts';
import { type Desk, operator, refused, setHours } from '../../../../test/desk.ts';
import type { Caller } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';

const actions = [{ kind: 'add_tags', tags: ['a'] }];

/** What is changed by who saw it: how one is there, and two changes that do not know of each other. */
const changed: Record<
  string,
  { caller: Caller; made(on: Pick<Desk, 'call'>): Promise<JsonObject>; changes: [JsonObject, JsonObject] }
> = {
  update_saved_reply: {
    caller: operator,
    made: async (on) => {
      const { savedReplyId } = await on.call(operator, 'create_saved_reply', { name: 'A', body: 'a' });
      return { savedReplyId: savedReplyId! };
    },
    changes: [{ body: 'Of Ada.' }, { body: 'Of Bob.' }],
  },
  update_macro: {
    caller: operator,
    made: async (on) => {
      const { macroId } = await on.call(operator, 'create_macro', { name: 'A', actions });
      return { macroId: macroId! };
    },
    changes: [{ name: 'Of Ada' }, { name: 'Of Bob' }],
  },
  update_rule: {
    caller: admin,
    made: async (on) => {
      const rule = { name: 'A', trigger: 'ticket.created', actions };
      const { ruleId } = await on.call(admin, 'create_rule', rule);
      return { ruleId: ruleId! };
    },
    changes: [{ enabled: false }, { name: 'Of Bob' }],
  },
  set_business_hours: {
    caller: admin,
    made: async () => ({}),
    changes: [{ monday: ['09:00-17:00'] }, { monday: ['10:00-17:00'] }],
  },
  update_desk_settings: {
    caller: admin,
    made: async () => ({}),
    changes: [{ timeZone: 'Europe/Warsaw' }, { timeZone: 'Europe/Paris' }],
  },
};

for (const [operation, { caller, made, changes }] of Object.entries(changed)) {
  test(`of two who change the same with ${operation}, the second is told`, async () => {
    const acme = await automated(`seen-${operation.replaceAll('_', '-')}`);
    const which = await made(acme);
    const change = (version: number, more: JsonObject) =>
      acme.call(caller, operation, { ...which, version, ...more });
    const first = await change(1, changes[0]);
    assert.equal(first.version, 2);
    await assert.rejects(
      change(1, changes[1]),
      (error) => refused('conflict')(error) && (error as { data: JsonObject }).data.version === 2,
    );
    const now = await change(2, {
      ...changes[0],
    });
    assert.equal(now.version, 2, 'what is so already is no change');
    for (const [field, value] of Object.entries(changes[0])) assert.deepEqual(now[field], value);
    const outcomes = await Promise.allSettled([change(2, changes[1]), change(2, changes[1])]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });
}

test('a rename of a tag in a rule or a macro is not written over by who did not see it', async () => {
  const acme = await automated('seen-tags');
  const macro = await acme.call(operator, 'create_macro', { name: 'M', actions });
  const rule = await acme.call(admin, 'create_rule', { name: 'R', trigger: 'ticket.created', actions });
  await acme.call(admin, 'rename_tag', { tag: 'a', to: 'b' });
  const written = { version: 1, actions };
  await assert.rejects(
    acme.call(operator, 'update_macro', { macroId: macro.macroId!, ...written }),
    refused('conflict'),
  );
  await assert.rejects(
    acme.call(admin, 'update_rule', { ruleId: rule.ruleId!, ...written }),
    refused('conflict'),
  );
});

test('the order of rules is not what a rule says', async () => {
  const acme = await automated('seen-order');
  const ids: string[] = [];
  for (const name of ['a', 'b']) {
    const { ruleId } = await acme.call(admin, 'create_rule', { name, trigger: 'ticket.created', actions });
    ids.push(ruleId as string);
  }
  await acme.call(admin, 'reorder_rules', { ruleIds: ids.toReversed() });
  const { version } = await acme.call(admin, 'update_rule', { ruleId: ids[0]!, version: 1, name: 'c' });
  assert.equal(version, 2);
});

test('hours in which the desk is never open are refused, and nothing is changed', async () => {
  const acme = await automated('never-open');
  const before = await acme.call(operator, 'get_business_hours', {});
  const nevers: JsonObject[] = [{}, { holidays: ['2026-12-25'] }, { monday: [] }];
  for (const never of nevers) await assert.rejects(setHours(acme, never), refused('invalid_arguments'));
  assert.deepEqual(await acme.call(operator, 'get_business_hours', {}), before);
  await setHours(acme, { ...closedNow(acme.now()), holidays: ['2026-12-25'] });
  const { openNow, holidays } = await acme.call(operator, 'get_business_hours', {});
  assert.deepEqual([openNow, holidays], [false, ['2026-12-25']]);
});
