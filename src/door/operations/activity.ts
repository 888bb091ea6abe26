/** What came through the door, over a span: asked for, bought, refused. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, readOperation, type Scope } from '../../catalogue/operation.ts';
import { type ErrorCode, errorTable } from '../../kernel/errors.ts';
import type { PurchaseState } from '../../store/schema.ts';
import { amountAtomic, time } from './fields.ts';

/** What a span is cut into, and how many of those. */
const spans = {
  day: { unit: 'hour', count: 24 },
  week: { unit: 'day', count: 7 },
  month: { unit: 'day', count: 30 },
  year: { unit: 'day', count: 365 },
} as const;

const perBucket = (what: string) => z.array(z.int()).describe(`${what}, for each of \`starts\`.`);

const output = z.object({
  from: time('Beginning of the span'),
  to: time('Its end'),
  unit: z.enum(['hour', 'day']).describe('What it is cut into.'),
  timeZone: z.string().describe('The workspace’s time zone; days begin by it.'),
  starts: z.array(time('A beginning')).describe('When each hour or day begins.'),
  tools: z
    .array(
      z.object({
        operation: z.string().describe('Name of the tool; `other` for names that are none.'),
        challenged: perBucket('Calls that were told the price'),
        delivered: perBucket('Purchases delivered at once'),
        queued: perBucket('Purchases delivered as a proposal, for a person to decide on'),
      }),
    )
    .describe('What was called, by tool; the busiest first.'),
  revenue: z
    .array(
      z.object({
        network: z.string().describe('Name of the network.'),
        amountAtomic: amountAtomic('Paid for what was delivered'),
        count: z.int().describe('Purchases delivered.'),
        perBucketAtomic: z.array(z.string()).describe('The amount for each of `starts`.'),
      }),
    )
    .describe('What was earned, by network.'),
  funnel: z
    .object({
      challenged: z.int().describe('Calls that were told the price.'),
      paid: z.int().describe('Payments that were good, and claimed.'),
      settled: z.int().describe('Payments that arrived on the chain.'),
      delivered: z.int().describe('Purchases delivered.'),
    })
    .describe('From the challenge to what was delivered.'),
  refusals: z
    .array(
      z.object({
        reason: z.string().describe('A code of the error table, or a reason of x402’s.'),
        meaning: z.string().optional().describe('In words, where the table has them.'),
        count: z.int().describe('How often.'),
      }),
    )
    .describe('Calls and payments that were refused, and why; the most frequent first.'),
  voids: z
    .array(z.object({ reason: z.string().describe('Why.'), count: z.int().describe('How often.') }))
    .describe('Payments that were claimed and never arrived: nothing was charged.'),
});

/** Its figures are the workspace's own; viewers see them, for they say how the desk's work comes in, and name no wallet. */
export const doorActivity = readOperation({
  name: 'door_activity',
  title: 'Show what came through the door',
  summary:
    'Returns what agents called over the last day, week, month or year, by hour or day and tool: challenged, delivered, queued; what was earned, by network; how many of the challenged paid; what was refused and why. Challenges and refusals are some seconds behind.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    span: z
      .enum(['day', 'week', 'month', 'year'])
      .default('day')
      .describe('How far back: 24 hours, by the hour; or 7, 30 or 365 days, by the day.'),
  }),
  output,
  async read(scope, { span }) {
    const { starts, timeZone } = await bucketsOf(scope, span);
    const [bought, counted, voids] = [
      await boughtIn(scope, starts),
      await countedIn(scope, starts),
      await voidsIn(scope, starts),
    ];
    return {
      from: starts[0]!,
      to: scope.now.toISOString(),
      unit: spans[span].unit,
      timeZone,
      starts,
      tools: toolsOf(bought, counted, starts.length),
      revenue: revenueOf(bought, starts.length),
      funnel: funnelOf(bought, counted),
      refusals: refusalsOf(counted),
      voids,
    };
  },
});

async function bucketsOf({ tx, workspace, now }: Scope, span: keyof typeof spans) {
  const { unit, count } = spans[span];
  const row = await tx
    .selectFrom('deskSettings')
    .select('timeZone')
    .where('workspaceId', '=', workspace.id)
    .executeTakeFirst();
  const timeZone = row?.timeZone ?? 'UTC';
  // By the wall clock of the zone: a day there may have 23 hours, or 25.
  const { rows } = await sql<{ start: Date }>`
    select case when ${unit} = 'hour' then date_trunc('hour', ${now}::timestamptz) - ago * interval '1 hour'
        else (date_trunc('day', ${now}::timestamptz at time zone ${timeZone}) - ago * interval '1 day')
          at time zone ${timeZone} end as start
    from generate_series(${count - 1}::int4, 0, -1) as ago`.execute(tx);
  return { timeZone, starts: rows.map(({ start }) => start.toISOString()) };
}

interface Bought {
  /** From 1. */
  bucket: number;
  operation: string;
  network: string;
  state: PurchaseState;
  queued: boolean;
  count: number;
  amountAtomic: string;
}

