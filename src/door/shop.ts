/** What a workspace decides about its door: where the money goes, and what its tools cost. By people, never through the door. */
import { sql } from 'kysely';
import { isPriced } from '../catalogue/operation.ts';
import type { Catalogue } from '../catalogue/registry.ts';
import { readPayTo } from '../chains/address.ts';
import type { Network } from '../chains/networks.ts';
import { PosternError } from '../kernel/errors.ts';
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

/** Sets a workspace's own price of a tool, in atomic USDC. @throws {PosternError} `tool_not_found`, `invalid_arguments` */
export async function setPrice(
  db: Database,
  catalogue: Catalogue,
  workspaceId: string,
  { operation, priceAtomic }: { operation: string; priceAtomic: bigint },
): Promise<void> {
  const known = catalogue.get(operation);
  if (!known?.access.anonymous || !isPriced(known))
    throw new PosternError(
      'tool_not_found',
      `No tool named ${JSON.stringify(operation)} is sold at the door.`,
    );
  if (priceAtomic <= 0n) throw new PosternError('invalid_arguments', 'A price is more than nothing.');
  await asSystem(db, async (tx) => {
    await tx
      .insertInto('workspacePrices')
      .values({ workspaceId, operation, priceAtomic })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'operation']).doUpdateSet({ priceAtomic }))
      .execute();
    await tellChanged(tx, workspaceId);
  });
}

/** Shopfronts are kept for a moment in every process. */
const tellChanged = (tx: Tx, workspaceId: string) =>
  sql`select pg_notify('postern', ${`workspace.changed:${workspaceId}`})`.execute(tx);
