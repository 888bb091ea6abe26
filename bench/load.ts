/**
 * The load generator: one child process for the whole bench and for every side, so that it shares no core time with a
 * server. It is told what to send, and reports what came back.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import autocannon from 'autocannon';
import { type Cores, countCores } from './cpu.ts';
import type { HttpCall, Side } from './side.ts';

export type Job =
  /** The same call again and again; an answer counts if it has this status. */
  | {
      kind: 'flood';
      call: HttpCall;
      connections: number;
      status: number;
      until: { seconds: number } | { calls: number };
    }
  /**
   * Rows of calls side by side, within a row one after the other; an answer counts if it is what `expect` says. After
   * `seconds` no further call is made.
   */
  | { kind: 'rows'; rows: HttpCall[][]; expect: keyof typeof expectations; seconds?: number };

export interface Outcome {
  /** Answers that counted, in each second from the first request to the last answer. */
  perSecond: number;
  counted: number;
  failed: number;
  p50Ms: number;
  /** The first answer that did not count. */
  failure?: string;
  /** What the crew of the side under load kept busy meanwhile, and the generator itself. */
  cores?: Cores | undefined;
}

/** Who is under load: whose cores are counted, and whom a profiler watches. */
export type UnderLoad = Pick<Side, 'crew' | 'profiler'>;

export interface Load {
  run(job: Job, side?: UnderLoad): Promise<Outcome>;
  stop(): void;
}

export function startLoad(): Load {
  const child = fork(import.meta.filename);
  const ended = once(child, 'exit').then(() => [{ error: 'the load generator ended' }]);
  const send = async (job: Job): Promise<Outcome> => {
    child.send(job);
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Outcome | { error: string }];
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  };
  return {
    async run(job, side) {
      if (!side) return send(job);
      const cores = countCores({ ...side.crew, load: child.pid! });
      const outcome = await (side.profiler ? side.profiler.around(() => send(job)) : send(job));
      return { ...outcome, cores: cores() };
    },
    stop: () => child.disconnect(),
  };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

const expectations = {
  /** Delivered and settled: a pending answer carries no settlement header. */
  settled({ status, headers }: Answer): boolean {
    const settlement = headers['payment-response'];
    if (status !== 200 || typeof settlement !== 'string') return false;
    return JSON.parse(Buffer.from(settlement, 'base64').toString()).success === true;
  },
  /** A transaction that succeeded, as the receipt says. */
  mined: ({ body }: Answer): boolean => JSON.parse(body).result?.status === '0x1',
};

async function flood(job: Extract<Job, { kind: 'flood' }>): Promise<Outcome> {
  const until = 'seconds' in job.until ? { duration: job.until.seconds } : { amount: job.until.calls };
  const result = await autocannon({ ...job.call, method: 'POST', connections: job.connections, ...until });
  const counted = result.statusCodeStats?.[`${job.status}`]?.count ?? 0;
  return {
    perSecond: counted / result.duration,
    counted,
    failed: result.requests.total - counted + result.errors,
    p50Ms: result.latency.p50,
    failure: JSON.stringify(result.statusCodeStats),
  };
}

async function makeRows({
  rows,
  expect,
  seconds = Number.POSITIVE_INFINITY,
}: Extract<Job, { kind: 'rows' }>): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: rows.length });
  const latenciesMs: number[] = [];
  let failed = 0;
  let failure: string | undefined;
  const startedMs = performance.now();
  await Promise.all(
    rows.map(async (row) => {
      for (const call of row) {
        const sentMs = performance.now();
        if (sentMs - startedMs > seconds * 1000) break;
        const answer = await post(call, agent);
        if (expectations[expect](answer)) latenciesMs.push(performance.now() - sentMs);
        else {
          failed += 1;
          failure ??= `${answer.status} ${answer.body.slice(0, 300)} ${answer.headers['payment-response'] ?? ''}`;
        }
      }
    }),
  );
  const elapsedMs = performance.now() - startedMs;
  agent.destroy();
  const counted = latenciesMs.length;
  const p50Ms = latenciesMs.sort((a, b) => a - b)[counted >> 1] ?? Number.NaN;
  return { perSecond: (counted * 1000) / elapsedMs, counted, failed, p50Ms, failure };
}

function post({ url, headers, body }: HttpCall, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.once('error', reject);
    outgoing.once('response', async (response) => {
      try {
        response.setEncoding('utf8');
        const text = (await response.toArray()).join('');
        resolve({ status: response.statusCode!, headers: response.headers, body: text });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.end(body);
  });
}

if (import.meta.main) {
  process.on('message', (job: Job) => {
    (job.kind === 'flood' ? flood(job) : makeRows(job)).then(
      (outcome) => process.send!(outcome),
      (error) => process.send!({ error: String(error) }),
    );
  });
}
