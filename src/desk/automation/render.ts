/** Saved replies with their variables filled in. Text only: a value is put in as it is, and never looked at again. */
import type { Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { findCustomer } from '../customers/customers.ts';
import type { Ticket } from '../tickets/tickets.ts';

/** What a saved reply may name. */
export const variables = [
  'customer.name',
  'customer.firstName',
  'ticket.number',
  'ticket.subject',
  'operator.name',
  'workspace.name',
] as const;
type Variable = (typeof variables)[number];

/** By variable; what is not known is left out. */
export type Values = Partial<Record<Variable, string>>;

const placeholder = /\{\{([^{}]*)\}\}/g;

/** `customer.name|there`: the name, and what stands for it where it is not known. */
function read(inside: string): { name: Variable; fallback: string | undefined } | undefined {
  const bar = inside.indexOf('|');
  const name = (bar < 0 ? inside : inside.slice(0, bar)).trim();
  if (!(variables as readonly string[]).includes(name)) return undefined;
  return { name: name as Variable, fallback: bar < 0 ? undefined : inside.slice(bar + 1).trim() };
}

/** @throws {PosternError} `invalid_arguments`, naming what is no variable */
export function assertVariables(body: string): void {
  const unknown = [...body.matchAll(placeholder)].filter(([, inside]) => !read(inside!)).map(([all]) => all);
  if (unknown.length > 0)
    throw new PosternError(
      'invalid_arguments',
      `body: ${unknown.slice(0, 5).join(', ')} is no variable; there are ${variables.join(', ')}.`,
    );
}

/** Fills in. `missing`: what was named without a fallback and is not known; nothing stands in its place. */
export function render(body: string, values: Values): { text: string; missing: string[] } {
  const missing = new Set<string>();
  const text = body.replace(placeholder, (all, inside: string) => {
    const named = read(inside);
    if (!named) return all;
    const value = values[named.name] ?? named.fallback;
    if (value === undefined) missing.add(named.name);
    return value ?? '';
  });
  return { text, missing: [...missing] };
}

/** What the variables are on a ticket, for whoever acts. */
export async function valuesOf(scope: Scope, ticket: Ticket): Promise<Values> {
  const { tx, workspace, caller } = scope;
  const customer = ticket.customerId ? await findCustomer(tx, workspace.id, ticket.customerId) : undefined;
  const operator =
    caller.kind === 'operator'
      ? await tx
          .selectFrom('members')
          .select('name')
          .where('workspaceId', '=', workspace.id)
          .where('userId', '=', caller.id)
          .executeTakeFirst()
      : undefined;
  const name = customer?.name?.trim();
  return {
    ...(name ? { 'customer.name': name, 'customer.firstName': name.split(/\s+/)[0]! } : {}),
    'ticket.number': String(ticket.number),
    'ticket.subject': ticket.subject,
    ...(operator?.name ? { 'operator.name': operator.name } : {}),
    'workspace.name': workspace.name,
  };
}
