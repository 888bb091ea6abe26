import { randomIds } from '../src/kernel/ids.ts';
import type { Database } from '../src/store/database.ts';

/** The network of what was put into the books by hand. */
export const unserved = 'unserved';

/** A purchase that is settled and owed, on a network that nobody serves: what is asked for it is not carried out. */
export async function owedPurchase(db: Database, workspaceId: string): Promise<string> {
  const id = randomIds('pur');
  const key = {
    id,
    network: unserved,
    asset: '0xa',
    payer: `0x${id}`,
    payTo: '0xb',
    amountAtomic: 1n,
    nonce: '0x1',
    signature: '0x',
  };
  const state = { state: 'owed', owedAt: new Date(), reason: 'closed' } as const;
  await db
    .insertInto('claims')
    .values({ ...key, ...state, workspaceId, callHash: 'hash', processId: 'prc_gone' })
    .execute();
  const call = { operation: 'draft_reply', input: '{}', plan: '{}', private: false };
  await db
    .insertInto('purchases')
    .values({ ...call, id, workspaceId, payer: key.payer })
    .execute();
  await db
    .insertInto('settlements')
    .values({ ...key, state: 'settled', validAfter: 0n, validBefore: 1n, verifiedAtBlock: 0n })
    .execute();
  return id;
}
