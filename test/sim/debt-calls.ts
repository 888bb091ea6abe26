/** Random calls about what is owed, and changes by other hands. */
import { refundIdOf, type SignedRefund } from '../../src/door/debts.ts';
import type { Purchase } from '../../src/door/ledger.ts';
import { brief, change, type Maker, onSeen, payers, processes, text } from './call.ts';
import type { Random } from './random.ts';
import { workspaces } from './versions.ts';

/** Of all workspaces the same float; the nonce is the purchase's, mostly. */
const refundOf = (random: Random, { id }: Purchase): SignedRefund => ({
  float: '0xf10a7',
  nonce: `0xrefund ${random.chance(0.7) ? id : 'other'}`,
  signature: `0xsigned ${random.between(1, 9)}`,
  validBefore: BigInt(random.between(1, 9)),
  atBlock: BigInt(random.between(1, 9)),
});

export const debtCalls: [number, Maker][] = [
  [3, () => ({ text: 'reconcile', make: ({ debts }) => debts.reconcile() })],
  [2, () => ({ text: 'due refunds', make: ({ debts }) => debts.due(100) })],
  [
    5,
    onSeen((seen, random) => {
      const refund = refundOf(random, seen);
      const process = random.pick(processes);
      return {
        text: `begin refund ${brief(seen)} ${text(refund)}`,
        make: ({ debts }) => debts.begin(seen, refund, process),
      };
    }, 'owed'),
  ],
  [
    2,
    onSeen((seen, random) => {
      const seconds = random.between(0, 5);
      return {
        text: `postpone refund ${brief(seen)} ${seconds}`,
        make: ({ debts }) => debts.postpone(seen, 'empty', seconds),
      };
    }, 'owed'),
  ],
  [
    1,
    onSeen(
      (seen) => ({ text: `state of refund ${brief(seen)}`, make: ({ debts }) => debts.refundState(seen) }),
      'refunding',
    ),
  ],
  [
    3,
    onSeen(
      (seen) => ({ text: `finish refund ${brief(seen)}`, make: ({ debts }) => debts.finish(seen) }),
      'refunding',
    ),
  ],
  [
    3,
    onSeen((seen, random) => {
      const refund = refundOf(random, seen);
      return {
        text: `renew refund ${brief(seen)} ${text(refund)}`,
        make: ({ debts }) => debts.renew(seen, refund),
      };
    }, 'refunding'),
  ],
];

const landed = { state: 'settled', transactionHash: '0xpaid' } as const;

/** What people and other parts of the house change, and ends that the calls alone reach too seldom. */
export const changes: [number, Maker][] = [
  [
    2,
    (random) => {
      const where = { workspaceId: random.pick(workspaces), address: random.pick(payers) };
      const standing = random.pick(['new', 'new', 'known', 'trusted', 'blocked'] as const);
      const proposalsApproved = random.pick([0, 0, 1]);
      return change('wallets', where, {
        standing,
        proposalsApproved,
        standingByHand: standing === 'blocked',
      });
    },
  ],
  [
    2,
    (random) => {
      const standing = random.pick(['new', 'known', 'trusted', 'all new'] as const);
      const caps = {
        callsPerMinute: random.pick([2, 10, 100]),
        actionsPerDay: random.pick([3, 50]),
        amountPerDayAtomic: random.pick([400_000n, 2_000_000n]),
      };
      return change('workspaceCaps', { workspaceId: random.pick(workspaces), standing }, caps);
    },
  ],
  [
    1,
    (random) => {
      const rules = {
        waitingProposalsOfNew: random.pick([1, 200]),
        knownAfterPurchases: random.pick([1, 3]),
        trustedAfterApprovals: random.pick([1, 10]),
        trustedStrikeFreeDays: random.pick([0, 30]),
        refundAfterSeconds: random.pick([0, 5]),
        refundPerDayWalletAtomic: random.pick([400_000n, 2_000_000n]),
        refundPerDayWorkspaceAtomic: random.pick([600_000n, 20_000_000n]),
      };
      return change('workspacePolicies', { workspaceId: random.pick(workspaces) }, rules);
    },
  ],
  [2, onSeen(({ id }) => change('settlements', { id, state: 'settled' }, { late: true }), 'void', 'lost')],
  [1, onSeen(({ id }) => change('claims', { id }, { refundApprovedAt: new Date(1_000) }), 'owed')],
  [6, onSeen(({ id }) => change('settlements', { id }, landed), 'settling', 'owed')],
  [1, onSeen(({ id }) => change('settlements', { id }, landed), 'void')],
  [2, onSeen(({ id }) => change('settlements', { id }, { state: 'void' }), 'paid', 'delivered', 'owed')],
  [
    2,
    onSeen(
      ({ id }) => change('settlements', { id: refundIdOf(id) }, { state: 'void' }),
      'refunding',
      'refunded',
    ),
  ],
  [2, onSeen(({ id }) => change('settlements', { id: refundIdOf(id) }, landed), 'refunding')],
  [
    5,
    onSeen(
      ({ id }) => change('claims', { id, state: 'paid' }, { state: 'owed', owedAt: new Date(1_000) }),
      'paid',
    ),
  ],
];
