/**
 * The meter port: what happens in this process and is worth counting. Whoever counts it, and whether anybody does, is none
 * of the caller's business. Labels come from small fixed sets, never from what a stranger wrote.
 */
export interface Meter {
  /** A call at the door was answered, and how; the time it took in seconds. */
  called(outcome: string, seconds: number): void;
  /** A challenge was given for this operation to a call that carried no payment. */
  challenged(operation: string): void;
  /** A call or its payment was refused: a code of the error table, or a reason of x402's specification. */
  refused(reason: string): void;
  /** A request of the public listener was answered. */
  answered(method: string, status: number): void;
}
