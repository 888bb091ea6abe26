/** Filing a ticket: what the model is given, and what of its answer, or of an agent's, changes the ticket. */
import { sql } from 'kysely';
import type { Scope } from '../catalogue/operation.ts';
import { PosternError } from '../kernel/errors.ts';
import type { Triage, TriageRequest } from '../model/model.ts';
import { listTeams, teamNamed } from '../people/teams.ts';
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
  /** Its id or name. */
  team?: string | undefined;
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
    ...(teamId !== null && teamId !== ticket.teamId ? { team: teamId } : {}),
    reason,
  };
}

/** What a filing comes to: the change that it makes, none where the ticket is filed so already; or what of it cannot be. */
export type Filed = { change: TicketChange | undefined } | { unfit: 'team' | 'tags' };

/** What filing the ticket so comes to. */
export async function filed(
  { tx, workspace }: Scope,
  ticket: Ticket,
  { priority, tags = [], team }: Filing,
): Promise<Filed> {
  const added = [...new Set(tags)].filter((tag) => !ticket.tags.includes(tag));
  if (added.length > 0 && ticket.tags.length + added.length > maxTagsOfTicket) return { unfit: 'tags' };
  const teamId = team === undefined ? undefined : await teamNamed(tx, workspace.id, team);
  if (team !== undefined && teamId === undefined) return { unfit: 'team' };
  const change: TicketChange = {
    ...(priority === undefined || priority === ticket.priority ? {} : { priority }),
    ...(added.length === 0 ? {} : { tags: [...ticket.tags, ...added] }),
    ...(teamId === undefined || teamId === ticket.teamId ? {} : { teamId }),
  };
  return { change: Object.keys(change).length === 0 ? undefined : change };
}

/** Why a ticket cannot be filed so. */
export const unfitFiling = (unfit: 'team' | 'tags'): PosternError =>
  new PosternError(
    'invalid_arguments',
    unfit === 'team'
      ? 'team: no team has this id or name.'
      : `tags: a ticket has at most ${maxTagsOfTicket}.`,
  );

/**
 * The tag that opens a ticket to agents is for people alone to give.
 * @throws {PosternError} `invalid_arguments`
 */
export async function refuseAgentsTag(
  { tx, workspace, caller }: Scope,
  { tags = [] }: Filing,
): Promise<void> {
  if (caller.kind === 'operator' || tags.length === 0) return;
  const { agentsTag } = await tx
    .selectFrom('deskSettings')
    .select('agentsTag')
    .where('workspaceId', '=', workspace.id)
    .executeTakeFirstOrThrow();
  if (tags.includes(agentsTag))
    throw new PosternError('invalid_arguments', `tags: only people give a ticket the tag ${agentsTag}.`);
}
