import type { Hono } from 'hono';
import manifest from '../../../package.json' with { type: 'json' };
import { SIGN_IN_WITH_X } from '../../door/sign-in.ts';
import type { Logger } from '../../kernel/log.ts';
import type { ClientOf } from '../client-address.ts';
import type { Gate } from '../gate.ts';
import { readJson } from '../http-body.ts';
import { visibleError, wrongMethod } from '../http-reply.ts';
import { callTool } from './call.ts';
import { dispatch, rpcError, type ServerInfo, type ToolServer } from './dispatch.ts';
import { protocolHeaders } from './protocol.ts';
import { listingOf } from './tools.ts';

const info: ServerInfo = { name: 'postern', title: 'Postern', version: manifest.version };

const instructions = (name: string) =>
  `The helpdesk of ${name}. Free tools just answer. A priced tool answers its first call with HTTP 402 and x402 terms; \
sign one of them and repeat the same call with the payment. Add ?payment=meta to the address to be asked inside a tool \
result instead. After an answer "settlement_pending", ask its status address; never pay again.`;

export interface McpPorts {
  gate: Gate;
  clientOf: ClientOf;
  publicUrl: string;
  log: Logger;
}

/** `POST /api/mcp/{workspace}`: the MCP endpoint, anonymous and stateless. */
export function mountMcp(app: Hono, { gate, clientOf, publicUrl, log }: McpPorts): void {
  const visible = (error: unknown) => visibleError(error, log);

  app.post('/api/mcp/:workspace', async (c) => {
    const { headers } = c.req.raw;
    const v1 = headers.get('x-payment') ?? undefined;
    const v2 = headers.get('payment-signature') ?? undefined;
    const signIn = headers.get(SIGN_IN_WITH_X) ?? undefined;
    const dialect = c.req.query('payment') === 'meta' ? 'meta' : 'http';
    const slug = c.req.param('workspace');
    const client = clientOf(c);
    const findServer = async (): Promise<ToolServer> => {
      const shopfront = await gate.shopfront(client, slug);
      return {
        info,
        instructions: instructions(shopfront.workspace.name),
        listing: listingOf(shopfront, info),
        call: (call) =>
          callTool({ ...call, shopfront, client, dialect, v1, v2, signIn }, { gate, publicUrl }),
      };
    };
    try {
      return await dispatch(await readJson(c.req.raw), protocolHeaders(headers), findServer, visible);
    } catch (error) {
      return rpcError(visible(error));
    }
  });

  app.all('/api/mcp/:workspace', () => wrongMethod('POST, OPTIONS'));
}
