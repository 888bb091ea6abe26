import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Hono } from 'hono';
import type { Meter } from '../../kernel/meter.ts';
import { onlyHosts } from '../http.ts';
import { type RunningServer, serve } from '../http-serve.ts';
import type { Metrics } from './metrics.ts';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** Serves `/metrics`, and nothing else, on a listener that is none of the public one's. @throws {Error} as `serve` */
export function serveMetrics(
  metrics: Pick<Metrics, 'scrape' | 'contentType'>,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
  const app = new Hono();
  // A page in the operator's own browser may reach this machine's loopback under a name of its own.
  if (loopback.includes(host)) app.use(onlyHosts(loopback));
  app.get('/metrics', async (c) =>
    c.body(await metrics.scrape(), 200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }),
  );
  return serve({ app, host, port });
}

interface Finished {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Counts what the listener on that port answers, by Node's own account of it. @returns what ends the counting */
export function countAnswers(meter: Meter, port: number): () => void {
  const channel = 'http.server.response.finish';
  const onFinish = (message: unknown) => {
    const { request, response } = message as Finished;
    if (request.socket.localPort === port) meter.answered(request.method ?? '', response.statusCode);
  };
  subscribe(channel, onFinish);
  return () => unsubscribe(channel, onFinish);
}
