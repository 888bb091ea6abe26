/** The refund floats: one small wallet per workspace, derived from the house secret, that refunds are paid from and nothing else. */
import { sql } from 'kysely';
import { deriveAccount } from '../chains/secret.ts';
import type { Signer } from '../chains/signer.ts';
import { deriveSvmAccount } from '../chains/svm/keys.ts';
import type { SvmSigner } from '../chains/svm/signer.ts';
import type { Database } from '../store/database.ts';

/** A workspace's float. @throws {OtherFloat} */
export type FloatOf = (workspaceId: string) => Promise<Signer>;

/** Its float on Solana: another key, of the same secret. @throws {OtherFloat} */
export type SvmFloatOf = (workspaceId: string) => Promise<SvmSigner>;

export interface Floats {
  floatOf: FloatOf;
  svmFloatOf: SvmFloatOf;
}

/**
 * The secret is not the one that this workspace's float was derived from. Under another float the chain would not know of
 * refunds that the first one paid, so none is signed.
 */
export class OtherFloat extends Error {
  override name = 'OtherFloat';
}

/** Derives floats, and keeps to the addresses that were stored when a workspace's were derived first. */
export function createFloats(db: Database, secret: Uint8Array): Floats {
  const floatOf = remembered(async (workspaceId) => {
    const account = deriveAccount(secret, `float:${workspaceId}`);
    const address = account.address.toLowerCase();
    await sql`insert into workspace_floats (workspace_id, address) values (${workspaceId}, ${address})
      on conflict do nothing`.execute(db);
    const { rows } = await sql<{ address: string }>`
      select address from workspace_floats where workspace_id = ${workspaceId}`.execute(db);
    return { account, address, stored: rows[0]?.address };
  });
  const svmFloatOf = remembered(async (workspaceId) => {
    await floatOf(workspaceId);
    const account = deriveSvmAccount(secret, `float:${workspaceId}`);
    const { rows } = await sql<{ svmAddress: string }>`
      update workspace_floats set svm_address = coalesce(svm_address, ${account.address})
      where workspace_id = ${workspaceId} returning svm_address`.execute(db);
    return { account, address: account.address, stored: rows[0]?.svmAddress };
  });
  return { floatOf, svmFloatOf };
}

interface Derived<T> {
  account: T;
  address: string;
  stored: string | undefined;
}

function remembered<T>(
  derive: (workspaceId: string) => Promise<Derived<T>>,
): (workspaceId: string) => Promise<T> {
  const known = new Map<string, T>();
  return async (workspaceId) => {
    const kept = known.get(workspaceId);
    if (kept) return kept;
    const { account, address, stored } = await derive(workspaceId);
    if (stored !== address)
      throw new OtherFloat(`the float of ${workspaceId} is ${stored}, and this secret makes ${address}`);
    known.set(workspaceId, account);
    return account;
  };
}
