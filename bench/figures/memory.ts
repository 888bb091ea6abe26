import type { Figure } from '../bench.ts';
import { onFreshFolder } from '../folder.ts';
import type { Job } from '../load.ts';
import { oursAt, startPostern, toolCall } from '../ours.ts';
import { fundedCallers, paidCalls } from '../payments.ts';
import { residentBytes } from '../process.ts';
import type { HttpCall } from '../side.ts';
import { measured } from '../table.ts';

/** Resident memory of our server process after 10,000 calls: 8,000 unpaid, 1,800 searches, 200 paid. */
export const memory: Figure = async ({ load, runs, scale }) => {
  const megabytes: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await onFreshFolder(async (folder) => {
      const server = await startPostern(folder);
      try {
        const side = await oursAt(server, folder);
        const callers = await fundedCallers(4, [side]);
        const search = toolCall(server.address, 'search_kb', { query: 'refund' });
        await mustDeliver(search);
        const jobs: Job[] = [
          { kind: 'flood', call: side.call, connections: 16, status: 402, until: { calls: 8000 * scale } },
          { kind: 'flood', call: search, connections: 16, status: 200, until: { calls: 1800 * scale } },
          { kind: 'rows', rows: await paidCalls(side, callers, 50 * scale), expect: 'settled' },
        ];
        for (const job of jobs) {
          const { failed, failure } = await load.run(job);
          if (failed > 0) throw new Error(`memory: ${failed} calls failed, such as ${failure}`);
        }
        megabytes.push(residentBytes(server.pid) / 1e6);
      } finally {
        await server.stop();
      }
    });
  }
  const figure = `memory after ${10_000 * scale} calls (80% unpaid, 18% read, 2% paid)`;
  return [{ figure, unit: 'MB', ours: measured(megabytes), aim: { below: 250 } }];
};

async function mustDeliver(call: HttpCall): Promise<void> {
  const response = await fetch(call.url, { method: 'POST', ...call });
  const answer = (await response.json()) as { result?: { isError?: boolean } };
  if (!answer.result || answer.result.isError) throw new Error(`not delivered: ${JSON.stringify(answer)}`);
}
