/** Macros: several changes in one click. */
import type { Scope } from '../../catalogue/operation.ts';
import type { MacroAction } from './actions.ts';
import { assertUnused, mustBe, remove } from './named.ts';

export interface Macro {
  id: string;
  name: string;
  actions: MacroAction[];
}

/** @throws {PosternError} `not_found` */
export async function findMacro({ tx, workspace }: Scope, id: string): Promise<Macro> {
  const row = await tx
    .selectFrom('macros')
    .select(['id', 'name', 'actions'])
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .executeTakeFirst();
  return mustBe('macros', row) as Macro;
}

/** @throws {PosternError} `not_found`; `conflict` while a rule uses it */
export async function deleteMacro(scope: Scope, id: string): Promise<void> {
  // First, for whoever is about to use it holds it.
  await remove(scope, 'macros', id);
  await assertUnused(scope, { macroId: id });
}
