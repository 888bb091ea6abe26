/** What a workspace decides about its door: where the money goes, and what its tools cost. By people, never through the door. */
import { sql } from 'kysely';
import { getAddress, isAddress, zeroAddress } from 'viem';
import type { Catalogue } from '../catalogue/registry.ts';
import type { Network } from '../chains/networks.ts';
import { isSvmAddress } from '../chains/svm/base58.ts';
import {
  associatedTokenProgram,
  systemProgram,
  token2022Program,
  tokenProgram,
} from '../chains/svm/instructions.ts';
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
  const payTo = network.family === 'evm' ? readEvmPayTo(address) : readSvmPayTo(address);
  if (payTo === network.asset)
    throw new PosternError('invalid_arguments', 'payTo must be a wallet, not USDC itself.');
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

function readEvmPayTo(address: string): string {
  // A checksum catches the one slip that loses money for good, so it is asked for.
  if (!isAddress(address) || address === address.toLowerCase() || address === zeroAddress)
    throw new PosternError('invalid_arguments', 'payTo must be a wallet’s address with its EIP-55 checksum.');
  return getAddress(address);
}

/** Solana's addresses have no checksum; one that is no public key belongs to a program, and may be a vault. */
function readSvmPayTo(address: string): string {
  const programs = [systemProgram, tokenProgram, token2022Program, associatedTokenProgram];
  if (!isSvmAddress(address) || programs.includes(address))
    throw new PosternError('invalid_arguments', 'payTo must be a wallet’s address: 32 bytes in base58.');
  return address;
}

/** Sets a workspace's own price of a tool, in atomic USDC. @throws {PosternError} `tool_not_found`, `invalid_arguments` */
export async function setPrice(
  db: Database,
  catalogue: Catalogue,
  workspaceId: string,
  { operation, priceAtomic }: { operation: string; priceAtomic: bigint },
): Promise<void> {
  const known = catalogue.get(operation);
  if (known?.access !== 'anonymous' || known.price === null)
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
