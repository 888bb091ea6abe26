import type { Hono } from 'hono';
import type { Door } from '../../door/types.ts';
import { purchaseHeaders, purchaseJson } from '../http-purchase.ts';
import { json, wrongMethod } from '../http-reply.ts';

/** `GET /api/purchases/{id}`: where a purchase stands, its transaction, its result. Knowing the id is the proof. */
export function mountPurchases(app: Hono, { door, publicUrl }: { door: Door; publicUrl: string }): void {
  app.get('/api/purchases/:id', async (c) => {
    const purchase = await door.purchase(c.req.param('id'));
    const { Location: _, ...headers } = purchaseHeaders(purchase, publicUrl);
    return json(purchaseJson(purchase, publicUrl), 200, headers);
  });
  app.all('/api/purchases/:id', () => wrongMethod('GET, OPTIONS'));
}
