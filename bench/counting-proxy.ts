/**
 * Stands in front of a chain's node and counts what it is asked: JSON-RPC methods, one by one, however they are packed
 * into HTTP requests or WebSocket messages. What the node pushes to its subscribers is counted apart.
 */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { frameReader } from './frames.ts';

export interface CountingProxy {
  url: string;
  /** Starts to count anew. */
  reset(): void;
  counts(): Counts;
  stop(): void;
}

export interface Counts {
  methods: Record<string, number>;
  /** HTTP requests and WebSocket messages that carried them. */
  requests: number;
  /** Notifications from the node. */
  pushes: number;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let counts: Counts = { methods: {}, requests: 0, pushes: 0 };
  const asked = (text: string) => {
    counts.requests += 1;
    for (const method of methodsOf(text)) counts.methods[method] = (counts.methods[method] ?? 0) + 1;
  };
  const answered = (text: string) => {
    counts.pushes += methodsOf(text).length;
  };
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Duplex>();
  const server = createServer(
    (incoming, outgoing) => void relay(incoming, outgoing, { target, agent, asked }),
  );
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    relayWebSocket(incoming, socket, { target, asked, answered });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    reset() {
      counts = { methods: {}, requests: 0, pushes: 0 };
    },
    counts: () => counts,
    stop() {
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
    },
  };
}

/** The methods that a message names: of one call, or of each in a batch. An answer names none. */
function methodsOf(text: string): string[] {
  const message = JSON.parse(text) as { method?: string } | { method?: string }[];
  return [message].flat().flatMap(({ method }) => (method ? [method] : []));
}

async function relay(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { target, agent, asked }: { target: string; agent: Agent; asked: (text: string) => void },
): Promise<void> {
  const body = Buffer.concat(await incoming.toArray());
  asked(body.toString());
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const forward = request(target, { method: 'POST', agent, headers }, (response) => {
    outgoing.writeHead(response.statusCode!, response.headers);
    response.pipe(outgoing);
  });
  forward.once('error', () => outgoing.destroy());
  forward.end(body);
}

function relayWebSocket(
  { url, headers }: IncomingMessage,
  socket: Duplex,
  { target, asked, answered }: { target: string; asked(text: string): void; answered(text: string): void },
): void {
  // Without extensions no message is compressed, and each can be read.
  const { 'sec-websocket-extensions': _, host: __, ...passed } = headers;
  const upgrade = request(new URL(url ?? '/', target), { headers: passed });
  const end = () => socket.destroy();
  socket.on('error', () => upgrade.destroy());
  upgrade.on('error', end).on('response', end);
  upgrade.on('upgrade', (response, node, head) => {
    const lines = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    socket.on('data', frameReader(asked));
    const fromNode = frameReader(answered);
    node.on('data', fromNode);
    if (head.length > 0) {
      fromNode(head);
      socket.write(head);
    }
    node.pipe(socket).pipe(node);
    node.on('error', end);
    node.once('close', end);
  });
  upgrade.end();
}
