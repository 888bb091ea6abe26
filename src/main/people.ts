/** Sign-in, wired: its cookies are signed with a key of the house secret's, its mails leave through the outbox. */
import { deriveKey } from '../chains/secret.ts';
import { randomIds } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { systemClock } from '../kernel/time.ts';
import { enqueueHouseMail } from '../mail/outbox.ts';
import { type Auth, createAuth } from '../people/auth.ts';
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
