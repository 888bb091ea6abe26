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
}
