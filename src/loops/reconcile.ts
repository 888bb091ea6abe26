import type { ChainView } from '../chains/view.ts';
import { reconcileOn } from '../door/reconciliation.ts';
import type { Logger } from '../kernel/log.ts';
import type { Time } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';

export interface ReconcilePorts {
  db: Database;
  views: readonly ChainView[];
  time: Time;
  log: Logger;
  signal: AbortSignal;
}

const roundMs = 60_000;

/**
 * Compares the ledger with the chain as the chain goes on, until the signal aborts, and says aloud where the two differ.
 * Several processes may: one of them takes each turn.
 */
export async function reconcileLoop({ db, views, time, log, signal }: ReconcilePorts): Promise<void> {
  while (!signal.aborted) {
    await time.sleep(roundMs, signal);
    for (const view of views) {
      if (signal.aborted) return;
      const network = view.network.name;
      try {
        for (const difference of (await reconcileOn(db, view)) ?? [])
          log.error({ network, ...difference }, 'ledger and chain differ');
      } catch (error) {
        log.warn({ network, error: (error as Error).message }, 'not reconciled; the next round follows');
      }
    }
  }
}
