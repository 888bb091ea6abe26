/** The log of rules. */
import { type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import { forMembers, readOperation } from '../../../catalogue/operation.ts';
import { reference } from '../../fields.ts';
import { after, limit, next } from './fields.ts';

const outcome = z.enum(['fired', 'not_met', 'failed', 'capped']);

export const listRuleRuns = readOperation({
  name: 'list_rule_runs',
  title: 'Show what rules did',
  summary:
    'Returns what came of rules whose event or time was there, the newest first: that they acted, or why not. Entries are kept for 30 days.',
  tier: 'read',
  access: forMembers('viewer'),
  price: null,
  input: z.strictObject({
    ruleId: reference.optional().describe('Only of this rule; it may be gone by now.'),
    ticketId: reference.optional().describe('Only on this ticket.'),
    outcome: outcome.optional().describe('Only with this outcome.'),
    limit,
    after,
  }),
  output: z.object({
    runs: z
      .array(
        z.object({
          runId: z.string().describe('Id of the entry.'),
          ruleId: z.string().describe('The rule.'),
          ticketId: z.string().describe('The ticket.'),
          eventId: z.string().nullable().describe('The event that led to it; null: its time had come.'),
          outcome: outcome.describe(
            'fired: it acted; not_met: its conditions did not hold; failed: nothing of it was done; capped: rules had led to each other, or acted on the ticket, too often.',
          ),
          detail: z.string().describe('What came of it, or why not.'),
          depth: z.int().describe('How many rules in a row led there.'),
          at: z.iso.datetime().describe('When, UTC.'),
        }),
      )
      .describe('The newest first.'),
    next,
  }),
  async read({ tx, workspace }, { ruleId, ticketId, outcome, limit, after }) {
    let query = tx
      .selectFrom('ruleRuns')
      .select(['id', 'ruleId', 'ticketId', 'eventId', 'outcome', 'detail', 'depth', 'at'])
      .where('workspaceId', '=', workspace.id);
    if (ruleId !== undefined) query = query.where('ruleId', '=', ruleId);
    if (ticketId !== undefined) query = query.where('ticketId', '=', ticketId);
    if (outcome !== undefined) query = query.where('outcome', '=', outcome);
    if (after !== undefined)
      query = query.where(
        sql<SqlBool>`(at, id) < (select at, id from rule_runs
          where workspace_id = ${workspace.id} and id = ${after})`,
      );
    const rows = await query
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    const runs = rows.slice(0, limit).map(({ id, at, ...run }) => ({
      runId: id,
      ...run,
      at: at.toISOString(),
    }));
    return { runs, ...(rows.length > limit ? { next: runs.at(-1)!.runId } : {}) };
  },
});
