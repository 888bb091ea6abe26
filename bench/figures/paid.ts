import { type Beside, type Figure, type Measure, takeTurns } from '../bench.ts';
import { bareTransfers, paidCalls } from '../payments.ts';
import type { Side } from '../side.ts';
import type { Row } from '../table.ts';

/** Paid calls per second with a block per transaction, at concurrency 1 and 16. */
export const paid: Figure<Beside> = async (bench) => [
  await paidAt(bench, { concurrency: 1, aim: 2 }),
  await paidAt(bench, { concurrency: 16, aim: 8 }),
];

/** Each run ends after this long, or when the signed payments are used up. */
const seconds = 4;
/** More than any side has been seen to take from one caller. */
const callsOfOnePerSecond = 100;
const callsOfManyPerSecond = 30;

async function paidAt(
  { sides, bareChain, load, callers, ...bench }: Beside,
  { concurrency, aim }: { concurrency: number; aim: number },
): Promise<Row> {
  const some = callers.slice(0, concurrency);
  const perSecond = concurrency === 1 ? callsOfOnePerSecond : callsOfManyPerSecond;
  const each = (share: number) => Math.ceil(seconds * perSecond * share);
  const pay =
    (side: Side): Measure =>
    async (share) => {
      const rows = await paidCalls(side, some, each(share));
      return load.run({ kind: 'rows', rows, expect: 'settled', seconds: seconds * share }, side);
    };
  const { ceiling, ...rates } = await takeTurns(bench, {
    reference: pay(sides.reference),
    tuned: pay(sides.tuned),
    ours: sides.ours && pay(sides.ours),
    ceiling: async (share) => {
      const rows = await bareTransfers(sides.reference, bareChain, some, each(share));
      return load.run({ kind: 'rows', rows, expect: 'mined', seconds: seconds * share });
    },
  });
  const what =
    'the chain alone: the same authorizations as signed transactions, one payment each, straight to anvil (batches may pass it)';
  return {
    figure: `paid calls, ${concurrency} at once`,
    unit: '/s',
    ...rates,
    aim: { timesReference: aim },
    ceiling: { value: ceiling!.median, what },
  };
}
