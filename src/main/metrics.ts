import type { Chain } from '../chains/chain.ts';
import { type Config, ConfigError } from '../config.ts';
import { countAnswers, serveMetrics } from '../faces/metrics/listen.ts';
import { createMetrics, type Snapshot } from '../faces/metrics/metrics.ts';
import type { Meter } from '../kernel/meter.ts';
import type { AtStop, World } from './world.ts';

/** Chains whose client counts. */
type Counting = Chain & { methods?(): ReadonlyMap<string, number> };

const callsOf = (chain: Counting) => ({
  network: chain.network.name,
  methods: chain.methods?.() ?? new Map<string, number>(),
});

/** Metrics on a listener of their own, where one is set. @returns what counts for them, and where they are served */
export async function openMetrics(
  config: Config,
  { chains }: Pick<World, 'chains'>,
  treasury: Snapshot,
  publicPort: number,
  atStop: AtStop,
): Promise<{ meter: Meter; url: string } | undefined> {
  if (!config.metrics) return undefined;
  const { host } = config.metrics;
  const metrics = createMetrics(treasury, () => chains.map(callsOf));
  const server = await serveMetrics(metrics, config.metrics).catch((error: NodeJS.ErrnoException) => {
    const setting = error.code === 'EADDRINUSE' ? 'POSTERN_METRICS_PORT' : 'POSTERN_METRICS_HOST';
    throw new ConfigError(`${setting}: ${error.message}`);
  });
  atStop(() => server.stop());
  atStop(countAnswers(metrics.meter, publicPort));
  return {
    meter: metrics.meter,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${server.port}/metrics`,
  };
}
