/** Rules: made, changed, put in order. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { actionsInShort, assertActions, ruleAction } from '../../automation/actions.ts';
import { type Condition, condition } from '../../automation/conditions.ts';
import { assertRoom, auditAutomation, mustBe, refuseStale, remove } from '../../automation/named.ts';
import {
  eventTriggers,
  isOn,
  listRules,
  lockRule,
  type Rule,
  timeTriggers,
  waits,
} from '../../automation/rules.ts';
import { renewDueTimes } from '../../automation/settings.ts';
import { reference } from '../../fields.ts';
import { after, limit, name, next, removed, seen, version } from './fields.ts';

const ruleId = reference.describe('Id of the rule.');
const conditions = z.array(condition).max(20);
const fields = {
  name: name.describe('Its name, one line of up to 200 characters.'),
  enabled: z.boolean().describe('Whether it acts.'),
  trigger: z
    .enum([...eventTriggers, ...timeTriggers])
    .describe(
      'What it waits for: something that happens, or `minutes` after the last public message of the customer or of an operator, after the status changed, or after a due time.',
    ),
  minutes: z
    .int()
    .min(-525_600)
    .max(525_600)
    .nullable()
    .describe('How long after; for due times negative is before. Only for triggers that wait for a time.'),
  allOf: conditions.describe('All of these must hold.'),
  anyOf: conditions.describe('One of these must hold, where there are any.'),
  actions: z.array(ruleAction).min(1).max(20).describe('What it does, in this order.'),
};
const output = z.object({
  ruleId: z.string().describe('Id of the rule.'),
  position: z.int().describe('Its place: rules of one event run in this order.'),
  version,
  ...fields,
});
const shown = ({ id, since: _, ...rule }: Rule): z.input<typeof output> => ({ ruleId: id, ...rule });

const askedFor = (conditions: readonly Condition[]) =>
  conditions.map(({ field, test }) => `${field} ${test}`);
const told = ({ name, enabled, trigger, minutes, allOf, anyOf, actions }: Rule): JsonObject => ({
  ...{ name, enabled, trigger, minutes },
  allOf: askedFor(allOf),
  anyOf: askedFor(anyOf),
  actions: actionsInShort(actions),
});

/** @throws {PosternError} `invalid_arguments` */
async function assertSound(scope: Scope, rule: Pick<Rule, 'trigger' | 'minutes' | 'actions'>): Promise<void> {
  const { minutes } = rule;
  if (!waits(rule)) {
    if (minutes !== null)
      throw new PosternError('invalid_arguments', `minutes: ${rule.trigger} waits for no time.`);
  } else if (minutes === null) {
    throw new PosternError('invalid_arguments', `minutes: ${rule.trigger} needs it.`);
  } else if (rule.trigger.startsWith('after.') && minutes < 1)
    throw new PosternError('invalid_arguments', `minutes: at least 1 for ${rule.trigger}.`);
  await assertActions(scope, rule.actions);
}

const stored = ({ allOf, anyOf, actions, version: _, ...rule }: Omit<Rule, 'id'>) => ({
  ...rule,
  allOf: JSON.stringify(allOf),
  anyOf: JSON.stringify(anyOf),
  actions: JSON.stringify(actions),
});

/** Where nothing acted by itself nobody kept the clocks: they are made anew once something does. */
async function wake(scope: Scope, enabled: boolean): Promise<void> {
  if (enabled && !(await isOn(scope))) await renewDueTimes(scope);
}

export const createRule = houseOperation({
  name: 'create_rule',
  title: 'Make a rule',
  summary:
    'Says what happens by itself: on an event or after a time, where conditions hold, actions are done. It runs after the rules there are, and acts on what happens or comes due from now on. `list_rule_runs` shows what it did.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    name: fields.name,
    enabled: fields.enabled.default(true),
    trigger: fields.trigger,
    minutes: fields.minutes.default(null),
    allOf: fields.allOf.default([]),
    anyOf: fields.anyOf.default([]),
    actions: fields.actions,
  }),
  output,
  async commit(scope, input) {
    const { tx, workspace, now } = scope;
    await assertRoom(scope, 'rules', input.name);
    await assertSound(scope, input);
    await wake(scope, input.enabled);
    const { rows } = await sql<{ position: number }>`
      select coalesce(max(position), 0) + 1 as position from rules where workspace_id = ${workspace.id}`.execute(
      tx,
    );
    const rule: Rule = {
      id: scope.ids('rul'),
      position: rows[0]!.position,
      version: 1,
      ...input,
      since: now,
    };
    await tx
      .insertInto('rules')
      .values({ workspaceId: workspace.id, id: rule.id, ...stored(rule) })
      .execute();
    await auditAutomation(scope, rule.id, 'rule made', told(rule));
    return shown(rule);
  },
});

