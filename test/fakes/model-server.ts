/** A server that speaks the chat protocol of OpenAI over real HTTP on loopback, and answers as it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from '../harness.ts';

/** A request as it came. */
export interface Asked {
  url: string;
  authorization: string | undefined;
  body: { model: string; max_tokens: number; messages: { role: string; content: string }[] };
}

export type Behaviour = (response: ServerResponse, asked: Asked) => unknown;

export interface ModelServer {
  url: string;
  /** All that it was asked, the first first. */
  asked: Asked[];
  /** What it does with every request from now on. */
  behave: Behaviour;
}

export async function startModelServer(behave: Behaviour): Promise<ModelServer> {
  const server = createServer(async (request, response) => {
    const asked: Asked = {
      url: request.url!,
      authorization: request.headers.authorization,
      body: JSON.parse((await textOf(request)) || '{}'),
    };
    model.asked.push(asked);
    await model.behave(response, asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const model: ModelServer = { url: `http://127.0.0.1:${port}/v1`, asked: [], behave };
  return model;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += piece;
  return text;
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A whole answer of the protocol, with this text as the model's. */
export const completion = (
  content: string | null,
  more: object = {},
  usage: unknown = { prompt_tokens: 300, completion_tokens: 50, total_tokens: 350 },
) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'small',
  choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: 'stop' }],
  usage,
});

/** Answers every request with this as the model's text; an object as JSON. */
export const says =
  (content: string | object): Behaviour =>
  (response) =>
    json(response, completion(typeof content === 'string' ? content : JSON.stringify(content)));
