import type { Bench, Figure } from '../bench.ts';
import { withSecondBlocks } from '../chain.ts';
import { type CountingProxy, type Counts, startCountingProxy } from '../counting-proxy.ts';
import { startGround } from '../ground.ts';
import { fundedCallers, paidCalls } from '../payments.ts';
import { startReference } from '../reference.ts';
import type { Side } from '../side.ts';
import { type Measured, measured } from '../table.ts';

const wallets = 256;
const seconds = 6;

/** JSON-RPC methods that a node is asked per paid call, with 256 wallets and a block each second. */
export const methods: Figure = async (bench) => {
  await using started = new AsyncDisposableStack();
  const keep = <T extends { stop(): void | Promise<void> }>(thing: T): T => {
    started.defer(() => thing.stop());
    return thing;
  };
  const ground = keep(await startGround());
  const ourProxy = keep(await startCountingProxy(ground.chain.rpcUrl));
  const ours = keep(await ground.start({ rpcUrl: ourProxy.url }));
  let theirProxy!: CountingProxy;
  const reference = keep(
    await startReference('reference', async (rpcUrl) => {
      theirProxy = keep(await startCountingProxy(rpcUrl));
      return theirProxy.url;
    }),
  );
  const counted = [
    await countMethods(bench, ours, ourProxy),
    await countMethods(bench, reference, theirProxy),
  ];
  return [
    {
      figure: `JSON-RPC methods per paid call, ${wallets} wallets, 1 s blocks`,
      unit: 'methods',
      ours: counted[0]!.measured,
      reference: counted[1]!.measured,
      aim: { below: 0.5 },
      notes: [`ours: ${counted[0]!.note}`, `reference: ${counted[1]!.note}`],
    },
  ];
};

async function countMethods(
  { load, runs, scale }: Bench,
  side: Side,
  proxy: CountingProxy,
): Promise<{ measured: Measured; note: string }> {
  const callers = await fundedCallers(wallets, [side]);
  const perCall: number[] = [];
  let failed = 0;
  let note = '';
  // The first run finds the server cold, and does not count.
  for (let run = -1; run < runs; run += 1) {
    const bound = Math.max(3, seconds * (run < 0 ? scale / 4 : scale));
    const rows = await paidCalls(side, callers, Math.ceil(bound) + 1);
    proxy.reset();
    const outcome = await withSecondBlocks(side.rpcUrl, () =>
      load.run({ kind: 'rows', rows, expect: 'settled', seconds: bound }),
    );
    if (run < 0) continue;
    const counts = proxy.counts();
    perCall.push(total(counts) / outcome.counted);
    failed += outcome.failed;
    note = `${described(counts, outcome.counted)}, at ${outcome.perSecond.toFixed(0)} calls/s`;
  }
  return { measured: measured(perCall, { failed }), note };
}

const total = ({ methods }: Counts): number => Object.values(methods).reduce((sum, count) => sum + count, 0);

/** The methods that were asked most, each per call. */
function described({ methods, requests, pushes }: Counts, calls: number): string {
  const each = (count: number) => (count / calls).toFixed(count / calls < 1 ? 3 : 1);
  const most = Object.entries(methods)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 6)
    .map(([method, count]) => `${method} ${each(count)}`);
  return `${most.join(', ')}; in ${each(requests)} requests; ${each(pushes)} pushes`;
}
