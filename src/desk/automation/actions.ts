/** What a macro, and a rule, can do: one flat object an action, in the order in which they are done. */
import { z } from 'zod';
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { roleOf } from '../../people/members.ts';
import { body, reference, tag, ticketPriority } from '../fields.ts';

const kind = <K extends string>(name: K, what: string) => z.literal(name).describe(what);
const tags = z.array(tag).min(1).max(50).describe('The tags.');
const savedReplyId = reference.describe('Id of the saved reply.');

const shared = [
  z.strictObject({
    kind: kind('set_status', 'Changes where it stands.'),
    status: z.enum(['open', 'pending', 'resolved', 'closed', 'spam']).describe('Where it stands then.'),
  }),
  z.strictObject({
    kind: kind('snooze', 'Snoozes it.'),
    hours: z.int().min(1).max(8760).describe('For how many hours.'),
  }),
  z.strictObject({
    kind: kind('set_priority', 'Changes how much it hurries.'),
    priority: ticketPriority.describe('How much then.'),
  }),
  z.strictObject({
    kind: kind('set_assignee', 'Gives it to somebody.'),
    userId: reference.nullable().describe('The member who has it then; null for nobody.'),
  }),
  z.strictObject({
    kind: kind('set_team', 'Gives it to a team.'),
    teamId: reference.nullable().describe('The team that has it then; null for none.'),
  }),
  z.strictObject({
    kind: kind(
      'assign_round_robin',
      'Gives it to a team, and there to whose turn it is; who has it already keeps it.',
    ),
    teamId: reference.describe('The team.'),
  }),
  z.strictObject({ kind: kind('add_tags', 'Adds tags.'), tags }),
  z.strictObject({ kind: kind('remove_tags', 'Takes tags away.'), tags }),
  z.strictObject({ kind: kind('add_note', 'Adds a note.'), body: body.describe('The note.') }),
  z.strictObject({
    kind: kind(
      'reply',
      'Answers with a saved reply. In a macro it is the operator’s own reply; from a rule it is automatic mail.',
    ),
    savedReplyId,
  }),
] as const;

/** One thing that a macro does. */
export const macroAction = z.discriminatedUnion('kind', shared);
export type MacroAction = z.output<typeof macroAction>;

/** One thing that a rule does. */
export const ruleAction = z.discriminatedUnion('kind', [
  ...shared,
  z.strictObject({
    kind: kind('macro', 'Runs a macro.'),
    macroId: reference.describe('Id of the macro.'),
  }),
  z.strictObject({
    kind: kind('acknowledge', 'Tells the customer that the ticket is here, once.'),
    savedReplyId,
  }),
  z.strictObject({
    kind: kind('out_of_hours_reply', 'Tells the customer that the desk is closed, where it is.'),
    savedReplyId,
  }),
]);
export type RuleAction = z.output<typeof ruleAction>;

/** In a few words, for the audit log: `set_status closed`. Without texts and tags, which may name a customer. */
export const actionsInShort = (actions: readonly RuleAction[]): string[] =>
  actions.map((action) =>
    Object.entries(action)
      .filter(([field]) => field !== 'body' && field !== 'tags')
      .map(([, value]) => value ?? 'none')
      .join(' '),
  );

/** @throws {PosternError} `invalid_arguments` for somebody who does not work tickets */
export async function assertWorker({ tx, workspace }: Scope, userId: string): Promise<void> {
  const role = await roleOf(tx, workspace.id, userId);
  if (!role || role === 'viewer')
    throw new PosternError('invalid_arguments', 'userId: no member who works tickets has this id.');
}

/** @throws {PosternError} `invalid_arguments` where an action names what is not there */
export async function assertActions(scope: Scope, actions: readonly RuleAction[]): Promise<void> {
  for (const action of actions) {
    if (action.kind === 'set_assignee' && action.userId !== null) await assertWorker(scope, action.userId);
    if ('teamId' in action && action.teamId !== null) await assertThere(scope, 'teams', action.teamId);
    if ('savedReplyId' in action) await assertThere(scope, 'savedReplies', action.savedReplyId);
    if ('macroId' in action) await assertThere(scope, 'macros', action.macroId);
  }
}

/** Locked against being taken away until the transaction ends. */
async function assertThere(
  { tx, workspace }: Scope,
  table: 'teams' | 'savedReplies' | 'macros',
  id: string,
): Promise<void> {
  const row = await tx
    .selectFrom(table)
    .select('id')
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .forKeyShare()
    .executeTakeFirst();
  if (!row) {
    const [field, word] = {
      teams: ['teamId', 'team'],
      savedReplies: ['savedReplyId', 'saved reply'],
      macros: ['macroId', 'macro'],
    }[table] as [string, string];
    throw new PosternError('invalid_arguments', `${field}: no ${word} has this id.`);
  }
}
