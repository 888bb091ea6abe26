/** The keys of the tables that the memory versions of ledger and book use, as the migrations have them. */
import type { Selectable } from 'kysely';
import type { Schema } from '../../../src/store/schema.ts';

type Row<K extends keyof Schema> = Selectable<Schema[K]>;
type Key<K extends keyof Schema> = (row: Row<K>) => unknown[];

interface Keys<K extends keyof Schema> {
  primary: Key<K>;
  /** The other unique keys; undefined where a partial one does not cover the row. */
  unique?: ((row: Row<K>) => unknown[] | undefined)[];
}

const tables = {
  workspaces: { primary: ({ id }) => [id] } satisfies Keys<'workspaces'>,
  processes: { primary: ({ id }) => [id] } satisfies Keys<'processes'>,
  claims: {
    primary: ({ id }) => [id],
    unique: [
      ({ network, asset, payer, nonce }) => [network, asset, payer, nonce],
      ({ workspaceId, payer, identifier, state }) =>
        identifier === null || state === 'void' ? undefined : [workspaceId, payer, identifier],
      ({ network, payer, state }) =>
        state === 'settling' || state === 'paid' ? [network, payer] : undefined,
    ],
  } satisfies Keys<'claims'>,
  purchases: { primary: ({ workspaceId, id }) => [workspaceId, id] } satisfies Keys<'purchases'>,
  receipts: {
    primary: ({ workspaceId, id }) => [workspaceId, id],
    unique: [({ workspaceId, purchaseId }) => [workspaceId, purchaseId]],
  } satisfies Keys<'receipts'>,
  settlements: {
    primary: ({ id }) => [id],
    unique: [({ network, asset, payer, nonce }) => [network, asset, payer, nonce]],
  } satisfies Keys<'settlements'>,
  relayerTransactions: {
    primary: ({ id }) => [id],
    unique: [({ hash }) => [hash]],
  } satisfies Keys<'relayerTransactions'>,
  relayerTransactionSettlements: {
    primary: ({ transactionId, settlementId }) => [transactionId, settlementId],
  } satisfies Keys<'relayerTransactionSettlements'>,
  relayerAccounts: {
    primary: ({ network, address }) => [network, address],
  } satisfies Keys<'relayerAccounts'>,
  creditedLogs: {
    primary: ({ network, transactionHash, logIndex }) => [network, transactionHash, logIndex],
    unique: [({ settlementId }) => [settlementId]],
  } satisfies Keys<'creditedLogs'>,
  gasDays: { primary: ({ network, dayAt }) => [network, dayAt.getTime()] } satisfies Keys<'gasDays'>,
  gasFailures: {
    primary: ({ settlementId, transactionHash }) => [settlementId, transactionHash],
  } satisfies Keys<'gasFailures'>,
  wallets: { primary: ({ workspaceId, address }) => [workspaceId, address] } satisfies Keys<'wallets'>,
  workspaceCaps: {
    primary: ({ workspaceId, standing }) => [workspaceId, standing],
  } satisfies Keys<'workspaceCaps'>,
  workspacePolicies: { primary: ({ workspaceId }) => [workspaceId] } satisfies Keys<'workspacePolicies'>,
  newWalletSpending: { primary: ({ workspaceId }) => [workspaceId] } satisfies Keys<'newWalletSpending'>,
  refundSpending: { primary: ({ workspaceId }) => [workspaceId] } satisfies Keys<'refundSpending'>,
  auditLog: { primary: ({ workspaceId, id }) => [workspaceId, id] } satisfies Keys<'auditLog'>,
};

/** A table that the memory database knows. */
export type Name = keyof typeof tables;

type AnyKeys = { primary(row: object): unknown[]; unique?: ((row: object) => unknown[] | undefined)[] };
const keysOf = (table: Name) => tables[table] as unknown as AnyKeys;

/** The row's primary key, as text. */
export const primaryKey = (table: Name, row: object): string => keysOf(table).primary(row).join(' ');

/** The row's other unique keys, as text; without those that do not cover it. */
export const uniqueKeys = (table: Name, row: object): string[] =>
  (keysOf(table).unique ?? []).flatMap((unique, i) => {
    const key = unique(row);
    return key ? `${i} ${key.join(' ')}` : [];
  });

/** Those that others refer to come first. */
export const tableNames = Object.keys(tables) as Name[];
