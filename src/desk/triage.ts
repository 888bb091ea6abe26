/** Filing a ticket: what the model is given, and what of its answer, or of an agent's, changes the ticket. */
import { sql } from 'kysely';
import type { Scope } from '../catalogue/operation.ts';
import { PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Triage, TriageRequest } from '../model/model.ts';
import { listTeams } from '../people/teams.ts';
import { propose } from './proposals.ts';
import { similarTickets } from './search/similar.ts';
import type { TicketChange } from './tickets/change.ts';
import { newestMessages, type Ticket } from './tickets/tickets.ts';

const maxSimilar = 10;
/** The workspace's tags are read off its newest tickets, the most frequent first. */
const ticketsWithTags = 500;
const maxTags = 50;
/** Of one ticket. */
const maxTagsOfTicket = 50;

/** What is to be filed how; what is left out stays. Tags are added to those that are there. */
export interface Filing {
  priority?: Triage['priority'] | undefined;
  tags?: readonly string[] | undefined;
  teamId?: string | undefined;
  /** For the reviewer. */
  reason?: string | undefined;
}

/** What the model is given of a ticket. */
export async function gatherTriage({ tx, workspace }: Scope, ticket: Ticket): Promise<TriageRequest> {
  const [first] = await newestMessages(tx, workspace.id, ticket.id, { limit: 20, publicOnly: true });
  const about = { id: ticket.id, subject: ticket.subject, body: first?.body ?? '' };
  const teams = await listTeams(tx, workspace.id);
  return {
    workspaceId: workspace.id,
    subject: about.subject,
    body: about.body,
    tags: await tagsInUse(tx, workspace.id),
    teams: teams.map(({ id, name }) => ({ id, name })),
    similar: await similarTickets(tx, workspace.id, about, maxSimilar),
  };
}

/** Without the one that opens a ticket to agents: no text of a ticket may talk the model into that. */
async function tagsInUse(tx: Scope['tx'], workspaceId: string): Promise<string[]> {
  const { rows } = await sql<{ tag: string }>`
    select tag from (
      select tags from tickets where workspace_id = ${workspaceId} order by number desc limit ${ticketsWithTags}
    ) newest, unnest(newest.tags) tag
    where tag <> (select agents_tag from desk_settings where workspace_id = ${workspaceId})
    group by tag order by count(*) desc, tag limit ${maxTags}`.execute(tx);
  return rows.map(({ tag }) => tag);
}

/** What a model said, as far as it changes the ticket. */
export function filingOf(ticket: Ticket, { priority, tags, teamId, reason }: Triage): Filing {
  const added = tags.filter((tag) => !ticket.tags.includes(tag));
  return {
    ...(priority === ticket.priority ? {} : { priority }),
    ...(added.length === 0 ? {} : { tags: added }),
    ...(teamId !== null && teamId !== ticket.teamId ? { teamId } : {}),
    reason,
  };
}

/** The change that it makes to the ticket; undefined where it is filed so already. */
export function changeOf(ticket: Ticket, { priority, tags = [], teamId }: Filing): TicketChange | undefined {
  const added = [...new Set(tags)].filter((tag) => !ticket.tags.includes(tag));
  const change: TicketChange = {
    ...(priority === undefined || priority === ticket.priority ? {} : { priority }),
    ...(added.length === 0 ? {} : { tags: [...ticket.tags, ...added] }),
    ...(teamId === undefined || teamId === ticket.teamId ? {} : { teamId }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

/**
 * Whether the ticket can be filed so by this caller.
 * @throws {PosternError} `invalid_arguments` for a team that is none, too many tags, or the tag that opens a ticket to
 * agents, which is for people alone to give
 */
export async function checkFiling(
  { tx, workspace, caller }: Scope,
  ticket: Ticket,
  { tags = [], teamId }: Filing,
): Promise<void> {
  if (teamId !== undefined && !(await listTeams(tx, workspace.id)).some(({ id }) => id === teamId))
    throw new PosternError('invalid_arguments', 'teamId: no team has this id.');
  if (new Set([...ticket.tags, ...tags]).size > maxTagsOfTicket)
    throw new PosternError('invalid_arguments', `tags: a ticket has at most ${maxTagsOfTicket}.`);
  if (caller.kind === 'operator' || tags.length === 0) return;
  const { agentsTag } = await tx
    .selectFrom('deskSettings')
    .select('agentsTag')
    .where('workspaceId', '=', workspace.id)
    .executeTakeFirstOrThrow();
  if (tags.includes(agentsTag))
    throw new PosternError('invalid_arguments', `tags: only people give a ticket the tag ${agentsTag}.`);
}

/** Puts it into the approval queue, with all its values: approving it asks no model. @returns the proposal's id */
export async function proposeFiling(
  { tx, workspace, caller, purchaseId, ids, now, depth }: Scope,
  ticket: Ticket,
  { priority, tags, teamId, reason }: Filing,
  model: string | null,
): Promise<string> {
  const id = ids('prp');
  await propose(tx, workspace.id, {
    id,
    operation: 'triage',
    arguments: {
      ticketId: ticket.id,
      ...(priority === undefined ? {} : { priority }),
      ...(tags === undefined ? {} : { tags: [...tags] }),
      ...(teamId === undefined ? {} : { teamId }),
      ...(reason === undefined ? {} : { reason }),
    } satisfies JsonObject,
    ticketId: ticket.id,
    ticketVersion: ticket.version,
    wallet: caller.kind === 'wallet' ? caller.address : null,
    credentialId: caller.kind === 'credential' ? caller.id : null,
    purchaseId: purchaseId ?? null,
    model,
    depth,
    now,
  });
  return id;
}
