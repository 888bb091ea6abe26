/** Rules that wait for a time: found by an index, and done once for each state of a ticket that they wait on. */
import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import { asSystem, type Database } from '../../store/database.ts';
import { lockTicket } from '../tickets/tickets.ts';
import { refreshClocks } from './clocks.ts';
import { type AutomationPorts, byItself, hold } from './follow.ts';
import { listPolicies } from './policies.ts';
import { isOn, listRules, type Rule, type TimeTrigger, waits } from './rules.ts';
import { runRules } from './run-rule.ts';
import { settingsOf } from './settings.ts';

/** Tickets of one rule, or with old due times, that are found at once. */
const found = 200;

/** What came due while no process ran is done after all, if it is not older. */
const patienceMs = 7 * 86_400_000;

/** Where the conditions did not hold they are asked again after this. */
const againMs = 10 * 60_000;

const logDays = 30;

/** Workspaces in which something may come due. */
export const withTimes = (db: Database): Promise<Scope['workspace'][]> =>
  // One loop looks after all workspaces.
  asSystem(db, async (tx) => {
    const { rows } = await sql<Scope['workspace']>`
      select id, slug, name from workspaces w
      where exists (select from desk_automation a where a.workspace_id = w.id)
        or exists (select from rules r where r.workspace_id = w.id and r.enabled)
      order by id`.execute(tx);
    return rows;
  });

/** What each waits on: the time that it counts from, and the tickets that are in question. */
const waiting: Record<TimeTrigger, { base: RawBuilder<unknown>; of: RawBuilder<unknown> }> = {
  'after.customer_message': {
    base: sql`c.last_at`,
    of: sql`c.last_by = 'customer' and t.status in ('open', 'pending', 'snoozed')`,
  },
  'after.operator_message': {
    base: sql`c.last_at`,
    of: sql`c.last_by = 'operator' and t.status not in ('closed', 'spam')`,
  },
  'after.status': { base: sql`c.status_since`, of: sql`true` },
  'due.first_response': {
    base: sql`t.first_response_due_at`,
    of: sql`t.first_response_due_at is not null and t.first_responded_at is null
      and t.status in ('open', 'pending', 'snoozed')`,
  },
  'due.resolution': {
    base: sql`t.resolution_due_at`,
    of: sql`t.resolution_due_at is not null and t.resolved_at is null
      and t.status in ('open', 'pending', 'snoozed')`,
  },
};

interface Due {
  ticketId: string;
  /** What it counts from: the state that it waited on. */
  state: Date;
  /** It was looked at for this state before. */
  again: boolean;
}

/** Tickets for which the rule's time has come and that it has not acted on; or one of them. */
async function dueFor(
  { tx, workspace, now }: Scope,
  rule: Rule & { trigger: TimeTrigger },
  one?: string,
): Promise<Due[]> {
  const { base, of } = waiting[rule.trigger];
  const offsetMs = (rule.minutes ?? 0) * 60_000;
  const until = new Date(now.getTime() - offsetMs);
  const from = new Date(Math.max(rule.since.getTime(), now.getTime() - patienceMs) - offsetMs);
  const { rows } = await sql<Due>`
    select t.id as ticket_id, ${base} as state, m.rule_id is not null as again
    from tickets t
    join ticket_clocks c on c.workspace_id = t.workspace_id and c.ticket_id = t.id
    left join rule_marks m on m.workspace_id = t.workspace_id and m.rule_id = ${rule.id} and m.ticket_id = t.id
      and m.state = ${base}
    where t.workspace_id = ${workspace.id} and t.merged_into is null and ${of}
      and ${base} >= ${from} and ${base} <= ${until}
      and (m.rule_id is null or not m.fired and m.look_at <= ${now})
      and ${one === undefined ? sql`true` : sql`t.id = ${one}`}
    order by ${base}, t.id limit ${found}`.execute(tx);
  return rows;
}

/** Does what has come due in a workspace. @returns how many tickets rules were asked about. */
export async function scanWorkspace(
  ports: AutomationPorts,
  workspace: Scope['workspace'],
  signal?: AbortSignal,
): Promise<number> {
  await renewStale(ports, workspace, signal);
  const rules = (await byItself(ports, workspace, listRules)).filter((rule) => rule.enabled && waits(rule));
  let asked = 0;
  for (const rule of rules as (Rule & { trigger: TimeTrigger })[])
    asked += await comeAll(ports, workspace, rule, signal);
  return asked;
}

