/** SLA policies: which one is a ticket's, and the due times that come of it. */
import type { Selectable } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Schema } from '../../store/schema.ts';
import type { Ticket } from '../tickets/tickets.ts';
import { addBusinessTime, type BusinessHours, businessMinutesBetween } from './hours.ts';

export type Policy = Omit<Selectable<Schema['slaPolicies']>, 'workspaceId'>;

export const policyColumns = [
  'id',
  'name',
  'position',
  'priorities',
  'tag',
  'mailbox',
  'customerId',
  'firstResponseMinutes',
  'resolutionMinutes',
  'inBusinessHours',
] as const;

/** All, in their order. */
export const listPolicies = ({ tx, workspace }: Scope): Promise<Policy[]> =>
  tx
    .selectFrom('slaPolicies')
    .select(policyColumns)
    .where('workspaceId', '=', workspace.id)
    .orderBy('position')
    .orderBy('id')
    .execute();

/** The first whose conditions hold. */
export const policyOf = (
  policies: readonly Policy[],
  ticket: Pick<Ticket, 'priority' | 'tags' | 'mailbox' | 'customerId'>,
): Policy | undefined =>
  policies.find(
    ({ priorities, tag, mailbox, customerId }) =>
      (priorities.length === 0 || priorities.includes(ticket.priority)) &&
      (tag === null || ticket.tags.includes(tag)) &&
      (mailbox === null || mailbox === ticket.mailbox?.toLowerCase()) &&
      (customerId === null || customerId === ticket.customerId),
  );

/** What a ticket stood at, since when; the oldest first. */
export interface StatusSpan {
  status: string;
  since: Date;
}

/** While it stands there the desk waits for somebody else, and the time to resolve it does not pass. */
const paused = new Set(['pending', 'resolved', 'closed', 'spam']);

/**
 * By when it should be answered, and resolved. The first is fixed once the ticket is answered; the second is none while it is
 * pending, and then later by as long as that took. `settled`: what was due when it was resolved stays.
 */
export function dueTimes(
  ticket: Ticket,
  policy: Policy | undefined,
  spans: readonly StatusSpan[],
  businessHours: BusinessHours | null,
  { now, settled }: { now: Date; settled: boolean },
): Pick<Ticket, 'firstResponseDueAt' | 'resolutionDueAt'> {
  const kept = { firstResponseDueAt: ticket.firstResponseDueAt, resolutionDueAt: ticket.resolutionDueAt };
  if (ticket.mergedInto) return kept;
  const hours = policy?.inBusinessHours ? businessHours : null;
  // Who wrote first is not waited for.
  const answering = ticket.channel === 'operator' ? null : (policy?.firstResponseMinutes ?? null);
  const answered = ticket.firstRespondedAt !== null && kept.firstResponseDueAt !== null;
  const firstResponseDueAt = answered
    ? kept.firstResponseDueAt
    : answering === null
      ? null
      : addBusinessTime(ticket.createdAt, answering, hours);
  if (settled && ticket.resolvedAt !== null) return { ...kept, firstResponseDueAt };
  const minutes = policy?.resolutionMinutes ?? null;
  if (minutes === null || ticket.status === 'pending' || ticket.status === 'spam')
    return { firstResponseDueAt, resolutionDueAt: null };
  const waited = pausedMinutes(spans, ticket.resolvedAt ?? now, hours);
  return { firstResponseDueAt, resolutionDueAt: addBusinessTime(ticket.createdAt, minutes + waited, hours) };
}

/**
 * Of the due times that a ticket has had until now, those that passed unmet: what becomes of them later does not undo that.
 * `heard`: up to when its changes of status were known as those were made; a pause that came later moves them first.
 */
export function missed(
  ticket: Ticket,
  spans: readonly StatusSpan[],
  { heard, now }: { heard: Date; now: Date },
): { firstResponse: Date | null; resolution: Date | null } {
  const { firstResponseDueAt, firstRespondedAt, resolutionDueAt } = ticket;
  const isPast = (due: Date | null): due is Date => due !== null && due <= now;
  const answered =
    firstRespondedAt !== null && firstResponseDueAt !== null && firstRespondedAt <= firstResponseDueAt;
  const waited =
    resolutionDueAt !== null &&
    (paused.has(spans.findLast(({ since }) => since <= resolutionDueAt)?.status ?? '') ||
      spans.some(({ status, since }) => paused.has(status) && since > heard && since <= resolutionDueAt));
  return {
    firstResponse: isPast(firstResponseDueAt) && !answered ? firstResponseDueAt : null,
    resolution: isPast(resolutionDueAt) && !waited ? resolutionDueAt : null,
  };
}

function pausedMinutes(spans: readonly StatusSpan[], until: Date, hours: BusinessHours | null): number {
  let sum = 0;
  for (const [index, { status, since }] of spans.entries()) {
    const next = spans[index + 1]?.since ?? until;
    if (paused.has(status)) sum += businessMinutesBetween(since, next < until ? next : until, hours);
  }
  return sum;
}