const optional = Object.fromEntries(
  Object.entries(fields).map(([field, type]) => [field, type.optional()]),
) as { [F in keyof typeof fields]: z.ZodOptional<(typeof fields)[F]> };

export const updateRule = houseOperation({
  name: 'update_rule',
  title: 'Change a rule',
  summary:
    'Changes what is given and leaves the rest. With another trigger or time, or enabled again, it starts anew: what came due before is past. Refused where it has changed since you read it.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ ruleId, version: seen, ...optional }),
  output,
  async commit(scope, { ruleId, version, ...input }) {
    const { tx, workspace, now } = scope;
    if (input.name !== undefined) await assertRoom(scope, 'rules', input.name, ruleId);
    const before = await lockRule(scope, ruleId);
    refuseStale(before.version, version, 'rule');
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    const rule = { ...before, ...given } as Rule;
    await assertSound(scope, rule);
    await wake(scope, rule.enabled);
    const anew =
      rule.trigger !== before.trigger || rule.minutes !== before.minutes || (rule.enabled && !before.enabled);
    if (anew) {
      rule.since = now;
      await tx
        .deleteFrom('ruleMarks')
        .where('workspaceId', '=', workspace.id)
        .where('ruleId', '=', ruleId)
        .execute();
    }
    await tx
      .updateTable('rules')
      .set(stored(rule))
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', ruleId)
      .execute();
    await auditAutomation(scope, ruleId, 'rule changed', told(rule));
    return shown(await lockRule(scope, ruleId));
  },
});

export const deleteRule = houseOperation({
  name: 'delete_rule',
  title: 'Delete a rule',
  summary: 'Takes a rule away. What it did stays in the log.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ ruleId }),
  output: removed,
  async commit(scope, { ruleId }) {
    const name = await remove(scope, 'rules', ruleId);
    await auditAutomation(scope, ruleId, 'rule deleted', { name });
    return { removed: true as const };
  },
});

export const listRulesOperation = readOperation({
  name: 'list_rules',
  title: 'List the rules',
  summary: 'Returns rules in the order in which they run.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({ limit, after }),
  output: z.object({ rules: z.array(output).describe('In their order.'), next }),
  async read(scope, { limit, after }) {
    // There are at most 200, which every event reads.
    const all = await listRules(scope);
    const before = after === undefined ? -1 : all.findIndex(({ id }) => id === after);
    if (after !== undefined) mustBe('rules', all[before]);
    const page = all.slice(before + 1, before + 1 + limit);
    const more = all.length > before + 1 + limit;
    return { rules: page.map(shown), ...(more ? { next: page.at(-1)!.id } : {}) };
  },
});

export const reorderRules = houseOperation({
  name: 'reorder_rules',
  title: 'Put the rules in order',
  summary:
    'Says in which order rules run. Takes the ids of all rules; refused where there are others by now.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    ruleIds: z.array(reference).min(1).max(200).describe('Ids of all rules, the first to run first.'),
  }),
  output: z.object({ ruleIds: z.array(z.string()).describe('Ids of all rules in their order.') }),
  async commit(scope, { ruleIds }) {
    const { tx, workspace } = scope;
    // No other is made meanwhile.
    await assertRoom(scope, 'rules', '', ruleIds[0]);
    const all = new Map((await listRules(scope)).map(({ id, name }) => [id, name]));
    if (all.size !== ruleIds.length || new Set(all.keys()).symmetricDifference(new Set(ruleIds)).size > 0)
      throw new PosternError('conflict', 'These are not all rules that there are; list them again.');
    await sql`
      update rules set position = place.position from unnest(${ruleIds}::text[]) with ordinality as place (id, position)
      where rules.workspace_id = ${workspace.id} and rules.id = place.id`.execute(tx);
    await auditAutomation(scope, null, 'rules put in order', { rules: ruleIds.map((id) => all.get(id)!) });
    return { ruleIds };
  },
});
