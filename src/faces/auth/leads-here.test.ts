import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadsHere } from './leads-here.ts';

const origin = 'https://desk.example';

test('an address leads here only if it does so as a browser reads it', () => {
  for (const address of [
    '/',
    '/app',
    '/app/acme/inbox?ticket=tkt_1#m',
    '/welcome?next=https://evil.example',
    '/app/../welcome',
    `${origin}/app`,
  ])
    assert.ok(leadsHere(address, origin), address);
  for (const address of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/app/../..//evil.example',
    '/app/..//evil.example',
    '/app/%2e%2e//evil.example',
    '/%2fevil.example',
    '%2f%2fevil.example',
    '/app/..%2f%2fevil.example',
    '/%5cevil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    'https://desk.example@evil.example/',
    'https://desk.example.evil.example/',
    '/%',
    '/%E0%A4',
  ])
    assert.ok(!leadsHere(address, origin), address);
});
