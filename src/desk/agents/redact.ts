/**
 * What strangers are shown of a ticket's text: what identifies the customer is masked, and so are addresses, telephone
 * numbers, cards, accounts and keys, whoever they belong to. docs/agents-see.md names what is missed.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
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
  const patterns = patternsOf(known);
  return (text) => {
    const spans: Span[] = keysIn(text);
    for (const reading of readingsOf(text)) {
      const folded = fold(text, reading);
      spans.push(...placesOf(folded, patterns), ...addressesIn(folded));
      spans.push(...cardsIn(folded), ...ibansIn(folded), ...phonesIn(folded));
    }
    return masked(text, spans);
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

/**
 * One redactor for each customer: of what is stored for them, and for strangers' records that name one of their addresses.
 * @returns by id; a ticket of nobody's has one of its own, under null.
 */
export async function redactorsFor(
  { tx, workspace }: Scope,
  customerIds: readonly (string | null)[],
): Promise<Map<string | null, Redactor>> {
  const ids = [...new Set(customerIds)].filter((id) => id !== null);
  const known = new Map(ids.map((id) => [id, { names: [] as string[], emails: [] as string[] }]));
  if (ids.length > 0) {
    const { rows } = await sql<{ id: string; name: string | null; email: string | null }>`
      with own as (
        select id, name, email from customers where workspace_id = ${workspace.id} and id = any(${ids})
      ), addresses as (
        select customer_id as id, address from customer_addresses
        where workspace_id = ${workspace.id} and customer_id = any(${ids})
        union select id, lower(email) from own where email is not null
      )
      select id, name, email from own
      union all select id, null, address from addresses
      union all select addresses.id, c.name, c.email from addresses join customers c
        on c.workspace_id = ${workspace.id} and lower(c.email) = addresses.address and not c.email_verified`.execute(
      tx,
    );
    for (const { id, name, email } of rows) {
      const of = known.get(id)!;
      if (name !== null) of.names.push(name);
      if (email !== null) of.emails.push(email);
    }
  }
  return new Map<string | null, Redactor>([
    [null, redactor({ names: [], emails: [] })],
    ...[...known].map(([id, values]) => [id, redactor(values)] as const),
  ]);
}
