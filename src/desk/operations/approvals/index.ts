import type { Operation } from '../../../catalogue/operation.ts';
import { approve, type DecidePorts, reject } from './decide.ts';
import { listProposals } from './list-proposals.ts';

export const approvalOperations = (ports: DecidePorts): readonly Operation[] => [
  listProposals,
  approve(ports),
  reject(ports),
];
