/** Whom other rules or caps would change, before they are set. */
import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, readOperation, type Scope } from '../../catalogue/operation.ts';
import type { Standing } from '../../store/schema.ts';
import { type Caps, checkValues, type Rules, readRules } from '../policy.ts';
import { type Earnings, earnedStanding } from '../standing.ts';
import { capFields, capStanding, earningFields, valuesOf } from './fields.ts';

/** Wallets that are looked at: those that did most. */
const maxLooked = 10_000;
const maxShown = 50;

const standing = z.enum(['new', 'known', 'trusted', 'blocked']);
const walletField = z.string().describe('Its address.');

export const previewPolicy = readOperation({
  name: 'preview_policy',
  title: 'See whom other caps and rules would change',
  summary: `Says whose standing other rules would change, and who has used more today than other caps would allow. Nothing is changed. The ${maxLooked} wallets that did most are looked at.`,
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({
    ...earningFields,
    standing: capStanding
      .optional()
      .describe('Whose caps the three below are; nobody’s where it is left out.'),
    ...capFields,
  }),
  output: z.object({
    looked: z.int().describe('Wallets that were looked at.'),
    all: z.boolean().describe('Whether these are all that there are.'),
    moves: z
      .array(
        z.object({
          from: standing.describe('What they come to by the rules as they are.'),
          to: standing.describe('What they would come to.'),
          count: z.int().describe('How many.'),
        }),
      )
      .describe('How standing would change; those set by hand stay as they are.'),
    moved: z
      .array(
        z.object({
          wallet: walletField,
          from: standing.describe('What it comes to by the rules as they are.'),
          to: standing.describe('What it would come to.'),
        }),
      )
      .describe(`Whose, up to ${maxShown}.`),
    heldCount: z.int().describe('How many have used more today than the caps would allow.'),
    held: z.array(walletField).describe(`Whose, up to ${maxShown}.`),
  }),
  async read(scope, { standing: whose, callsPerMinute, actionsPerDay, amountPerDayAtomic, ...earning }) {
    const rules = await changed(scope, earning);
    const rows = await walletsOf(scope);
    const looked = rows.slice(0, maxLooked);
    const moved = looked.flatMap((row) => {
      if (row.standingByHand) return [];
      const from = earnedStanding(row, rules.before, scope.now);
      const to = earnedStanding(row, rules.after, scope.now);
      return from === to ? [] : [{ wallet: row.address, from, to }];
    });
    const caps = valuesOf<Caps>({ callsPerMinute, actionsPerDay, amountPerDayAtomic });
    if (Object.keys(caps).length > 0) checkValues(caps);
    const held = whose === undefined ? [] : await heldBy(scope, whose, caps, looked);
    return {
      looked: looked.length,
      all: rows.length <= maxLooked,
      moves: counted(moved),
      moved: moved.slice(0, maxShown),
      heldCount: held.length,
      held: held.slice(0, maxShown),
    };
  },
});

async function changed({ tx, workspace }: Scope, earning: object): Promise<{ before: Rules; after: Rules }> {
  const before = await readRules(tx, workspace.id);
  const values = valuesOf<Rules>(earning);
  if (Object.keys(values).length > 0) checkValues(values);
  return { before, after: { ...before, ...values } };
}

interface Wallet extends Earnings {
  address: string;
  standingByHand: boolean;
  minuteCalls: number;
  dayActions: number;
  dayAmountAtomic: bigint;
}

/** One more than are looked at. A window that is over counts nothing. */
async function walletsOf({ tx, workspace }: Scope): Promise<Wallet[]> {
  const { rows } = await sql<Wallet>`
    select address, standing, standing_by_hand, purchases_delivered, proposals_approved, proposals_rejected, strikes,
      last_strike_at, ${inWindows} from wallets where workspace_id = ${workspace.id}
    order by purchases_delivered + proposals_approved desc, address limit ${maxLooked + 1}`.execute(tx);
  return rows;
}

const inWindows = sql`
  case when minute_at > now() - interval '1 minute' then minute_calls else 0 end as minute_calls,
  case when day_at > now() - interval '1 day' then day_actions else 0 end as day_actions,
  case when day_at > now() - interval '1 day' then day_amount_atomic else 0 end as day_amount_atomic`;

type Used = Pick<Wallet, 'minuteCalls' | 'dayActions' | 'dayAmountAtomic'>;

const isOver = (used: Used, caps: Partial<Caps>): boolean =>
  used.minuteCalls > (caps.callsPerMinute ?? Infinity) ||
  used.dayActions > (caps.actionsPerDay ?? Infinity) ||
  (caps.amountPerDayAtomic !== undefined && used.dayAmountAtomic > caps.amountPerDayAtomic);

/** Of all new wallets together: every new one, or none. */
async function heldBy(
  { tx, workspace }: Scope,
  whose: Caps['standing'],
  caps: Partial<Caps>,
  looked: readonly Wallet[],
): Promise<string[]> {
  const of = (wanted: string) => looked.filter((row) => row.standing === wanted);
  if (whose !== 'all new') return of(whose).flatMap((row) => (isOver(row, caps) ? [row.address] : []));
  const { rows } = await sql<Used>`
    select ${inWindows} from new_wallet_spending where workspace_id = ${workspace.id}`.execute(tx);
  return rows[0] && isOver(rows[0], caps) ? of('new').map(({ address }) => address) : [];
}

function counted(moved: readonly { from: Standing; to: Standing }[]) {
  const counts = new Map<string, { from: Standing; to: Standing; count: number }>();
  for (const { from, to } of moved) {
    const entry = counts.get(`${from} ${to}`) ?? { from, to, count: 0 };
    entry.count++;
    counts.set(`${from} ${to}`, entry);
  }
  return [...counts.values()];
}
