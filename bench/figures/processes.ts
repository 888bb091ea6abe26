import { cpus } from 'node:os';
import type { Figure } from '../bench.ts';
import { summarised } from '../bench.ts';
import { startGround } from '../ground.ts';
import type { Outcome } from '../load.ts';
import { type Caller, fundedCallers, paidCalls } from '../payments.ts';
import type { Side } from '../side.ts';

const wallets = 256;
const seconds = 6;
/** More than one wallet has been seen to pay in a second, of as many. */
const callsPerSecond = 4;

/** Paid calls per second of two server processes on one database and hot key, against one: a block per transaction. */
export const processes: Figure = async ({ load, runs, scale }) => {
  await using started = new AsyncDisposableStack();
  const ground = await startGround();
  started.defer(() => ground.stop());
  const start = async () => {
    const side = await ground.start();
    started.defer(() => side.stop());
    return side;
  };
  const callers = await fundedCallers(wallets, [ground.chain]);
  const measure = async (sides: Side[]) => {
    const outcomes: Outcome[] = [];
    for (let run = -1; run < runs; run += 1) {
      const bound = seconds * (run < 0 ? scale / 3 : scale);
      const rows = (
        await Promise.all(
          sides.map((side, i) =>
            paidCalls(side, share(callers, i, sides.length), Math.ceil(bound * callsPerSecond)),
          ),
        )
      ).flat();
      const crew = { ...sides[0]!.crew, ...(sides[1] ? { 'second server': sides[1].pid } : {}) };
      const outcome = await load.run({ kind: 'rows', rows, expect: 'settled', seconds: bound }, { crew });
      if (outcome.failed > 0)
        console.error(`processes: ${outcome.failed} failed, such as ${outcome.failure}`);
      if (run >= 0) outcomes.push(outcome);
    }
    return summarised(outcomes);
  };
  const first = await start();
  const one = await measure([first]);
  const two = await measure([first, await start()]);
  const busy = Object.values(one.cores ?? {}).reduce((sum, cores) => sum + cores, 0);
  return [
    {
      figure: `paid calls of two processes, ${wallets} wallets`,
      unit: '/s',
      ours: two,
      reference: one,
      beside: 'one process, measured first',
      aim: { timesReference: 1.6 },
      notes: one.cores
        ? [
            `of ${cpus().length} cores, ${busy.toFixed(2)} are busy with one process: at this cost a call there is room for ${(cpus().length / busy).toFixed(2)}x`,
          ]
        : [],
    },
  ];
};

const share = (callers: Caller[], part: number, parts: number): Caller[] =>
  callers.filter((_, i) => i % parts === part);
