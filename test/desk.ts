/** The desk under test: real Postgres, no door. */
import { type Caller, isRead, type Operation, type Scope } from '../src/catalogue/operation.ts';
import { parseInput } from '../src/catalogue/registry.ts';
import { deskCatalogue } from '../src/desk/operations/index.ts';
import type { Decision } from '../src/desk/proposals.ts';
import { erasePurchases, exportPurchases } from '../src/door/erase.ts';
import { amountsPaid, walletRecords } from '../src/door/proposers.ts';
import { PosternError } from '../src/kernel/errors.ts';
import { randomIds } from '../src/kernel/ids.ts';
import type { Json, JsonObject } from '../src/kernel/json.ts';
import { extractive } from '../src/model/extractive.ts';
import { type Database, inWorkspace, type Tx } from '../src/store/database.ts';
import { testDatabase } from './harness.ts';

/** All that the desk can do. */
export const catalogue = deskCatalogue({
  model: extractive,
  purchases: { exportPurchases, erasePurchases },
  proposers: { walletRecords, amountsPaid },
  decided: async (_tx, decision) => void decisions.push(decision),
});
/** What was decided, as it is told. */
export const decisions: Decision[] = [];
/** What approving and rejecting take; it keeps the decisions above. */
export const approval = {
  catalogue,
  decided: async (_tx: Tx, decision: Decision) => void decisions.push(decision),
};
/** Who opens the tickets here. */
export const agent: Caller = { kind: 'wallet', address: `0x${'a1'.repeat(20)}` };
/** Another wallet. */
export const stranger: Caller = { kind: 'wallet', address: `0x${'b2'.repeat(20)}` };
/** Who decides. */
export const operator: Caller = { kind: 'operator', id: 'usr_test', role: 'operator' };

/** One workspace, and the desk's operations as the door runs them: without the door. */
export interface Desk {
  db: Database;
  workspace: Scope['workspace'];
  within<T>(caller: Caller, work: (scope: Scope) => Promise<T>, readOnly?: boolean): Promise<T>;
  /** As the door does it: prepare read-only, compute, the plan through JSON, commit. */
  call(caller: Caller, name: string, input: Json): Promise<JsonObject>;
}

const own = await testDatabase();

/** A new workspace on the file's own database. `sells`: another catalogue than the one above. */
export async function desk(slug: string, sells = catalogue, db: Database = own): Promise<Desk> {
  const workspace = { id: randomIds('wsp'), slug, name: slug };
  await db.insertInto('workspaces').values(workspace).execute();
  let tick = 0;
  const within: Desk['within'] = (caller, work, readOnly = false) => {
    const now = new Date(Date.UTC(2026, 10, 20) + tick++ * 1000);
    return inWorkspace(db, workspace.id, (tx) => work({ tx, workspace, caller, ids: randomIds, now }), {
      readOnly,
    });
  };
  return {
    db,
    workspace,
    within,
    async call(caller, name, json) {
      const operation = sells.get(name) as Operation;
      const input = parseInput(operation, json);
      if (isRead(operation))
        return operation.output.parse(
          await within(caller, (scope) => operation.read(scope, input), true),
        ) as JsonObject;
      const prepared = await within(caller, async (scope) => operation.prepare?.(scope, input), true);
      const plan = JSON.stringify((await operation.compute?.(prepared ?? input)) ?? prepared ?? input);
      const output = await within(caller, (scope) => operation.commit(scope, JSON.parse(plan)));
      return operation.output.parse(output) as JsonObject;
    },
  };
}

/** For `assert.rejects`: a refusal of this code. */
export const refused = (code: string) => (error: unknown) =>
  error instanceof PosternError && error.code === code;

const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

/** Changes what the desk's settings are now, or its business hours. */
const seeing =
  (read: string, write: string) =>
  async (on: Pick<Desk, 'call'>, change: JsonObject, caller = admin): Promise<JsonObject> => {
    const { version } = await on.call(caller, read, {});
    return on.call(caller, write, { version: version!, ...change });
  };
export const setDesk = seeing('get_desk_settings', 'update_desk_settings');
export const setHours = seeing('get_business_hours', 'set_business_hours');

/** Opens a ticket. */
export const open = (on: Desk, more: JsonObject = {}, caller: Caller = agent) =>
  on.call(caller, 'create_ticket', { subject: 'It does not charge', body: 'The light blinks.', ...more });

/** Writes in as somebody who names this address, by the public contact page. */
export const writeIn = (on: Desk, more: { email: string; name?: string; body?: string }) =>
  on.call({ kind: 'anonymous' }, 'contact', {
    subject: 'From the page',
    body: 'Hello.',
    key: randomIds('tok'),
    ...more,
  });

/** The customer of a ticket, as it is now. */
export const customerIdOf = async (on: Desk, ticketId: Json | undefined): Promise<string> =>
  (
    await on.within(operator, ({ tx }) =>
      tx
        .selectFrom('tickets')
        .select('customerId')
        .where('id', '=', ticketId as string)
        .executeTakeFirstOrThrow(),
    )
  ).customerId!;

/** All that is to be mailed, oldest first. */
export const outbox = (on: Desk) =>
  on.within(operator, ({ tx }) => tx.selectFrom('outbox').selectAll().orderBy('createdAt').execute());
