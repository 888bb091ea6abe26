/** Published MCP clients at the second door, unmodified: a header is all that they are told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMCPClient } from '@ai-sdk/mcp';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { acme, admin, credential, mailsAbout, ticketOf, url } from '../second-door.ts';

interface Connected {
  listTools(): Promise<{ tools: { name: string; _meta?: Record<string, unknown> }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<{
    isError?: boolean;
    structuredContent?: Record<string, unknown>;
  }>;
  close(): Promise<void>;
}

const info = { name: 'peer', version: '1.0.0' };
const door = new URL(`${url}/api/mcp`);
type Headers = Record<string, string>;

async function clientV2(headers: Headers, mode: 'legacy' | { pin: string }): Promise<Connected> {
  const client = new ClientV2(info, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(door, { requestInit: { headers } }));
  return client as Connected;
}

const clients: Record<string, (headers: Headers) => Promise<Connected>> = {
  'SDK 1': async (headers) => {
    const client = new ClientV1(info);
    await client.connect(new TransportV1(door, { requestInit: { headers } }));
    return client as unknown as Connected;
  },
  'client 2, revision 2025': (headers) => clientV2(headers, 'legacy'),
  'client 2, revision 2026-07-28': (headers) => clientV2(headers, { pin: '2026-07-28' }),
  'AI SDK': async (headers) =>
    (await createMCPClient({ transport: { type: 'http', url: door.href, headers } })) as unknown as Connected,
};

for (const [name, connect] of Object.entries(clients)) {
  test(`${name}: lists, reads, drafts, queues and sends`, async () => {
    const { credentialId, secret } = await credential(name);
    const client = await connect({ Authorization: `Bearer ${secret}` });
    const { tools } = await client.listTools();
    const listed = tools.find((tool) => tool.name === 'send_reply');
    assert.equal(listed?._meta?.['postern/permission'], 'queues');
    assert.ok(!tools.some((tool) => tool.name === 'create_credential'));

    const ticketId = await ticketOf();
    const context = await client.callTool({ name: 'get_ticket_context', arguments: { ticketId } });
    assert.match(JSON.stringify(context.structuredContent), /does not charge/);
    const reply = { name: 'send_reply', arguments: { ticketId, body: 'Dry it slowly.' } };
    assert.equal((await client.callTool(reply)).structuredContent?.outcome, 'queued');
    await acme.call(admin, 'grant_tool', { credentialId, tool: 'send_reply' });
    assert.equal((await client.callTool(reply)).structuredContent?.outcome, 'sent');
    assert.equal((await mailsAbout(ticketId)).length, 1);

    // A refusal is a result that the model reads, and none that the client chokes on.
    const refused = await client.callTool({ name: 'search_kb', arguments: {} });
    assert.equal(refused.isError, true);
    await acme.call(admin, 'revoke_credential', { credentialId });
    await assert.rejects(client.callTool(reply), /401|unauthori[sz]ed|credential/i);
    await client.close().catch(() => {});
  });

  test(`${name}: without a good credential it does not connect`, async () => {
    for (const headers of [{}, { Authorization: 'Bearer mcp_none' }])
      await assert.rejects(connect(headers as Headers), /401|unauthori[sz]ed|credential/i);
  });
}