/** All tickets for which the rule's time has come. */
async function comeAll(
  ports: AutomationPorts,
  workspace: Scope['workspace'],
  rule: Rule & { trigger: TimeTrigger },
  signal?: AbortSignal,
): Promise<number> {
  for (let asked = 0; ; ) {
    const before = asked;
    const due = await byItself(ports, workspace, (scope) => dueFor(scope, rule));
    for (const { ticketId } of due) {
      if (signal?.aborted) return asked;
      if (await come(ports, workspace, rule.id, ticketId)) asked++;
    }
    // Where none was ours, another process is at them.
    if (due.length < found || asked === before) return asked;
  }
}

/** One ticket, in a transaction of its own. @returns whether the rule was asked: another process may have been first. */
const come = (
  ports: AutomationPorts,
  workspace: Scope['workspace'],
  ruleId: string,
  ticketId: string,
): Promise<boolean> =>
  byItself(ports, workspace, async (scope) => {
    // The ticket's lock makes it once. This keeps what rules lock beside it from being locked in two orders.
    await hold(scope);
    const { tx, now } = scope;
    const ticket = await lockTicket(tx, workspace.id, ticketId);
    const rule = (await listRules(scope)).find(({ id }) => id === ruleId);
    if (!ticket || !rule?.enabled || !waits(rule)) return false;
    const [due] = await dueFor(scope, rule, ticketId);
    if (!due) return false;
    const settings = await settingsOf(scope);
    const cause = { eventId: null, depth: 0, again: due.again };
    const [outcome] = await runRules(scope, [rule], ticketId, cause, { settings, log: ports.log });
    const mark = {
      state: due.state,
      // What failed once would fail every half minute.
      fired: outcome === 'fired' || outcome === 'failed',
      lookAt: new Date(now.getTime() + againMs),
    };
    await tx
      .insertInto('ruleMarks')
      .values({ workspaceId: workspace.id, ruleId, ticketId, ...mark })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'ruleId', 'ticketId']).doUpdateSet(mark))
      .execute();
    return true;
  });

/** Makes due times and clocks anew, once what they were made from has changed. */
async function renewStale(
  ports: AutomationPorts,
  workspace: Scope['workspace'],
  signal?: AbortSignal,
): Promise<void> {
  const { revision, renewed } = await byItself(ports, workspace, settingsOf);
  for (let after = '', more = renewed < revision; more && !signal?.aborted; ) {
    const stale = await byItself(ports, workspace, (scope) => staleTickets(scope, revision, after));
    for (const id of stale) await byItself(ports, workspace, (scope) => renew(scope, id));
    after = stale.at(-1) ?? after;
    more = stale.length === found;
    if (!more) await byItself(ports, workspace, (scope) => goneThrough(scope, revision));
  }
}

async function renew(scope: Scope, id: string): Promise<void> {
  const ticket = await lockTicket(scope.tx, scope.workspace.id, id);
  const [settings, policies] = [await settingsOf(scope), await listPolicies(scope)];
  if (ticket) await refreshClocks(scope, ticket, { settings, policies });
}

const goneThrough = ({ tx, workspace }: Scope, revision: number) =>
  tx
    .updateTable('deskAutomation')
    .set({ renewed: revision })
    .where('workspaceId', '=', workspace.id)
    .where('renewed', '<', revision)
    .execute();

/** Those that are not done, and those that a rule may still close. Where nothing is on, only those that were seen to before. */
async function staleTickets(scope: Scope, revision: number, after: string): Promise<string[]> {
  const { tx, workspace, now } = scope;
  const unseen = (await isOn(scope)) ? sql`c.revision is null` : sql`false`;
  const { rows } = await sql<{ id: string }>`
    select t.id from tickets t
    left join ticket_clocks c on c.workspace_id = t.workspace_id and c.ticket_id = t.id
    where t.workspace_id = ${workspace.id} and t.id > ${after} and t.merged_into is null
      and (t.status in ('open', 'pending', 'snoozed')
        or t.status = 'resolved' and t.updated_at > ${now}::timestamptz - interval '60 days')
      and (c.revision < ${revision} or ${unseen})
    order by t.id limit ${found}`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Takes old entries out of the log of rules, and of when an address was written to. */
export const forgetOldRuns = (db: Database, now: Date): Promise<void> =>
  // Of all workspaces, for age is the same everywhere.
  asSystem(db, async (tx) => {
    await sql`delete from rule_runs where at < ${now}::timestamptz - make_interval(days => ${logDays})`.execute(
      tx,
    );
    await sql`delete from automatic_mails where at < ${now}::timestamptz - interval '1 day'`.execute(tx);
  });
