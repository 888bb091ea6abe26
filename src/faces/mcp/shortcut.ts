/**
 * The MCP endpoint straight on Node's request and response. Nearly every call of the door comes here, and a challenge costs
 * the door less than the fetch objects and the routing around it did. What is not plainly such a call goes the long way, to
 * the same answers: this holds no rule but which calls those are.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PosternError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import type { ClientOf } from '../client-address.ts';
import { jsonIn, maxBodyBytes } from '../http-body.ts';
import type { Reply } from '../http-reply.ts';
import type { AnswerMcp } from './routes.ts';

/** Takes a request that it can answer. @returns whether it did; what it leaves alone is untouched */
export type Shortcut = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

export interface ShortcutPorts {
  answer: AnswerMcp;
  isAllowed(host: string): boolean;
  clientOf: ClientOf;
}

/** The address as clients are told it. Any other spelling goes the long way. */
const address = /^\/api\/mcp\/([a-z0-9][a-z0-9-]{0,62})(\?payment=meta)?$/;

export function mcpShortcut({ answer, isAllowed, clientOf }: ShortcutPorts): Shortcut {
  return (incoming, outgoing) => {
    const { method, url = '', headers } = incoming;
    const found = method === 'POST' && address.exec(url);
    if (!found || !isAllowed(headers.host ?? '') || !isShort(headers['content-length'])) return false;
    const header = (name: string) => headers[name] as string | undefined;
    void answer({
      slug: found[1]!,
      dialect: found[2] === undefined ? 'http' : 'meta',
      header,
      client: clientOf({ env: { incoming }, req: { header } }),
      read: () => readBody(incoming),
    })
      .then((reply) => send(reply, outgoing))
      // Never more than one answer on a connection that is in doubt.
      .catch((error: Error) => outgoing.destroy(error));
    return true;
  };
}

/** Node holds a body to the length it declares, so that one need not be counted. */
const isShort = (declared: string | undefined): boolean =>
  declared !== undefined && /^\d{1,6}$/.test(declared) && Number(declared) <= maxBodyBytes;

function readBody(incoming: IncomingMessage): Promise<Json> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const broken = () =>
      incoming.complete || reject(new PosternError('invalid_request', 'The body did not arrive whole.'));
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('error', broken);
    incoming.once('close', broken);
    incoming.once('end', () => {
      try {
        resolve(jsonIn(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** With its length, an answer is one write to the kernel; without, Node would send it in chunks. */
function send({ status, headers, body }: Reply, outgoing: ServerResponse): void {
  const text = body ?? '';
  outgoing.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(text) }).end(text);
}
