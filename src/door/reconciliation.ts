/** Reconciliation of what workspaces own: whose transfers need a row, and purchases against their settlements. */
import { sql } from 'kysely';
import type { ChainView, Span } from '../chains/view.ts';
import {
  type Accounts,
  type Difference,
  type Reconciliation,
  reconcile,
} from '../facilitator/reconciliation.ts';
import type { Database } from '../store/database.ts';

/**
 * One network of this database. Runs as the system: a payTo's transfers tell nothing of workspaces.
 * @param span blocks that are final
 * @param unpaid whether purchases are looked for, of all time, that count as paid and are not settled
 * @throws {RpcUnavailable} @throws {RpcError}
 */
export async function reconcileNetwork(
  db: Database,
  view: ChainView,
  span: Span,
  { unpaid = true } = {},
): Promise<Reconciliation> {
  const network = view.network.name;
  const report = await reconcile(db, view, await accountsOf(db, view), span);
  const purchases = await unlikePurchases(db, network, span);
  if (unpaid) purchases.push(...(await unpaidPurchases(db, network)));
  return { ...report, differences: [...report.differences, ...purchases] };
}

/** A payTo that was changed since is ours for what it was paid. */
async function accountsOf(
  db: Database,
  { network: { name: network, family } }: ChainView,
): Promise<Accounts> {
  const float = family === 'svm' ? sql.ref('svm_address') : sql.ref('address');
  const { rows } = await sql<Accounts>`
    select array(select pay_to from workspace_networks where network = ${network}
        union select pay_to from claims where network = ${network}) as pay_to,
      array(select ${float} from workspace_floats where ${float} is not null) as floats`.execute(db);
  return rows[0]!;
}

/** A claim's frozen terms are what was settled; and what was paid back is settled likewise, to who paid. */
async function unlikePurchases(db: Database, network: string, { from, to }: Span): Promise<Difference[]> {
  const { rows } = await sql<Difference>`
    with seen as (
      select c.id, c.state, c.amount_atomic, s.id as settlement, s.block_number, s.transaction_hash,
        s.amount_atomic as settled_atomic,
        c.amount_atomic <> s.amount_atomic or c.payer <> s.payer or c.pay_to <> s.pay_to or c.nonce <> s.nonce
          or c.asset <> s.asset as unlike,
        c.state = 'refunded' and (f.id is null or f.state <> 'settled' or f.amount_atomic <> c.amount_atomic
          or f.pay_to <> c.payer) as unrefunded
      from settlements s join claims c on c.id = s.id
        left join settlements f on c.state = 'refunded' and f.id = 'rfd_' || substr(c.id, 5)
      where s.network = ${network} and s.state = 'settled' and s.block_number between ${from} and ${to}
    )
    select ${purchaseDiffers}, amount_atomic::text as ledger_atomic, settlement, transaction_hash,
      block_number::text as block, id || ' is ' || state || ', and ' || case
        when unlike then 'its settlement is for other terms, of ' || settled_atomic || ' atomic units'
        else 'its refund is not settled as it should be' end as says
    from seen where unlike or unrefunded order by id`.execute(db);
  return rows;
}

/** A reorganisation reopens the settlement of what is delivered; by then the chain has said what becomes of it. */
const reopenedMinutes = 15;

async function unpaidPurchases(db: Database, network: string): Promise<Difference[]> {
  const { rows } = await sql<Difference>`
    select ${purchaseDiffers}, c.amount_atomic::text as ledger_atomic, s.id as settlement, s.transaction_hash, s.block_number::text as block,
      c.id || ' is ' || c.state || ', and ' || coalesce('its settlement is ' || s.state, 'it has no settlement') as says
    from claims c left join settlements s on s.id = c.id
    where c.network = ${network} and c.state in ('paid', 'delivered', 'owed', 'refunding', 'refunded')
      and (s.id is null
        or s.state <> 'settled' and s.updated_at < now() - ${reopenedMinutes} * interval '1 minute')
    order by c.id`.execute(db);
  return rows;
}

const purchaseDiffers = sql`'purchase differs' as kind, null as chain_atomic`;

/** How long after one turn the next is due. */
const turnSeconds = 300;
/** Younger blocks are left for the next turn: whatever they hold is booked, or will never be, once its window is over. */
const settlingSeconds = 300n;
/** A first turn looks back over so much. */
const firstSeconds = 3_600n;
/** One turn's blocks at most: after a long silence several turns make up for it. */
const turnBlocks = 20_000n;

/**
 * Goes on where the last turn ended, if it is time for another, and writes down how far it came.
 * @returns what differs; undefined where another process has taken the turn, or it is not time yet
 */
export async function reconcileOn(db: Database, view: ChainView): Promise<Difference[] | undefined> {
  const network = view.network.name;
  const last = await view.finalBlock();
  const first = await view.blockAt(last.timestamp - firstSeconds);
  const turn = await takeTurn(db, network, first - 1n);
  if (!turn) return undefined;
  // A devnet that began anew is lower than what was compared of the one before.
  const from = turn.toBlock <= last.number ? turn.toBlock + 1n : first;
  const settled = (await view.blockAt(last.timestamp - settlingSeconds)) - 1n;
  const to = settled < from + turnBlocks ? settled : from + turnBlocks - 1n;
  if (to < from) return [];
  const { differences } = await reconcileNetwork(db, view, { from, to }, { unpaid: false });
  const said = differences.at(-1)?.says ?? null;
  await sql`
    update reconciliations set to_block = ${to}, differences = differences + ${differences.length},
      last_difference = coalesce(${said}, last_difference),
      last_difference_at = case when ${said}::text is null then last_difference_at else now() end
    where network = ${network}`.execute(db);
  return differences;
}

/** Taken by one process, for as long as a turn may last. */
async function takeTurn(
  db: Database,
  network: string,
  before: bigint,
): Promise<{ toBlock: bigint } | undefined> {
  await sql`
    insert into reconciliations (network, to_block, taken_at) values (${network}, ${before}, '-infinity')
    on conflict do nothing`.execute(db);
  const { rows } = await sql<{ toBlock: bigint }>`
    update reconciliations set taken_at = now()
    where network = ${network} and taken_at < now() - ${turnSeconds} * interval '1 second'
    returning to_block`.execute(db);
  return rows[0];
}
