/** Sign-in, wired: its cookies are signed with a key of the house secret's, its mails leave through the outbox. */
import { deriveKey } from '../chains/secret.ts';
import { randomIds } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { systemClock } from '../kernel/time.ts';
import { enqueueHouseMail } from '../mail/outbox.ts';
import { type Auth, createAuth } from '../people/auth.ts';
import { type Attempts, attemptsIn } from '../store/attempts.ts';
import type { World } from './world.ts';

export const openAuth = ({ db, secret }: World, publicUrl: string, log: Logger): Auth =>
  createAuth({
    db,
    ids: randomIds,
    clock: systemClock,
    log,
    publicUrl,
    secret: deriveKey(secret, 'auth'),
    mail: (mail) => enqueueHouseMail(db, randomIds, publicUrl, mail, new Date(systemClock())),
  });

/** Where tries to sign in are counted: rows are found by a key of the house secret's, the same in every process. */
export const openAttempts = ({ db, secret }: Pick<World, 'db' | 'secret'>): Attempts =>
  attemptsIn(db, deriveKey(secret, 'attempts'));
