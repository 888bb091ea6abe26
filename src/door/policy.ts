/** What a workspace decides for its wallets: caps and rules; and what is said to who is over a cap. */
import { type Selectable, sql } from 'kysely';
import { PosternError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type Actor, audit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import type { Schema } from '../store/schema.ts';

/** Why a call was not admitted. Nothing was claimed, and nothing was spent. */
export interface Refusal {
  cap: 'calls_per_minute' | 'actions_per_day' | 'usd_per_day' | 'waiting_proposals' | 'blocked';
  /** Whose bound it is: the wallet's own, or that of all new wallets of the workspace together. */
  of: 'wallet' | 'new wallets';
  /** A count; dollars, such as `2.00`, where the cap is `usd_per_day`. */
  limit: string;
  /** When there is room again, ISO 8601 by the database's clock. Absent where waiting alone makes none. */
  freesAt?: string;
  freesInSeconds?: number;
}

/** A refusal as its caller sees it: `wallet_blocked`, or `over_cap` with which cap, its limit and when it frees. */
export function refuse(refusal: Refusal): PosternError {
  if (refusal.cap === 'blocked') return new PosternError('wallet_blocked');
  const { freesInSeconds, ...rest } = refusal;
  const data: JsonObject = { ...rest, ...(freesInSeconds ? { retryAfterSeconds: freesInSeconds } : {}) };
  return new PosternError('over_cap', describe(refusal), data);
}

function describe({ cap, of, limit, freesAt }: Refusal): string {
  const who = of === 'wallet' ? 'this wallet' : 'all wallets that are new here, together,';
  const bound = {
    calls_per_minute: `${who} may make ${limit} calls a minute`,
    actions_per_day: `${who} may take ${limit} actions a day`,
    usd_per_day: `${who} may spend $${limit} a day`,
    waiting_proposals: `${who} may have ${limit} proposals waiting for approval`,
    blocked: `${who} is blocked`,
  }[cap];
  const room = freesAt ? ` There is room again at ${freesAt}.` : '';
  return `Over a cap: ${bound}. Nothing was charged.${room}`;
}

/** Caps of one standing, or of all new wallets together. */
export type Caps = Omit<Selectable<Schema['workspaceCaps']>, 'workspaceId'>;

/** The rules of a workspace. */
export type Rules = Omit<Selectable<Schema['workspacePolicies']>, 'workspaceId'>;

/** Who changes what in a workspace, and why. */
export interface PolicyChange<Values> {
  workspaceId: string;
  values: Partial<Values>;
  actor: Actor;
  reason: string;
}

/** The caps of a workspace, in the order in which standing is earned. */
export function readCaps(tx: Tx, workspaceId: string): Promise<Caps[]> {
  return tx
    .selectFrom('workspaceCaps')
    .select(['standing', 'callsPerMinute', 'actionsPerDay', 'amountPerDayAtomic'])
    .where('workspaceId', '=', workspaceId)
    .orderBy(sql`array_position(array['new', 'known', 'trusted', 'all new'], standing)`)
    .execute();
}

export async function readRules(tx: Tx, workspaceId: string): Promise<Rules> {
  const { workspaceId: _, ...rules } = await tx
    .selectFrom('workspacePolicies')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return rules;
}

/** Changes the caps of one standing. They hold from the next claim; what was spent stays spent. */
export async function setCaps(
  tx: Tx,
  ids: Ids,
  { standing, ...change }: PolicyChange<Omit<Caps, 'standing'>> & { standing: Caps['standing'] },
): Promise<void> {
  const { workspaceId, values, actor, reason } = change;
  checkValues(values);
  await tx
    .updateTable('workspaceCaps')
    .set(values)
    .where('workspaceId', '=', workspaceId)
    .where('standing', '=', standing)
    .execute();
  const details = { standing, ...asJson(values) };
  await audit(tx, ids, { workspaceId, actor, action: 'caps.changed', subject: null, reason, details });
}

/** Changes the rules of a workspace. A wallet's standing follows at its next purchase, decision or strike. */
export async function setRules(tx: Tx, ids: Ids, change: PolicyChange<Rules>): Promise<void> {
  const { workspaceId, values, actor, reason } = change;
  checkValues(values);
  await tx.updateTable('workspacePolicies').set(values).where('workspaceId', '=', workspaceId).execute();
  const details = asJson(values);
  await audit(tx, ids, { workspaceId, actor, action: 'rules.changed', subject: null, reason, details });
}

/** @throws {PosternError} `invalid_arguments` where there is nothing to change, or no row could hold it */
export function checkValues(values: object): void {
  const entries: [string, number | bigint][] = Object.entries(values);
  if (entries.length === 0) throw new PosternError('invalid_arguments', 'There is nothing to change.');
  const limits: Record<string, readonly [number, number]> = {
    trustedAfterApprovals: [1, maxCount],
    trustedApprovedPercent: [0, 100],
  };
  for (const [name, value] of entries) {
    const [least, most] = limits[name] ?? [0, typeof value === 'bigint' ? maxAmountAtomic : maxCount];
    if (value < least || value > most)
      throw new PosternError('invalid_arguments', `${name} must lie between ${least} and ${most}.`);
  }
}

/** As the columns hold them: int4 and, for amounts, what a double still counts exactly. */
const maxCount = 2 ** 31 - 1;
const maxAmountAtomic = Number.MAX_SAFE_INTEGER;

const asJson = (values: object): JsonObject =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );
