/** What a workspace decides about its door: where the money goes, and what its tools cost. By people, never through the door. */
import { sql } from 'kysely';
import { isPriced } from '../catalogue/operation.ts';
import type { Catalogue } from '../catalogue/registry.ts';
import { readPayTo } from '../chains/address.ts';
import type { Network } from '../chains/networks.ts';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { formatUsdc, usdc } from '../kernel/money.ts';
import { type Actor, audit } from '../store/audit.ts';
import { asSystem, type Database, type Tx } from '../store/database.ts';

/**
 * Sets where a workspace's money goes on one network; purchases that are claimed keep the address they were claimed with.
 * @returns the address; an EVM address checksummed. @throws {PosternError} `invalid_arguments`
 */
export async function setPayTo(
  db: Database,
  workspaceId: string,
  network: Network,
  address: string,
): Promise<string> {
  const payTo = readPayTo(network, address);
  await asSystem(db, async (tx) => {
    await tx
      .insertInto('workspaceNetworks')
      .values({ workspaceId, network: network.name, payTo })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'network']).doUpdateSet({ payTo }))
      .execute();
    await tellChanged(tx, workspaceId);
  });
  return payTo;
}

/** Who changes something of a shop. */
export interface ShopChange {
  workspaceId: string;
  actor: Actor;
}

/**
 * Says where a workspace's money goes on a network where nothing said so yet. Inside a workspace's transaction it cannot be
 * changed: the database does not let it.
 * @returns the address; an EVM address checksummed. @throws {PosternError} `invalid_arguments`; `conflict` where one is set
 */
export async function setFirstPayTo(
  tx: Tx,
  ids: Ids,
  { workspaceId, actor }: ShopChange,
  network: Network,
  address: string,
): Promise<string> {
  const payTo = readPayTo(network, address);
  const set = await tx
    .insertInto('workspaceNetworks')
    .values({ workspaceId, network: network.name, payTo })
    .onConflict((conflict) => conflict.doNothing())
    .returning('payTo')
    .executeTakeFirst();
  if (!set)
    throw new PosternError(
      'conflict',
      `payTo on ${network.name} is set already. Only the command line changes it: postern workspace pay-to.`,
    );
  const details = { network: network.name, payTo };
  await audit(tx, ids, { workspaceId, actor, action: 'pay_to.set', subject: null, reason: '', details });
  await tellChanged(tx, workspaceId);
  return payTo;
}

/** The most that a call may cost: a slip of the hand is refused, not charged. */
const maxPriceAtomic = usdc('10000');

/**
 * Sets a workspace's own price of a tool, in atomic USDC; null: the tool's own again.
 * @throws {PosternError} `tool_not_found`, `invalid_arguments`
 */
export async function setPrice(
  tx: Tx,
  ids: Ids,
  catalogue: Catalogue,
  { workspaceId, actor }: ShopChange,
  { operation, priceAtomic }: { operation: string; priceAtomic: bigint | null },
): Promise<void> {
  const known = catalogue.get(operation);
  if (!known?.access.anonymous || !isPriced(known))
    throw new PosternError(
      'tool_not_found',
      `No tool named ${JSON.stringify(operation)} is sold at the door.`,
    );
  if (priceAtomic !== null && priceAtomic <= 0n)
    throw new PosternError('invalid_arguments', 'A price is more than nothing.');
  if (priceAtomic !== null && priceAtomic > maxPriceAtomic)
    throw new PosternError('invalid_arguments', `A call costs at most $${formatUsdc(maxPriceAtomic)}.`);
  if (priceAtomic === null)
    await tx
      .deleteFrom('workspacePrices')
      .where('workspaceId', '=', workspaceId)
      .where('operation', '=', operation)
      .execute();
  else
    await tx
      .insertInto('workspacePrices')
      .values({ workspaceId, operation, priceAtomic })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'operation']).doUpdateSet({ priceAtomic }))
      .execute();
  const details = { priceAtomic: priceAtomic === null ? null : String(priceAtomic) };
  await audit(tx, ids, {
    workspaceId,
    actor,
    action: 'price.changed',
    subject: operation,
    reason: '',
    details,
  });
  await tellChanged(tx, workspaceId);
}

/** Shopfronts are kept for a moment in every process. */
const tellChanged = (tx: Tx, workspaceId: string) =>
  sql`select pg_notify('postern', ${`workspace.changed:${workspaceId}`})`.execute(tx);
