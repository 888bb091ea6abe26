/**
 * What strangers are shown of a ticket's text: what identifies the customer is masked, and so are addresses, telephone
 * numbers, cards, accounts and keys, whoever they belong to. docs/agents-see.md names what is missed.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Tx } from '../../store/database.ts';
import { addressesIn } from './redact/addresses.ts';
import { fold, type Reading } from './redact/fold.ts';
import { keysIn } from './redact/keys.ts';
import { type Known, patternsOf } from './redact/known.ts';
import { cardsIn, ibansIn, phonesIn } from './redact/numbers.ts';
import { masked, placesOf, type Span } from './redact/spans.ts';

export type { Known } from './redact/known.ts';

/** Masks by kind: `[name]`, `[email]`, `[phone]`, `[card]`, `[iban]`, `[key]`. They carry no number that would link two tickets. */
export type Redactor = (text: string) => string;

/** Masks what is stored for these customers, and whatever identifies anybody. */
export function redactor(known: Known): Redactor {
  const find = finder(known);
  return (text) => masked(text, find(text));
}

/** What would be masked, as the text has it. */
export const findingsOf = (known: Known, text: string): string[] =>
  finder(known)(text).map(({ from, to }) => text.slice(from, to));

function finder(known: Known): (text: string) => Span[] {
  const patterns = patternsOf(known);
  return (text) => {
    const spans = keysIn(text);
    for (const reading of readingsOf(text)) {
      const folded = fold(text, reading);
      spans.push(...placesOf(folded, patterns), ...addressesIn(folded));
      spans.push(...cardsIn(folded), ...ibansIn(folded), ...phonesIn(folded));
    }
    return spans;
  };
}

/** Each reading may see what another hides, so all are looked through. */
function readingsOf(text: string): Reading[] {
  return [
    'plain',
    ...(/[&%\\<]/.test(text) ? (['escapes'] as const) : []),
    ...(text.includes('=') ? (['quoted-printable'] as const) : []),
  ];
}

/** One redactor for each customer, by id; a ticket of nobody's has one of its own, under null. */
export async function redactorsFor(
  { tx, workspace }: Scope,
  customerIds: readonly (string | null)[],
): Promise<Map<string | null, Redactor>> {
  const known = await knownOf(tx, workspace.id, customerIds);
  return new Map([...known].map(([id, values]) => [id, redactor(values)] as const));
}

/** What is stored for each, and for strangers' records that name one of their addresses; by id, and nothing under null. */
export async function knownOf(
  tx: Tx,
  workspaceId: string,
  customerIds: readonly (string | null)[],
): Promise<Map<string | null, Known>> {
  const ids = [...new Set(customerIds)].filter((id) => id !== null);
  const known = new Map<string | null, { names: string[]; emails: string[] }>(
    [null, ...ids].map((id) => [id, { names: [], emails: [] }]),
  );
  if (ids.length === 0) return known;
  const { rows } = await sql<{ id: string; name: string | null; email: string | null }>`
    with own as (
      select id, name, email from customers where workspace_id = ${workspaceId} and id = any(${ids})
    ), addresses as (
      select customer_id as id, address from customer_addresses
      where workspace_id = ${workspaceId} and customer_id = any(${ids})
      union select id, lower(email) from own where email is not null
    )
    select id, name, email from own
    union all select id, null, address from addresses
    union all select addresses.id, c.name, c.email from addresses join customers c
      on c.workspace_id = ${workspaceId} and lower(c.email) = addresses.address and not c.email_verified`.execute(
    tx,
  );
  for (const { id, name, email } of rows) {
    const of = known.get(id)!;
    if (name !== null) of.names.push(name);
    if (email !== null) of.emails.push(email);
  }
  return known;
}
