import type { Operation } from '../../../catalogue/operation.ts';

/** What happens by itself: saved replies, macros, rules, hours and due times. */
export const automationOperations: readonly Operation[] = [];
