import type { Operation } from '../../../catalogue/operation.ts';

/** What makes many tickets bearable: views, bulk changes, merging, ratings, reports. */
export const workOperations: readonly Operation[] = [];
