import type { NewPurchase } from '../../src/door/claim.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { Database } from '../../src/store/database.ts';

let made = 0;

/** A wallet's address that nobody else here has. */
export const someAddress = (): string => `0x${(++made).toString(16).padStart(40, '0')}`;

/** What is to be claimed: $0.02 on base-sepolia, under an authorization that nobody else here has. */
export const newPurchase = (
  workspaceId: string,
  payer: string,
  change: Partial<NewPurchase> = {},
): NewPurchase => ({
  id: randomIds('pur'),
  workspaceId,
  network: 'base-sepolia',
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  payer,
  nonce: `0x${(++made).toString(16).padStart(64, '0')}`,
  payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  amountAtomic: 20_000n,
  callHash: 'hash',
  signature: '0x',
  identifier: null,
  processId: 'prc_gone',
  operation: 'create_ticket',
  input: {},
  plan: {},
  private: false,
  breaker: 'closed',
  proposes: false,
  validAfter: 0n,
  validBefore: 1n,
  verifiedAtBlock: 0n,
  ...change,
});

/** A workspace of its own for a test. @returns its id */
export async function newWorkspace(db: Database): Promise<string> {
  const id = randomIds('wsp');
  await db
    .insertInto('workspaces')
    .values({ id, slug: id.toLowerCase().replace('_', '-'), name: 'W' })
    .execute();
  return id;
}

/** The same, in which no cap stands in the way. */
export async function roomyWorkspace(db: Database): Promise<string> {
  const id = await newWorkspace(db);
  await db
    .updateTable('workspaceCaps')
    .set({ callsPerMinute: 1_000_000, actionsPerDay: 1_000_000, amountPerDayAtomic: 10n ** 15n })
    .where('workspaceId', '=', id)
    .execute();
  return id;
}
