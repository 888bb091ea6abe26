/** A desk on which things happen by themselves: real Postgres, a clock that the test moves, no door and no loop. */
import type { Caller, Operation, Scope } from '../src/catalogue/operation.ts';
import { perform } from '../src/catalogue/perform.ts';
import { type AutomationPorts, followNext } from '../src/desk/automation/follow.ts';
import { scanWorkspace } from '../src/desk/automation/scan.ts';
import { addToThread, type TicketChange } from '../src/desk/tickets/change.ts';
import { lockTicket, openTicket, type Ticket } from '../src/desk/tickets/tickets.ts';
import { randomIds } from '../src/kernel/ids.ts';
import type { JsonObject } from '../src/kernel/json.ts';
import { systemClock } from '../src/kernel/time.ts';
import { type Database, inWorkspace, workspacesOf } from '../src/store/database.ts';
import { catalogue, operator } from './desk.ts';
import { silent, testDatabase } from './harness.ts';

export const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

export interface Automated {
  db: Database;
  workspace: Scope['workspace'];
  ports: AutomationPorts;
  /** Moves the clock. */
  pass(minutes: number): void;
  now(): Date;
  call(caller: Caller, name: string, input: JsonObject): Promise<JsonObject>;
  within<T>(work: (scope: Scope) => Promise<T>, caller?: Caller): Promise<T>;
  /** Follows until no event is left. @returns how many were looked at. */
  follow(): Promise<number>;
  scan(): Promise<number>;
  ticket(id: string): Promise<Ticket>;
  /** A member of the workspace, in these teams. */
  member(id: string, teams?: string[], role?: 'viewer' | 'operator' | 'admin'): Promise<void>;
  team(name: string): Promise<string>;
  /** A customer whose address is verified writes in. */
  mailIn(address: string, more?: { subject?: string; body?: string; name?: string }): Promise<string>;
  customerWrites(ticketId: string, body?: string, automatic?: boolean): Promise<void>;
  runs(filter?: JsonObject): Promise<JsonObject[]>;
}

const fileDatabase = await testDatabase();

/** A new workspace, on the file's own database unless another is given. Its clock begins now, for the database stamps events by its own. */
export async function automated(slug: string, db: Database = fileDatabase): Promise<Automated> {
  const workspace = { id: randomIds('wsp'), slug, name: `${slug} Ltd` };
  await db.insertInto('workspaces').values(workspace).execute();
  let passed = 0;
  const clock = () => systemClock() + passed;
  const ports: AutomationPorts = { db, ids: randomIds, clock, log: silent };
  const now = () => new Date(clock());
  const within: Automated['within'] = (work, caller = admin) =>
    inWorkspace(db, workspace.id, (tx) => work({ tx, workspace, caller, ids: randomIds, now: now() }));
  const call: Automated['call'] = (caller, name, input) =>
    perform(
      { inWorkspace: workspacesOf(db) },
      { workspace, caller, ids: randomIds, now: now() },
      catalogue.get(name) as Operation,
      input,
    );
  return {
    ...{ db, workspace, ports, now, within, call },
    pass(minutes) {
      passed += minutes * 60_000;
    },
    async follow() {
      for (let count = 0; ; count++) if ((await followNext(ports, workspace)) === 'none') return count;
    },
    scan: () => scanWorkspace(ports, workspace),
    ticket: (id) => within(async ({ tx }) => (await lockTicket(tx, workspace.id, id))!),
    ...people(db, workspace),
    ...letters(within, workspace),
    runs: async (filter = {}) =>
      (await call(admin, 'list_rule_runs', { limit: 50, ...filter })).runs as JsonObject[],
  };
}

/** Has an admin make a rule. */
export const rule = (
  on: Automated,
  name: string,
  trigger: string,
  actions: JsonObject[],
  more: JsonObject = {},
): Promise<JsonObject> => on.call(admin, 'create_rule', { name, trigger, actions, ...more });

/** A saved reply. @returns its id */
export const saved = async (
  on: Automated,
  body = 'Dear {{customer.name|there}}, we have #{{ticket.number}}.',
) => (await on.call(operator, 'create_saved_reply', { name: body.slice(0, 50), body })).savedReplyId!;

/** Its outbox, the oldest first. */
export const mails = (on: Automated) =>
  on.within(({ tx, workspace }) =>
    tx
      .selectFrom('outbox')
      .selectAll()
      .where('workspaceId', '=', workspace.id)
      .orderBy('createdAt')
      .execute(),
  );

/** Who works there. */
const people = (db: Database, workspace: Scope['workspace']): Pick<Automated, 'member' | 'team'> => ({
  async member(userId, teams = [], role = 'operator') {
    const email = `${userId}@${workspace.slug}.example`;
    await db
      .insertInto('users')
      .values({ id: `${userId}_${workspace.slug}`, name: userId, email })
      .execute();
    await db
      .insertInto('members')
      .values({ workspaceId: workspace.id, userId: `${userId}_${workspace.slug}`, role, name: userId, email })
      .execute();
    for (const teamId of teams)
      await db
        .insertInto('teamMembers')
        .values({ workspaceId: workspace.id, teamId, userId: `${userId}_${workspace.slug}` })
        .execute();
  },
  async team(name) {
    const id = randomIds('tea');
    await db.insertInto('teams').values({ workspaceId: workspace.id, id, name }).execute();
    return id;
  },
});

/** What customers write. */
const letters = (
  within: Automated['within'],
  workspace: Scope['workspace'],
): Pick<Automated, 'mailIn' | 'customerWrites'> => ({
  mailIn: (
    address,
    { subject = 'It does not charge', body = 'The light blinks.', name = 'Ada Lovelace' } = {},
  ) =>
    within(async ({ tx, ids, now }) => {
      const known = await tx
        .selectFrom('customers')
        .select('id')
        .where('workspaceId', '=', workspace.id)
        .where('email', '=', address)
        .executeTakeFirst();
      const customerId = known?.id ?? ids('cus');
      const customer = { workspaceId: workspace.id, id: customerId, name, email: address };
      if (!known)
        await tx
          .insertInto('customers')
          .values({ ...customer, emailVerified: true })
          .execute();
      const id = ids('tkt');
      const opening = { messageId: ids('msg'), eventId: ids('evt'), actor: 'customer', wallet: null };
      await openTicket(tx, workspace.id, {
        id,
        subject,
        body,
        customerId,
        channel: 'email',
        ...opening,
        now,
      });
      return id;
    }),
  customerWrites: (ticketId, body = 'Anybody there?', automatic = false) =>
    within(async (scope) => {
      const ticket = (await lockTicket(scope.tx, workspace.id, ticketId))!;
      const change: TicketChange = ticket.status === 'closed' ? {} : { status: 'open' };
      const message = { author: 'customer', authorId: null, visibility: 'public', body } as const;
      const { messageId } = await addToThread(scope, ticket, message, change);
      if (automatic)
        await scope.tx.updateTable('messages').set({ automatic }).where('id', '=', messageId).execute();
    }),
});

/** Business hours that are not now. */
export const closedNow = (now: Date): JsonObject => {
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  return { [days[(now.getUTCDay() + 3) % 7]!]: ['09:00-10:00'] };
};
