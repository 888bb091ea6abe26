/**
 * What anonymous callers may ask for in a minute: free reads, and payments that fail. What is paid for is bounded by the
 * workspace's caps, not here; a challenge is made from memory and bounded by nothing.
 */
import { hash } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import type { Attempts } from '../store/attempts.ts';
import type { Client } from './client-address.ts';

/** Bounds a minute, of this process alone: what is free and costs little. */
export interface LimitSettings {
  /** Free reads of one address. */
  reads: number;
  /** Free reads of a workspace's tools by all addresses together. */
  workspaceReads: number;
  /** Payments of one address that fail. */
  failedPayments: number;
  /** Payments to a workspace that fail, of all addresses together. */
  workspaceFailedPayments: number;
  /** Requests with one credential. */
  credentialRequests: number;
}

/** Counts by key, each window from the key's first count on. */
export interface Counter {
  /** @returns what the key has come to with this, and when that is forgotten, in milliseconds */
  add(key: string | number): Promise<{ count: number; freesInMs: number }>;
  /** The same, of what was added before. */
  look(key: string | number): Promise<{ count: number; freesInMs: number }>;
}

export interface LimitPorts {
  settings: LimitSettings;
  ids: Ids;
  log: Logger;
  /** A counter with a window of so many seconds; in memory where none is given. */
  counter?: (windowSeconds: number) => Counter;
  /** Counts what tries a secret or writes for all processes; this process alone where it is left out. */
  attempts?: Attempts;
}

export interface Limits {
  /** Counts a free read, of a workspace's tool where one is named. @throws {PosternError} `rate_limited` */
  read(client: Client, workspaceId?: string): Promise<void>;
  /** Counts what tries a secret, or has a mail sent. @throws {PosternError} `rate_limited` */
  signIn(client: Client): Promise<void>;
  /**
   * Counts the same for one account, whoever asks and whether or not there is such an account: passwords that are tried,
   * mails that are asked for. @throws {PosternError} `rate_limited`
   */
  account(what: 'password' | 'mail', email: string): Promise<void>;
  /** Counts a message of a contact page, of whoever and of all together. @throws {PosternError} `rate_limited` */
  contact(client: Client, workspace: string): Promise<void>;
  /** Counts a request with a credential. @throws {PosternError} `rate_limited` */
  credential(id: string): Promise<void>;
  /** Before a credential is looked up: an address that guessed too often is not heard. @throws {PosternError} `rate_limited` */
  mayTryCredential(client: Client): Promise<void>;
  /** Counts a credential that was none. Never throws. */
  triedCredential(client: Client): Promise<void>;
  /** Counts a request to the devnet's faucet. @throws {PosternError} `rate_limited` */
  faucet(client: Client): Promise<void>;
  /**
   * Before a payment is looked at.
   * @param fresh the authorization is not known here. A known one is answered for much longer: who was charged is never
   * kept from what he bought by payments that failed.
   * @throws {PosternError} `rate_limited`
   */
  mayPay(client: Client, workspaceId: string, fresh: boolean): Promise<void>;
  /** Counts a payment that failed, or that delivered. Never throws. */
  paid(client: Client, workspaceId: string, delivered: boolean): Promise<void>;
}

/**
 * Addresses share so many counters, by a hash that no one outside can foresee. A million addresses then take no more memory
 * than these; and who floods from many takes a stranger's share with him no oftener than he has of these.
 */
const buckets = 32_768;

/** Which of the counters an address shares. */
export function createBuckets(ids: Ids): (client: Client) => number {
  const secret = ids('prc');
  return (client) => Number.parseInt(hash('sha256', `${secret} ${client()}`).slice(0, 8), 16) % buckets;
}

/** A known authorization is answered until an address has failed so many times as often as it may. */
const patienceWithKnown = 10;

/** How long an address that paid is not held to what all addresses fail together. */
const paidLatelySeconds = 3_600;

/** Of the faucet: calls a minute. Its money is worth nothing, but each call is a transaction on the devnet. */
const faucetCalls = 300;
const faucetCallsOfAll = 3_000;

/** Of sign-in: requests of one address a minute. */
const signIns = 30;
/** Of one account in a quarter of an hour. Who is kept from a password still has the mailed link, and a passkey. */
const accountTries = { password: 10, mail: 5 };
const accountSeconds = 900;

/** Messages by contact pages in an hour: of one address, and to one workspace of all addresses together. */
const contactMessages = 20;
const contactMessagesOfAll = 600;
const contactSeconds = 3_600;

/** Of an address a minute: credentials that are none. */
const badCredentials = 30;

