/** Random calls of the book. */
import type { Account, Credit, SeenChain } from '../../src/facilitator/book.ts';
import { type Call, type Known, type Maker, networks, onId, onNetwork, text } from './call.ts';
import type { Random } from './random.ts';

/** One account more often than the others. */
const accountOf = (random: Random): Account =>
  random.chance(0.6)
    ? { network: 'base', sender: '0xf1' }
    : { network: random.pick(networks), sender: random.pick(['0xf1', '0xf2']) };

export const bookCalls: [number, Maker][] = [
  [2, (random) => onNetwork(random, 'due', (network, { book }) => book.due(network, 100))],
  [2, (random) => onNetwork(random, 'open', (network, { book }) => book.open(network))],
  [8, take],
  [
    6,
    onId((id, random) => {
      const items = [{ id, error: random.pick(['revert', 'no funds']) }];
      // Each waits twice as long as the one before.
      const times = random.pick([1, 1, 7]);
      return {
        text: `postpone ${id} ${times} times`,
        async make({ book }) {
          for (let i = 0; i < times; i++) await book.postpone(items);
        },
      };
    }),
  ],
  [
    3,
    onId((id, random, { hashes }) => {
      const mine = hashes.filter((hash) => hash.endsWith(id)).slice(-2);
      const hash = random.pick(random.chance(0.8) ? mine : hashes) ?? '0x';
      const together = random.pick([1, 4, 1_000]);
      return {
        text: `requeue ${id} ${hash} with ${together}`,
        make: ({ book }) => book.requeue(id, hash, together, 'reverted'),
      };
    }),
  ],
  [6, credit],
  [
    3,
    onId((id) => ({
      text: `makeVoid ${id}`,
      make: ({ book }) => book.makeVoid(id, id < 'pur_3' ? 'expired' : 'cancelled by the payer'),
    })),
  ],
  [
    3,
    (random) => {
      const latest = BigInt(random.pick([0, 3, 2_000_000_000]));
      const again = random.pick([0, 1, 20]);
      return onNetwork(random, `handOver past ${latest}, again in ${again}`, (network, { book }) =>
        book.handOver(network, latest, 100, again),
      );
    },
  ],
  [2, onId((id) => ({ text: `takeBack ${id}`, make: ({ book }) => book.takeBack(id, 'refused') }))],
  [2, (random) => onNetwork(random, 'voided', (network, { book }) => book.voided(network, 100))],
  [
    2,
    (random) => {
      const from = BigInt(random.between(0, 4));
      return onNetwork(random, `creditedBlocks from ${from}`, (network, { book }) =>
        book.creditedBlocks(network, from),
      );
    },
  ],
  [
    3,
    (random) => {
      const blocks = [1, 2].map(() => ({
        number: BigInt(random.between(1, 4)),
        hash: random.pick(['0xb1', '0xb2']),
      }));
      return onNetwork(random, `reopen ${text(blocks)}`, (network, { book }) => book.reopen(network, blocks));
    },
  ],
  [
    3,
    (random) => {
      const account = accountOf(random);
      const chain: SeenChain = {
        count: BigInt(random.between(0, 4)),
        firstBlockHash: random.chance(0.1) ? '0xnew' : '0xold',
        mayBeReplaced: random.chance(0.5),
      };
      return {
        text: `openAccount ${text({ account, chain })}`,
        make: ({ book }) => book.openAccount(account, chain),
      };
    },
  ],
  [
    2,
    (random) => {
      const account = accountOf(random);
      const count = BigInt(random.between(0, 6));
      return {
        text: `markMined ${text(account)} ${count}`,
        make: ({ book }) => book.markMined(account, count),
      };
    },
  ],
  [
    3,
    (random) => {
      const account = accountOf(random);
      const count = BigInt(random.between(0, 6));
      const limit = random.between(1, 5);
      return {
        text: `slots ${text(account)} ${count} ${limit}`,
        make: ({ book }) => book.slots(account, count, limit),
      };
    },
  ],
  [
    3,
    (random, known) => {
      const account = accountOf(random);
      const nonce = BigInt(random.between(0, 6));
      const id = `txn_${known.made++}`;
      const hash = random.chance(0.2) && known.hashes.length > 0 ? random.pick(known.hashes) : `0x${id}`;
      known.hashes.push(hash);
      return {
        text: `fill ${text(account)} ${nonce} ${hash}`,
        make: ({ book }) => book.fill(account, nonce, { id, hash, raw: `raw ${id}`, ...bounds(nonce) }),
      };
    },
  ],
  [
    3,
    (random, known) => {
      const account = accountOf(random);
      const nonce = BigInt(random.between(0, 6));
      const id = `txn_${known.made++}`;
      const old = random.pick(random.chance(0.8) ? known.hashes.slice(-4) : known.hashes) ?? '0x';
      const hash = random.chance(0.1) && known.hashes.length > 0 ? random.pick(known.hashes) : `0x${id}`;
      known.hashes.push(hash);
      const signed = { id, hash, raw: `raw ${id}`, ...bounds(nonce + 1n) };
      return {
        text: `replace ${text(account)} ${nonce} ${old} by ${hash}`,
        make: ({ book }) => book.replace(account, nonce, old, signed),
      };
    },
  ],
  [
    3,
    onId((id, random, { hashes }) => {
      const failures = [1, 2, 3].map(() => ({
        settlementId: id,
        transactionHash: random.pick(hashes) ?? '0x',
      }));
      return { text: `burnt ${text(failures)}`, make: ({ book }) => book.burnt(failures) };
    }),
  ],
  [1, () => ({ text: 'barred', make: ({ book }) => book.barred() })],
  [
    2,
    (random) => {
      const account = accountOf(random);
      return { text: `uncounted ${text(account)}`, make: ({ book }) => book.uncounted(account, 100) };
    },
  ],
  [
    3,
    (random, { hashes }) => {
      const chosen = new Set([random.pick(hashes) ?? '0x', random.pick(hashes) ?? '0x']);
      const costs = [...chosen].map((hash) => ({
        hash,
        gasUsed: BigInt(random.between(21_000, 90_000)),
        feeWei: BigInt(random.between(1, 9)) * 10n ** 18n,
      }));
      return onNetwork(random, `countGas ${text(costs)}`, (network, { book }) =>
        book.countGas(network, costs),
      );
    },
  ],
  [1, (random) => onNetwork(random, 'gasSpent', (network, { book }) => book.gasSpent(network))],
];

