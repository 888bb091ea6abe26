import type { Operation } from '../../../catalogue/operation.ts';
import type { ProposerRecords } from '../../agents/proposers.ts';
import { approve, type DecidePorts, drop, reject } from './decide.ts';
import { getProposal, listProposals } from './list-proposals.ts';

/** What the queue takes beside its transaction. */
export interface ApprovalRoomPorts extends DecidePorts {
  proposers: ProposerRecords;
}

export const approvalOperations = (ports: ApprovalRoomPorts): readonly Operation[] => [
  listProposals(ports.proposers),
  getProposal(ports.proposers),
  approve(ports),
  reject(ports),
  drop(ports),
];
