import { parseArgs } from 'node:util';
import type { Scope } from '../../catalogue/operation.ts';
import type { Catalogue } from '../../catalogue/registry.ts';
import { deskCatalogue } from '../../desk/operations/index.ts';
import { findWorkspace } from '../../desk/workspaces.ts';
import { erasePurchases, exportPurchases } from '../../door/erase.ts';
import { amountsPaid, walletRecords } from '../../door/proposers.ts';
import { recordDecision } from '../../door/standing.ts';
import type { Ids } from '../../kernel/ids.ts';
import { extractive } from '../../model/extractive.ts';
import type { Model } from '../../model/model.ts';
import { commandLine } from '../../store/audit.ts';
import { inWorkspace } from '../../store/database.ts';
import type { OperatorContext } from './operator-command.ts';
import { UsageError } from './terminal.ts';

/** All that the desk can do, as the command line does it. */
export const commandCatalogue = (ids: Ids, publicUrl?: string, model: Model = extractive): Catalogue =>
  deskCatalogue({
    model,
    decided: (tx, decision) => recordDecision(tx, ids, decision),
    purchases: { exportPurchases, erasePurchases },
    proposers: { walletRecords, amountsPaid },
    publicUrl,
  });

/** Nobody signs in on the command line: who can open the database is an operator. */
export const operator = { kind: 'operator', id: commandLine, role: 'owner' } as const;

/** Runs in one transaction on the workspace of that slug. @throws {PosternError} `workspace_not_found`. */
export async function inScope<T>(
  { db, ids, now }: OperatorContext,
  slug: string,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  const { id, name } = await findWorkspace(db, slug);
  return inWorkspace(db, id, (tx) => work({ tx, workspace: { id, slug, name }, caller: operator, ids, now }));
}

/** What a command was given that decides something. */
export interface Verdict {
  workspace: string;
  words: string[];
  /** Empty if none is given. */
  reason: string;
  spam: boolean;
}

/** @throws {UsageError} with how the command is used, for an option that it does not know. */
export function readVerdict(args: string[], context: OperatorContext, usage: string): Verdict {
  const string = { type: 'string' } as const;
  const options = { workspace: string, reason: string, spam: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const { workspace = context.workspace, reason = '', spam = false } = values;
    return { workspace, words: positionals, reason, spam };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}
