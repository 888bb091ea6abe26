import type { Purchase } from '../door/claim.ts';
import { type DeliveryPorts, deliverOwed } from '../door/purchase.ts';
import { beginRefund, type RefundPorts } from '../door/refunds.ts';

const roundMs = 1_000;
const roundSize = 20;

/** How long a delivery that was asked for and refused keeps its note, before the refund is tried. */
const afterRefusalSeconds = 60;

export interface OwedPorts extends RefundPorts, Omit<DeliveryPorts, 'time'> {
  /** Takes the deliveries that operators asked for. */
  takeDeliveryRequests(): Promise<Purchase[]>;
  signal: AbortSignal;
}

/**
 * Ends what is owed, until the signal aborts: delivers what operators asked to be delivered after all, and begins the
 * refunds that are due. Several processes may: one of them wins each.
 */
export async function refundLoop(ports: OwedPorts): Promise<void> {
  const { debts, time, log, signal } = ports;
  while (!signal.aborted) {
    try {
      for (const purchase of await ports.takeDeliveryRequests()) await deliver(ports, purchase);
      for (const purchase of await debts.due(roundSize)) await beginRefund(ports, purchase);
    } catch (error) {
      log.warn(
        { error: (error as Error).message },
        'what is owed could not be looked at; the next round follows',
      );
    }
    await time.sleep(roundMs, signal);
  }
}

async function deliver(ports: OwedPorts, purchase: Purchase): Promise<void> {
  try {
    await deliverOwed(ports, purchase);
  } catch (error) {
    await ports.debts.postpone(purchase, `not delivered: ${(error as Error).message}`, afterRefusalSeconds);
  }
}
