import type { Operation } from '../../../catalogue/operation.ts';

/** What the workspace publishes: issues, changelog, articles. */
export const contentOperations: readonly Operation[] = [];
