import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from '../harness.ts';

/** What `POST /settle` was asked, as x402 version 2 has it. */
export interface SettleRequest {
  x402Version: number;
  paymentPayload: {
    x402Version: number;
    accepted: object;
    payload: { signature: string; authorization: Record<string, string> };
  };
  paymentRequirements: Record<string, unknown>;
}

export interface FakeFacilitator {
  url: string;
  /** CAIP-2 ids that it claims to settle on. */
  supports: string[];
  /** What was asked, and by whose token, in order. */
  asked: { request: SettleRequest; authorization: string | undefined }[];
  /** Answers `POST /settle`: with JSON, or in a way of its own, returning nothing. */
  settle: (
    request: SettleRequest,
    response: ServerResponse,
  ) => Promise<object | undefined> | object | undefined;
}

/** Another facilitator, as good or bad as the test has it. It is gone at the end of the file. */
export async function startFakeFacilitator(settle: FakeFacilitator['settle']): Promise<FakeFacilitator> {
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const answer = (body: object) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (incoming.url === '/supported') {
      const kinds = fake.supports.map((network) => ({ x402Version: 2, scheme: 'exact', network }));
      return answer({ kinds, extensions: [], signers: {} });
    }
    const request = JSON.parse(Buffer.concat(chunks).toString()) as SettleRequest;
    fake.asked.push({ request, authorization: incoming.headers.authorization });
    try {
      const body = await fake.settle(request, response);
      if (body) answer(body);
    } catch {
      // It was handed over twice at once, and the chain took the first: what is not settled here is an error there.
      response.writeHead(500).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeFacilitator = { url, supports: [], asked: [], settle };
  return fake;
}
