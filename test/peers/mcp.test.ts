import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMCPClient } from '@ai-sdk/mcp';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startTestPostern } from '../postern.ts';
import { assertDelivered, type Fetch, recorder, x402Fetch, x402FetchV2 } from './payers.ts';

const postern = await startTestPostern();

interface ToolResult {
  isError?: boolean;
  structuredContent?: Record<string, unknown>;
}

/** What the clients have in common. */
interface Connected {
  listTools(): Promise<{ tools: { name: string; description?: string; _meta?: Record<string, unknown> }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<ToolResult>;
  close(): Promise<void>;
}

const info = { name: 'peer', version: '1.0.0' };
const door = () => new URL(`${postern.url}/api/mcp/acme`);

/** `versionNegotiation` is how client 2 speaks the revision of 2026-07-28; without it, it initialises as before. */
async function clientV2(fetch: Fetch, mode: 'legacy' | { pin: string }): Promise<Connected> {
  const client = new ClientV2(info, { versionNegotiation: { mode } });
  await client.connect(new TransportV2(door(), { fetch }));
  return client as Connected;
}

const clients: { name: string; connect(fetch: Fetch): Promise<Connected> }[] = [
  {
    name: 'SDK 1',
    async connect(fetch) {
      const client = new ClientV1(info);
      await client.connect(new TransportV1(door(), { fetch }));
      return client as unknown as Connected;
    },
  },
  { name: 'client 2, revision 2025', connect: (fetch) => clientV2(fetch, 'legacy') },
  { name: 'client 2, revision 2026-07-28', connect: (fetch) => clientV2(fetch, { pin: '2026-07-28' }) },
  {
    name: 'AI SDK',
    async connect(fetch) {
      const client = await createMCPClient({ transport: { type: 'http', url: door().href, fetch } });
      return client as unknown as Connected;
    },
  },
];

const ticket = { subject: 'The battery door', body: 'It opens by itself.' };

for (const { name, connect } of clients) {
  test(`${name}: lists tools with prices, and an unpaid call fails`, async () => {
    const client = await connect(fetch);
    const { tools } = await client.listTools();
    const priced = tools.find((tool) => tool.name === 'create_ticket');
    assert.match(priced?.description ?? '', /\$0\.02/);
    assert.equal(priced?._meta?.['agents-x402/paymentRequired'], true);
    assert.ok(tools.some((tool) => tool.name === 'search_kb' && tool._meta === undefined));
    const free = await client.callTool({ name: 'search_kb', arguments: { query: 'battery' } });
    assert.ok(Array.isArray(free.structuredContent?.articles));
    await assert.rejects(client.callTool({ name: 'create_ticket', arguments: ticket }), /402|cost|payment/i);
    await client.close();
  });

  for (const payer of [x402Fetch, x402FetchV2]) {
    test(`${name} with ${payer.name}: pays for a ticket and reads it back`, async () => {
      const account = await postern.fundedWallet();
      const record = recorder();
      const client = await connect(payer.wrap(record.fetch, account));
      await client.listTools();

      const opened = await client.callTool({ name: 'create_ticket', arguments: ticket });
      assert.ok(!opened.isError, JSON.stringify(opened));
      const ticketId = opened.structuredContent?.ticketId;
      await assertDelivered(postern.url, record.settlement(), account, ticketId);

      const context = await client.callTool({ name: 'get_ticket_context', arguments: { ticketId } });
      assert.ok(JSON.stringify(context.structuredContent).includes(ticket.subject));
      await client.close();
    });
  }
}
