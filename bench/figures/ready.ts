import type { Figure } from '../bench.ts';
import { onFreshFolder } from '../folder.ts';
import { startPostern } from '../ours.ts';
import { measured } from '../table.ts';

/** From spawn to the ready line, on a fresh data folder and on the same again. */
export const ready: Figure = async ({ runs }) => {
  const fresh: number[] = [];
  const existing: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await onFreshFolder(async (folder) => {
      for (const seconds of [fresh, existing]) {
        const server = await startPostern(folder);
        await server.stop();
        seconds.push(server.readyMs / 1000);
      }
    });
  }
  return [
    { figure: 'ready on a fresh data folder', unit: 's', ours: measured(fresh), aim: { below: 8 } },
    { figure: 'ready on an existing one', unit: 's', ours: measured(existing), aim: { below: 3 } },
  ];
};
