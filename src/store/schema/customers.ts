/** Tables about customers beside their own. */
import type { Generated } from 'kysely';
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
    /** Tickets in which somebody whom nobody had vouched for gave it; null where it is the customer's own. */
    givenIn: Generated<string[] | null>;
    createdAt: Defaulted<Date>;
  };
}
