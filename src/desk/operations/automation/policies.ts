/** SLA policies: by when tickets should be answered and resolved. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { assertRoom, auditAutomation, mustBe, remove } from '../../automation/named.ts';
import { listPolicies, type Policy, policyColumns } from '../../automation/policies.ts';
import { renewDueTimes } from '../../automation/settings.ts';
import { findCustomer } from '../../customers/customers.ts';
import { email, reference, tag, ticketPriority } from '../../fields.ts';
import { name, removed } from './fields.ts';

const policyId = reference.describe('Id of the policy.');
const minutes = z.int().min(1).max(1_000_000);
const fields = {
  name: name.describe('Its name, one line of up to 200 characters.'),
  position: z.int().min(0).max(100_000).describe('Its place: the first policy that fits is a ticket’s.'),
  priorities: z
    .array(ticketPriority)
    .max(4)
    .refine((all) => new Set(all).size === all.length, 'must not name a priority twice')
    .describe('For tickets of these priorities; empty for all.'),
  tag: tag.nullable().describe('Only for tickets with this tag.'),
  mailbox: email.nullable().describe('Only for tickets that were written to this address.'),
  customerId: reference.nullable().describe('Only for this customer’s tickets.'),
  firstResponseMinutes: minutes.nullable().describe('Minutes until the first answer; null for no such time.'),
  resolutionMinutes: minutes.nullable().describe('Minutes until it is resolved; null for no such time.'),
  inBusinessHours: z.boolean().describe('Whether only minutes of business hours count.'),
};
const output = z.object({ policyId: z.string().describe('Id of the policy.'), ...fields });
const shown = ({ id, ...policy }: Policy) => ({ policyId: id, ...policy }) as z.input<typeof output>;

const told = (policy: Omit<Policy, 'id'>): JsonObject =>
  Object.fromEntries(
    policyColumns
      .filter((column) => column !== 'id' && column !== 'tag' && column !== 'mailbox')
      .map((column) => [column, policy[column]]),
  );

/** @throws {PosternError} `invalid_arguments` */
async function assertSound({ tx, workspace }: Scope, policy: Omit<Policy, 'id'>): Promise<void> {
  if (policy.firstResponseMinutes === null && policy.resolutionMinutes === null)
    throw new PosternError(
      'invalid_arguments',
      'A policy has firstResponseMinutes, resolutionMinutes, or both.',
    );
  if (policy.customerId !== null && !(await findCustomer(tx, workspace.id, policy.customerId)))
    throw new PosternError('invalid_arguments', 'customerId: no customer has this id.');
}

export const createSlaPolicy = houseOperation({
  name: 'create_sla_policy',
  title: 'Make an SLA policy',
  summary:
    'Says by when tickets should be first answered and resolved. The time to resolve stands still while a ticket is pending or resolved. Holds for tickets that are not done, too.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    name: fields.name,
    position: fields.position.default(0),
    priorities: fields.priorities.default([]),
    tag: fields.tag.default(null),
    mailbox: fields.mailbox.default(null),
    customerId: fields.customerId.default(null),
    firstResponseMinutes: fields.firstResponseMinutes.default(null),
    resolutionMinutes: fields.resolutionMinutes.default(null),
    inBusinessHours: fields.inBusinessHours.default(true),
  }),
  output,
  async commit(scope, input) {
    const policy = { ...input, mailbox: input.mailbox?.toLowerCase() ?? null };
    await assertRoom(scope, 'slaPolicies', policy.name);
    await assertSound(scope, policy);
    const id = scope.ids('sla');
    await scope.tx
      .insertInto('slaPolicies')
      .values({ workspaceId: scope.workspace.id, id, ...policy })
      .execute();
    await renewDueTimes(scope);
    await auditAutomation(scope, id, 'SLA policy made', told(policy));
    return shown({ id, ...policy });
  },
});

const optional = Object.fromEntries(
  Object.entries(fields).map(([field, type]) => [field, type.optional()]),
) as { [F in keyof typeof fields]: z.ZodOptional<(typeof fields)[F]> };

export const updateSlaPolicy = houseOperation({
  name: 'update_sla_policy',
  title: 'Change an SLA policy',
  summary:
    'Changes what is given and leaves the rest. Due times of tickets that are not done are made anew, within a minute.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ policyId, ...optional }),
  output,
  async commit(scope, { policyId, ...input }) {
    const { tx, workspace } = scope;
    if (input.name !== undefined) await assertRoom(scope, 'slaPolicies', input.name, policyId);
    const before = await tx
      .selectFrom('slaPolicies')
      .select(policyColumns)
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', policyId)
      .forUpdate()
      .executeTakeFirst();
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    const after = { ...mustBe('slaPolicies', before), ...given } as Policy;
    after.mailbox = after.mailbox?.toLowerCase() ?? null;
    await assertSound(scope, after);
    await tx
      .updateTable('slaPolicies')
      .set(after)
      .where('workspaceId', '=', workspace.id)
      .where('id', '=', policyId)
      .execute();
    await renewDueTimes(scope);
    await auditAutomation(scope, policyId, 'SLA policy changed', told(after));
    return shown(after);
  },
});

export const deleteSlaPolicy = houseOperation({
  name: 'delete_sla_policy',
  title: 'Delete an SLA policy',
  summary:
    'Takes a policy away; tickets that are not done fall under the next that fits, or have no due times.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ policyId }),
  output: removed,
  async commit(scope, { policyId }) {
    const name = await remove(scope, 'slaPolicies', policyId);
    await renewDueTimes(scope);
    await auditAutomation(scope, policyId, 'SLA policy deleted', { name });
    return { removed: true as const };
  },
});

export const listSlaPolicies = readOperation({
  name: 'list_sla_policies',
  title: 'List the SLA policies',
  summary: 'Returns all policies, at most 50, in the order in which they are looked at.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({}),
  output: z.object({ policies: z.array(output).describe('In their order.') }),
  read: async (scope) => ({ policies: (await listPolicies(scope)).map(shown) }),
});
