import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from 'hono';
import { clientsBehind } from './client-address.ts';

/** A request from `socket` that carries `forwarded` as X-Forwarded-For. */
const asking = (proxies: string[], socket: string | undefined, forwarded?: string): string => {
  const c = {
    env: { incoming: { socket: { remoteAddress: socket } } },
    req: { header: (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined) },
  } as unknown as Context;
  return clientsBehind(proxies)(c)();
};

test('the socket says who asks, and no header changes that', () => {
  assert.equal(asking([], '198.51.100.7'), '198.51.100.7');
  assert.equal(asking([], '198.51.100.7', '203.0.113.1'), '198.51.100.7');
  // Fails without the isProxy check: whoever calls directly would name any address he likes.
  assert.equal(asking(['10.0.0.0/8'], '198.51.100.7', '203.0.113.1'), '198.51.100.7');
  assert.equal(asking([], undefined), 'unknown');
});

test('behind proxies that were named, the first address from the right that is none of them', () => {
  const proxies = ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'];
  const cases: [socket: string, forwarded: string | undefined, client: string][] = [
    ['10.1.2.3', '203.0.113.1', '203.0.113.1'],
    ['::ffff:10.1.2.3', '203.0.113.1', '203.0.113.1'],
    // The left end is what the client itself sent.
    ['10.1.2.3', '1.1.1.1, 203.0.113.1', '203.0.113.1'],
    ['10.1.2.3', '1.1.1.1, 203.0.113.1, 192.0.2.1,10.9.9.9', '203.0.113.1'],
    ['fd00::1', '203.0.113.1:4711', '203.0.113.1'],
    ['fd00::1', '[2001:db8::5]:443', '2001:db8:0:0::/64'],
    ['10.1.2.3', undefined, '10.1.2.3'],
    ['10.1.2.3', '', '10.1.2.3'],
    ['10.1.2.3', '203.0.113.1, nonsense', '10.1.2.3'],
    ['10.1.2.3', '203.0.113.1, nonsense, 10.4.4.4', '10.4.4.4'],
    ['10.1.2.3', '10.4.4.4', '10.4.4.4'],
    ['192.0.2.2', '203.0.113.1', '192.0.2.2'],
  ];
  for (const [socket, forwarded, client] of cases)
    assert.equal(asking(proxies, socket, forwarded), client, `${socket} with ${forwarded}`);
});

test('one IPv6 network of a customer is one client, however it is written', () => {
  const same = [
    '2001:db8:1:2::1',
    '2001:db8:1:2:ffff:ffff:ffff:ffff',
    '2001:0DB8:0001:0002::',
    '2001:db8:1:2::1%eth0',
  ];
  for (const address of same) assert.equal(asking([], address), '2001:db8:1:2::/64', address);
  assert.equal(asking([], '2001:db8:1:3::1'), '2001:db8:1:3::/64');
  assert.equal(asking([], '::1'), '0:0:0:0::/64');
  assert.equal(asking([], '2001:db8::5.6.7.8'), '2001:db8:0:0::/64');
  assert.equal(asking([], '::FFFF:198.51.100.7'), '198.51.100.7');
});
