import { type Selectable, type SqlBool, sql } from 'kysely';
import { type Caller, isRead, type Scope } from '../catalogue/operation.ts';
import { runIn } from '../catalogue/perform.ts';
import { type Catalogue, parseInput } from '../catalogue/registry.ts';
import { assert, PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from '../store/database.ts';
import type { ProposalState } from '../store/proposal-states.ts';
import type { Evidence, ProposalTable } from '../store/schema.ts';
import { flagsOf } from './agents/flags.ts';
import { refuseMoved } from './tickets/change.ts';
import { record } from './tickets/history.ts';
import { lockTicket } from './tickets/tickets.ts';

export type Proposal = Omit<Selectable<ProposalTable>, 'workspaceId'>;

const columns = [
  'id',
  'operation',
  'arguments',
  'ticketId',
  'ticketVersion',
  'wallet',
  'purchaseId',
  'credentialId',
  'model',
  'evidence',
  'flags',
  'editedArguments',
  'state',
  'reason',
  'decidedBy',
  'decidedAt',
  'createdAt',
] as const;

/**
 * Puts an operation with its arguments into the approval queue, with what the reviewer should look at twice, and says so in the
 * ticket's history.
 */
export async function propose(
  tx: Tx,
  workspaceId: string,
  proposal: {
    id: string;
    operation: string;
    arguments: JsonObject;
    ticketId: string;
    ticketVersion: number;
    wallet: string | null;
    /** The purchase that pays for it. */
    purchaseId: string | null;
    credentialId?: string | null;
    /** Name of the model that drafted it. */
    model?: string | null;
    evidence?: readonly Evidence[];
    /** What the proposer itself wants looked at twice, beside what is found. */
    flags?: readonly string[];
    now: Date;
    /** Who did, for history, where neither a wallet nor a credential did. */
    actor?: string;
    /** As the scope has it. */
    depth?: number | undefined;
  },
): Promise<void> {
  const { arguments: input, now, evidence = [], flags: own = [], actor, depth, ...fields } = proposal;
  const { id, ticketId, ticketVersion, operation, wallet, credentialId, model } = fields;
  const found = await flagsOf(tx, workspaceId, { ticketId, input, wallet });
  await tx
    .insertInto('proposals')
    .values({
      workspaceId,
      ...fields,
      arguments: JSON.stringify(input),
      evidence: JSON.stringify(evidence),
      flags: [...new Set([...own, ...found])],
      createdAt: now,
    })
    .execute();
  const caller: Caller = wallet
    ? { kind: 'wallet', address: wallet }
    : credentialId
      ? { kind: 'credential', id: credentialId, granted: [] }
      : { kind: 'house', id: model ?? 'postern' };
  // A proposal has one such event, so its id is the proposal's under another prefix.
  const ids = () => id.replace(/^\w+?_/, 'evt_');
  await record(
    { tx, workspace: { id: workspaceId }, caller, ids, depth },
    {
      ticketId,
      kind: 'proposal.created',
      changes: { proposalId: id, operation },
      version: ticketVersion,
      ...(actor ? { actor } : {}),
    },
  );
}

/** Oldest first: who waited longest is looked at first. `after`: the id of the one before; `ticketId`: on this ticket only. */
export function waitingProposals(
  tx: Tx,
  workspaceId: string,
  limit: number,
  { after, ticketId }: { after?: string | undefined; ticketId?: string | undefined } = {},
): Promise<Proposal[]> {
  let waiting = tx
    .selectFrom('proposals')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', 'waiting');
  if (ticketId !== undefined) waiting = waiting.where('ticketId', '=', ticketId);
  const behind =
    after === undefined
      ? waiting
      : waiting.where(
          sql<SqlBool>`(created_at, id) > (select created_at, id from proposals
            where workspace_id = ${workspaceId} and id = ${after})`,
        );
  return behind.orderBy('createdAt').orderBy('id').limit(limit).execute();
}

/** One, whatever became of it. */
export const findProposal = (tx: Tx, workspaceId: string, id: string): Promise<Proposal | undefined> =>
  tx
    .selectFrom('proposals')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst();

/** What an operator makes of a proposal. `dropped`: nothing, for the desk moved on. */
export type Verdict = Exclude<ProposalState, 'waiting'>;

/** An operator's word on what a wallet proposed. */
export interface Decision {
  workspaceId: string;
  wallet: string;
  /** The purchase that paid for the proposal. */
  purchaseId: string | null;
  verdict: Verdict;
  /** As the operator wrote it; null but for a rejection. */
  reason: string | null;
  /** The operator calls it spam. */
  spam: boolean;
  /** The operator's id. */
  by: string;
}

/** Hears of a decision, inside the transaction that takes it. The desk knows nothing of what follows from it. */
export type Decided = (tx: Tx, decision: Decision) => Promise<void>;

export interface ApprovalPorts {
  catalogue: Catalogue;
  decided: Decided;
}

/**
 * Approves a proposal and runs its operation, in the transaction of `scope`: it is approved if and only if it ran.
 * Of two approvals at once the second waits for the first and is then refused. `seen`: the version of the ticket that the
 * reviewer looked at, where it is a later one than the proposal was made on. `body`: the text as the reviewer made it; what
 * was proposed stays beside it. No model is asked, for a transaction is open: a proposal has all that its operation needs, and
 * `commit` refuses what would have had to be computed.
 * @returns the operation's output.
 * @throws {PosternError} `not_found`; `conflict` if it is decided already or the thread moved since; `invalid_arguments` for a
 * version that the ticket has not reached;
 * whatever the operation throws.
 */
export async function approveProposal(
  scope: Scope,
  { catalogue, decided }: ApprovalPorts,
  id: string,
  { seen, body }: { seen?: number | undefined; body?: string | undefined } = {},
): Promise<JsonObject> {
  const proposal = await decide(scope, decided, id, { state: 'approved', reason: null, spam: false });
  if (proposal.ticketId !== null) {
    const ticket = await lockTicket(scope.tx, scope.workspace.id, proposal.ticketId);
    const moved = 'The ticket has moved since this was proposed; read it again.';
    if (!ticket) throw new PosternError('conflict', moved);
    refuseMoved(ticket, seen ?? proposal.ticketVersion ?? 0, 'seen', moved);
  }
  const operation = catalogue.get(proposal.operation);
  assert(operation && !isRead(operation), `${proposal.operation} can be proposed`);
  await tell(scope, proposal, 'proposal.approved');
  if (body === undefined) return runIn(scope, operation, parseInput(operation, proposal.arguments));
  if (typeof proposal.arguments.body !== 'string')
    throw new PosternError('invalid_arguments', 'body: this proposal has no text to edit.');
  const edited = { ...proposal.arguments, body };
  await scope.tx
    .updateTable('proposals')
    .set({ editedArguments: JSON.stringify(edited) as never })
    .where('workspaceId', '=', scope.workspace.id)
    .where('id', '=', id)
    .execute();
  return runIn(scope, operation, parseInput(operation, edited));
}

/**
 * Rejects a proposal; nothing runs. `spam` counts against the wallet that made it.
 * @throws {PosternError} `invalid_arguments` without a reason; `not_found`; `conflict` if it is decided already.
 */
export async function rejectProposal(
  scope: Scope,
  { decided }: Pick<ApprovalPorts, 'decided'>,
  id: string,
  { reason, spam }: { reason: string; spam: boolean },
): Promise<void> {
  if (reason.trim() === '') throw new PosternError('invalid_arguments', 'A rejection needs a reason.');
  const proposal = await decide(scope, decided, id, { state: 'rejected', reason, spam });
  await tell(scope, proposal, 'proposal.rejected');
}

/**
 * Takes a proposal out of the queue that the desk itself made idle: its ticket is resolved, or was answered otherwise. Nothing
 * runs, and it speaks neither for nor against who made it.
 * @throws {PosternError} `not_found`; `conflict` if it is decided already.
 */
export async function dropProposal(
  scope: Scope,
  { decided }: Pick<ApprovalPorts, 'decided'>,
  id: string,
): Promise<void> {
  const proposal = await decide(scope, decided, id, { state: 'dropped', reason: null, spam: false });
  await tell(scope, proposal, 'proposal.dropped');
}

/** Into the ticket's history. */
async function tell(
  scope: Scope,
  { id, ticketId, operation, ticketVersion }: Proposal,
  kind: `proposal.${Verdict}`,
): Promise<void> {
  if (ticketId === null) return;
  await record(scope, {
    ticketId,
    kind,
    changes: { proposalId: id, operation },
    version: ticketVersion ?? 0,
  });
}

/**
 * The one statement that decides: whoever finds the proposal waiting has it, until the transaction ends either way.
 * `decided` locks the wallet, so it is told before the ticket is locked: a delivery locks its wallet first and its ticket
 * after it, and two who took them in different orders would wait for each other.
 */
async function decide(
  scope: Scope,
  decided: Decided,
  id: string,
  { spam, ...decision }: { state: Verdict; reason: string | null; spam: boolean },
): Promise<Proposal> {
  const proposal = await take(scope, id, decision);
  const { wallet, purchaseId } = proposal;
  if (wallet !== null)
    await decided(scope.tx, {
      workspaceId: scope.workspace.id,
      wallet,
      purchaseId,
      verdict: decision.state,
      reason: decision.reason,
      spam,
      by: proposal.decidedBy!,
    });
  return proposal;
}

async function take(
  scope: Scope,
  id: string,
  decision: { state: Verdict; reason: string | null },
): Promise<Proposal> {
  const { tx, workspace, caller, now } = scope;
  if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Operators decide on proposals.');
  const taken = await tx
    .updateTable('proposals')
    .set({ ...decision, decidedBy: caller.id, decidedAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .returning(columns)
    .executeTakeFirst();
  if (taken) return taken;
  const known = await tx
    .selectFrom('proposals')
    .select('state')
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!known) throw new PosternError('not_found', 'No proposal has this id.');
  throw new PosternError('conflict', `This proposal is already ${known.state}.`);
}
