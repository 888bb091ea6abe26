/** What a tag is named by beside tickets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  agent,
  catalogue,
  type Desk,
  desk,
  open,
  operator,
  refused,
  setDesk,
} from '../../../../test/desk.ts';
import { holding } from '../../../../test/holding.ts';
import type { Caller, EffectOperation } from '../../../catalogue/operation.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { auditTrail } from '../../../store/audit.ts';

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };
const other: Caller = { kind: 'operator', id: 'usr_other', role: 'operator' };
const mailbox = 'help@example.com';

const tagged = async (on: Desk, ...tags: string[]) => {
  const { ticketId } = await open(on);
  await on.call(operator, 'bulk_update', { ticketIds: [ticketId!], addTags: tags });
  return String(ticketId);
};
const rename = (on: Desk, tag: string, to: string | null) => on.call(admin, 'rename_tag', { tag, to });
/** An agent's wish to give a ticket tags, waiting. */
const proposed = async (on: Desk, ticketId: string, tags: string[]) => {
  const { queue } = catalogue.get('triage') as EffectOperation;
  const plan = { ticketId, filing: { tags, priority: 'high' } };
  return String((await on.within(agent, (scope) => queue!(scope, plan))).proposalId);
};
const rule = (on: Desk, name: string, more: JsonObject) =>
  on.call(admin, 'create_rule', {
    ...{ name, trigger: 'ticket.created', actions: [{ kind: 'set_priority', priority: 'high' }] },
    ...more,
  });
const macro = (on: Desk, name: string, actions: JsonObject[]) =>
  on.call(admin, 'create_macro', { name, actions });
const asks = (test: string, ...values: string[]) => ({ field: 'tag', test, values });
const view = (on: Desk, name: string, query: string, caller = operator, shared = false) =>
  on.call(caller, 'create_view', { name, query, shared });
const named = (list: unknown, name: string) => (list as JsonObject[]).find((one) => one.name === name)!;

/** Names a tag wherever one can be named. */
async function nameEverywhere(on: Desk, tag: string): Promise<{ ticketId: string; proposalId: string }> {
  await rule(on, 'conditions', {
    allOf: [asks('is', tag.toUpperCase(), 'vip'), { field: 'subject', test: 'contains', values: ['lens'] }],
    anyOf: [asks('is_not', tag)],
  });
  await rule(on, 'actions', {
    actions: [
      { kind: 'add_tags', tags: [tag, 'vip'] },
      { kind: 'remove_tags', tags: [tag] },
    ],
  });
  await macro(on, 'macro', [{ kind: 'add_tags', tags: ['vip', tag] }]);
  await on.call(admin, 'create_sla_policy', {
    ...{ name: 'policy', position: 1, tag, mailbox, inBusinessHours: false, firstResponseMinutes: 60 },
  });
  await view(on, 'shared', `status:open tag:${tag} assignee:me`, operator, true);
  await view(on, 'own', `TAG:"${tag.toUpperCase()}" tag:vip from:"tag:${tag}"`, other);
  const proposalId = await proposed(on, await tagged(on, 'vip'), [tag]);
  await setDesk(on, { agentsSee: 'tag', agentsTag: tag });
  return { ticketId: await tagged(on, tag), proposalId };
}

