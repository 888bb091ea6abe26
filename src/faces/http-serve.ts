import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { sleep } from '../kernel/time.ts';
import { noStore, refusal } from './http-reply.ts';
import type { Shortcut } from './mcp/shortcut.ts';

export interface ServeOptions {
  app: Hono;
  /** Asked first; what it leaves alone is the app's. */
  shortcut?: Shortcut | undefined;
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

/** Sockets at once, some 10 KB each while idle. Past it a new one is closed at once, and those at work stay. */
const maxConnections = 8_000;

/** Connections that may wait to be accepted: a burst of a thousand is reset at Node's own 511. */
const maxWaiting = 4_096;

/** Listens. @throws {Error} Node's, as when the port is taken (`EADDRINUSE`) */
export async function serve({ app, shortcut, host, port }: ServeOptions): Promise<RunningServer> {
  const errorHandler = () => refusal('invalid_request');
  const listener = getRequestListener(app.fetch, { errorHandler });
  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      // A request without Host is refused like any other that cannot be read, and not by Node in its own way.
      requireHostHeader: false,
      // Who sends slowly, or nothing, is let go; looked for so often.
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 5_000,
      keepAliveTimeout: 30_000,
    },
    (incoming, outgoing) => {
      if (!shortcut?.(incoming, outgoing)) void listener(incoming, outgoing);
    },
  );
  server.maxConnections = maxConnections;
  server.on('clientError', refuseUnreadable);
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(417, noStore).end();
  });
  server.listen({ port, host, backlog: maxWaiting });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, stop: (graceMs = 5_000) => stop(server, graceMs) };
}

/** What Node calls an error of the connection, as a status line. */
const unreadable: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * What cannot be read as a request is refused as Node does by itself, but that no cache in front may keep the refusal: it
 * would stand for everyone who asks at that address.
 */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const status = unreadable[error.code ?? ''] ?? '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n`,
  );
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
