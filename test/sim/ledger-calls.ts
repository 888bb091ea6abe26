/** Random calls of the ledger. */
import type { NewPurchase, Purchase } from '../../src/door/ledger.ts';
import type { SignedReceipt } from '../../src/door/receipts.ts';
import {
  brief,
  type Call,
  type Known,
  type Maker,
  networks,
  onId,
  onProcess,
  onSeen,
  payers,
  processes,
  states,
  text,
} from './call.ts';
import type { Random } from './random.ts';
import { workspaces } from './versions.ts';

export const ledgerCalls: [number, Maker][] = [
  [
    10,
    (random, known) => {
      const purchase = newPurchase(random, known);
      known.ids.push(purchase.id);
      return { text: `claim ${text(purchase)}`, make: ({ ledger }) => ledger.claim(purchase) };
    },
  ],
  [
    1,
    (random) => {
      const key = { network: random.pick(networks), asset: '0xusdc', payer: random.pick(payers) };
      const nonce = `0x${random.between(0, 9)}`;
      return {
        text: `find ${text({ ...key, nonce })}`,
        make: ({ ledger }) => ledger.find({ ...key, nonce }),
      };
    },
  ],
  [
    2,
    onSeen(({ workspaceId, payer, identifier }, random) => {
      const args = [workspaceId, payer, identifier ?? random.pick(['one', 'two'])] as const;
      return { text: `named ${args.join(' ')}`, make: ({ ledger }) => ledger.named(...args) };
    }),
  ],
  [6, onId((id) => ({ text: `byId ${id}`, make: ({ ledger }) => ledger.byId(id) }))],
  [
    1,
    (random) => {
      const args = [random.pick(workspaces), random.pick(payers)] as const;
      return { text: `isBlocked ${args.join(' ')}`, make: ({ ledger }) => ledger.isBlocked(...args) };
    },
  ],
  [1, onSeen((seen) => ({ text: `content ${brief(seen)}`, make: ({ ledger }) => ledger.content(seen) }))],
  [
    8,
    onSeen(
      (seen) => ({ text: `settle ${brief(seen)}`, make: ({ ledger }) => ledger.settle(seen) }),
      'settling',
    ),
  ],
  [
    4,
    onSeen((seen, random) => {
      const to = random.pick(states);
      const reason = random.chance(0.5) ? 'because' : undefined;
      return {
        text: `move ${brief(seen)} to ${to}`,
        make: ({ ledger }) => ledger.move(seen, to, reason),
      };
    }),
  ],
  [6, onSeen(deliver, 'paid', 'owed')],
  [
    2,
    onSeen((seen, random) => {
      const plan = { made: random.between(1, 9) };
      return {
        text: `storeComputed ${brief(seen)}`,
        make: ({ ledger }) => ledger.storeComputed(seen, plan),
      };
    }),
  ],
  [
    2,
    onSeen((seen) => ({
      text: `countAttempt ${brief(seen)}`,
      make: ({ ledger }) => ledger.countAttempt(seen),
    })),
  ],
  [
    3,
    (random) => {
      const process = random.pick(processes);
      const limit = random.between(1, 4);
      return { text: `adopt ${process} ${limit}`, make: ({ ledger }) => ledger.adopt(process, limit) };
    },
  ],
  [2, onProcess('mine', (process, { ledger }) => ledger.mine(process))],
  [4, onProcess('beat', (process, { ledger }) => ledger.beat(process))],
  [1, onProcess('leave', (process, { ledger }) => ledger.leave(process))],
];

function newPurchase(random: Random, known: Known): NewPurchase {
  const id = random.chance(0.05) && known.ids.length > 0 ? random.pick(known.ids) : `pur_${known.made++}`;
  const workspaceId = random.pick(workspaces);
  return {
    id,
    workspaceId,
    network: random.pick(networks),
    asset: '0xusdc',
    payer: random.pick(payers),
    nonce: `0x${random.between(0, 30)}`,
    payTo: '0xcold',
    amountAtomic: BigInt(random.between(1, 900_000)),
    callHash: `hash ${random.between(0, 2)}`,
    signature: '0xsigned',
    identifier: random.pick([null, null, 'one', 'two']),
    processId: random.pick(processes),
    operation: 'create_ticket',
    input: { subject: 'Shutter stuck' },
    plan: { nested: { aKey: [1, null] } },
    private: random.chance(0.5),
    proposes: random.chance(0.3),
    breaker: random.pick(['closed', 'paused']),
    validAfter: 0n,
    validBefore: 2_000_000_000n,
    verifiedAtBlock: BigInt(random.between(0, 9)),
  };
}

/** Any receipt: what it says is not the ledger's matter. */
export const signedReceipt: SignedReceipt = {
  format: 'eip712',
  payload: {
    version: 1,
    network: 'eip155:8453',
    resourceUrl: 'https://desk.example/',
    payer: '0xa1',
    issuedAt: 1,
    transaction: '0xpaid',
  },
  signature: '0xreceipt',
};

/** The delivering transaction; sometimes something fails in it after the move, and it must leave nothing. */
function deliver(seen: Purchase, random: Random, known: Known): Call {
  const fails = random.chance(0.2);
  // A transaction of another workspace must find no such purchase.
  const workspaceId = random.chance(0.1) ? random.pick(workspaces) : seen.workspaceId;
  const delivery = {
    workspaceId,
    purchaseId: seen.id,
    receiptId: `rcp_${known.made++}`,
    output: { ticket: random.between(1, 9) },
    outputHash: '0xhash',
    signed: signedReceipt,
  };
  return {
    text: `deliver ${brief(seen)} in ${workspaceId}${fails ? ' and fail' : ''}`,
    make: ({ inWorkspace, ledger }) =>
      inWorkspace(workspaceId, async (tx) => {
        const delivered = await ledger.moveToDelivered(tx, seen);
        if (!delivered) return undefined;
        await ledger.storeDelivery(tx, delivery);
        if (fails) throw new Error('refused');
        return delivered;
      }),
  };
}
