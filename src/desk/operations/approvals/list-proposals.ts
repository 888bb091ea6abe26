import { z } from 'zod';
import { forMembers, readOperation } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import type { ProposerRecords } from '../../agents/proposers.ts';
import { reference } from '../../fields.ts';
import { findProposal, waitingProposals } from '../../proposals.ts';
import { limit } from '../search/shown.ts';
import { shownProposal, shownProposals } from './shown.ts';

export const listProposals = (records: ProposerRecords) =>
  readOperation({
    name: 'list_proposals',
    title: 'List what waits for approval',
    summary:
      'Lists what agents and the model propose, the oldest first, with what it would do, who proposed it, how that wallet stands and what it paid, what it cites, what to look at twice, and whether the thread has moved since. Read the ticket with `get_ticket` before you decide.',
    tier: 'read',
    access: forMembers('viewer'),
    price: null,
    input: z.strictObject({
      ticketId: reference.optional().describe('Only what waits on this ticket.'),
      after: reference.optional().describe('`next` of the page before this one.'),
      limit,
    }),
    output: z.object({
      proposals: z.array(shownProposal).describe('What waits, the oldest first.'),
      next: z.string().optional().describe('For the next page; absent on the last.'),
    }),
    async read(scope, { ticketId, after, limit: most }) {
      const waiting = await waitingProposals(scope.tx, scope.workspace.id, most + 1, { after, ticketId });
      const proposals = await shownProposals(scope, records, waiting.slice(0, most));
      return { proposals, ...(waiting.length > most ? { next: waiting[most - 1]!.id } : {}) };
    },
  });

export const getProposal = (records: ProposerRecords) =>
  readOperation({
    name: 'get_proposal',
    title: 'Show a proposal',
    summary:
      'Returns one proposal as `list_proposals` does, and what became of it where it is decided, with the reason of who rejected it. The workspace’s own agents see those that they made.',
    tier: 'read',
    access: { anonymous: false, credential: 'tier', role: 'viewer' },
    price: null,
    input: z.strictObject({ proposalId: reference.describe('Id of the proposal.') }),
    output: shownProposal,
    async read(scope, { proposalId }) {
      const proposal = await findProposal(scope.tx, scope.workspace.id, proposalId);
      const { caller } = scope;
      const shown = caller.kind !== 'credential' || proposal?.credentialId === caller.id;
      if (!proposal || !shown) throw new PosternError('not_found', 'No proposal has this id.');
      return (await shownProposals(scope, records, [proposal]))[0]!;
    },
  });
