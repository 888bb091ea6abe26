/**
 * What strangers are shown of a ticket's text: what identifies the customer is masked, and so are addresses, telephone
 * numbers, cards, accounts and keys, whoever they belong to. docs/agents-see.md names what is missed.
 */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { Tx } from '../../store/database.ts';
import { addressesIn } from './redact/addresses.ts';
import { fold, type Reading, seen } from './redact/fold.ts';
import { keysIn } from './redact/keys.ts';
import { type Known, patternsOf } from './redact/known.ts';
import { cardsIn, ibansIn, phonesIn } from './redact/numbers.ts';
import { masked, placesOf, type Span, spanOf } from './redact/spans.ts';

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
    let spans = keysIn(text);
    const visible = seen(text);
    if (visible)
      for (const { from, to, kind } of keysIn(visible.text)) spans.push(spanOf(visible, from, to, kind));
    for (const reading of readingsOf(text)) {
      const folded = fold(text, reading);
      // There may be more of them than a call takes arguments.
      spans = spans.concat(placesOf(folded, patterns), addressesIn(folded));
      spans = spans.concat(cardsIn(folded), ibansIn(folded), phonesIn(folded));
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

/** One redactor for each ticket, by its id. */
export const redactorsFor = async (
  scope: Scope,
  ticketIds: readonly string[],
): Promise<Map<string, Redactor>> =>
  new Map([...(await maskersFor(scope, ticketIds))].map(([id, { redact }]) => [id, redact] as const));

/** The same with the values that each masks, as one text. */
export async function maskersFor(
  { tx, workspace }: Scope,
  ticketIds: readonly string[],
): Promise<Map<string, { redact: Redactor; values: string }>> {
  const known = await knownOf(tx, workspace.id, ticketIds);
  // Many tickets may be of one customer.
  const made = new Map<string, { redact: Redactor; values: string }>();
  const maskerOf = (of: Known) => {
    const values = JSON.stringify(of);
    const masker = made.get(values) ?? { redact: redactor(of), values };
    made.set(values, masker);
    return masker;
  };
  return new Map([...known].map(([id, of]) => [id, maskerOf(of)] as const));
}

/**
 * What is stored for the customers of each ticket, by its id: of its own, of those who get copies, of those whose tickets were
 * merged into it or go on in it; and what each of them was called before. Anybody may name an address: that tells nothing of who
 * has it, and what they call themselves is masked in their own tickets alone.
 */
export async function knownOf(
  tx: Tx,
  workspaceId: string,
  ticketIds: readonly string[],
): Promise<Map<string, Known>> {
  const known = new Map(ticketIds.map((id) => [id, { names: [] as string[], emails: [] as string[] }]));
  if (known.size === 0) return known;
  const { rows } = await sql<{ ticketId: string; name: string | null; email: string | null }>`
    with recursive threads as (
      select id as ticket_id, id as source, customer_id, follow_up_of from tickets
      where workspace_id = ${workspaceId} and id = any(${[...known.keys()]})
      union
      select threads.ticket_id, t.id, t.customer_id, t.follow_up_of from threads cross join lateral (
        select * from tickets where workspace_id = ${workspaceId} and merged_into = threads.source
        union all
        select * from tickets where workspace_id = ${workspaceId} and id = threads.follow_up_of
      ) t
    ), copied as (
      select threads.ticket_id, lower(p.address) as address from threads join ticket_participants p
        on p.workspace_id = ${workspaceId} and p.ticket_id = threads.source
    ), people as (
      select threads.ticket_id, c.id, c.name, lower(c.email) as email from threads join customers c
        on c.workspace_id = ${workspaceId} and c.id = threads.customer_id
      union select copied.ticket_id, c.id, c.name, lower(c.email) from copied join customer_addresses a
        on a.workspace_id = ${workspaceId} and a.address = copied.address
        join customers c on c.workspace_id = ${workspaceId} and c.id = a.customer_id
    )
    select ticket_id, name, email from people
    union select ticket_id, null, address from copied
    union select people.ticket_id, null, a.address from people join customer_addresses a
      on a.workspace_id = ${workspaceId} and a.customer_id = people.id
    union select people.ticket_id, case a.kind when 'name' then a.value end, case a.kind when 'email' then a.value end
      from people join customer_aliases a on a.workspace_id = ${workspaceId} and a.customer_id = people.id
        and (a.given_in is null or exists (
          select from threads where threads.ticket_id = people.ticket_id and threads.source = any(a.given_in)))
    order by 1, 2, 3`.execute(tx);
  for (const { ticketId, name, email } of rows) {
    const of = known.get(ticketId)!;
    if (name !== null) of.names.push(name);
    if (email !== null) of.emails.push(email);
  }
  return known;
}
