import type { Operation } from '../../../catalogue/operation.ts';
import { bulkUpdate } from './bulk-update.ts';
import { mentionOperations } from './mentions.ts';
import { mergeTicketsOperation } from './merge-tickets.ts';
import { reportOperation } from './report.ts';
import { tagOperations } from './tags.ts';
import { viewOperations } from './views.ts';

/** What makes many tickets bearable: views, bulk changes, merging, ratings, reports. */
export const teamworkOperations: readonly Operation[] = [
  ...viewOperations,
  bulkUpdate,
  mergeTicketsOperation,
  ...mentionOperations,
  reportOperation,
  ...tagOperations,
];
