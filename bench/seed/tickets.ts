/** Tickets by the hundred thousand, as years of work leave them behind. From a seed: the same on every machine. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { seeded, topics, type Vocabulary, vocabulary } from './words.ts';

export interface SeedOptions {
  /** Connection string. */
  url: string;
  workspaceId: string;
  tickets: number;
  /** Milliseconds: the newest ticket is of then. */
  now: number;
  seed?: number;
  progress?(done: number): void;
}

const yearsMs = 2 * 365 * 86_400_000;
const chunk = 2_000;
export const operators = Array.from({ length: 12 }, (_, i) => `usr_seed${String(i).padStart(20, '0')}`);
export const tags =
  'billing shipping warranty repair lens body battery firmware app account return refund praise bug vip wholesale press spare-parts manual training'.split(
    ' ',
  );

/** @returns how many messages were written. */
export async function seedTickets(options: SeedOptions): Promise<number> {
  const { url, workspaceId, tickets } = options;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Triggers and foreign keys rest, or a million messages would take an hour; what the triggers keep is made at the end.
    await client.query('set session_replication_role = replica');
    const { rows } = await client.query(
      'update workspaces set next_ticket_number = next_ticket_number + $1 where id = $2 returning next_ticket_number - $1 as first',
      [tickets, workspaceId],
    );
    const first = Number(rows[0].first);
    const world = makeWorld(options, first);
    await copy(
      client,
      'customers (workspace_id, id, name, email, email_verified, created_at)',
      world.customers(),
    );
    let messages = 0;
    for (let from = 0; from < tickets; from += chunk) {
      const made = world.tickets(from, Math.min(tickets, from + chunk));
      await copy(client, ticketColumns, made.tickets);
      await copy(client, messageColumns, made.messages);
      messages += made.messages.length;
      options.progress?.(Math.min(tickets, from + chunk));
    }
    await finish(client, workspaceId, first);
    return messages;
  } finally {
    await client.end();
  }
}

const ticketColumns =
  'tickets (workspace_id, id, number, subject, status, customer_id, channel, priority, tags, assignee_id, version, thread_version, first_responded_at, resolved_at, closed_at, created_at, updated_at)';
const messageColumns =
  'messages (workspace_id, id, ticket_id, author, author_id, visibility, body, created_at)';

/** Rows as COPY reads them; made-up text needs no escaping. */
async function copy(client: pg.Client, into: string, rows: readonly string[]): Promise<void> {
  const sink = client.query(copyFrom(`copy ${into} from stdin`));
  for (let i = 0; i < rows.length; i += 500)
    if (!sink.write(`${rows.slice(i, i + 500).join('\n')}\n`)) await once(sink, 'drain');
  sink.end();
  await finished(sink);
}

/** What triggers would have kept. */
async function finish(client: pg.Client, workspaceId: string, first: number): Promise<void> {
  const of = [workspaceId, first];
  await client.query(
    `insert into ticket_events (workspace_id, id, ticket_id, kind, actor, version, at)
     select workspace_id, 'evt_' || substr(id, 5), id, 'ticket.created', 'customer', 1, created_at
     from tickets where workspace_id = $1 and number >= $2`,
    of,
  );
  await client.query(
    `insert into ticket_documents (workspace_id, ticket_id, number, facets, head, customer, said, noted)
     select t.workspace_id, t.id, t.number, ticket_facets(t), ticket_words(t.subject || ' ' || array_to_string(t.tags, ' ')),
       customer_words(c.name, c.email), ticket_words(coalesce(string_agg(m.body, ' ') filter (where m.visibility = 'public'), '')),
       ticket_words(coalesce(string_agg(m.body, ' ') filter (where m.visibility = 'note'), ''))
     from tickets t join customers c on c.workspace_id = t.workspace_id and c.id = t.customer_id
       join messages m on m.workspace_id = t.workspace_id and m.ticket_id = t.id
     where t.workspace_id = $1 and t.number >= $2
     group by t.workspace_id, t.id, c.workspace_id, c.id`,
    of,
  );
  for (const table of ['tickets', 'messages', 'customers', 'ticket_events', 'ticket_documents'])
    await client.query(`vacuum analyze ${table}`);
}

const time = (ms: number): string => new Date(ms).toISOString();
const or = (value: string | null): string => value ?? '\\N';

