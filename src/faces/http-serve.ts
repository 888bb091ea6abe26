import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { sleep } from '../kernel/time.ts';

export interface ServeOptions {
  app: Hono;
  /** The interface to listen on, such as `127.0.0.1`. */
  host: string;
  /** 0 takes any free port. */
  port: number;
}

export interface RunningServer {
  port: number;
  /** Takes no more requests, lets those under way finish for `graceMs`, then cuts them. */
  stop(graceMs?: number): Promise<void>;
}

/** All headers together. A payment may take 8 KB, and one that is larger is to meet our words, not Node's bare 431. */
const maxHeaderBytes = 48 * 1024;

/** Listens. @throws {Error} Node's, as when the port is taken (`EADDRINUSE`) */
export async function serve({ app, host, port }: ServeOptions): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 30_000,
    },
  }) as Server;
  server.listen(port, host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, stop: (graceMs = 5_000) => stop(server, graceMs) };
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  const patience = new AbortController();
  server.close();
  // A connection that falls idle only now would otherwise be kept for the caller's next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  await Promise.race([closed, sleep(graceMs, patience.signal)]);
  patience.abort();
  clearInterval(sweep);
  server.closeAllConnections();
  await closed;
}
