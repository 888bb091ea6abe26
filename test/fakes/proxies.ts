/** What a test puts in front of a chain's node or of Postgres, to lose, delay or forge what passes between. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { sleep } from '../../src/kernel/time.ts';
import { atEnd } from '../harness.ts';

/** One JSON-RPC call on its way to a node. */
export interface NodeCall {
  id: number;
  method: string;
  params: unknown[];
}

/** A node's answer to one call. */
export type NodeAnswer = { result: unknown } | { error: { code: number; message: string } };

export interface NodeProxy {
  url: string;
  /** Each request waits so long before it is passed on, in milliseconds. */
  latencyMs: number;
  /** HTTP requests so far, whatever became of them. */
  requests: number;
  /** What becomes of a whole request: `cut` breaks its connection, an answer is all it gets; undefined passes it on. */
  refuse: (calls: readonly NodeCall[]) => 'cut' | NodeAnswer | undefined;
  /** Whether the answer to a request is lost: the node has done what it was asked, and nobody hears of it. */
  loses: (calls: readonly NodeCall[]) => boolean;
  /** Answers a single call in the node's place; the node does not see it. Undefined passes it on. */
  answer: (call: NodeCall) => NodeAnswer | undefined;
}

/** A proxy of a node's JSON-RPC that passes everything on until it is told otherwise. It is gone at the end of the file. */
export async function startNodeProxy(target: string): Promise<NodeProxy> {
  const server = createServer(async (request, response) => {
    // It announces nothing: what a test withholds must not come by another way.
    if (request.method !== 'POST') return response.writeHead(405).end();
    proxy.requests++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as NodeCall | NodeCall[];
    const calls = [body].flat();
    if (proxy.latencyMs > 0) await sleep(proxy.latencyMs);
    const refused = proxy.refuse(calls);
    if (refused === 'cut') return request.socket.destroy();
    // A node that refuses a whole batch answers with one object, of no call's id.
    const reply = refused
      ? { jsonrpc: '2.0', id: null, ...refused }
      : await forward(calls, Array.isArray(body)).catch(() => undefined);
    if (!reply || proxy.loses(calls)) return request.socket.destroy();
    response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
  });

  async function forward(calls: readonly NodeCall[], batch: boolean): Promise<unknown> {
    const forged = calls.map((call) => proxy.answer(call));
    const passed = calls.filter((_, i) => !forged[i]);
    const answers = forged.flatMap((answer, i) =>
      answer ? [{ jsonrpc: '2.0', id: calls[i]!.id, ...answer } as object] : [],
    );
    if (passed.length > 0) {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(batch ? passed : passed[0]),
      });
      answers.push(...[(await response.json()) as object | object[]].flat());
    }
    return batch ? answers : answers[0];
  }

  const proxy: NodeProxy = {
    url: await listen(server),
    latencyMs: 0,
    requests: 0,
    refuse: () => undefined,
    loses: () => false,
    answer: () => undefined,
  };
  atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return proxy;
}

/** Which acknowledgement is lost: of a statement that contains this text, with an answer that contains that one. */
export interface Loss {
  statement: string;
  answer?: string;
  /** How long no connection is taken afterwards, and none that stands passes anything. */
  awayMs?: number;
}

export interface DatabaseProxy {
  url: string;
  /**
   * Cuts the connection of the next such statement once it is committed, before its client hears of it.
   * @returns resolves when that has happened.
   */
  lose(loss: Loss): Promise<void>;
  /** Goes on with the server at another address: it was started anew. */
  retarget(url: string): void;
}

/** ReadyForQuery outside a transaction: whatever was asked before it is committed, or was undone. */
const committed = 'Z\0\0\0\x05I';

/** A proxy of a Postgres server that passes everything on until it is told otherwise. It is gone at the end of the file. */
export async function startDatabaseProxy(target: string): Promise<DatabaseProxy> {
  let upstream = new URL(target);
  const sockets = new Set<Socket>();
  let armed: { loss: Loss; done: () => void } | undefined;
  let awayUntil = 0;

  const lose = (): void => {
    const { loss, done } = armed!;
    armed = undefined;
    awayUntil = performance.now() + (loss.awayMs ?? 0);
    if (loss.awayMs) for (const socket of sockets) socket.destroy();
    done();
  };

  const server = createTcpServer((client) => {
    if (performance.now() < awayUntil) return client.destroy();
    const database = connect(Number(upstream.port), upstream.hostname);
    const pair: [Socket, Socket][] = [
      [client, database],
      [database, client],
    ];
    for (const [socket, other] of pair) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    const follow = followStatements();
    let asked = '';
    let answered = '';
    client.on('data', (data) => {
      asked += follow(data);
      database.write(data);
    });
    database.on('data', (data) => {
      answered += data.toString('latin1');
      const ends = answered.endsWith(committed);
      const { statement, answer = '' } = armed?.loss ?? {};
      if (ends && statement && asked.includes(statement) && answered.includes(answer)) {
        lose();
        return void client.destroy();
      }
      if (ends) asked = answered = '';
      client.write(data);
    });
  });
  const port = new URL(await listen(server)).port;
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: url.href,
    lose: (loss) =>
      new Promise((done) => {
        armed = { loss, done };
      }),
    retarget(url) {
      upstream = new URL(url);
    },
  };
}

/** Reads a client's messages as they come. @returns the texts of the statements that it executes, prepared earlier or not. */
function followStatements(): (data: Buffer) => string {
  const prepared = new Map<string, string>();
  let started = false;
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    let executed = '';
    while (true) {
      // The first message alone has no type before its length.
      const start = started ? 1 : 0;
      if (rest.length < start + 4) return executed;
      const end = start + rest.readUInt32BE(start);
      if (rest.length < end) return executed;
      const type = started ? String.fromCharCode(rest[0]!) : 'startup';
      const [first = '', second = ''] = rest.toString('latin1', start + 4, end).split('\0');
      if (type === 'P') prepared.set(first, second);
      if (type === 'B') executed += prepared.get(second) ?? '';
      if (type === 'Q') executed += first;
      started = true;
      rest = rest.subarray(end);
    }
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