test('what names a tag follows in the same call, and is nowhere left with the old name', async () => {
  const acme = await desk('named');
  const { ticketId, proposalId } = await nameEverywhere(acme, 'quokka');
  const stranger: Caller = { kind: 'wallet', address: `0x${'c3'.repeat(20)}` };
  const seen = async () => (await acme.call(stranger, 'list_tickets', {})).tickets as JsonObject[];
  assert.equal((await seen()).length, 1);
  const before = await acme.call(admin, 'list_rules', {});

  assert.deepEqual(await rename(acme, 'quokka', 'wombat'), { changed: 1, left: 0, followed: 8 });
  // What happened is told as it was: the history, the log, and one filter that is a person's name and no tag.
  const left = (await holding(acme.db, ['quokka'])).sort();
  assert.deepEqual(left, ['audit_log.details', 'audit_log.subject', 'ticket_events.changes', 'views.query']);

  const { rules } = await acme.call(admin, 'list_rules', {});
  assert.deepEqual(named(rules, 'conditions').allOf, [
    asks('is', 'wombat', 'vip'),
    { field: 'subject', test: 'contains', values: ['lens'] },
  ]);
  assert.deepEqual(named(rules, 'conditions').anyOf, [asks('is_not', 'wombat')]);
  assert.deepEqual(named(rules, 'actions').actions, [
    { kind: 'add_tags', tags: ['wombat', 'vip'] },
    { kind: 'remove_tags', tags: ['wombat'] },
  ]);
  const text = JSON.stringify(before.rules).replaceAll('QUOKKA', 'wombat').replaceAll('quokka', 'wombat');
  assert.equal(JSON.stringify(rules), text, 'nothing else of them changes');
  const { macros } = await acme.call(operator, 'list_macros', {});
  assert.deepEqual(named(macros, 'macro').actions, [{ kind: 'add_tags', tags: ['vip', 'wombat'] }]);
  const { policies } = await acme.call(operator, 'list_sla_policies', {});
  assert.equal(named(policies, 'policy').tag, 'wombat');
  const viewsOf = async (caller: Caller) => (await acme.call(caller, 'list_views', {})).views;
  assert.equal(named(await viewsOf(other), 'shared').query, 'status:open tag:wombat assignee:me');
  assert.equal(named(await viewsOf(other), 'own').query, 'tag:wombat tag:vip from:"tag:quokka"');
  assert.equal((await acme.call(operator, 'get_desk_settings', {})).agentsTag, 'wombat');
  assert.deepEqual(
    (await seen()).map((ticket) => ticket.ticketId),
    [ticketId],
    'strangers see what they saw',
  );
  await acme.call(operator, 'approve_proposal', { proposalId, seen: 2 });
  const { tickets } = await acme.call(operator, 'search_tickets', { query: 'tag:wombat tag:vip' });
  assert.equal((tickets as JsonObject[]).length, 1, 'the agent’s wish is the new tag');
});

test('due times are made anew, a tag that is there already is named once, and the log says all of it', async () => {
  const acme = await desk('named-merged');
  await acme.call(admin, 'create_sla_policy', {
    ...{ name: 'p', position: 1, tag: 'old', inBusinessHours: false, firstResponseMinutes: 60 },
  });
  await macro(acme, 'm', [{ kind: 'add_tags', tags: ['new', 'old'] }]);
  await rule(acme, 'r', { allOf: [asks('is', 'old', 'NEW', 'new')] });
  const revision = async () =>
    (
      await acme.db
        .selectFrom('deskAutomation')
        .select('revision')
        .where('workspaceId', '=', acme.workspace.id)
        .executeTakeFirstOrThrow()
    ).revision;
  const before = await revision();
  await tagged(acme, 'new');
  // No ticket has the old one: what names it follows all the same.
  assert.deepEqual(await rename(acme, 'old', 'new'), { changed: 0, left: 0, followed: 3 });
  assert.ok((await revision()) > before);
  const { macros } = await acme.call(operator, 'list_macros', {});
  assert.deepEqual(named(macros, 'm').actions, [{ kind: 'add_tags', tags: ['new'] }]);
  const trail = await acme.within(admin, ({ tx, workspace }) => auditTrail(tx, workspace.id, { limit: 1 }));
  const counts = { rules: 1, macros: 1, policies: 1, views: 0, proposals: 0, settings: 0 };
  assert.deepEqual(
    [trail[0]!.action, trail[0]!.subject, trail[0]!.details],
    ['tag.renamed', 'old', { to: 'new', tickets: 0, ...counts }],
  );
});

test('no rename opens tickets to agents that were not open', async () => {
  const acme = await desk('named-opened');
  await setDesk(acme, { agentsSee: 'tag', agentsTag: 'public' });
  const shown = await tagged(acme, 'public');
  await tagged(acme, 'secret');
  const stranger: Caller = { kind: 'wallet', address: `0x${'c4'.repeat(20)}` };
  const seen = async () =>
    ((await acme.call(stranger, 'list_tickets', {})).tickets as JsonObject[]).map((one) => one.ticketId);
  await assert.rejects(rename(acme, 'public', 'secret'), refused('conflict'));
  await assert.rejects(rename(acme, 'secret', 'public'), refused('conflict'));
  assert.deepEqual(await seen(), [shown]);
  assert.deepEqual(
    (await acme.call(operator, 'get_desk_settings', {})).agentsTag,
    'public',
    'nothing is half renamed',
  );
  await rename(acme, 'public', 'open');
  assert.deepEqual(await seen(), [shown]);
  // Where the tag opens nothing it is a name like any other.
  await setDesk(acme, { agentsSee: 'none' });
  await rename(acme, 'open', 'secret');
  assert.deepEqual(await seen(), []);
});

