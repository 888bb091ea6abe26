/** What a rule asks of a ticket before it acts. */
import { z } from 'zod';
import { line, ticketPriority, ticketStatus } from '../fields.ts';
import type { Ticket } from '../tickets/tickets.ts';

const fields = [
  'status',
  'priority',
  'tag',
  'channel',
  'mailbox',
  'assignee',
  'team',
  'customer_domain',
  'subject',
  'body',
  'business_hours',
] as const;
type Field = (typeof fields)[number];

const tests = ['is', 'is_not', 'is_empty', 'is_not_empty', 'contains', 'contains_not'] as const;
type Test = (typeof tests)[number];

const equals: readonly Test[] = ['is', 'is_not'];
const empties: readonly Test[] = ['is_empty', 'is_not_empty'];

/** What can be asked of each. */
const askable: Record<Field, readonly Test[]> = {
  status: equals,
  priority: equals,
  tag: [...equals, ...empties],
  channel: equals,
  mailbox: [...equals, ...empties],
  assignee: [...equals, ...empties],
  team: [...equals, ...empties],
  customer_domain: [...equals, ...empties],
  subject: ['contains', 'contains_not'],
  body: ['contains', 'contains_not'],
  business_hours: equals,
};

/** Where the values are of a few words. */
const oneOf: Partial<Record<Field, readonly string[]>> = {
  status: ticketStatus.options,
  priority: ticketPriority.options,
  channel: ['email', 'door', 'web', 'operator'],
  business_hours: ['inside', 'outside'],
};

/** One condition. `values`: one of them is enough; for `is_not` and `contains_not` none of them may be. */
export const condition = z
  .strictObject({
    field: z.enum(fields).describe('What is looked at.'),
    test: z.enum(tests).describe('What is asked of it.'),
    values: z
      .array(line(200))
      .max(50)
      .default([])
      .describe(
        'What it is compared with, in capitals or not; one of them is enough. Ids for assignee and team, `inside` or `outside` for business_hours; none for is_empty and is_not_empty.',
      ),
  })
  .superRefine(({ field, test, values }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message });
    if (!askable[field].includes(test)) wrong(`${field} can be asked: ${askable[field].join(', ')}`);
    else if (empties.includes(test) !== (values.length === 0))
      wrong(values.length === 0 ? `${test} needs values` : `${test} takes no values`);
    const odd = values.find((value) => oneOf[field] && !oneOf[field].includes(value));
    if (odd !== undefined) wrong(`${field} is one of ${oneOf[field]?.join(', ')}`);
  });
export type Condition = z.output<typeof condition>;

/** What conditions are asked of. */
export interface Facts {
  ticket: Ticket;
  /** Where the customer is answered. */
  address: string | null;
  /** Of the message that it is about, else the newest of the customer's side. */
  body: string;
  /** Whether the desk is open. */
  open: boolean;
}

/** Whether all of the first hold, and one of the second where there are any. */
export const holds = (allOf: readonly Condition[], anyOf: readonly Condition[], facts: Facts): boolean =>
  allOf.every((one) => isMet(one, facts)) && (anyOf.length === 0 || anyOf.some((one) => isMet(one, facts)));

function isMet({ field, test, values }: Condition, facts: Facts): boolean {
  const actual = actualOf(field, facts).map((value) => value.toLowerCase());
  const wanted = values.map((value) => value.toLowerCase());
  switch (test) {
    case 'is':
      return actual.some((value) => wanted.includes(value));
    case 'is_not':
      return !actual.some((value) => wanted.includes(value));
    case 'is_empty':
      return actual.length === 0;
    case 'is_not_empty':
      return actual.length > 0;
    case 'contains':
      return wanted.some((value) => actual[0]!.includes(value));
    case 'contains_not':
      return !wanted.some((value) => actual[0]!.includes(value));
  }
}

const given = (value: string | null | undefined): string[] => (value ? [value] : []);

function actualOf(field: Field, { ticket, address, body, open }: Facts): string[] {
  switch (field) {
    case 'status':
      return [ticket.status];
    case 'priority':
      return [ticket.priority];
    case 'tag':
      return ticket.tags;
    case 'channel':
      return [ticket.channel];
    case 'mailbox':
      return given(ticket.mailbox);
    case 'assignee':
      return given(ticket.assigneeId);
    case 'team':
      return given(ticket.teamId);
    case 'customer_domain':
      return given(address?.split('@').at(-1));
    case 'subject':
      return [ticket.subject];
    case 'body':
      return [body];
    case 'business_hours':
      return [open ? 'inside' : 'outside'];
  }
}
