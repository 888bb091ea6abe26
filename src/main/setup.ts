/** The first owner's way in, wired. */
import { isSetupToken, makeFirstOwner, setupAddress } from '../desk/first-owner.ts';
import type { Setup } from '../faces/auth/setup.ts';
import { randomIds } from '../kernel/ids.ts';
import { systemClock } from '../kernel/time.ts';
import type { World } from './world.ts';

const now = () => new Date(systemClock());

export const openSetup = ({ db }: Pick<World, 'db'>, publicUrl: string): Setup => ({
  isOpen: (token) => isSetupToken(db, token, now()),
  open: (owner) => makeFirstOwner({ db, ids: randomIds, publicUrl }, owner, now()),
});

/** What the greeting shows on a server that nobody owns. */
export const printedSetup = ({ db }: Pick<World, 'db'>, publicUrl: string): Promise<string | undefined> =>
  setupAddress({ db, ids: randomIds, publicUrl }, now());
