import type { Operation } from '../../../catalogue/operation.ts';

/** The credentials of the workspace’s own agents: made, granted, revoked. */
export const credentialsOperations: readonly Operation[] = [];
