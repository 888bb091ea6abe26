import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { auditCustomer, customerToChange } from '../../customers/book.ts';
import { eraseSubject, lockSubject, sureOf } from '../../customers/erase.ts';
import { maskOf } from '../../customers/own-words.ts';
import { exportSubject, type PurchaseRecords, subjectOf } from '../../customers/records.ts';
import { customerId, reason } from './fields.ts';

/** It writes to the audit log, so it is no plain read. */
export const exportCustomer = (purchases: PurchaseRecords) =>
  houseOperation({
    name: 'export_customer',
    title: 'Hand out all that is held about a customer',
    summary:
      'Returns every row about a customer, tickets that strangers opened in their name included, as JSON by table. For the customer who asks what is known of them.',
    tier: 'draft',
    access: forMembers('admin'),
    input: z.strictObject({ customerId, reason }),
    output: z.object({
      records: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).describe('Rows by table.'),
    }),
    async commit(scope, input) {
      const customer = await customerToChange(scope, input.customerId);
      const subject = await subjectOf(scope, customer);
      await auditCustomer(scope, {
        action: 'customer.exported',
        customerId: customer.id,
        reason: input.reason,
      });
      return {
        records: (await exportSubject(scope, subject, purchases)) as Record<
          string,
          Record<string, unknown>[]
        >,
      };
    },
  });

export const eraseCustomer = (purchases: PurchaseRecords) =>
  houseOperation({
    name: 'erase_customer',
    title: 'Erase a customer',
    summary:
      'Takes out every name, address and word of a customer, answers to them included: tickets, messages, notes, mails, proposals, purchases. Numbers, times and amounts stay, for books and reports. It cannot be undone. Copies in backups stay until those are deleted.',
    tier: 'send',
    access: forMembers('admin'),
    input: z.strictObject({
      customerId,
      confirm: customerId.describe('The same id again.'),
      reason,
    }),
    output: z.object({
      tickets: z.int().describe('How many tickets were emptied.'),
      customers: z.int().describe('How many records were emptied, those of strangers’ tickets included.'),
      rewritten: z
        .array(z.string())
        .describe(
          'Ids of rules, macros, saved replies and unpublished issues that named an address of theirs; it is taken out, and a rule whose conditions named it is off now.',
        ),
      stillNamedIn: z
        .array(z.string())
        .describe(
          'Ids of published issues, changelog entries and articles that name one still: change them.',
        ),
    }),
    async commit(scope, input) {
      const { customer, subject } = await lockSubject(scope, input.customerId);
      sureOf(customer, input.confirm);
      const mask = await maskOf(scope, subject);
      const words = await eraseSubject(scope, subject, purchases);
      await auditCustomer(scope, {
        action: 'customer.erased',
        customerId: customer.id,
        reason: mask(input.reason),
      });
      return { tickets: subject.ticketIds.length, customers: subject.customerIds.length, ...words };
    },
  });
