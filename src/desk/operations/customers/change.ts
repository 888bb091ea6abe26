import { z } from 'zod';
import { actorOf, forMembers, houseOperation, type Scope } from '../../../catalogue/operation.ts';
import { addAddress, customerToChange, removeAddress, setBlocked, setPrimary } from '../../customers/book.ts';
import { findCustomer } from '../../customers/customers.ts';
import { mergeCustomers } from '../../customers/one-of-two.ts';
import { body, email, personName } from '../../fields.ts';
import { customerId, customerOutput, reason, shown } from './fields.ts';

/** The customer as it is after a change. */
const now = async ({ tx, workspace }: Scope, id: string) =>
  shown((await findCustomer(tx, workspace.id, id))!);

const address = email.describe('The address.');

export const updateCustomer = houseOperation({
  name: 'update_customer',
  title: 'Change a customer',
  summary: 'Changes a customer’s name, or which of their addresses mail goes to.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({
    customerId,
    name: personName.optional().describe('What they are called.'),
    email: email.optional().describe('Where mail goes from now on: one of their addresses.'),
  }),
  output: customerOutput,
  async commit(scope, { customerId: id, name, email: primary }) {
    const { tx, workspace } = scope;
    const customer = await customerToChange(scope, id);
    if (name !== undefined)
      await tx
        .updateTable('customers')
        .set({ name })
        .where('workspaceId', '=', workspace.id)
        .where('id', '=', id)
        .execute();
    if (primary !== undefined) await setPrimary(scope, customer, primary);
    return now(scope, id);
  },
});

export const addCustomerAddress = houseOperation({
  name: 'add_customer_address',
  title: 'Add an address to a customer',
  summary:
    'Says that a customer writes from this address too. Refused where another customer has it: merge the two.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({ customerId, address }),
  output: customerOutput,
  async commit(scope, input) {
    await addAddress(scope, await customerToChange(scope, input.customerId), input.address);
    return now(scope, input.customerId);
  },
});

export const removeCustomerAddress = houseOperation({
  name: 'remove_customer_address',
  title: 'Take an address from a customer',
  summary:
    'The address is nobody’s from now on; one that mail went to stays known as an alias. Not the one that mail goes to.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({ customerId, address }),
  output: customerOutput,
  async commit(scope, input) {
    await removeAddress(scope, await customerToChange(scope, input.customerId), input.address);
    return now(scope, input.customerId);
  },
});

export const mergeCustomer = houseOperation({
  name: 'merge_customers',
  title: 'Make one customer of two',
  summary:
    'Tickets, addresses, notes and former names of the one go to the other, who stays, and is blocked if either was. It cannot be undone.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({
    from: customerId.describe('Id of the customer who goes.'),
    into: customerId.describe('Id of the customer who stays.'),
  }),
  output: customerOutput,
  async commit(scope, { from, into }) {
    await mergeCustomers(scope, from, into);
    return now(scope, into);
  },
});

export const addCustomerNote = houseOperation({
  name: 'add_customer_note',
  title: 'Note something about a customer',
  summary:
    'Adds a note that members see beside each of the customer’s tickets. Agents and customers never do.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({ customerId, body: body.describe('The note.') }),
  output: z.object({ noteId: z.string().describe('Id of the note.') }),
  async commit(scope, input) {
    const { tx, workspace, caller, ids, now: createdAt } = scope;
    const customer = await customerToChange(scope, input.customerId);
    const id = ids('cno');
    await tx
      .insertInto('customerNotes')
      .values({
        workspaceId: workspace.id,
        id,
        customerId: customer.id,
        author: actorOf(caller),
        body: input.body,
        createdAt,
      })
      .execute();
    return { noteId: id };
  },
});

const blocking = (blocked: boolean) =>
  houseOperation({
    name: blocked ? 'block_customer' : 'unblock_customer',
    title: blocked ? 'Block a customer' : 'Unblock a customer',
    summary: blocked
      ? 'What comes from the customer from now on is spam, and so is what anybody writes under one of their addresses; no agent may write to them.'
      : 'The customer is heard again, and agents may write to them. Refused for a record that only names the address of a customer who is blocked: unblock that one.',
    tier: 'draft',
    access: forMembers('operator'),
    input: z.strictObject({ customerId, reason }),
    output: customerOutput,
    async commit(scope, input) {
      await setBlocked(scope, input.customerId, { blocked, reason: input.reason });
      return now(scope, input.customerId);
    },
  });

export const blockCustomer = blocking(true);
export const unblockCustomer = blocking(false);