test('a tag that something acts by is not taken away, and the refusal says what names it', async () => {
  const acme = await desk('named-kept');
  await tagged(acme, 'lens');
  await view(acme, 'mine', 'tag:lens');
  await proposed(acme, await tagged(acme), ['lens']);
  const keeping: [
    name: string,
    make: () => Promise<JsonObject>,
    undo: (made: JsonObject) => Promise<unknown>,
  ][] = [
    [
      'rule',
      () => rule(acme, 'A rule', { anyOf: [asks('is', 'Lens')] }),
      ({ ruleId }) => acme.call(admin, 'delete_rule', { ruleId: ruleId! }),
    ],
    [
      'macro',
      () => macro(acme, 'A macro', [{ kind: 'remove_tags', tags: ['lens'] }]),
      ({ macroId }) => acme.call(admin, 'delete_macro', { macroId: macroId! }),
    ],
    [
      'policy',
      () =>
        acme.call(admin, 'create_sla_policy', {
          ...{ name: 'A policy', tag: 'lens', inBusinessHours: false, resolutionMinutes: 5 },
        }),
      ({ policyId }) => acme.call(admin, 'delete_sla_policy', { policyId: policyId! }),
    ],
    [
      'view',
      () => view(acme, 'A view', 'tag:lens', operator, true),
      ({ viewId }) => acme.call(admin, 'delete_view', { viewId: viewId! }),
    ],
  ];
  for (const [name, make, undo] of keeping) {
    const made = await make();
    await assert.rejects(rename(acme, 'lens', null), new RegExp(`"A ${name}"; change that`));
    await assert.rejects(rename(acme, 'lens', null), refused('conflict'));
    await undo(made);
  }
  await setDesk(acme, { agentsSee: 'tag', agentsTag: 'lens' });
  await assert.rejects(rename(acme, 'lens', null), /lens opens tickets to agents/);
  await setDesk(acme, { agentsSee: 'none' });
  // One's own view finds nothing then, and who reviews the proposal decides on it.
  assert.deepEqual(await rename(acme, 'lens', null), { changed: 1, left: 0, followed: 0 });
});

test('another workspace’s names stay, and so do longer names that begin alike', async () => {
  const [acme, elsewhere] = [await desk('named-here'), await desk('named-there')];
  for (const on of [acme, elsewhere]) {
    await view(on, 'v', 'tag:lens', operator, true);
    await view(on, 'longer', 'tag:lenses', operator, true);
    await rule(on, 'r', { allOf: [asks('is', 'lens')], actions: [{ kind: 'add_tags', tags: ['lens-cap'] }] });
  }
  await rename(acme, 'lens', 'optics');
  const shown = async (on: Desk) => {
    const { views } = await on.call(operator, 'list_views', {});
    const { rules } = await on.call(operator, 'list_rules', {});
    return [named(views, 'v').query, named(views, 'longer').query, named(rules, 'r').allOf];
  };
  assert.deepEqual(await shown(acme), ['tag:optics', 'tag:lenses', [asks('is', 'optics')]]);
  assert.deepEqual(await shown(elsewhere), ['tag:lens', 'tag:lenses', [asks('is', 'lens')]]);
  // Filters have their bound: a name that does not fit is refused, and nothing is half renamed.
  const long = Array.from({ length: 60 }, () => 'tag:a').join(' ');
  await view(acme, 'long', long, other);
  await assert.rejects(rename(acme, 'a', 'x'.repeat(50)), refused('conflict'));
});

test('what was merged away has no tag to rename', async () => {
  const acme = await desk('named-away');
  const [first, second] = [await tagged(acme, 'dup'), await tagged(acme)];
  const version = async (ticketId: string) =>
    (await acme.call(operator, 'get_ticket', { ticketId })).version as number;
  await acme.call(operator, 'merge_tickets', {
    ...{ from: first, fromVersion: await version(first) },
    ...{ into: second, intoVersion: await version(second) },
  });
  assert.deepEqual((await acme.call(operator, 'list_tags', {})).tags, []);
});
