/** Caps and rules, as members see and set them. */
import { z } from 'zod';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { parseAtomic } from '../../kernel/money.ts';
import type { Caps, Rules } from '../policy.ts';

const count = (what: string) => z.int().min(0).optional().describe(what);
const amount = (what: string) => z.string().max(20).optional().describe(`${what}, in millionths of a USDC.`);

/** Whose caps: of one standing, or of all new wallets together. */
export const capStanding = z.enum(['new', 'known', 'trusted', 'all new']);

export const capFields = {
  callsPerMinute: count('Calls a minute.'),
  actionsPerDay: count('Actions a day.'),
  amountPerDayAtomic: amount('What may be spent in a day'),
};

/** By what standing is earned. */
export const earningFields = {
  knownAfterPurchases: count('Delivered purchases that make a wallet known.'),
  trustedAfterApprovals: count('Approved proposals that make it trusted: 1 or more.'),
  trustedApprovedPercent: count(
    'Of its proposals that were decided, the least percentage that was approved.',
  ),
  trustedStrikeFreeDays: count('Days without a strike that trust takes.'),
};

export const ruleFields = {
  ...earningFields,
  waitingProposalsOfNew: count('Proposals of new wallets that may wait at once.'),
  refundAfterSeconds: count('How long what is owed waits for you before it is paid back.'),
  refundPerDayWalletAtomic: amount('What is paid back unasked to one wallet in a day'),
  refundPerDayWorkspaceAtomic: amount('The same to all wallets together'),
};

export const reason = z
  .string()
  .max(500)
  .refine((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text), 'must be one line without control characters')
  .default('')
  .describe('Why, for the audit log.');

/** Fields as the columns hold them, without those that were left out. @throws {PosternError} `invalid_arguments` */
export function valuesOf<T>(fields: object): Partial<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.endsWith('Atomic') ? atomic(name, value) : value]),
  ) as Partial<T>;
}

function atomic(name: string, text: unknown): bigint {
  const value = parseAtomic(text);
  if (value === undefined)
    throw new PosternError('invalid_arguments', `${name}: is no whole number of millionths.`);
  return value;
}

/** Amounts as strings. */
export const shown = (row: Caps | Rules): JsonObject =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? String(value) : value]),
  );

export const capsOutput = z.object({
  standing: capStanding.describe('Whose: of one standing, or of all new wallets together.'),
  callsPerMinute: z.int().describe('Calls a minute.'),
  actionsPerDay: z.int().describe('Actions a day.'),
  amountPerDayAtomic: z.string().describe('What may be spent in a day, in millionths of a USDC.'),
});

export const rulesOutput = z.object({
  knownAfterPurchases: z.int().describe('Delivered purchases that make a wallet known.'),
  trustedAfterApprovals: z.int().describe('Approved proposals that make it trusted.'),
  trustedApprovedPercent: z.int().describe('The least percentage of its proposals that was approved.'),
  trustedStrikeFreeDays: z.int().describe('Days without a strike that trust takes.'),
  waitingProposalsOfNew: z.int().describe('Proposals of new wallets that may wait at once.'),
  refundAfterSeconds: z.int().describe('How long what is owed waits before it is paid back.'),
  refundPerDayWalletAtomic: z
    .string()
    .describe('Paid back unasked to one wallet in a day, in millionths of a USDC.'),
  refundPerDayWorkspaceAtomic: z.string().describe('The same to all wallets together.'),
});
