import type { OperationName, OutputOf } from '../../api/call.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';

/** What shows a customer, and is asked again after a change of one. */
export const touched: readonly OperationName[] = [
  'get_customer',
  'list_customers',
  'list_audit',
  'get_ticket',
];

/** What who is signed in may do with a customer; of one who was erased there is nothing left to do. */
export function useMay({ erased }: Pick<OutputOf<'get_customer'>, 'erased'>) {
  const { role } = useWorkspace();
  return {
    work: !erased && isAtLeast(role, 'operator'),
    decide: !erased && isAtLeast(role, 'admin'),
  };
}
