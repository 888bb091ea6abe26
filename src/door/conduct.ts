/** High-value actions are earned: whether a wallet's call acts, or waits for an operator. */
import { isEarned, type Operation, type PricedOperation, type Tier } from '../catalogue/operation.ts';
import type { Tx } from '../store/database.ts';
import type { Standing } from '../store/schema.ts';
import type { Breaker, BreakerState } from './breaker.ts';
import type { Ledger, Purchase } from './ledger.ts';

/** `queues`: the call becomes a proposal, and an operator decides. */
export type Conduct = 'acts' | 'queues';

/** What speaks for a call that is earned: the standing of its wallet and the breaker, each at admission and at the moment that counts. */
export interface Grounds {
  standings: readonly Standing[];
  breakers: readonly BreakerState[];
}

/**
 * The rule for what is earned: it acts only for a wallet that was trusted when it was admitted and is trusted still, and, if
 * it is a send, while the breaker was and is closed; else it queues, and is not refused. Everything else acts, whoever calls.
 */
export const conductOf = (tier: Tier, { standings, breakers }: Grounds): Conduct =>
  standings.every((standing) => standing === 'trusted') &&
  (tier !== 'send' || breakers.every((state) => state === 'closed'))
    ? 'acts'
    : 'queues';

export interface ConductPorts {
  ledger: Pick<Ledger, 'standing'>;
  breaker: Breaker;
}

/** What a call by this wallet would do now. Whoever is no wallet has earned nothing. */
export async function conductNow(
  { ledger, breaker }: ConductPorts,
  tx: Tx,
  operation: Operation,
  { workspaceId, wallet }: { workspaceId: string; wallet: string | undefined },
): Promise<Conduct> {
  if (!isEarned(operation)) return 'acts';
  const standing = wallet === undefined ? 'new' : await ledger.standing(tx, workspaceId, wallet);
  return conductOf(operation.tier, { standings: [standing], breakers: [await breaker(tx, workspaceId)] });
}

/**
 * What delivering a purchase runs, decided in the delivering transaction: `commit`, or for what is not earned `queue`. Neither a standing that was lost nor a breaker that paused since the claim lets a send through, and neither one
 * that was won since.
 */
export async function effectOf(
  { ledger, breaker }: ConductPorts,
  tx: Tx,
  operation: PricedOperation,
  { workspaceId, payer, standing, breaker: atAdmission }: Purchase,
): Promise<PricedOperation['commit']> {
  if (!isEarned(operation)) return operation.commit;
  const conduct = conductOf(operation.tier, {
    standings: [standing, await ledger.standing(tx, workspaceId, payer)],
    breakers: [atAdmission, await breaker(tx, workspaceId)],
  });
  return conduct === 'acts' ? operation.commit : operation.queue;
}

/** A text about an operation, with what an agent must know of it besides: that it may come to less than it says. */
export const withCaveat = (text: string, operation: Operation): string =>
  isEarned(operation)
    ? `${/[.!?]$/.test(text) ? text : `${text}.`} ${operation.tier === 'send' ? sendCaveat : draftCaveat}`
    : text;

const becomes = 'this becomes a proposal, which a person approves or rejects; the price is the same.';
const sendCaveat = `From a wallet that is not trusted yet, or while the breaker is paused, ${becomes}`;
const draftCaveat = `From a wallet that is not trusted yet, ${becomes}`;
