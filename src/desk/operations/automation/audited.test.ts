import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admin, automated } from '../../../../test/automation.ts';
import { operator, setHours } from '../../../../test/desk.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';

test('the audit log says what acts by itself now, and no word that may be about a customer', async () => {
  const acme = await automated('audited');
  const seen = new Set<string>();
  /** What the log has gained. */
  const told = async (): Promise<JsonObject | undefined> => {
    const rows = await acme.within(({ tx, workspace }) => auditTrail(tx, workspace.id, { limit: 50 }));
    const fresh = rows.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    assert.equal(fresh.length, 1);
    return fresh[0]!.details as JsonObject;
  };
  const actions: JsonObject[] = [
    { kind: 'set_status', status: 'closed' },
    { kind: 'set_assignee', userId: null },
    { kind: 'add_tags', tags: ['ada-lovelace'] },
    { kind: 'add_note', body: 'For Ada Lovelace.' },
  ];
  const does = ['set_status closed', 'set_assignee none', 'add_tags', 'add_note'];

  const { macroId } = await acme.call(operator, 'create_macro', { name: 'Close it', actions });
  assert.deepEqual(await told(), { what: 'macro made', name: 'Close it', actions: does });
  await acme.call(operator, 'update_macro', { macroId: macroId!, version: 1, actions: actions.slice(0, 1) });
  assert.deepEqual(await told(), { what: 'macro changed', name: 'Close it', actions: does.slice(0, 1) });

  const rule = {
    name: 'Off it goes',
    trigger: 'ticket.created',
    allOf: [{ field: 'subject', test: 'contains', values: ['Lovelace'] }],
    actions: [{ kind: 'macro', macroId: macroId! }],
  };
  const { ruleId } = await acme.call(admin, 'create_rule', rule);
  const ruleNow = {
    name: 'Off it goes',
    enabled: true,
    trigger: 'ticket.created',
    minutes: null,
    allOf: ['subject contains'],
    anyOf: [],
    actions: [`macro ${macroId}`],
  };
  assert.deepEqual(await told(), { what: 'rule made', ...ruleNow });
  await acme.call(admin, 'update_rule', { ruleId: ruleId!, version: 1, name: 'Off', enabled: false });
  assert.deepEqual(await told(), { what: 'rule changed', ...ruleNow, name: 'Off', enabled: false });
  await acme.call(admin, 'reorder_rules', { ruleIds: [ruleId!] });
  assert.deepEqual(await told(), { what: 'rules put in order', rules: ['Off'] });
  await acme.call(admin, 'delete_rule', { ruleId: ruleId! });
  assert.deepEqual(await told(), { what: 'rule deleted', name: 'Off' });
  await acme.call(operator, 'delete_macro', { macroId: macroId! });
  assert.deepEqual(await told(), { what: 'macro deleted', name: 'Close it' });

  const policy = { name: 'Fast', tag: 'ada-lovelace', firstResponseMinutes: 5 };
  const { policyId } = await acme.call(admin, 'create_sla_policy', policy);
  const policyNow = {
    name: 'Fast',
    position: 0,
    priorities: [],
    customerId: null,
    firstResponseMinutes: 5,
    resolutionMinutes: null,
    inBusinessHours: true,
  };
  assert.deepEqual(await told(), { what: 'SLA policy made', ...policyNow });
  await acme.call(admin, 'update_sla_policy', { policyId: policyId!, resolutionMinutes: 60 });
  assert.deepEqual(await told(), { what: 'SLA policy changed', ...policyNow, resolutionMinutes: 60 });
  await acme.call(admin, 'delete_sla_policy', { policyId: policyId! });
  assert.deepEqual(await told(), { what: 'SLA policy deleted', name: 'Fast' });

  await setHours(acme, { alwaysOpen: true, holidays: ['2026-12-25'] });
  assert.deepEqual(await told(), { what: 'business hours set', week: null, holidays: ['2026-12-25'] });

  // Rules mail these texts by themselves.
  const { savedReplyId } = await acme.call(operator, 'create_saved_reply', {
    name: 'Hello',
    body: 'Dear Ada.',
  });
  assert.deepEqual(await told(), { what: 'saved reply made', name: 'Hello' });
  await acme.call(operator, 'update_saved_reply', { savedReplyId: savedReplyId!, body: 'Dear Lovelace.' });
  assert.deepEqual(await told(), { what: 'saved reply changed', name: 'Hello' });
  await acme.call(operator, 'delete_saved_reply', { savedReplyId: savedReplyId! });
  assert.deepEqual(await told(), { what: 'saved reply deleted', name: 'Hello' });
});

test('the audit log says who sent whom away, and not who goes by themselves', async () => {
  const acme = await automated('audited-absence');
  await acme.member('bo');
  const userId = `bo_${acme.workspace.slug}`;
  const about = async () =>
    (
      await acme.within(({ tx, workspace }) => auditTrail(tx, workspace.id, { subject: userId, limit: 9 }))
    ).map(({ actor, details }) => [actor, details]);
  await acme.call({ kind: 'operator', id: userId, role: 'operator' }, 'set_absence', { away: true });
  assert.deepEqual(await about(), []);
  const until = '2030-01-01T00:00:00.000Z';
  await acme.call(admin, 'set_absence', { userId, away: true, until });
  await acme.call(admin, 'set_absence', { userId, away: false });
  assert.deepEqual(await about(), [
    ['operator:usr_admin', { what: 'absence ended' }],
    ['operator:usr_admin', { what: 'absence set', until }],
  ]);
});