export function createLimits({ settings, ids, log, counter = inMemory, attempts }: LimitPorts): Limits {
  const reads = counter(60);
  const workspaceReads = counter(60);
  const failures = counter(60);
  const workspaceFailures = counter(60);
  const faucet = counter(60);
  const payers = counter(paidLatelySeconds);
  const bucketOf = createBuckets(ids);
  const count = counting(log);

  async function hold(work: ReturnType<Counter['add']>, limit: number, what: string) {
    const { count: reached, freesInMs } = await count(() => work);
    if (reached > limit) throw limited(what, freesInMs);
  }

  return {
    ...credentialLimits({ settings, counter, bucketOf, count, hold }),
    ...sharedLimits({ counter, bucketOf, hold, attempts }),

    async read(client, workspaceId) {
      // The address first: what is refused there is not the workspace's loss.
      await hold(reads.add(bucketOf(client)), settings.reads, 'free reads from this address');
      if (workspaceId === undefined) return;
      await hold(workspaceReads.add(workspaceId), settings.workspaceReads, 'free reads of this workspace');
    },

    async faucet(client) {
      await hold(faucet.add(bucketOf(client)), faucetCalls, 'calls of the faucet from this address');
      await hold(faucet.add('all'), faucetCallsOfAll, 'calls of the faucet');
    },

    async mayPay(client, workspaceId, fresh) {
      const bucket = bucketOf(client);
      const own = settings.failedPayments * (fresh ? 1 : patienceWithKnown) - 1;
      await hold(failures.look(bucket), own, 'failed payments from this address');
      if (!fresh || (await count(() => payers.look(bucket))).count > 0) return;
      const all = settings.workspaceFailedPayments - 1;
      await hold(workspaceFailures.look(workspaceId), all, 'failed payments to this workspace');
    },

    async paid(client, workspaceId, delivered) {
      try {
        const bucket = bucketOf(client);
        if (delivered) return void (await payers.add(bucket));
        const { count: failed } = await failures.add(bucket);
        // One address spends no more of the workspace's share than its own.
        if (failed <= settings.failedPayments) await workspaceFailures.add(workspaceId);
      } catch (error) {
        log.error({ err: error }, 'a failed payment could not be counted');
      }
    },
  };
}

/** A counter that fails bounds nothing any more, so the call is refused, and in the caller's own protocol. */
const counting =
  (log: Logger) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      log.error({ err: error }, 'a rate limit could not be counted');
      throw limited('requests', 1_000);
    }
  };

interface Counting {
  settings: LimitSettings;
  counter: (windowSeconds: number) => Counter;
  bucketOf: (client: Client) => number;
  count<T>(work: () => Promise<T>): Promise<T>;
  hold(work: ReturnType<Counter['add']>, limit: number, what: string): Promise<void>;
}

function credentialLimits({
  settings,
  counter,
  bucketOf,
  count,
  hold,
}: Counting): Pick<Limits, 'credential' | 'mayTryCredential' | 'triedCredential'> {
  const requests = counter(60);
  const guesses = counter(60);
  return {
    async credential(id) {
      await hold(requests.add(id), settings.credentialRequests, 'requests with this credential');
    },

    async mayTryCredential(client) {
      await hold(guesses.look(bucketOf(client)), badCredentials - 1, 'requests without a good credential');
    },

    async triedCredential(client) {
      await count(() => guesses.add(bucketOf(client))).catch(() => {});
    },
  };
}

/**
 * Bounds of all processes together. Each counts by itself first: a flood at one costs the database no more statements than
 * the bound lets through.
 */
function sharedLimits({
  counter,
  bucketOf,
  hold,
  attempts,
}: Pick<Counting, 'counter' | 'bucketOf' | 'hold'> & Pick<LimitPorts, 'attempts'>): Pick<
  Limits,
  'signIn' | 'account' | 'contact'
> {
  const bound = (what: string, seconds: number) => {
    const own = counter(seconds);
    return async (subject: string, limit: number, told: string) => {
      await hold(own.add(bucketOf(() => `${what} ${subject}`)), limit, told);
      if (attempts) await hold(attempts.add(what, subject, seconds), limit, told);
    };
  };
  const signing = bound('sign-in', 60);
  const accounts = { password: bound('password', accountSeconds), mail: bound('mail', accountSeconds) };
  const contacts = bound('contact', contactSeconds);
  const contacted = bound('contacted', contactSeconds);
  return {
    signIn: (client) => signing(client(), signIns, 'sign-in requests from this address'),
    account: (what, email) => accounts[what](email, accountTries[what], `${what} requests for this account`),
    async contact(client, workspace) {
      await contacts(client(), contactMessages, 'messages from this address');
      await contacted(workspace, contactMessagesOfAll, 'messages to this workspace');
    },
  };
}

/** Too many of something. @param freesInMs until there is room again */
export function limited(what: string, freesInMs: number): PosternError {
  const retryAfterSeconds = Math.max(1, Math.ceil(freesInMs / 1000));
  const message = `Too many ${what}; there is room again in ${retryAfterSeconds} s. Nothing was charged.`;
  return new PosternError('rate_limited', message, { retryAfterSeconds });
}

/** A counter of this process alone. */
export function inMemory(windowSeconds: number): Counter {
  const limiter = new RateLimiterMemory({ points: 1, duration: windowSeconds });
  return {
    async add(key) {
      // `penalty` counts as `consume` does, and leaves the judgement to us.
      const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
      return { count: consumedPoints, freesInMs: msBeforeNext };
    },
    async look(key) {
      const found = await limiter.get(key);
      return { count: found?.consumedPoints ?? 0, freesInMs: found?.msBeforeNext ?? 0 };
    },
  };
}
