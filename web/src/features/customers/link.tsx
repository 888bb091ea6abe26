import { Link } from '@tanstack/react-router';
import type { OutputOf } from '../../api/call.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';

type Called = Pick<OutputOf<'get_customer'>, 'id' | 'name' | 'email'>;

/** What a customer is called where there is room for one line. */
export const calledOf = ({ name, email }: Pick<Called, 'name' | 'email'>): string =>
  name ?? email ?? t('customers.noName');

/** Leads to the customer's page. */
export function CustomerLink({ customer }: { customer: Called }) {
  const { slug } = useWorkspace();
  return (
    <Link
      to="/app/$workspace/customers/$customer"
      params={{ workspace: slug, customer: customer.id }}
      className="text-accent"
    >
      {calledOf(customer)}
    </Link>
  );
}