function makeWorld({ workspaceId, tickets, now, seed = 1 }: SeedOptions, first: number) {
  const random = seeded(seed);
  const words = vocabulary(seed);
  const people = Math.max(1, Math.floor(tickets / 5));
  const id = (prefix: string, n: number) =>
    `${prefix}_s${seed}x${String(first)}x${String(n).padStart(16, '0')}`;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const names = words.words.slice(150);
  return {
    customers: () =>
      Array.from({ length: people }, (_, n) => {
        const [given, family] = [pick(names), pick(names)];
        const email = `${given}.${family}${n}@example.com`;
        return row(workspaceId, id('cus', n), `${given} ${family}`, email, 't', time(now - yearsMs));
      }),
    tickets(from: number, end: number) {
      const made = { tickets: [] as string[], messages: [] as string[] };
      for (let n = from; n < end; n++) {
        const createdAt = now - yearsMs + Math.floor((yearsMs * (n + random())) / tickets);
        const assignee = random() < 0.8 ? pick(operators) : null;
        const topic = Math.floor(random() * topics);
        const context = {
          workspaceId,
          ticketId: id('tkt', n),
          now,
          createdAt,
          assignee,
          topic,
          words,
          random,
        };
        const thread = makeThread(context, (i) => id('msg', n * maxThread + i));
        made.messages.push(...thread.messages);
        const customer = id('cus', Math.floor(random() ** 2 * people));
        made.tickets.push(makeTicket(context, { number: first + n, customer, ...thread }));
      }
      return made;
    },
  };
}

const maxThread = 10;

interface Context {
  workspaceId: string;
  ticketId: string;
  now: number;
  createdAt: number;
  assignee: string | null;
  topic: number;
  words: Vocabulary;
  random(): number;
}

/** Customer and operator in turn, a note here and there, sooner or later. */
function makeThread(
  { workspaceId, ticketId, now, createdAt, assignee, topic, words, random }: Context,
  idOf: (i: number) => string,
) {
  const messages: string[] = [];
  let at = createdAt;
  let answeredAt: number | null = null;
  const length = 1 + Math.floor(random() * 9);
  for (let i = 0; i < length; i++) {
    const note = i > 0 && random() < 0.1;
    const operator = note || i % 2 === 1;
    if (i > 0) at = Math.min(now, at + Math.floor(random() ** 3 * 3 * 86_400_000));
    if (operator && !note) answeredAt ??= at;
    const author = operator ? ['operator', assignee ?? operators[0]!] : ['customer', '\\N'];
    const body = text(words, topic, random, 12 + Math.floor(random() ** 2 * 90));
    const visibility = note ? 'note' : 'public';
    messages.push(row(workspaceId, idOf(i), ticketId, ...author, visibility, body, time(at)));
  }
  return { messages, endedAt: at, answeredAt };
}

/** What is older than two weeks is nearly always done with. */
function makeTicket(
  { workspaceId, ticketId, now, createdAt, assignee, topic, words, random }: Context,
  of: { number: number; customer: string; messages: string[]; endedAt: number; answeredAt: number | null },
): string {
  const old = now - createdAt > 14 * 86_400_000 && random() < 0.98;
  const status = old ? (random() < 0.9 ? 'closed' : 'resolved') : random() < 0.6 ? 'open' : 'pending';
  const priority = ['low', 'normal', 'normal', 'normal', 'normal', 'high', 'urgent'][
    Math.floor(random() * 7)
  ]!;
  const chosen = Array.from(
    { length: Math.floor(random() * 3) },
    () => tags[Math.floor(random() ** 2 * tags.length)]!,
  );
  const version = String(of.messages.length);
  const resolved = old ? time(of.endedAt) : null;
  const closed = status === 'closed' ? resolved : null;
  const answered = of.answeredAt === null ? null : time(of.answeredAt);
  const subject = text(words, topic, random, 4 + Math.floor(random() * 5));
  const channel = random() < 0.7 ? 'email' : 'web';
  return row(
    ...[workspaceId, ticketId, String(of.number), subject, status, of.customer, channel, priority],
    ...[`{${[...new Set(chosen)].join(',')}}`, or(assignee), version, version],
    ...[or(answered), or(resolved), or(closed), time(createdAt), time(of.endedAt)],
  );
}

const row = (...cells: string[]): string => cells.join('\t');

/** Running text: most of it what everyone says, a tenth of it the topic's. */
function text(words: Vocabulary, topic: number, random: () => number, length: number): string {
  const out: string[] = [];
  for (let i = 0; i < length; i++) {
    const word = random() < 0.1 ? words.ofTopic(topic, random) : words.draw(random);
    out.push(i % 11 === 10 ? `${word}.` : word);
  }
  return out.join(' ');
}
