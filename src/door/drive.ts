/** Carries purchases to their end: one driver per purchase in a process, whoever asked for it. */
import { createWaiter, type Events } from '../store/events.ts';
import type { Purchase } from './ledger.ts';
import { advance, type MoneyPathPorts } from './purchase.ts';

/**
 * Drives the purchase until it is in no need of driving. Callers that come later share the first one's drive.
 * A purchase `justClaimed` cannot be settled yet: its first look waits for the hint.
 */
export type Drive = (purchase: Purchase, justClaimed?: boolean) => Promise<Purchase>;

/** How long to wait for a hint before looking again. */
const lookAgainMs = 500;

export function createDrive(ports: MoneyPathPorts & { events: Events; signal: AbortSignal }): Drive {
  const settlements = createWaiter(ports.events, 'settlement.final', ports.time);
  const driving = new Map<string, Promise<Purchase>>();

  async function drive(purchase: Purchase, justClaimed: boolean): Promise<Purchase> {
    let now = purchase;
    if (justClaimed) await settlements.wait(now.id, lookAgainMs);
    while (!ports.signal.aborted) {
      // Registered before the look, so that no hint falls between the two.
      const hint = settlements.wait(now.id, lookAgainMs);
      const next = await step(now);
      const moved = next.state !== now.state || next.fence !== now.fence;
      now = next;
      if (now.processId !== ports.processId || (now.state !== 'settling' && now.state !== 'paid')) return now;
      if (!moved) await hint;
    }
    return now;
  }

  /**
   * Where a step changed nothing it either was overtaken or its acknowledgement was lost; the row says which. A failure
   * is the database's or the network's: the purchase stays where it is and is looked at again.
   */
  async function step(purchase: Purchase): Promise<Purchase> {
    try {
      return (await advance(ports, purchase)) ?? (await ports.ledger.byId(purchase.id)) ?? purchase;
    } catch (error) {
      ports.log.warn(
        { purchase: purchase.id, error: (error as Error).message },
        'a step failed; it is taken again',
      );
      await ports.time.sleep(lookAgainMs, ports.signal);
      return (await ports.ledger.byId(purchase.id).catch(() => undefined)) ?? purchase;
    }
  }

  return (purchase, justClaimed = false) => {
    const known = driving.get(purchase.id);
    if (known) return known;
    const started = drive(purchase, justClaimed).finally(() => driving.delete(purchase.id));
    driving.set(purchase.id, started);
    return started;
  };
}
