import type { Insertable } from 'kysely';
import type { Ids } from '../kernel/ids.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';
import type { Schema } from '../store/schema.ts';
import { demoArticles } from './demo-articles.ts';
import { demoChangelog, demoIssues } from './demo-content.ts';
import { type DemoTicket, demoTickets } from './demo-tickets.ts';
import { takeTicketNumbers } from './tickets/tickets.ts';

export const demoSlug = 'acme';

const hourMs = 3_600_000;

/**
 * Fills the demo workspace with tickets of the weeks before `now` and a help centre, unless it exists. What it charges
 * and where the money goes is set elsewhere.
 * @returns the workspace's id.
 */
export function seedDemo(db: Database, ids: Ids, now: Date): Promise<string> {
  // A workspace is made outside any workspace.
  return asSystem(db, async (tx) => {
    const created = await tx
      .insertInto('workspaces')
      .values({ id: ids('wsp'), slug: demoSlug, name: 'Acme Cameras' })
      .onConflict((conflict) => conflict.column('slug').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!created) {
      const known = tx.selectFrom('workspaces').select('id').where('slug', '=', demoSlug);
      return (await known.executeTakeFirstOrThrow()).id;
    }
    await seedArticles(tx, created.id, ids, now);
    await seedTickets(tx, created.id, ids, now);
    await seedContent(tx, created.id, ids, now);
    return created.id;
  });
}

/** The help centre of the demo. */
export async function seedArticles(tx: Tx, workspaceId: string, ids: Ids, now: Date): Promise<void> {
  const row = (article: (typeof demoArticles)[number]) => ({
    workspaceId,
    id: ids('art'),
    ...article,
    updatedAt: now,
  });
  await tx.insertInto('articles').values(demoArticles.map(row)).execute();
}

async function seedTickets(tx: Tx, workspaceId: string, ids: Ids, now: Date): Promise<void> {
  // They wrote in themselves, so their addresses are verified.
  const customers = new Map<string, Insertable<Schema['customers']>>();
  for (const { customer, ageHours } of demoTickets)
    if (!customers.has(customer.email)) {
      const createdAt = new Date(now.getTime() - ageHours * hourMs);
      customers.set(customer.email, {
        workspaceId,
        id: ids('cus'),
        ...customer,
        emailVerified: true,
        createdAt,
      });
    }
  const first = await takeTicketNumbers(tx, workspaceId, demoTickets.length);
  const rows = demoTickets.map((ticket, index) =>
    rowsOf(ticket, {
      workspaceId,
      ids,
      now,
      number: first + BigInt(index),
      customerId: customers.get(ticket.customer.email)!.id,
    }),
  );
  await tx
    .insertInto('customers')
    .values([...customers.values()])
    .execute();
  await tx
    .insertInto('tickets')
    .values(rows.map(({ ticket }) => ticket))
    .execute();
  await tx
    .insertInto('messages')
    .values(rows.flatMap(({ messages }) => messages))
    .execute();
}

async function seedContent(tx: Tx, workspaceId: string, ids: Ids, now: Date): Promise<void> {
  const written = ({ ageHours }: { ageHours: number }) => {
    const at = new Date(now.getTime() - ageHours * hourMs);
    return { workspaceId, author: 'house:demo', createdAt: at, updatedAt: at };
  };
  for (const { title, body, status, tickets, ...issue } of demoIssues) {
    const issueId = ids('iss');
    const row = { ...written(issue), id: issueId, title, body, status, published: true };
    await tx.insertInto('issues').values(row).execute();
    const linked = await tx
      .selectFrom('tickets')
      .select('id')
      .where('workspaceId', '=', workspaceId)
      .where('subject', 'in', tickets)
      .execute();
    const links = linked.map(({ id }) => ({ workspaceId, issueId, ticketId: id, linkedAt: row.createdAt }));
    await tx.insertInto('issueTickets').values(links).execute();
  }
  const entries = demoChangelog.map(({ title, body, ...entry }) => {
    const times = written(entry);
    return { ...times, id: ids('chg'), title, body, publishedAt: times.createdAt };
  });
  await tx.insertInto('changelogEntries').values(entries).execute();
}

function rowsOf(
  demo: DemoTicket,
  context: { workspaceId: string; ids: Ids; now: Date; number: bigint; customerId: string },
) {
  const { workspaceId, ids, now, number, customerId } = context;
  const time = (at: number) => new Date(now.getTime() + (at - demo.ageHours) * hourMs);
  const id = ids('tkt');
  const messages = demo.thread.map(({ at, by, body }) => ({
    workspaceId,
    id: ids('msg'),
    ticketId: id,
    author: by === 'customer' ? ('customer' as const) : ('operator' as const),
    authorId: null,
    visibility: by === 'note' ? ('note' as const) : ('public' as const),
    body,
    createdAt: time(at),
  }));
  const answered = demo.thread.find(({ by }) => by !== 'customer' && by !== 'note');
  const done = demo.status === 'resolved' || demo.status === 'closed';
  const ticket = {
    workspaceId,
    id,
    number,
    subject: demo.subject,
    status: demo.status,
    customerId,
    channel: demo.channel,
    wallet: null,
    version: messages.length,
    createdAt: time(0),
    updatedAt: time(demo.thread.at(-1)!.at),
    firstRespondedAt: answered ? time(answered.at) : null,
    resolvedAt: done ? time(demo.thread.at(-1)!.at) : null,
    closedAt: demo.status === 'closed' ? time(demo.thread.at(-1)!.at) : null,
  };
  return { ticket, messages };
}
