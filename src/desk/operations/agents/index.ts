import type { Operation } from '../../../catalogue/operation.ts';

/** What agents do beside reading and drafting: assign, resolve, link, propose. */
export const agentsOperations: readonly Operation[] = [];
