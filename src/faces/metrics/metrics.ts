import { Counter, collectDefaultMetrics, Histogram, type Metric, Registry } from 'prom-client';
import type { Treasury } from '../../door/treasury.ts';
import type { Meter } from '../../kernel/meter.ts';
import { type Figure, figures } from './figures.ts';

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

/** A registry of its own, filled by the meter and by what the snapshot shows. */
export function createMetrics(snapshot: Snapshot): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let shown: Awaited<ReturnType<Snapshot>>;
  for (const figure of figures) show(registry, figure, () => shown?.treasury);
  const age: Figure = {
    name: 'postern_treasury_age_seconds',
    help: 'How old the database-wide figures are.',
    type: 'gauge',
    values: () => (shown ? [{ labels: {}, value: shown.ageSeconds }] : []),
  };
  show(registry, age, () => shown?.treasury);
  return {
    meter: createMeter(registers),
    contentType: registry.contentType,
    async scrape() {
      shown = (await snapshot()) ?? shown;
      return registry.metrics();
    },
  };
}

/** prom-client's metrics are counted up in the process; these were counted by the database, and are shown as they are. */
function show(
  registry: Registry,
  { name, help, type, values }: Figure,
  treasury: () => Treasury | undefined,
): void {
  const get = async () => {
    const known = treasury();
    const lines = known ? values(known) : [];
    return {
      name,
      help,
      type,
      values: lines.map((line) => ({ ...line, metricName: `${name}${line.suffix ?? ''}` })),
    };
  };
  registry.registerMetric({ name, help, type, get } as unknown as Metric);
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
  const rpc = counter('rpc_methods_total', 'Methods asked of a node, each entry of a batch counted.', [
    'network',
    'method',
  ]);
  return {
    called: (outcome, seconds) => calls.observe({ outcome }, seconds),
    challenged: (operation) => challenges.inc({ operation }),
    refused: (reason) => refusals.inc({ reason }),
    answered: (method, status) =>
      requests.inc({ method: methods.has(method) ? method : 'other', status: String(status) }),
    asked: (network, method) => rpc.inc({ network, method }),
  };
}
