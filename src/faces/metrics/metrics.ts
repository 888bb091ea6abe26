import { Counter, collectDefaultMetrics, Histogram, type Metric, Registry } from 'prom-client';
import type { Treasury } from '../../door/treasury.ts';
import type { Meter } from '../../kernel/meter.ts';
import { type Figure, figures, type Value } from './figures.ts';

export interface Metrics {
  /** What this process counts. */
  meter: Meter;
  /** All metrics in Prometheus's text format. Never throws for a chain or a database that is away. */
  scrape(): Promise<string>;
  contentType: string;
}

/** The treasury as it was read last, and how many seconds ago; undefined before the first time. */
export type Snapshot = () => Promise<{ treasury: Treasury; ageSeconds: number } | undefined>;

const methods = new Set(['GET', 'POST', 'OPTIONS', 'HEAD', 'DELETE', 'PUT', 'PATCH']);

/** What a network's node was asked so far, by method of its JSON-RPC; each call of a batch counts. */
export type NodeCalls = () => readonly { network: string; methods: ReadonlyMap<string, number> }[];

/** A registry of its own, filled by the meter, by what the snapshot shows, and by the nodes' clients. */
export function createMetrics(snapshot: Snapshot, nodeCalls: NodeCalls = () => []): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let shown: Awaited<ReturnType<Snapshot>>;
  for (const figure of figures) show(registry, figure, () => (shown ? figure.values(shown.treasury) : []));
  const age = {
    name: 'postern_treasury_age_seconds',
    type: 'gauge',
    help: 'Age of the database-wide figures.',
  };
  show(registry, age, () => (shown ? [{ labels: {}, value: shown.ageSeconds }] : []));
  const rpc = { name: 'postern_rpc_methods_total', type: 'counter', help: 'Methods asked of a node.' };
  show(registry, rpc, () =>
    nodeCalls().flatMap(({ network, methods }) =>
      [...methods].map(([method, value]) => ({ labels: { network, method }, value })),
    ),
  );
  return {
    meter: createMeter(registers),
    contentType: registry.contentType,
    async scrape() {
      shown = (await snapshot()) ?? shown;
      return registry.metrics();
    },
  };
}

/** prom-client's metrics are counted up in the process; these were counted elsewhere, and are shown as they are. */
function show(
  registry: Registry,
  about: Omit<Figure, 'values' | 'type'> & { type: string },
  values: () => Value[],
): void {
  const { name } = about;
  const get = async () => {
    const lines = values().map((line) => ({ ...line, metricName: `${name}${line.suffix ?? ''}` }));
    return { ...about, values: lines };
  };
  registry.registerMetric({ ...about, get } as unknown as Metric);
}

function createMeter(registers: Registry[]): Meter {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `postern_${name}`, help, labelNames, registers });
  const calls = new Histogram({
    name: 'postern_call_duration_seconds',
    help: 'Calls at the door by how they were answered.',
    labelNames: ['outcome'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const challenges = counter('challenges_total', 'Challenges given to calls without payment.', ['operation']);
  const refusals = counter('refusals_total', 'Calls and payments refused.', ['reason']);
  const requests = counter('http_requests_total', 'Requests answered by the public listener.', [
    'method',
    'status',
  ]);
  return {
    called: (outcome, seconds) => calls.observe({ outcome }, seconds),
    challenged: (operation) => challenges.inc({ operation }),
    refused: (reason) => refusals.inc({ reason }),
    answered: (method, status) =>
      requests.inc({ method: methods.has(method) ? method : 'other', status: String(status) }),
  };
}
