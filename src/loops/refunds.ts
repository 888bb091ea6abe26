import type { Debts } from '../door/debts.ts';
import { beginRefund, type RefundPorts } from '../door/refunds.ts';

const roundMs = 1_000;
const roundSize = 20;

/** Begins the refunds that are due, until the signal aborts. Several processes may: one of them wins each. */
export async function refundLoop(ports: RefundPorts & { debts: Debts; signal: AbortSignal }): Promise<void> {
  const { debts, time, log, signal } = ports;
  while (!signal.aborted) {
    try {
      for (const purchase of await debts.due(roundSize)) await beginRefund(ports, purchase);
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'refunds could not be looked at; the next round follows');
    }
    await time.sleep(roundMs, signal);
  }
}
