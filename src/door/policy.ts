/** What a wallet may do in a workspace: the caps of its standing, and what is said to who is over one. */
import { PosternError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';

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
