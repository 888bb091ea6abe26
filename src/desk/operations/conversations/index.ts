import type { Operation } from '../../../catalogue/operation.ts';

/** Mail as people write it: replies with copies and attachments, forwards, conversations that an operator starts. */
export const conversationsOperations: readonly Operation[] = [];
