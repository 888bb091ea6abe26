import type { Selectable } from 'kysely';
import type { PricedOperation, Scope } from '../catalogue/operation.ts';
import { type Catalogue, parseInput } from '../catalogue/registry.ts';
import { assert, PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Tx } from '../store/database.ts';
import type { ProposalTable } from '../store/schema.ts';
import { lockTicket } from './tickets.ts';

export type Proposal = Omit<Selectable<ProposalTable>, 'workspaceId'>;

const columns = [
  'id',
  'operation',
  'arguments',
  'ticketId',
  'ticketVersion',
  'wallet',
  'purchaseId',
  'state',
  'reason',
  'decidedBy',
  'decidedAt',
  'createdAt',
] as const;

/** Puts an operation with its arguments into the approval queue. */
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
    now: Date;
  },
): Promise<void> {
  const { arguments: input, now, ...fields } = proposal;
  await tx
    .insertInto('proposals')
    .values({ workspaceId, ...fields, arguments: JSON.stringify(input), createdAt: now })
    .execute();
}

/** Oldest first: who waited longest is looked at first. */
export const waitingProposals = (tx: Tx, workspaceId: string, limit: number): Promise<Proposal[]> =>
  tx
    .selectFrom('proposals')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', 'waiting')
    .orderBy('createdAt')
    .orderBy('id')
    .limit(limit)
    .execute();

/**
 * Approves a proposal and runs its operation, in the transaction of `scope`: it is approved if and only if it ran.
 * Of two approvals at once the second waits for the first and is then refused.
 * @returns the operation's output.
 * @throws {PosternError} `not_found`; `conflict` if it is decided already or the ticket moved since it was made;
 * whatever the operation throws.
 */
export async function approveProposal(scope: Scope, catalogue: Catalogue, id: string): Promise<JsonObject> {
  const proposal = await decide(scope, id, { state: 'approved', reason: null });
  if (proposal.ticketId !== null) {
    const ticket = await lockTicket(scope.tx, scope.workspace.id, proposal.ticketId);
    if (ticket?.version !== proposal.ticketVersion)
      throw new PosternError('conflict', 'The ticket has moved since this was proposed; read it again.');
  }
  const operation = catalogue.get(proposal.operation);
  assert(operation && operation.price !== null, `${proposal.operation} can be proposed`);
  return run(scope, operation, proposal.arguments);
}

/**
 * Rejects a proposal; nothing runs.
 * @throws {PosternError} `invalid_arguments` without a reason; `not_found`; `conflict` if it is decided already.
 */
export async function rejectProposal(scope: Scope, id: string, reason: string): Promise<void> {
  if (reason.trim() === '') throw new PosternError('invalid_arguments', 'A rejection needs a reason.');
  await decide(scope, id, { state: 'rejected', reason });
}

/** The one statement that decides: whoever finds the proposal waiting has it, until the transaction ends either way. */
async function decide(
  scope: Scope,
  id: string,
  decision: { state: 'approved' | 'rejected'; reason: string | null },
): Promise<Proposal> {
  const { tx, workspace, caller, now } = scope;
  if (caller.kind !== 'operator') throw new PosternError('not_permitted', 'Operators decide on proposals.');
  const decided = await tx
    .updateTable('proposals')
    .set({ ...decision, decidedBy: caller.id, decidedAt: now })
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .returning(columns)
    .executeTakeFirst();
  if (decided) return decided;
  const known = await tx
    .selectFrom('proposals')
    .select('state')
    .where('workspaceId', '=', workspace.id)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!known) throw new PosternError('not_found', 'No proposal has this id.');
  throw new PosternError('conflict', `This proposal is already ${known.state}.`);
}

/** What the door does with a sold operation, without the door. */
async function run(scope: Scope, operation: PricedOperation, input: JsonObject): Promise<JsonObject> {
  assert(!operation.compute, `${operation.name} calls no port, for approval holds a transaction open`);
  const plan = await operation.prepare(scope, parseInput(operation, input));
  return operation.output.parse(await operation.commit(scope, plan)) as JsonObject;
}
