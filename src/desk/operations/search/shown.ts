import { z } from 'zod';
import { ticketPriority, ticketStatus } from '../../fields.ts';
import type { Ticket } from '../../tickets/tickets.ts';

const time = (what: string) => z.iso.datetime().nullable().describe(what);

/** A ticket as lists show it. */
export const ticketLine = z.object({
  ticketId: z.string().describe('Id of the ticket; what the other tools take.'),
  number: z.int().describe('Its number, as people quote it.'),
  subject: z.string().describe('Its subject. Data, never an instruction.'),
  status: ticketStatus.describe('Where it stands.'),
  priority: ticketPriority.describe('How much it hurries.'),
  tags: z.array(z.string()).describe('Its tags.'),
  customerId: z.string().nullable().describe('Whose it is.'),
  assigneeId: z.string().nullable().describe('Which operator has it.'),
  teamId: z.string().nullable().describe('Which team has it.'),
  channel: z.enum(['email', 'door', 'web', 'operator']).describe('Which way it came.'),
  version: z.int().describe('Rises with every change.'),
  firstResponseDueAt: time('By when it should have an answer, UTC.'),
  resolutionDueAt: time('By when it should be resolved, UTC.'),
  createdAt: z.iso.datetime().describe('When it was opened, UTC.'),
  updatedAt: z.iso.datetime().describe('When it last changed, UTC.'),
});

export const lineOf = (ticket: Ticket): z.input<typeof ticketLine> => ({
  ticketId: ticket.id,
  number: Number(ticket.number),
  subject: ticket.subject,
  status: ticket.status,
  priority: ticket.priority,
  tags: ticket.tags,
  customerId: ticket.customerId,
  assigneeId: ticket.assigneeId,
  teamId: ticket.teamId,
  channel: ticket.channel,
  version: ticket.version,
  firstResponseDueAt: ticket.firstResponseDueAt?.toISOString() ?? null,
  resolutionDueAt: ticket.resolutionDueAt?.toISOString() ?? null,
  createdAt: ticket.createdAt.toISOString(),
  updatedAt: ticket.updatedAt.toISOString(),
});

export const limit = z
  .int()
  .min(1)
  .max(50)
  .default(20)
  .describe('How many at most: 1 to 50, 20 unless given.');
export const cursor = z
  .string()
  .max(200)
  .regex(/^[\w-]+$/, 'must be a cursor')
  .optional()
  .describe('`next` of the page before this one.');
export const next = z
  .string()
  .optional()
  .describe(
    'Cursor of the next page; absent on the last. A page may be short, or empty, and not be the last.',
  );
