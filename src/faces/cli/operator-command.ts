import type { ChainView } from '../../chains/view.ts';
import type { GasBudgets } from '../../facilitator/treasury.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Model } from '../../model/model.ts';
import type { Database } from '../../store/database.ts';

/** What an operator's command works with. */
export interface OperatorContext {
  db: Database;
  /** Slug of the workspace unless `--workspace` names another. */
  workspace: string;
  /** Takes text of one or more lines. */
  print(text: string): void;
  ids: Ids;
  now: Date;
  /** What the outside calls the server; asked for only by what prints an address of it. */
  publicUrl?: string;
  /** Where the catch-all keeps its mails. */
  mailFolder: string;
  /** The chains that are configured, or the running devnet's. Opened only by who asks of them; none where it is left out. */
  openViews?(): Promise<ChainView[]>;
  /** The model that is configured; what needs none where it is left out. */
  openModel?(): Promise<Model>;
  /** Gas budgets that are set. */
  gas?: GasBudgets;
}

export interface OperatorCommand {
  /** One line for the help. */
  summary: string;
  /** What `--help` says of these arguments, where there is more to say than the summary. */
  explain?(args: string[]): readonly string[] | undefined;
  /** @throws {PosternError} with a message for the operator. */
  run(args: string[], context: OperatorContext): Promise<void>;
}
