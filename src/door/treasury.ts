/**
 * The treasury's view: what an operator needs to know of the money, per network and per workspace. One object, of strings,
 * numbers and nulls only, so that a terminal, a browser and a metric show the same figures. USDC in atomic units, gas in
 * the chain's smallest native unit, both as decimal strings.
 */
import { sql } from 'kysely';
import { svmNetworks } from '../chains/networks.ts';
import type { ChainView } from '../chains/view.ts';
import { type GasBudgets, type NetworkFigures, networkFigures, type Sum } from '../facilitator/treasury.ts';
import { formatUsdc } from '../kernel/money.ts';
import { type Database, inWorkspace } from '../store/database.ts';
import type { PurchaseState } from '../store/schema.ts';
import { awaits, listPurchases } from './overview.ts';

export interface Treasury {
  /** ISO 8601. */
  at: string;
  networks: NetworkTreasury[];
  workspaces: WorkspaceTreasury[];
  /** What an operator should look at, in words; empty where nothing is wrong. */
  alerts: string[];
}

export interface NetworkTreasury extends NetworkFigures {
  /** Whether its chain could be asked. Where not, balances are null. */
  reached: boolean;
}

export interface WorkspaceTreasury {
  /** Slug. */
  workspace: string;
  network: string;
  /** Where it is paid now; null where it is not any more. */
  payTo: string | null;
  /** What refunds are paid from; null before the first is derived. */
  float: { address: string; balanceAtomic: string | null } | null;
  /** Purchases by the state they are in. */
  purchases: Record<PurchaseState, Sum>;
  /** Owed, those being paid back among them. */
  owes: Sum;
  /** Should have ended by now, and has not. */
  inDoubt: Doubt[];
}

export interface Doubt {
  purchase: string;
  state: PurchaseState;
  amountAtomic: string;
  ageSeconds: number;
  /** What it waits for. */
  why: string;
}

export interface TreasuryPorts {
  db: Database;
  /** Networks whose chains can be asked; of others only the rows are shown. */
  views: readonly ChainView[];
  /** Budgets that are set, in place of the networks' own. */
  gas?: GasBudgets | undefined;
}

/** Purchases in doubt that are named, of one workspace. */
const doubtsShown = 50;

/** Runs as the system: it is about all workspaces. @param slug only this workspace's part; the networks are all shown */
export async function readTreasury(
  { db, views, gas }: TreasuryPorts,
  now: Date,
  slug?: string,
): Promise<Treasury> {
  const names = await networkNames(db, views);
  const rows = await workspaceRows(db, slug);
  const reached = new Map<string, ChainView>();
  await Promise.all(
    views.map(async (view) => {
      // One question decides: a node that is away costs its timeout once.
      await view.finalBlock().then(
        () => reached.set(view.network.name, view),
        () => {},
      );
    }),
  );
  const [networks, workspaces] = await Promise.all([
    Promise.all(
      names.map(async (name) => ({
        ...(await networkFigures(db, name, reached.get(name), gas)),
        reached: reached.has(name),
      })),
    ),
    workspaceTreasuries(db, rows, reached, now),
  ]);
  return { at: now.toISOString(), networks, workspaces, alerts: alertsOf(now, networks, workspaces) };
}

async function networkNames(db: Database, views: readonly ChainView[]): Promise<string[]> {
  const { rows } = await sql<{ network: string }>`
    select network from workspace_networks union select network from relayer_accounts
      union select distinct network from svm_accounts`.execute(db);
  return [
    ...new Set([...views.map(({ network }) => network.name), ...rows.map((row) => row.network)]),
  ].sort();
}

interface WorkspaceRow {
  workspaceId: string;
  slug: string;
  network: string;
  payTo: string | null;
  float: string | null;
  purchases: Partial<Record<PurchaseState, Sum>>;
}

async function workspaceRows(db: Database, slug: string | undefined): Promise<WorkspaceRow[]> {
  const { rows } = await sql<WorkspaceRow>`
    with sums as (
      select workspace_id, network, state, count(*)::int4 as count, sum(amount_atomic)::text as amount
      from claims group by workspace_id, network, state
    ), places as (
      select workspace_id, network from workspace_networks union select workspace_id, network from sums
    )
    select w.id as workspace_id, w.slug, p.network, n.pay_to,
      case when p.network = any(${svmNetworks.map(({ name }) => name)}) then f.svm_address else f.address end as float,
      coalesce((select json_object_agg(state, json_build_object('amountAtomic', amount, 'count', count))
        from sums s where s.workspace_id = w.id and s.network = p.network), '{}') as purchases
    from places p join workspaces w on w.id = p.workspace_id
      left join workspace_networks n on n.workspace_id = w.id and n.network = p.network
      left join workspace_floats f on f.workspace_id = w.id
    where ${slug ?? null}::text is null or w.slug = ${slug ?? null}
    order by w.slug, p.network`.execute(db);
  return rows;
}

const nothing: Sum = { amountAtomic: '0', count: 0 };

