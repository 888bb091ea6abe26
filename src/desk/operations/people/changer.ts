import type { Scope } from '../../../catalogue/operation.ts';
import { assert } from '../../../kernel/errors.ts';
import type { Changer } from '../../../people/members.ts';

/** The member who calls, as the audit log and the rules on roles know them. Nobody else may call these operations. */
export function changerOf({ caller, ids }: Scope): Changer {
  assert(caller.kind === 'operator', 'an operation on people is a member’s');
  return { actor: `operator:${caller.id}`, role: caller.role, ids };
}
