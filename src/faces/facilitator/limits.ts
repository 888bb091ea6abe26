/** What the facilitator's callers may ask for in a minute, of this process alone. */
import type { Ids } from '../../kernel/ids.ts';
import type { Client as Caller } from '../client-address.ts';
import { type Counter, createBuckets, inMemory, limited } from '../limits.ts';

export interface FacilitatorLimits {
  /** Counts what an address asks without a token, or with one that is not good. @throws {PosternError} `rate_limited` */
  stranger(caller: Caller): Promise<void>;
  /** Before a token is looked up: an address that guessed too often is not heard. @throws {PosternError} `rate_limited` */
  mayTry(caller: Caller): Promise<void>;
  /** Counts a request of a token. @throws {PosternError} `rate_limited` */
  token(id: string): Promise<void>;
}

/** @param settings requests a minute: of an address, and of a token */
export function createFacilitatorLimits(
  settings: { address: number; token: number },
  ids: Ids,
  counter: (windowSeconds: number) => Counter = inMemory,
): FacilitatorLimits {
  const addresses = counter(60);
  const tokens = counter(60);
  const bucketOf = createBuckets(ids);
  const hold = ({ count, freesInMs }: { count: number; freesInMs: number }, most: number, what: string) => {
    if (count > most) throw limited(what, freesInMs);
  };
  const ofAddress = 'requests without a good token from this address';
  return {
    stranger: async (caller) => hold(await addresses.add(bucketOf(caller)), settings.address, ofAddress),
    mayTry: async (caller) => hold(await addresses.look(bucketOf(caller)), settings.address, ofAddress),
    token: async (id) => hold(await tokens.add(id), settings.token, 'requests with this token'),
  };
}
