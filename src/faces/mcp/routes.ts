import type { Hono } from 'hono';
import manifest from '../../../package.json' with { type: 'json' };
import { SIGN_IN_WITH_X } from '../../door/sign-in.ts';
import type { Json } from '../../kernel/json.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Client, ClientOf } from '../client-address.ts';
import type { Gate } from '../gate.ts';
import { refuseCredential } from '../http-bearer.ts';
import { readJson } from '../http-body.ts';
import { type Reply, responseOf, visibleError, wrongMethod } from '../http-reply.ts';
import { callTool } from './call.ts';
import { dispatch, rpcError, type ServerInfo, type ToolServer } from './dispatch.ts';
import { protocolHeaders } from './protocol.ts';
import { listingOf } from './tools.ts';

/** What the server calls itself at both doors. */
export const info: ServerInfo = { name: 'postern', title: 'Postern', version: manifest.version };

const instructions = (name: string) =>
  `The helpdesk of ${name}. Free tools just answer. A priced tool answers its first call with HTTP 402 and x402 terms; \
sign one of them and repeat the same call with the payment. Add ?payment=meta to the address to be asked inside a tool \
result instead. After an answer "settlement_pending", ask its status address; never pay again.`;

export interface McpPorts {
  gate: Gate;
  publicUrl: string;
  log: Logger;
}

/** One POST to a workspace's MCP endpoint, in whatever way it came. */
export interface McpRequest {
  slug: string;
  /** `?payment=meta` where the caller wants to be asked for payment inside a tool result. */
  dialect: 'http' | 'meta';
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  client: Client;
  /** @throws {PosternError} what is wrong with the body */
  read(): Promise<Json>;
}

/** Answers what was posted to the MCP endpoint. Never throws. */
export type AnswerMcp = (request: McpRequest) => Promise<Reply>;

/** The MCP endpoint, anonymous and stateless. */
export function createMcp({ gate, publicUrl, log }: McpPorts): AnswerMcp {
  const visible = (error: unknown) => visibleError(error, log);
  return async ({ slug, dialect, header, client, read }) => {
    const v1 = header('x-payment');
    const v2 = header('payment-signature');
    const signIn = header(signInHeader);
    const findServer = async (): Promise<ToolServer> => {
      refuseCredential(header('authorization'), publicUrl);
      const shopfront = await gate.shopfront(client, slug);
      return {
        info,
        instructions: instructions(shopfront.workspace.name),
        listing: listingOf(shopfront, info),
        cacheScope: 'public',
        call: (call) =>
          callTool({ ...call, shopfront, client, dialect, v1, v2, signIn }, { gate, publicUrl }),
      };
    };
    try {
      return await dispatch(await read(), protocolHeaders(header), findServer, visible);
    } catch (error) {
      return rpcError(visible(error));
    }
  };
}

const signInHeader = SIGN_IN_WITH_X.toLowerCase();

/** `POST /api/mcp/{workspace}`, for what does not take the shortcut. */
export function mountMcp(app: Hono, answer: AnswerMcp, clientOf: ClientOf): void {
  app.post('/api/mcp/:workspace', async (c) => {
    const { headers } = c.req.raw;
    const reply = await answer({
      slug: c.req.param('workspace'),
      dialect: c.req.query('payment') === 'meta' ? 'meta' : 'http',
      header: (name) => headers.get(name) ?? undefined,
      client: clientOf(c),
      read: () => readJson(c.req.raw),
    });
    return responseOf(reply);
  });

  app.all('/api/mcp/:workspace', () => wrongMethod('POST, OPTIONS'));
}
