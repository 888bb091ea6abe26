import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PaymentRequirementsV2Schema } from '@x402/core/schemas';
import { fakeApp, get, publicUrl } from '../../../test/fakes/app.ts';

describe('discovery', () => {
  test('the manifest says networks, tools, prices and tiers', async () => {
    const response = await get(fakeApp(), '/api/mcp/acme/manifest');
    assert.equal(response.status, 200);
    const manifest = await response.json();
    assert.deepEqual(manifest.workspace, { slug: 'acme', name: 'Acme Cameras' });
    assert.equal(manifest.endpoints.mcp, `${publicUrl}/api/mcp/acme`);
    assert.deepEqual(
      manifest.networks.map(({ caip2 }: { caip2: string }) => caip2),
      ['eip155:84532', 'eip155:1328'],
    );
    const [free, priced] = manifest.tools;
    assert.deepEqual([free.name, free.tier, free.price], ['search_kb', 'read', null]);
    assert.deepEqual([priced.tier, priced.price], ['draft', { amountAtomic: '20000', usd: '0.02' }]);
    assert.equal(priced.inputSchema.type, 'object');
    assert.equal(priced.outputSchema.type, 'object');
    assert.equal((await get(fakeApp(), '/api/mcp/nobody/manifest')).status, 404);
  });

  test('/.well-known/x402 lists what is for sale, over all workspaces', async () => {
    const { resources, items } = await (await get(fakeApp(), '/.well-known/x402')).json();
    assert.deepEqual(resources, [
      `${publicUrl}/api/x402/tools/acme/create_ticket`,
      `${publicUrl}/api/mcp/acme`,
    ]);
    assert.equal(items.length, 2);
    for (const item of items) {
      assert.ok(resources.includes(item.resource));
      for (const accepts of item.accepts) PaymentRequirementsV2Schema.parse(accepts);
    }
    assert.deepEqual(
      items.map(({ type }: { type: string }) => type),
      ['http', 'mcp'],
    );
  });

  test('the front page and llms.txt name the door', async () => {
    for (const path of ['/', '/llms.txt']) {
      const response = await get(fakeApp(), path);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /http:\/\/localhost:4020\/api\/mcp\/acme/);
    }
  });
});
