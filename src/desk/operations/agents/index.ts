import type { Operation } from '../../../catalogue/operation.ts';
import { assign } from './assign.ts';
import { linkIssue, unlinkIssue } from './link-issue.ts';
import { proposeResolution, resolve } from './resolve.ts';

/** What agents do beside reading and drafting: assign, resolve, link, propose. */
export const agentsOperations: readonly Operation[] = [
  linkIssue,
  unlinkIssue,
  proposeResolution,
  assign,
  resolve,
];
