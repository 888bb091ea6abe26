/** Where the desk's own words name a customer who is erased: texts, rules, the audit log. */
import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { redactor } from '../agents/redact.ts';
import { auditAutomation } from '../automation/named.ts';
import type { Subject } from './records.ts';

/** What an erasure changed beside the customer's own rows, and what it left to people. */
export interface OwnWords {
  /** Ids of what is the desk's own and named one of the addresses, which is taken out. */
  rewritten: string[];
  /** Ids of what is published and names one still. */
  stillNamedIn: string[];
}

/** Masks the customer in what is written of the erasure itself. It is asked for before they are erased. */
export async function maskOf(
  { tx, workspace }: Scope,
  { customerIds, addresses }: Pick<Subject, 'customerIds' | 'addresses'>,
): Promise<(text: string) => string> {
  const { rows } = await sql<{ name: string }>`
    select name from customers where workspace_id = ${workspace.id} and id = any(${customerIds}) and name is not null
    union select value from customer_aliases
      where workspace_id = ${workspace.id} and customer_id = any(${customerIds}) and kind = 'name'`.execute(
    tx,
  );
  return redactor({ names: rows.map(({ name }) => name), emails: addresses });
}

/** Takes the addresses out of what the desk wrote of itself, and the reasons of what was done to the customer. */
export async function eraseOwnWords(
  scope: Scope,
  { customerIds, addresses }: Pick<Subject, 'customerIds' | 'addresses'>,
): Promise<OwnWords> {
  const { tx, workspace, now } = scope;
  const clean = (words: RawBuilder<unknown>) => sql`without_addresses(${words}, ${addresses})`;
  const column = (name: string) => clean(sql`${sql.ref(name)}::text`);
  /** A name stays one of its own. */
  const name = sql`case when ${column('name')} = name then name
    else left(${column('name')}, 180) || ' ' || right(id, 8) end`;
  const named = (...columns: string[]) =>
    sql`(${sql.join(
      columns.map((one) => sql`${column(one)} <> ${sql.ref(one)}::text`),
      sql` or `,
    )})`;
  const idsOf = async (statement: RawBuilder<{ id: string }>): Promise<string[]> =>
    (await statement.execute(tx)).rows.map(({ id }) => id);
  const here = sql`workspace_id = ${workspace.id}`;

  // A condition that looks for somebody who is gone holds for nobody, or for all.
  const off = await idsOf(sql`update rules set enabled = false
    where ${here} and enabled and ${named('all_of', 'any_of')} returning id`);
  for (const id of off.sort()) await auditAutomation(scope, id, 'rule turned off by an erasure', {});
  const rules = await idsOf(sql`update rules set name = ${name}, all_of = ${column('all_of')}::jsonb,
      any_of = ${column('any_of')}::jsonb, actions = ${column('actions')}::jsonb
    where ${here} and ${named('name', 'all_of', 'any_of', 'actions')} returning id`);
  const macros = await idsOf(sql`update macros set name = ${name}, actions = ${column('actions')}::jsonb,
      updated_at = ${now}
    where ${here} and ${named('name', 'actions')} returning id`);
  const replies =
    await idsOf(sql`update saved_replies set name = ${name}, body = left(${column('body')}, 50000),
      updated_at = ${now}
    where ${here} and ${named('name', 'body')} returning id`);
  // What waits was written by agents; what is published is people's to change.
  const issues = await idsOf(sql`update issues set title = left(${column('title')}, 200),
      body = left(${column('body')}, 50000), version = version + 1, updated_at = ${now}
    where ${here} and not published and ${named('title', 'body')} returning id`);
  const stillNamedIn = await idsOf(sql`
    select id from issues where ${here} and ${named('title', 'body')}
    union select id from changelog_entries where ${here} and ${named('title', 'body')}
    union select id from articles where ${here} and ${named('title', 'body', 'draft_title', 'draft_body')}
    order by id`);
  await sql`select erase_in_audit_log(${customerIds}, ${addresses})`.execute(tx);
  return { rewritten: [...rules, ...macros, ...replies, ...issues].sort(), stillNamedIn };
}
