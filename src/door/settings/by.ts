import type { Scope } from '../../catalogue/operation.ts';
import { assert } from '../../kernel/errors.ts';
import type { ShopChange } from '../shop.ts';

/** The member who decides, as the audit log knows them. Nobody else may call these operations. */
export function by({ caller, workspace }: Scope): ShopChange {
  assert(caller.kind === 'operator', 'the door’s settings are a member’s');
  return { workspaceId: workspace.id, actor: `operator:${caller.id}` };
}
