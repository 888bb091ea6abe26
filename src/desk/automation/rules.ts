/** Rules: what they wait for, and what they are. */
import { sql } from 'kysely';
import type { Scope } from '../../catalogue/operation.ts';
import type { TicketEvent } from '../tickets/history.ts';
import type { Ticket } from '../tickets/tickets.ts';
import type { RuleAction } from './actions.ts';
import type { Condition } from './conditions.ts';
import { mustBe } from './named.ts';

/** Triggers that are something that happened. */
export const eventTriggers = [
  'ticket.created',
  'ticket.updated',
  'message.by_customer',
  'message.by_operator',
  'proposal.created',
  'proposal.approved',
  'proposal.rejected',
] as const;
export type EventTrigger = (typeof eventTriggers)[number];

/** Triggers that are so many minutes after something, or before. */
export const timeTriggers = [
  'after.customer_message',
  'after.operator_message',
  'after.status',
  'due.first_response',
  'due.resolution',
] as const;
export type TimeTrigger = (typeof timeTriggers)[number];
export type Trigger = EventTrigger | TimeTrigger;

export interface Rule {
  id: string;
  name: string;
  version: number;
  position: number;
  enabled: boolean;
  trigger: Trigger;
  /** Of time triggers only. */
  minutes: number | null;
  allOf: Condition[];
  anyOf: Condition[];
  actions: RuleAction[];
  /** What came due before that is none of its business. */
  since: Date;
}

const columns = [
  'id',
  'name',
  'version',
  'position',
  'enabled',
  'trigger',
  'minutes',
  'allOf',
  'anyOf',
  'actions',
  'since',
] as const;

const rulesOf = ({ tx, workspace }: Pick<Scope, 'tx' | 'workspace'>) =>
  tx.selectFrom('rules').select(columns).where('workspaceId', '=', workspace.id);

/** All, in the order in which they run. */
export const listRules = async (scope: Pick<Scope, 'tx' | 'workspace'>): Promise<Rule[]> =>
  (await rulesOf(scope).orderBy('position').orderBy('id').execute()) as unknown as Rule[];

/** @throws {PosternError} `not_found` */
export async function lockRule(scope: Scope, id: string): Promise<Rule> {
  const row = await rulesOf(scope).where('id', '=', id).forUpdate().executeTakeFirst();
  return mustBe('rules', row) as unknown as Rule;
}

/** Whether it waits for a time. */
export const waits = (rule: { trigger: Trigger }): rule is { trigger: TimeTrigger } =>
  (timeTriggers as readonly string[]).includes(rule.trigger);

/**
 * What an event is to rules; none where it is nothing to them: notes, proposals that were dropped, and what rules themselves wrote. A wallet that opened
 * the ticket stands for its customer.
 */
export function triggerOf(
  { kind, changes, actor }: Pick<TicketEvent, 'kind' | 'changes' | 'actor'>,
  ticket: Pick<Ticket, 'wallet'>,
): EventTrigger | undefined {
  if (kind === 'proposal.dropped') return undefined;
  if (kind !== 'message.created') return kind;
  const { author, visibility } = changes;
  if (visibility !== 'public' || author === 'house') return undefined;
  const theirs = author === 'customer' || (ticket.wallet !== null && actor === `wallet:${ticket.wallet}`);
  return theirs ? 'message.by_customer' : 'message.by_operator';
}

/** Whether anything acts by itself in this workspace. Where nothing does its events are passed over. */
export async function isOn({ tx, workspace }: Pick<Scope, 'tx' | 'workspace'>): Promise<boolean> {
  const { rows } = await sql<{ on: boolean }>`
    select exists (select from rules where workspace_id = ${workspace.id} and enabled)
      or exists (select from sla_policies where workspace_id = ${workspace.id}) as on`.execute(tx);
  return rows[0]!.on;
}
