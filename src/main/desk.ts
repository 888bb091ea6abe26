/** The desk for its members, wired: sessions, the catalogue without the door, and what moves. */
import { sql } from 'kysely';
import { perform } from '../catalogue/perform.ts';
import type { Catalogue } from '../catalogue/registry.ts';
import { findTicket } from '../desk/tickets/tickets.ts';
import type { MembersDesk } from '../faces/desk/ports.ts';
import { PosternError } from '../kernel/errors.ts';
import { randomIds } from '../kernel/ids.ts';
import { systemTime } from '../kernel/time.ts';
import type { Auth } from '../people/auth.ts';
import { memberOf, signedInBy } from '../people/sessions.ts';
import { workspacesOf } from '../store/database.ts';
import type { World } from './world.ts';

export function openDesk(
  { db, events }: Pick<World, 'db' | 'events'>,
  auth: Auth,
  catalogue: Catalogue,
  ending: AbortSignal,
): MembersDesk {
  const inWorkspace = workspacesOf(db);
  return {
    catalogue,
    events,
    time: systemTime,
    ending,
    signedInBy: (headers) => signedInBy({ db, auth }, headers),
    memberOf: (headers, slug) => memberOf({ db, auth }, headers, slug),
    async perform({ caller, workspace }, name, input) {
      const operation = catalogue.get(name);
      if (!operation) throw new PosternError('not_found', `No operation is called ${JSON.stringify(name)}.`);
      const now = new Date(systemTime.now());
      return perform({ inWorkspace }, { workspace, caller, ids: randomIds, now }, operation, input);
    },
    tellPresence: ({ caller, workspace }, ticketId, doing) =>
      inWorkspace(workspace.id, async (tx) => {
        if (!(await findTicket(tx, workspace.id, ticketId)))
          throw new PosternError('not_found', 'No ticket has this id.');
        const hint = `ticket.presence:${workspace.id}/${ticketId}/${caller.id}/${doing}`;
        await sql`select pg_notify('postern', ${hint})`.execute(tx);
      }),
  };
}
