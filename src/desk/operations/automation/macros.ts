/** Macros. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation } from '../../../catalogue/operation.ts';
import { act } from '../../automation/act.ts';
import { actionsInShort, assertActions, macroAction } from '../../automation/actions.ts';
import { deleteMacro, findMacro, type Macro, macrosOf } from '../../automation/macros.ts';
import {
  assertMaySteer,
  assertRoom,
  auditAutomation,
  lockSeenNamed,
  pageByName,
} from '../../automation/named.ts';
import { reference, seenVersion } from '../../fields.ts';
import { lockSeen } from '../../tickets/change.ts';
import { lineOf, ticketLine } from '../search/shown.ts';
import { after, limit, name, next, removed, seen, version } from './fields.ts';

const macroId = reference.describe('Id of the macro.');
const actions = z.array(macroAction).min(1).max(20);
const output = z.object({
  macroId: z.string().describe('Id of the macro.'),
  name: z.string().describe('Its name.'),
  version,
  actions: actions.describe('What it does, in this order.'),
});
const shown = ({ id, ...macro }: Macro) => ({ macroId: id, ...macro });
const told = ({ name, actions }: Pick<Macro, 'name' | 'actions'>) => ({
  name,
  actions: actionsInShort(actions),
});
const actionsInput = actions.describe('What it does, in this order: up to 20 actions.');

export const createMacro = houseOperation({
  name: 'create_macro',
  title: 'Make a macro',
  summary: 'Names a list of actions, to be done to a ticket in one click, or by a rule. A name is used once.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    name: name.describe('Its name, one line of up to 200 characters.'),
    actions: actionsInput,
  }),
  output,
  async commit(scope, { name, actions }) {
    await assertRoom(scope, 'macros', name);
    await assertActions(scope, actions);
    const id = scope.ids('mac');
    await scope.tx
      .insertInto('macros')
      .values({
        workspaceId: scope.workspace.id,
        id,
        name,
        actions: JSON.stringify(actions),
        createdAt: scope.now,
        updatedAt: scope.now,
      })
      .execute();
    await auditAutomation(scope, id, 'macro made', told({ name, actions }));
    return shown({ id, name, version: 1, actions });
  },
});

export const updateMacro = houseOperation({
  name: 'update_macro',
  title: 'Change a macro',
  summary:
    'Changes what is given and leaves the rest. Rules that run it do the new actions: while one is on, an admin changes it. Refused where it has changed since you read it.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    macroId,
    version: seen,
    name: name.optional().describe('Its name from now on.'),
    actions: actionsInput.optional(),
  }),
  output,
  async commit(scope, { macroId, version, name, actions }) {
    if (name !== undefined) await assertRoom(scope, 'macros', name, macroId);
    await lockSeenNamed(scope, 'macros', macroId, version);
    await assertMaySteer(scope, { macroId });
    if (actions) await assertActions(scope, actions);
    await scope.tx
      .updateTable('macros')
      .set({
        ...(name === undefined ? {} : { name }),
        ...(actions ? { actions: JSON.stringify(actions) } : {}),
        updatedAt: scope.now,
      })
      .where('workspaceId', '=', scope.workspace.id)
      .where('id', '=', macroId)
      .execute();
    const macro = await findMacro(scope, macroId);
    await auditAutomation(scope, macroId, 'macro changed', told(macro));
    return shown(macro);
  },
});

export const deleteMacroOperation = houseOperation({
  name: 'delete_macro',
  title: 'Delete a macro',
  summary: 'Takes a macro away. Refused while a rule runs it.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({ macroId }),
  output: removed,
  async commit(scope, { macroId }) {
    const name = await deleteMacro(scope, macroId);
    await auditAutomation(scope, macroId, 'macro deleted', { name });
    return { removed: true as const };
  },
});

export const listMacros = readOperation({
  name: 'list_macros',
  title: 'List the macros',
  summary: 'Returns macros with what they do, by name.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({ limit, after }),
  output: z.object({ macros: z.array(output).describe('By name.'), next }),
  async read(scope, page) {
    const { ids, next } = await pageByName(scope, 'macros', page);
    const macros = (await macrosOf(scope, ids)).map(shown);
    return { macros, ...(next ? { next } : {}) };
  },
});

export const applyMacro = houseOperation({
  name: 'apply_macro',
  title: 'Apply a macro to a ticket',
  summary:
    'Does all that a macro says to a ticket, or none of it. What it answers with is your own reply, and is mailed as one. Refused where the ticket has changed since you read it: `version` says what you saw.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    macroId,
    ticketId: reference.describe('Id of the ticket.'),
    version: seenVersion.describe('Its version as you read it.'),
  }),
  output: ticketLine.extend({
    told: z.array(z.string()).describe('What came of it, where that is not plain: whose turn it was.'),
  }),
  async commit(scope, { macroId, ticketId, version }) {
    const ticket = await lockSeen(scope, ticketId, version);
    const { actions } = await findMacro(scope, macroId);
    const done = await act(scope, ticket, actions);
    return { ...lineOf(done.ticket), told: done.told };
  },
});
