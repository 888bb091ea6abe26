/** Of two records that become one nothing is lost or comes to light, and who is blocked is not heard under another record. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const customers: readonly Kept[] = [
  {
    promise: 'transactions: of two that wait for each other both come through',
    lines: [
      {
        file: 'src/store/database.ts',
        text: 'if (!gaveWay(error) || run === runsAtMost) throw error;',
        replacement: 'if (!gaveWay(error) || run > 0) throw error;',
        test: 'src/store/store.test.ts',
        named: 'of two who wait for each other both come through',
      },
      {
        file: 'src/desk/customers/erase.ts',
        text: 'await lockTickets(tx, workspace.id, ticketIds);',
        replacement: 'void ticketIds;',
        test: 'src/desk/operations/customers/erasing.test.ts',
        named: 'an erasure takes tickets before customers',
      },
    ],
  },
  {
    promise: 'customers: of two records that become one nothing is lost, and a block holds for the address',
    lines: [
      {
        file: 'src/desk/agents/redact.ts',
        text: 'from people join customer_aliases a on a.workspace_id = ${workspaceId} and a.customer_id = people.id',
        replacement: 'from people join customer_aliases a on false',
        test: 'src/desk/operations/customers/one-of-two.test.ts',
        named: 'a reply that shows who wrote does not unmask',
      },
      {
        file: 'src/desk/customers/one-of-two.ts',
        text: 'for (const id of [from, into].sort()) await customerToChange(scope, id);',
        replacement: 'void customerToChange;',
        test: 'src/desk/operations/customers/one-of-two.test.ts',
        named: 'a note that is being written',
      },
      {
        file: 'src/desk/customers/one-of-two.ts',
        text: 'await keepNames(scope, { from, into, givenIn: samePerson ? null : tickets.map(({ id }) => id) });',
        replacement: 'void keepNames;',
        test: 'src/desk/operations/customers/one-of-two.test.ts',
        named: 'a reply that shows who wrote does not unmask',
      },
      {
        file: 'src/desk/customers/one-of-two.ts',
        text: 'await renewIfPromised(scope, into);',
        replacement: 'void renewIfPromised;',
        test: 'src/desk/operations/customers/one-of-two.test.ts',
        named: 'notes, the block and the policies',
      },
      {
        file: 'src/desk/customers/one-of-two.ts',
        text: 'blocked_at = least(c.blocked_at, gone.blocked_at)',
        replacement: 'blocked_at = c.blocked_at',
        test: 'src/desk/operations/customers/one-of-two.test.ts',
        named: 'a merge keeps the block of either',
      },
      {
        file: 'src/desk/customers/customers.ts',
        text: 'if (known && name !== null) await alsoCalled(tx, workspaceId, known.id, name);',
        replacement: 'void alsoCalled;',
        test: 'src/desk/operations/customers/one-of-two.test.ts',
        named: 'what an operator calls a known customer',
      },
      {
        file: 'src/desk/customers/customers.ts',
        text: 'const values = { ...named, blockedAt };',
        replacement: 'const values = named; void blockedAt;',
        test: 'src/desk/operations/customers/blocked.test.ts',
        named: 'who was never answered is blocked',
      },
      {
        file: 'src/desk/operations/create-ticket.ts',
        text: "status: blocked ? 'spam' : 'open',",
        replacement: "status: 'open',",
        test: 'src/desk/operations/customers/blocked.test.ts',
        named: 'a customer who is blocked is not heard',
      },
      {
        file: 'src/desk/customers/book.ts',
        text: '(not email_verified and lower(email) in (select address from known))',
        replacement: 'false',
        test: 'src/desk/operations/customers/blocked.test.ts',
        named: 'a block is taken back at any record',
      },
      {
        file: 'src/desk/customers/book.ts',
        text: '(not email_verified and lower(email) in (select address from known))',
        replacement: 'lower(email) in (select address from known)',
        test: 'src/desk/operations/customers/blocked.test.ts',
        named: 'blocking the record of a stranger',
      },
      {
        file: 'src/desk/customers/book.ts',
        text: 'if (owner?.blockedAt)',
        replacement: "if (owner?.id === '')",
        test: 'src/desk/operations/customers/blocked.test.ts',
        named: 'blocking the record of a stranger',
      },
    ],
  },
];
