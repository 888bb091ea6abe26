/** What strangers are shown masked, and of whom. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const masks: readonly Kept[] = [
  {
    promise: 'masks: what identifies a customer is masked for strangers, and found by no search',
    lines: [
      {
        file: 'src/desk/operations/get-ticket-context.ts',
        text: "if (sight === 'full') return (text) => text;",
        replacement: 'if (sight) return (text) => text;',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'what is hidden is found by no word',
      },
      {
        file: 'src/desk/agents/visibility.ts',
        text: 'ticket.wallet === caller.address',
        replacement: 'ticket.wallet !== undefined',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'what is hidden is found by no word',
      },
      {
        file: 'src/desk/search/strangers.ts',
        text: 'body.length < maxCharacters ? shown(body) : shown(body).slice(0, -cutOff)',
        replacement: 'body.length < maxCharacters ? body : body.slice(0, -cutOff)',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'what is hidden is found by no word',
      },
      {
        file: 'src/desk/search/strangers.ts',
        text: 'subject: shown(ticket.subject)',
        replacement: 'subject: ticket.subject',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'what is hidden is found by no word',
      },
      {
        file: 'src/desk/search/strangers.ts',
        text: 'some.filter(({ tags }) => tag.every((name) => tags.includes(name)))',
        replacement: 'some.filter(({ ticket }) => tag.every((name) => ticket.tags.includes(name)))',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'what is hidden is found by no word',
      },
      {
        file: 'src/desk/search/strangers.ts',
        text: 'shown(body).slice(0, -cutOff)',
        replacement: 'shown(body)',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'a value that the end of what is read cuts in two',
      },
      {
        file: 'src/desk/operations/get-ticket-context.ts',
        text: 'searchArticles(tx, workspace.id, subject, 3)',
        replacement: 'searchArticles(tx, workspace.id, ticket.subject, 3)',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'articles that would tell of a masked subject',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'union select ticket_id, null, address from copied',
        replacement: '',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'who gets copies is masked',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: `union select copied.ticket_id, c.id, c.name, lower(c.email) from copied join customer_addresses a
        on a.workspace_id = \${workspaceId} and a.address = copied.address
        join customers c on c.workspace_id = \${workspaceId} and c.id = a.customer_id`,
        replacement: '',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'who gets copies is masked',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'and merged_into = threads.source',
        replacement: 'and false',
        test: 'src/desk/operations/search/strangers.test.ts',
        named: 'what was merged into a ticket keeps its customer’s values masked',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'and id = threads.follow_up_of',
        replacement: 'and false',
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'a ticket that goes on in another',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: `on c.workspace_id = \${workspaceId} and c.id = threads.customer_id`,
        replacement: `on c.workspace_id = \${workspaceId} and (c.id = threads.customer_id or lower(c.email) in (
          select lower(email) from customers where id = threads.customer_id))`,
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'what strangers call themselves is masked in no ticket but their own',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: `on c.workspace_id = \${workspaceId} and c.id = threads.customer_id`,
        replacement: `on c.workspace_id = \${workspaceId} and (c.id = threads.customer_id or lower(c.email) in (
          select lower(email) from customers where id = threads.customer_id))`,
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'to name an address does not tell what its owner is called',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'and (a.given_in is null or exists (',
        replacement: 'and (true or exists (',
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'nor is it once a person has answered the stranger',
      },
      {
        file: 'src/desk/customers/one-of-two.ts',
        text: 'givenIn: samePerson ? null : tickets',
        replacement: 'givenIn: tickets',
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'a merge of records by a person',
      },
      {
        file: 'src/desk/customers/one-of-two.ts',
        text: 'case when known.given_in is not null and excluded.given_in is not null',
        replacement: 'case when excluded.given_in is not null',
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'and stays so, whatever strangers give afterwards',
      },
      {
        file: 'src/desk/customers/customers.ts',
        text: 'do update set given_in = null',
        replacement: 'do nothing',
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'a name that a stranger gave is the customer’s own once',
      },
      {
        file: 'migrations/0035_given_names.sql',
        text: 'do update set given_in = null',
        replacement: 'do nothing',
        test: 'src/desk/agents/whose-values.test.ts',
        named: 'or once they were called so for a while',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'spans = spans.concat(placesOf(folded, patterns), addressesIn(folded));',
        replacement: 'spans = spans.concat(addressesIn(folded));',
        test: 'src/desk/agents/redact.test.ts',
        named: 'what is stored for the customer is masked everywhere',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: "...(/[&%\\\\<]/.test(text) ? (['escapes'] as const) : []),",
        replacement: '',
        test: 'src/desk/agents/redact.test.ts',
        named: 'what is stored for the customer is masked everywhere',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'spans = spans.concat(cardsIn(folded), ibansIn(folded), phonesIn(folded));',
        replacement: 'spans = spans.concat(ibansIn(folded), phonesIn(folded));',
        test: 'test/redaction/redaction.test.ts',
        named: 'of the labelled set',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'let spans = keysIn(text);',
        replacement: 'let spans: Span[] = [];',
        test: 'test/redaction/redaction.test.ts',
        named: 'of the labelled set',
      },
      {
        file: 'src/desk/agents/redact.ts',
        text: 'spans = spans.concat(placesOf(folded, patterns), addressesIn(folded));',
        replacement: 'spans = spans.concat(placesOf(folded, patterns));',
        test: 'test/redaction/redaction.test.ts',
        named: 'of the labelled set',
      },
    ],
  },
];
