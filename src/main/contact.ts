/** The contact page, wired: its forms are signed with a key of the house secret's, the same in every process. */
import { deriveKey } from '../chains/secret.ts';
import { type ContactForms, contactForms } from '../desk/contact-forms.ts';
import { randomIds } from '../kernel/ids.ts';
import { systemClock } from '../kernel/time.ts';
import type { World } from './world.ts';

export const openContactForms = ({ db, secret }: Pick<World, 'db' | 'secret'>): ContactForms =>
  contactForms({ db, key: deriveKey(secret, 'contact'), ids: randomIds, clock: systemClock });