const bounds = (nonce: bigint) => ({ gasLimit: 100_000n, maxFeeWei: 1_000_000_000n * (nonce + 1n) });

function take(random: Random, known: Known): Call {
  const account = accountOf(random);
  const settling = known.seen.filter(({ state }) => state === 'settling').map(({ id }) => id);
  const recent = random.chance(0.7) ? settling.slice(-3) : known.ids;
  const ids = [...new Set(Array.from({ length: 3 }, () => random.pick(recent) ?? 'pur_none'))];
  const fails = random.chance(0.2);
  const made = `${known.made++}`;
  // One by itself and the others together, or each by itself.
  const groups = random.chance(0.5) ? ids.map((id) => [id]) : [ids.slice(0, 1), ids.slice(1)];
  for (const [id] of groups) if (id) known.hashes.push(`0x${made}${id}`);
  return {
    text: `take ${text(account)} ${text(groups)}${fails ? ' and fail' : ''}`,
    make: ({ book }) =>
      book.take(account, groups, async ([id], nonce) => {
        if (fails) throw new Error('no key');
        return { id: `txn_${made}_${id}`, hash: `0x${made}${id}`, raw: `raw ${made}`, ...bounds(nonce) };
      }),
  };
}

function credit(random: Random, known: Known): Call | undefined {
  if (known.ids.length === 0) return undefined;
  const network = random.pick(networks);
  const ids = [...new Set([random.pick(known.ids), random.pick(known.ids)])];
  const credits: Credit[] = ids.map((settlementId) => ({
    settlementId,
    transactionHash: random.pick(known.hashes) ?? '0xother',
    logIndex: random.between(0, 2),
    blockNumber: BigInt(random.between(1, 4)),
    blockHash: random.pick(['0xb1', '0xb2']),
  }));
  return { text: `credit ${network} ${text(credits)}`, make: ({ book }) => book.credit(network, credits) };
}
