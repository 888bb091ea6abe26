/** The refund floats: one small wallet per workspace, derived from the house secret, that refunds are paid from and nothing else. */
import { sql } from 'kysely';
import { deriveAccount } from '../chains/secret.ts';
import type { Signer } from '../chains/signer.ts';
import type { Database } from '../store/database.ts';

/** A workspace's float. @throws {OtherFloat} */
export type FloatOf = (workspaceId: string) => Promise<Signer>;

/**
 * The secret is not the one that this workspace's float was derived from. Under another float the chain would not know of
 * refunds that the first one paid, so none is signed.
 */
export class OtherFloat extends Error {
  override name = 'OtherFloat';
}

/** Derives floats, and keeps to the address that was stored when a workspace's was derived first. */
export function createFloats(db: Database, secret: Uint8Array): FloatOf {
  const known = new Map<string, Signer>();
  return async (workspaceId) => {
    const kept = known.get(workspaceId);
    if (kept) return kept;
    const account = deriveAccount(secret, `float:${workspaceId}`);
    const address = account.address.toLowerCase();
    await sql`insert into workspace_floats (workspace_id, address) values (${workspaceId}, ${address})
      on conflict do nothing`.execute(db);
    const { rows } = await sql<{ address: string }>`
      select address from workspace_floats where workspace_id = ${workspaceId}`.execute(db);
    if (rows[0]?.address !== address)
      throw new OtherFloat(
        `the float of ${workspaceId} is ${rows[0]?.address}, and this secret makes ${address}`,
      );
    known.set(workspaceId, account);
    return account;
  };
}
