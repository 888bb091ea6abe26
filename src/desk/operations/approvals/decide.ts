import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { body, line, reference, seenVersion } from '../../fields.ts';
import { type ApprovalPorts, approveProposal, dropProposal, rejectProposal } from '../../proposals.ts';

/** What deciding takes; the catalogue is asked for when it is complete. */
export interface DecidePorts extends Pick<ApprovalPorts, 'decided'> {
  catalogue(): ApprovalPorts['catalogue'];
}

const proposalId = reference.describe('Id of the proposal.');

export const approve = ({ catalogue, decided }: DecidePorts) =>
  houseOperation({
    name: 'approve_proposal',
    title: 'Approve a proposal',
    summary:
      'Runs what was proposed, once, however many approve it. Refused where the thread has moved since it was proposed, unless `seen` says that you have looked at it as it is now.',
    tier: 'send',
    access: forMembers('operator'),
    input: z.strictObject({
      proposalId,
      seen: seenVersion.optional().describe('The ticket’s version as you read it.'),
      body: body.optional().describe('The text as it should be, where you edited it.'),
    }),
    output: z.object({
      output: z.record(z.string(), z.unknown()).describe('What it gave.'),
    }),
    async commit(scope, { proposalId: id, seen, body: edited }) {
      const output = await approveProposal(scope, { catalogue: catalogue(), decided }, id, {
        seen,
        body: edited,
      });
      return { output };
    },
  });

export const reject = ({ decided }: DecidePorts) =>
  houseOperation({
    name: 'reject_proposal',
    title: 'Reject a proposal',
    summary: 'Nothing runs. Who proposed it is told the reason.',
    tier: 'send',
    access: forMembers('operator'),
    input: z.strictObject({
      proposalId,
      reason: line(500).describe('Why, for who proposed it.'),
      spam: z.boolean().default(false).describe('Whether it counts against the wallet as spam.'),
    }),
    output: z.object({ state: z.literal('rejected').describe('It is rejected.') }),
    async commit(scope, { proposalId: id, reason, spam }) {
      await rejectProposal(scope, { decided }, id, { reason, spam });
      return { state: 'rejected' as const };
    },
  });

export const drop = ({ decided }: DecidePorts) =>
  houseOperation({
    name: 'drop_proposal',
    title: 'Drop a proposal',
    summary:
      'Takes a proposal out of the queue that came to nothing by what the desk did itself: its ticket is resolved or closed, was answered, or moved on. Nothing runs, and it counts neither for nor against who made it, who is told that it was dropped.',
    tier: 'send',
    access: forMembers('operator'),
    input: z.strictObject({ proposalId }),
    output: z.object({ state: z.literal('dropped').describe('It is dropped.') }),
    async commit(scope, { proposalId: id }) {
      await dropProposal(scope, { decided }, id);
      return { state: 'dropped' as const };
    },
  });
