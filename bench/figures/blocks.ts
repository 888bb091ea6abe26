import { type Beside, type Figure, type Measure, takeTurns } from '../bench.ts';
import { withSecondBlocks } from '../chain.ts';
import { paidCalls } from '../payments.ts';
import type { Side } from '../side.ts';
import type { Row } from '../table.ts';

/** Paid calls per second with a block each second, of 32 wallets and of 256. */
export const blocks: Figure<Beside> = async (bench) => [
  await paidInBlocks(bench, { wallets: 32, aim: 1.2 }),
  await paidInBlocks(bench, { wallets: 256, aim: 5 }),
];

/** No further call is made after this long; the last are waited for. */
const seconds = 6;

async function paidInBlocks(
  { sides, load, callers, ...bench }: Beside,
  { wallets, aim }: { wallets: number; aim: number },
): Promise<Row> {
  const pay =
    (side: Side): Measure =>
    async (share) => {
      // Fewer than two blocks would tell where in a block's second the run began.
      const bound = Math.max(2, seconds * share);
      // A quick run warms up with fewer: all of them take as long to answer as a whole turn.
      const some = callers.slice(0, wallets * Math.min(1, share * 4));
      const rows = await paidCalls(side, some, Math.ceil(bound) + 1);
      return withSecondBlocks(side.rpcUrl, () =>
        load.run({ kind: 'rows', rows, expect: 'settled', seconds: bound }, side),
      );
    };
  const rates = await takeTurns(bench, {
    reference: pay(sides.reference),
    tuned: pay(sides.tuned),
    ours: sides.ours && pay(sides.ours),
  });
  const what = `one call in flight per wallet and block: ${wallets} wallets, 1 s`;
  return {
    figure: `paid calls, ${wallets} at once, 1 s blocks`,
    unit: '/s',
    ...rates,
    aim: { timesReference: aim },
    ceiling: { value: wallets, what },
  };
}
