/** Tables of the door's page. */

export interface DoorSchema {
  doorCounts: DoorCountTable;
}

/** What was asked for at the door and not bought, by the hour. */
export interface DoorCountTable {
  workspaceId: string;
  /** Its beginning. */
  hour: Date;
  operation: string;
  /** `challenged`, or why a call was refused. */
  reason: string;
  count: bigint;
}
