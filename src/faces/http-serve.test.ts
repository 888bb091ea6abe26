import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Hono } from 'hono';
import { type Answered, fakeApp } from '../../test/fakes/app.ts';
import { maxBodyBytes } from './http-body.ts';
import { type RunningServer, serve } from './http-serve.ts';

describe('the server on loopback', () => {
  let server: RunningServer;
  let url: string;
  const { app, shortcut, logged } = fakeApp();
  before(async () => {
    server = await serve({ app, shortcut, host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${server.port}/api/mcp/acme`;
  });
  after(() => server.stop(0));

  const send = (init: RequestInit): Promise<Answered> => fetch(url, init);
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const sized = (bytes: number) => {
    const bare = JSON.stringify({ ...ping, params: { pad: '' } });
    return bare.replace('""', `"${'x'.repeat(bytes - bare.length)}"`);
  };

  /** Sends a body in chunks, with no length declared, for as long as the server takes it. */
  const sendChunked = (chunks: Iterable<string>): Promise<{ status: number; text: string; sent: number }> =>
    new Promise((resolve, reject) => {
      let sent = 0;
      const outgoing = request(url, { method: 'POST' }, (response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ status: response.statusCode!, text, sent }));
        response.on('error', reject);
      });
      const iterator = chunks[Symbol.iterator]();
      let answered = false;
      outgoing.on('response', () => (answered = true));
      outgoing.on('error', (error) => answered || reject(error));
      const next = () => {
        const { value, done } = iterator.next();
        if (done || answered) return outgoing.end();
        sent += value.length;
        outgoing.write(value, () => setImmediate(next));
      };
      next();
    });

  test('takes a body of 384 KB and no more', async () => {
    const whole = await send({ method: 'POST', body: sized(maxBodyBytes) });
    assert.equal(whole.status, 200);
    const over = await send({ method: 'POST', body: sized(maxBodyBytes + 1) });
    assert.equal(over.status, 413);
    assert.equal((await over.json()).error.data.code, 'body_too_large');
  });

  test('counts a chunked body as it comes', async () => {
    const text = sized(maxBodyBytes);
    const fits = await sendChunked([text.slice(0, 1000), text.slice(1000)]);
    assert.equal(fits.status, 200);
    const chunk = 'x'.repeat(16 * 1024);
    const endless = Array.from({ length: 40_000 }, () => chunk);
    const over = await sendChunked(endless);
    assert.equal(over.status, 413);
    assert.equal(JSON.parse(over.text).error.data.code, 'body_too_large');
    assert.ok(over.sent < 64 * 1024 * 1024, `took ${over.sent} bytes`);
  });

  test('refuses an oversized payment header in its own words', async () => {
    const call = { ...ping, method: 'tools/call', params: { name: 'create_ticket', arguments: {} } };
    for (const name of ['x-payment', 'payment-signature']) {
      const headers = { [name]: 'A'.repeat(12_000) };
      const response = await send({ method: 'POST', headers, body: JSON.stringify(call) });
      assert.equal(response.status, 431);
      assert.equal((await response.json()).error.data.code, 'payment_header_too_large');
    }
    const huge = { 'x-payment': 'A'.repeat(100_000) };
    assert.equal((await send({ method: 'POST', headers: huge, body: '{}' })).status, 431);
  });

  test('refuses a port that is taken', async () => {
    const again = serve({ app: new Hono(), host: '127.0.0.1', port: server.port });
    await assert.rejects(again, { code: 'EADDRINUSE' });
  });

  test('survives a caller who hangs up halfway', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write('POST /api/mcp/acme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"json');
        setImmediate(() => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    assert.equal((await send({ method: 'POST', body: JSON.stringify(ping) })).status, 200);
    assert.deepEqual(logged, []);
  });
});

test('stopping lets a request under way finish, and cuts it when patience ends', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let arrived = () => {};
  const app = new Hono();
  app.get('/', async (c) => {
    arrived();
    await held;
    return c.text('done');
  });
  const start = async () => {
    const here = new Promise<void>((resolve) => (arrived = resolve));
    const server = await serve({ app, host: '127.0.0.1', port: 0 });
    const answer = fetch(`http://127.0.0.1:${server.port}/`).then((response) => response.text());
    answer.catch(() => {});
    await here;
    return { server, answer };
  };
  const cut = await start();
  await cut.server.stop(10);
  await assert.rejects(cut.answer);

  const finished = await start();
  const stopped = finished.server.stop(60_000);
  release();
  assert.equal(await finished.answer, 'done');
  await stopped;
});