async function boughtIn({ tx, workspace }: Scope, starts: readonly string[]): Promise<Bought[]> {
  const { rows } = await sql<Bought>`
    select width_bucket(c.created_at, ${starts}::timestamptz[]) as bucket, p.operation, c.network, c.state,
      exists (select from proposals r where r.workspace_id = c.workspace_id and r.purchase_id = c.id) as queued,
      count(*)::int4 as count, sum(c.amount_atomic)::text as amount_atomic
    from claims c join purchases p on p.workspace_id = c.workspace_id and p.id = c.id
    where c.workspace_id = ${workspace.id} and c.created_at >= ${starts[0]}::timestamptz
    group by 1, 2, 3, 4, 5`.execute(tx);
  return rows;
}

interface Counted {
  /** From 1. */
  bucket: number;
  operation: string;
  reason: string;
  count: number;
}

async function countedIn({ tx, workspace }: Scope, starts: readonly string[]): Promise<Counted[]> {
  const { rows } = await sql<Counted>`
    select width_bucket(hour, ${starts}::timestamptz[]) as bucket, operation, reason, sum(count)::float8 as count
    from door_counts
    where workspace_id = ${workspace.id} and hour >= ${starts[0]}::timestamptz
    group by 1, 2, 3`.execute(tx);
  return rows;
}

/** What follows a colon is particular to one payment. */
async function voidsIn({ tx, workspace }: Scope, starts: readonly string[]) {
  const { rows } = await sql<{ reason: string; count: number }>`
    select split_part(coalesce(reason, 'expired'), ':', 1) as reason, count(*)::int4 as count from claims
    where workspace_id = ${workspace.id} and created_at >= ${starts[0]}::timestamptz and state = 'void'
    group by 1 order by 2 desc, 1 limit 20`.execute(tx);
  return rows;
}

const wasDelivered = ({ state }: Bought) => state === 'delivered' || state === 'lost';

function toolsOf(bought: readonly Bought[], counted: readonly Counted[], length: number) {
  const none = () => new Array<number>(length).fill(0);
  const tools = new Map<string, { challenged: number[]; delivered: number[]; queued: number[] }>();
  const add = (
    operation: string,
    of: 'challenged' | 'delivered' | 'queued',
    bucket: number,
    count: number,
  ) => {
    const tool = tools.get(operation) ?? { challenged: none(), delivered: none(), queued: none() };
    tools.set(operation, tool);
    tool[of][bucket - 1]! += count;
  };
  for (const one of bought)
    if (wasDelivered(one)) add(one.operation, one.queued ? 'queued' : 'delivered', one.bucket, one.count);
  for (const { operation, reason, bucket, count } of counted)
    if (reason === 'challenged') add(operation, 'challenged', bucket, count);
  const total = (counts: readonly number[]) => counts.reduce((sum, one) => sum + one, 0);
  const bulk = (tool: { challenged: number[]; delivered: number[]; queued: number[] }) =>
    (total(tool.delivered) + total(tool.queued)) * 1e6 + total(tool.challenged);
  return [...tools]
    .map(([operation, tool]) => ({ operation, ...tool }))
    .sort((a, b) => bulk(b) - bulk(a) || (a.operation < b.operation ? -1 : 1));
}

function revenueOf(bought: readonly Bought[], length: number) {
  const networks = new Map<string, { count: number; buckets: bigint[] }>();
  for (const one of bought.filter(({ state }) => state === 'delivered')) {
    const sums = networks.get(one.network) ?? { count: 0, buckets: new Array<bigint>(length).fill(0n) };
    networks.set(one.network, sums);
    sums.count += one.count;
    sums.buckets[one.bucket - 1]! += BigInt(one.amountAtomic);
  }
  return [...networks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([network, { count, buckets }]) => ({
      network,
      count,
      amountAtomic: String(buckets.reduce((sum, one) => sum + one, 0n)),
      perBucketAtomic: buckets.map(String),
    }));
}

const never: ReadonlySet<PurchaseState> = new Set(['settling', 'void']);

function funnelOf(bought: readonly Bought[], counted: readonly Counted[]) {
  const sum = (rows: readonly { count: number }[]) => rows.reduce((all, { count }) => all + count, 0);
  return {
    challenged: sum(counted.filter(({ reason }) => reason === 'challenged')),
    paid: sum(bought),
    settled: sum(bought.filter(({ state }) => !never.has(state))),
    delivered: sum(bought.filter(wasDelivered)),
  };
}

function refusalsOf(counted: readonly Counted[]) {
  const sums = new Map<string, number>();
  for (const { reason, count } of counted)
    if (reason !== 'challenged') sums.set(reason, (sums.get(reason) ?? 0) + count);
  return [...sums]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([reason, count]) => {
      const row = Object.hasOwn(errorTable, reason) ? errorTable[reason as ErrorCode] : undefined;
      return { reason, count, ...(row && { meaning: row.message }) };
    });
}
