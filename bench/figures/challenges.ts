import { join } from 'node:path';
import { type Beside, type Figure, type Measure, takeTurns } from '../bench.ts';
import { startServer } from '../process.ts';
import type { HttpCall, Side } from '../side.ts';

/** 402 challenges per second, 16 connections. */
export const challenges: Figure<Beside> = async ({ sides, load, ...bench }) => {
  const flood =
    (call: HttpCall, side?: Side): Measure =>
    (share) => {
      const until = { seconds: Math.ceil(4 * share) };
      return load.run({ kind: 'flood', call, connections: 16, status: 402, until }, side);
    };
  const { ours, reference } = sides;
  const bare = await startBareServer(ours ?? reference);
  try {
    const { ceiling, ...rates } = await takeTurns(bench, {
      reference: flood(reference.call, reference),
      ours: ours && flood(ours.call, ours),
      ceiling: flood({ ...reference.call, url: bare.address }),
    });
    const what = `node:http alone with one fixed answer of ${bare.headerLength} characters, same generator`;
    return [
      {
        figure: '402 challenges',
        unit: '/s',
        ...rates,
        aim: { timesReference: 3 },
        ceiling: { value: ceiling!.median, what },
      },
    ];
  } finally {
    await bare.stop();
  }
};

async function startBareServer(side: Side) {
  const challenge = await fetch(side.call.url, { method: 'POST', ...side.call });
  const headerLength = challenge.headers.get('payment-required')!.length;
  const server = await startServer(
    join(import.meta.dirname, '../bare-server.ts'),
    'The bare server is ready on',
    { args: [String(headerLength)] },
  );
  return { ...server, headerLength };
}
