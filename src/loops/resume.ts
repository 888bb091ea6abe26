import type { Debts } from '../door/debts.ts';
import type { Drive } from '../door/drive.ts';
import type { Ledger } from '../door/ledger.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';

export interface ResumePorts {
  ledger: Ledger;
  debts: Pick<Debts, 'reconcile'>;
  drive: Drive;
  processId: string;
  time: Time;
  log: Logger;
  signal: AbortSignal;
}

const roundMs = 1_000;

/** How many purchases one round takes over. */
const roundSize = 50;

/** Takes over what silent processes left behind, on start and from then on. */
export async function resumeLoop({
  ledger,
  debts,
  drive,
  processId,
  time,
  log,
  signal,
}: ResumePorts): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const { id, state } of await ledger.adopt(processId, roundSize))
        log.info({ purchase: id, state }, 'taken over');
      for (const { id, state, reason } of await debts.reconcile())
        log.warn({ purchase: id, state, reason }, 'the chain changed its mind');
      // Those taken over, and any whose claim was made and never acknowledged. What is being driven already is left to it.
      for (const purchase of await ledger.mine(processId)) void drive(purchase);
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'a round of taking over failed; the next follows');
    }
    await time.sleep(roundMs, signal);
  }
}
