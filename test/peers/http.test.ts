import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePaymentRequiredHeader } from '@x402/core/http';
import { parsePaymentRequired } from '@x402/core/schemas';
import { PaymentRequirementsSchema } from 'x402/types';
import { startTestPostern } from '../postern.ts';
import { assertDelivered, type Fetch, payers, recorder } from './payers.ts';

const postern = await startTestPostern();

const ticket = { subject: 'The shutter sticks', body: 'Below zero it stays open.' };

/** Both ways in without an MCP client: plain HTTP, and JSON-RPC as curl would send it. */
const ways = [
  {
    name: 'plain HTTP',
    async call(send: Fetch, tool: string, input: object) {
      const url = `${postern.url}/api/x402/tools/acme/${tool}`;
      return send(url, { method: 'POST', headers: json, body: JSON.stringify(input) });
    },
    output: (body: unknown) => body as Record<string, unknown>,
  },
  {
    name: 'JSON-RPC',
    async call(send: Fetch, tool: string, input: object) {
      const params = { name: tool, arguments: input };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      return send(`${postern.url}/api/mcp/acme`, { method: 'POST', headers: json, body });
    },
    output: (body: unknown) =>
      (body as { result: { structuredContent: Record<string, unknown> } }).result.structuredContent,
  },
];
const json = { 'content-type': 'application/json' };

for (const way of ways) {
  test(`${way.name}: an unpaid call is a challenge that both versions' own schemas accept`, async () => {
    const response = await way.call(fetch, 'create_ticket', ticket);
    assert.equal(response.status, 402);
    const v2 = parsePaymentRequired(decodePaymentRequiredHeader(response.headers.get('payment-required')!));
    assert.ok(v2.success, JSON.stringify(v2));
    const body = (await response.json()) as { x402Version: number; error: string; accepts: unknown[] };
    assert.equal(body.x402Version, 1);
    assert.equal(typeof body.error, 'string');
    const v1 = body.accepts.map((entry) => PaymentRequirementsSchema.parse(entry));
    assert.deepEqual(
      v1.map(({ maxAmountRequired, payTo }) => [maxAmountRequired, payTo]),
      v2.data.accepts.map((entry) => ['amount' in entry ? entry.amount : undefined, entry.payTo]),
    );
  });

  for (const payer of payers) {
    test(`${way.name}: ${payer.name} pays for a ticket and reads it back`, async () => {
      const account = await postern.fundedWallet();
      const record = recorder();
      const paying = payer.wrap(record.fetch, account);

      const response = await way.call(paying, 'create_ticket', ticket);
      assert.equal(response.status, 200, await response.clone().text());
      const { ticketId } = way.output(await response.json());
      await assertDelivered(postern.url, record.settlement(), account, ticketId);

      const context = await way.call(paying, 'get_ticket_context', { ticketId });
      assert.equal(context.status, 200, await context.clone().text());
      assert.ok(JSON.stringify(way.output(await context.json())).includes(ticket.subject));
    });
  }
}

test('a free tool answers any fetch', async () => {
  for (const way of ways) {
    const response = await way.call(fetch, 'search_kb', { query: 'shutter' });
    assert.equal(response.status, 200);
    assert.ok(Array.isArray(way.output(await response.json()).articles));
  }
});
