/** Admit and claim in memory, as `claim_purchases` in migrations/0010_speed.sql does it. */
import type { Claimed, NewPurchase, Purchase } from '../../../src/door/claim.ts';
import type { Refusal } from '../../../src/door/policy.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { formatUsdc } from '../../../src/kernel/money.ts';
import type { Row, Statement } from './statement.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** JSON columns keep nothing that JSON does not. */
export const json = <T extends JsonObject>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What a workspace's making gives it (the trigger `give_policy`): caps, rules, and nothing spent. */
export function givePolicy(s: Statement, workspaceId: string): void {
  const caps = [
    ['new', 10, 50, 2_000_000n],
    ['known', 30, 300, 20_000_000n],
    ['trusted', 120, 3_000, 200_000_000n],
    ['all new', 60, 500, 20_000_000n],
  ] as const;
  for (const [standing, callsPerMinute, actionsPerDay, amountPerDayAtomic] of caps)
    s.put('workspaceCaps', { workspaceId, standing, callsPerMinute, actionsPerDay, amountPerDayAtomic });
  s.put('workspacePolicies', {
    workspaceId,
    knownAfterPurchases: 3,
    trustedAfterApprovals: 10,
    trustedApprovedPercent: 80,
    trustedStrikeFreeDays: 30,
    waitingProposalsOfNew: 200,
    refundAfterSeconds: 300,
    refundPerDayWalletAtomic: 2_000_000n,
    refundPerDayWorkspaceAtomic: 20_000_000n,
  });
  s.put('newWalletSpending', { workspaceId, ...nothingSpent, waitingProposals: 0 });
  s.put('refundSpending', { workspaceId, dayAt: -Infinity, dayAmountAtomic: 0n });
}

const nothingSpent = {
  minuteAt: -Infinity,
  minuteCalls: 0,
  dayAt: -Infinity,
  dayActions: 0,
  dayAmountAtomic: 0n,
};

/** A wallet of which nothing is known. */
export const newWallet = (workspaceId: string, address: string, now: Date): Row<'wallets'> => ({
  workspaceId,
  address,
  standing: 'new',
  standingByHand: false,
  purchasesDelivered: 0,
  proposalsApproved: 0,
  proposalsRejected: 0,
  strikes: 0,
  lastStrikeAt: null,
  ...nothingSpent,
  refundDayAt: -Infinity,
  refundDayAmountAtomic: 0n,
  createdAt: now,
});

/** As `claim` of the ledger, but for the wallet's row: it is made here where it is missing. */
export function claim(s: Statement, p: NewPurchase): Claimed {
  const { workspaceId } = p;
  const wallet = s.get('wallets', workspaceId, p.payer) ?? newWallet(workspaceId, p.payer, s.now);
  s.lock('wallets', wallet);
  const allNew = wallet.standing === 'new' ? s.get('newWalletSpending', workspaceId) : undefined;
  if (allNew) s.lock('newWalletSpending', allNew);
  const refusal = refusalOf(s, p, wallet, allNew);
  if (refusal) return { kind: 'capped', refusal };
  const holdsProposal = allNew !== undefined && p.proposes;
  const windows = [wallet, ...(allNew ? [allNew] : [])].map((row) => running(s, row));
  const createdAt = new Date(Math.max(s.now.getTime(), ...windows.map(({ dayAt }) => Number(dayAt))));
  const purchase = store(s, p, { standing: wallet.standing, holdsProposal, createdAt });
  if (!purchase) return { kind: 'taken' };
  s.put('wallets', { ...wallet, ...spend(windows[0]!, p.amountAtomic) });
  if (allNew) {
    const waitingProposals = allNew.waitingProposals + Number(holdsProposal);
    s.put('newWalletSpending', { ...allNew, ...spend(windows[1]!, p.amountAtomic), waitingProposals });
  }
  return { kind: 'claimed', purchase };
}

type Spending = Pick<Row<'wallets'>, keyof typeof nothingSpent>;

/** What was spent in the windows that run; one that is over begins again now. */
function running({ now }: Statement, spending: Spending): Spending {
  const { minuteAt, minuteCalls, dayAt, dayActions, dayAmountAtomic } = spending;
  const inMinute = now.getTime() < Number(minuteAt) + minuteMs;
  const inDay = now.getTime() < Number(dayAt) + dayMs;
  return {
    ...(inMinute ? { minuteAt, minuteCalls } : { minuteAt: now, minuteCalls: 0 }),
    ...(inDay ? { dayAt, dayActions, dayAmountAtomic } : { dayAt: now, dayActions: 0, dayAmountAtomic: 0n }),
  };
}

const spend = (running: Spending, amountAtomic: bigint): Spending => ({
  ...running,
  minuteCalls: running.minuteCalls + 1,
  dayActions: running.dayActions + 1,
  dayAmountAtomic: running.dayAmountAtomic + amountAtomic,
});

interface Bound extends Pick<Refusal, 'cap' | 'of'> {
  used: bigint;
  asked: bigint;
  most: bigint;
  /** Milliseconds; infinite where nobody knows. */
  freesAt: number;
}

