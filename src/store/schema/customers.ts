/** Tables about customers beside their own. */
import type { Defaulted } from './columns.ts';

export interface CustomerSchema {
  customerAddresses: {
    workspaceId: string;
    /** Lower case. */
    address: string;
    customerId: string;
    createdAt: Defaulted<Date>;
  };
  customerNotes: {
    workspaceId: string;
    id: string;
    customerId: string;
    author: string;
    body: string;
    createdAt: Date;
  };
  /** What they were called before, or records that became theirs: triggers keep it where a customer changes. */
  customerAliases: {
    workspaceId: string;
    customerId: string;
    kind: 'name' | 'email';
    value: string;
    createdAt: Defaulted<Date>;
  };
}
