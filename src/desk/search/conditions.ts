import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Schema } from '../../store/schema.ts';
import type { TicketFilters } from './query.ts';

type Condition = (eb: ExpressionBuilder<Schema, 'tickets'>) => Expression<SqlBool>;

/** The filters as a condition on `tickets`. */
export function filterCondition(
  filters: Partial<TicketFilters>,
  { caller, workspace }: Pick<Scope, 'caller' | 'workspace'>,
): Condition {
  const {
    status = [],
    priority = [],
    channel = [],
    tag = [],
    assignee = [],
    team = [],
    from,
    after,
    before,
    number,
  } = filters;
  return (eb) => {
    const all: Expression<SqlBool>[] = [];
    if (status.length > 0) all.push(eb('tickets.status', 'in', status as never));
    if (priority.length > 0) all.push(eb('tickets.priority', 'in', priority as never));
    if (channel.length > 0) all.push(eb('tickets.channel', 'in', channel as never));
    if (tag.length > 0) all.push(sql<SqlBool>`tickets.tags @> ${tag}::text[]`);
    if (assignee.length > 0) {
      const ids = assignee.map((one) => assigneeOf(one, caller));
      const people = ids.filter((id) => id !== null);
      all.push(
        eb.or([
          ...(people.length > 0 ? [eb('tickets.assigneeId', 'in', people)] : []),
          ...(ids.includes(null) ? [eb('tickets.assigneeId', 'is', null)] : []),
        ]),
      );
    }
    if (team.length > 0) all.push(eb('tickets.teamId', 'in', team));
    if (after) all.push(eb('tickets.createdAt', '>=', after));
    if (before) all.push(eb('tickets.createdAt', '<', before));
    if (number !== undefined) all.push(eb('tickets.number', '=', number));
    if (from !== undefined) all.push(fromCondition(from, workspace.id));
    return eb.and(all);
  };
}

/** Whom `me` and `nobody` mean; null for nobody. */
export const assigneeOf = (assignee: string, caller: Scope['caller']): string | null =>
  assignee === 'nobody' ? null : assignee === 'me' && 'id' in caller ? caller.id : assignee;

/** An array, so that it is found once, and the tickets by their index. */
const fromCondition = (from: string, workspaceId: string): Expression<SqlBool> =>
  sql<SqlBool>`tickets.customer_id = any (array(${customersFrom(from, workspaceId)}))`;

/** A query for the ids of customers by an address, whole, or by the beginning of a name. */
export function customersFrom(from: string, workspaceId: string): RawBuilder<unknown> {
  const lower = from.toLowerCase();
  return lower.includes('@')
    ? sql`select customer_id from customer_addresses where workspace_id = ${workspaceId} and address = ${lower}
        union all
        select id from customers where workspace_id = ${workspaceId} and lower(email) = ${lower} and not email_verified`
    : sql`select customers_named(${from})`;
}