/** The bound in the way that frees last. */
function refusalOf(
  s: Statement,
  p: NewPurchase,
  wallet: Row<'wallets'>,
  allNew: Row<'newWalletSpending'> | undefined,
): Refusal | undefined {
  if (wallet.standing === 'blocked') return { cap: 'blocked', of: 'wallet', limit: '0' };
  const bounds = boundsOf(s, p, wallet.standing, 'wallet', wallet);
  if (allNew) {
    bounds.push(...boundsOf(s, p, 'all new', 'new wallets', allNew));
    const most = s.get('workspacePolicies', p.workspaceId)?.waitingProposalsOfNew ?? 0;
    const used = BigInt(allNew.waitingProposals);
    if (p.proposes)
      bounds.push({
        cap: 'waiting_proposals',
        of: 'new wallets',
        used,
        asked: 1n,
        most: BigInt(most),
        freesAt: Infinity,
      });
  }
  const [worst] = bounds
    .filter(({ used, asked, most }) => used + asked > most)
    .map((bound) => (bound.asked > bound.most ? { ...bound, freesAt: Infinity } : bound))
    .sort((a, b) => (a.freesAt === b.freesAt ? 0 : b.freesAt - a.freesAt));
  if (!worst) return undefined;
  const { cap, of, most, freesAt } = worst;
  const limit = cap === 'usd_per_day' ? formatUsdc(most) : String(most);
  if (freesAt === Infinity) return { cap, of, limit };
  const freesInSeconds = Math.max(1, Math.ceil((freesAt - s.now.getTime()) / 1000));
  return { cap, of, limit, freesAt: new Date(freesAt).toISOString(), freesInSeconds };
}

function boundsOf(s: Statement, p: NewPurchase, standing: string, of: Refusal['of'], row: Spending): Bound[] {
  const caps = s.get('workspaceCaps', p.workspaceId, standing);
  const now = running(s, row);
  const [minuteEnd, dayEnd] = [Number(now.minuteAt) + minuteMs, Number(now.dayAt) + dayMs];
  const count = (used: number, most: number | undefined, freesAt: number) => ({
    of,
    used: BigInt(used),
    asked: 1n,
    most: BigInt(most ?? 0),
    freesAt,
  });
  return [
    { cap: 'calls_per_minute', ...count(now.minuteCalls, caps?.callsPerMinute, minuteEnd) },
    { cap: 'actions_per_day', ...count(now.dayActions, caps?.actionsPerDay, dayEnd) },
    {
      cap: 'usd_per_day',
      of,
      used: now.dayAmountAtomic,
      asked: p.amountAtomic as bigint,
      most: caps?.amountPerDayAtomic ?? 0n,
      freesAt: dayEnd,
    },
  ];
}

/** Claim, content and settlement. @returns undefined where a unique key of claims is taken */
function store(
  s: Statement,
  p: NewPurchase,
  admitted: Pick<Purchase, 'standing' | 'holdsProposal' | 'createdAt'>,
): Purchase | undefined {
  const { id, workspaceId, network, asset, payer, nonce, payTo, amountAtomic, callHash, signature } = p;
  const key = { id, network, asset, payer, nonce, payTo, amountAtomic, signature };
  const claimed: Purchase = {
    ...key,
    ...admitted,
    workspaceId,
    callHash,
    identifier: p.identifier ?? null,
    breaker: p.breaker,
    state: 'settling',
    reason: null,
    fence: 1,
    processId: p.processId,
    attempts: 0,
    owedAt: null,
    refundNextAt: null,
    refundNote: null,
    refundApprovedAt: null,
    updatedAt: s.now,
  };
  if (!s.insert('claims', claimed)) return undefined;
  const { operation, validAfter, validBefore, verifiedAtBlock } = p;
  const content = { operation, input: json(p.input), plan: json(p.plan), private: p.private };
  const own = { workspaceId, id, payer, createdAt: s.now };
  s.put('purchases', { ...own, ...content, computed: false, output: null });
  queue(s, { ...key, validAfter, validBefore, verifiedAtBlock });
  return claimed;
}

type Authorized = Pick<
  Row<'settlements'>,
  | 'id'
  | 'network'
  | 'asset'
  | 'payer'
  | 'payTo'
  | 'amountAtomic'
  | 'validAfter'
  | 'validBefore'
  | 'nonce'
  | 'signature'
  | 'verifiedAtBlock'
>;

/** A settlement to be sent. @throws {Error} where a unique key of settlements is taken */
export function queue(s: Statement, authorized: Authorized): void {
  const settlement = {
    ...authorized,
    state: 'queued' as const,
    attempts: 0,
    nextAttemptAt: s.now,
    lastError: null,
    transactionHash: null,
    blockNumber: null,
    blockHash: null,
    late: false,
    together: 1_000,
    createdAt: s.now,
    updatedAt: s.now,
  };
  if (!s.insert('settlements', settlement)) throw new Error('a unique key of settlements is taken');
}
