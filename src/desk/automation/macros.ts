/** Macros: several changes in one click. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { MacroAction } from './actions.ts';
import { assertUnused, mustBe, remove } from './named.ts';

export interface Macro {
  id: string;
  name: string;
  version: number;
  actions: MacroAction[];
}

/** Those of these ids that there are, by name. */
export const macrosOf = async ({ tx, workspace }: Scope, ids: readonly string[]): Promise<Macro[]> => {
  const rows = await tx
    .selectFrom('macros')
    .select(['id', 'name', 'version', 'actions'])
    .where('workspaceId', '=', workspace.id)
    .where(sql<boolean>`id = any(${ids})`)
    .orderBy(sql`caseless(name) collate "C"`)
    .orderBy('id')
    .execute();
  return rows as unknown as Macro[];
};

/** @throws {PosternError} `not_found` */
export const findMacro = async (scope: Scope, id: string): Promise<Macro> =>
  mustBe('macros', (await macrosOf(scope, [id]))[0]);

/** @returns its name. @throws {PosternError} `not_found`; `conflict` while a rule uses it */
export async function deleteMacro(scope: Scope, id: string): Promise<string> {
  // First, for whoever is about to use it holds it.
  const name = await remove(scope, 'macros', id);
  await assertUnused(scope, { macroId: id });
  return name;
}
