/** Tables of what happens by itself. */
import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '../../kernel/json.ts';

/** A list as JSON; what its items are is for the desk to say. */
type ListColumn = ColumnType<JsonObject[], string, string>;

/** Rises with every change; the database sees to it. */
interface Versioned {
  version: ColumnType<number, never, never>;
}

interface Named {
  workspaceId: string;
  id: string;
  name: string;
}

export interface AutomationSchema {
  savedReplies: Named & Versioned & { body: string; createdAt: Date; updatedAt: Date };
  macros: Named & Versioned & { actions: ListColumn; createdAt: Date; updatedAt: Date };
  deskAutomation: Versioned & {
    workspaceId: string;
    /** Monday's first. */
    week: ColumnType<string[][] | null, string | null, string | null>;
    holidays: Generated<string[]>;
    revision: Generated<number>;
    renewed: Generated<number>;
  };
  slaPolicies: Named & {
    position: number;
    priorities: string[];
    tag: string | null;
    mailbox: string | null;
    customerId: string | null;
    firstResponseMinutes: number | null;
    resolutionMinutes: number | null;
    inBusinessHours: boolean;
  };
  rules: Named &
    Versioned & {
      position: number;
      enabled: boolean;
      trigger: string;
      minutes: number | null;
      allOf: ListColumn;
      anyOf: ListColumn;
      actions: ListColumn;
      since: Date;
    };
  ruleRuns: {
    workspaceId: string;
    id: string;
    ruleId: string;
    ticketId: string;
    eventId: string | null;
    outcome: RunOutcome;
    detail: string;
    depth: number;
    at: Date;
  };
  ruleMarks: {
    workspaceId: string;
    ruleId: string;
    ticketId: string;
    state: Date;
    fired: boolean;
    lookAt: Date;
  };
  ticketClocks: {
    workspaceId: string;
    ticketId: string;
    lastBy: 'customer' | 'operator' | null;
    lastAt: Date | null;
    statusSince: Date;
    revision: number;
  };
  roundRobins: { workspaceId: string; teamId: string; lastUserId: string | null };
  absences: { workspaceId: string; userId: string; until: Date | null };
  acknowledgements: { workspaceId: string; ticketId: string; at: Date };
  automaticMails: { workspaceId: string; address: string; ticketId: string; at: Date };
}

/** What came of a rule whose trigger was there. */
export type RunOutcome = 'fired' | 'not_met' | 'failed' | 'capped';