async function workspaceTreasuries(
  db: Database,
  rows: readonly WorkspaceRow[],
  reached: ReadonlyMap<string, ChainView>,
  now: Date,
): Promise<WorkspaceTreasury[]> {
  const balances = await floatBalances(rows, reached);
  const doubts = new Map<string, (Doubt & { network: string })[]>();
  // Where nothing is on its way nothing is in doubt.
  const unfinished = rows.filter(
    ({ purchases: { settling, paid, refunding } }) => settling ?? paid ?? refunding,
  );
  for (const id of new Set(unfinished.map(({ workspaceId }) => workspaceId)))
    doubts.set(id, await doubtsOf(db, id, now));
  return rows.map(({ workspaceId, slug, network, payTo, float, purchases: some }) => {
    const purchases: WorkspaceTreasury['purchases'] = {
      settling: nothing,
      paid: nothing,
      delivered: nothing,
      void: nothing,
      owed: nothing,
      refunding: nothing,
      refunded: nothing,
      lost: nothing,
      ...some,
    };
    const inDoubt = (doubts.get(workspaceId) ?? []).filter((doubt) => doubt.network === network);
    return {
      workspace: slug,
      network,
      payTo,
      float:
        float === null ? null : { address: float, balanceAtomic: balances.get(network)?.get(float) ?? null },
      purchases,
      owes: plus(purchases.owed, purchases.refunding),
      inDoubt: inDoubt.map(({ network: _, ...doubt }) => doubt),
    };
  });
}

const plus = (a: Sum, b: Sum): Sum => ({
  amountAtomic: String(BigInt(a.amountAtomic) + BigInt(b.amountAtomic)),
  count: a.count + b.count,
});

/** Every float's balance, by network and address; one round trip a network. */
async function floatBalances(
  rows: readonly WorkspaceRow[],
  reached: ReadonlyMap<string, ChainView>,
): Promise<Map<string, Map<string, string>>> {
  const all = await Promise.all(
    [...reached].map(async ([name, view]) => {
      const floats = rows.flatMap(({ network, float }) => (network === name && float ? [float] : []));
      const amounts = await view.tokenBalances(floats).catch(() => []);
      return [name, new Map(amounts.map((amount, i) => [floats[i]!, amount.toString()]))] as const;
    }),
  );
  return new Map(all);
}

async function doubtsOf(
  db: Database,
  workspaceId: string,
  now: Date,
): Promise<(Doubt & { network: string })[]> {
  const found = await inWorkspace(
    db,
    workspaceId,
    (tx) => listPurchases(tx, workspaceId, { inDoubt: true, limit: doubtsShown }),
    { readOnly: true },
  );
  return found.map((purchase) => ({
    network: purchase.network,
    purchase: purchase.id,
    state: purchase.state,
    amountAtomic: purchase.amountAtomic.toString(),
    ageSeconds: Math.round((now.getTime() - purchase.createdAt.getTime()) / 1000),
    why: awaits(purchase) ?? purchase.state,
  }));
}

/** Below so many payments a hot key is to be filled. */
const fewPayments = 200;
/** An authorization lives for about as long; what is older hangs. */
const longUnsettledSeconds = 120;

/** A difference is told for so long; it stays in the count and in the log. */
const recentMs = 86_400_000;

function alertsOf(
  now: Date,
  networks: readonly NetworkTreasury[],
  workspaces: readonly WorkspaceTreasury[],
): string[] {
  const alerts: string[] = [];
  for (const { network, reached, hotKeys, gasBudget, oldestUnsettledSeconds, reconciled } of networks) {
    const say = (text: string) => alerts.push(`${network}: ${text}`);
    if (!reached) say('the chain cannot be asked');
    const covers = hotKeys.map(({ coversPayments }) => coversPayments);
    const known = covers.filter((count) => count !== null).reduce((sum, count) => sum + count, 0);
    if (covers.length > 0 && !covers.includes(null) && known < fewPayments)
      say(`the hot key covers ${known} more payments`);
    if (gasBudget && BigInt(gasBudget.spentNativeAtomic) >= BigInt(gasBudget.perDayNativeAtomic))
      say('the gas budget of today is spent, and nothing is settled');
    if ((oldestUnsettledSeconds ?? 0) > longUnsettledSeconds)
      say(`a settlement has waited for ${Math.round(oldestUnsettledSeconds!)} s`);
    const { lastDifferenceAt = null, lastDifference } = reconciled ?? {};
    if (lastDifferenceAt !== null && now.getTime() - Date.parse(lastDifferenceAt) < recentMs)
      say(`ledger and chain differ, see npx postern treasury reconcile: ${lastDifference}`);
  }
  for (const { workspace, network, float, owes, inDoubt } of workspaces) {
    const say = (text: string) => alerts.push(`${workspace} on ${network}: ${text}`);
    if (float?.balanceAtomic && BigInt(float.balanceAtomic) < BigInt(owes.amountAtomic))
      say(`the float holds $${formatUsdc(BigInt(float.balanceAtomic))}, less than is owed`);
    if (inDoubt.length > 0) say(`${inDoubt.length} in doubt`);
  }
  return alerts;
}
