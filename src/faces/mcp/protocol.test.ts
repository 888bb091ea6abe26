import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PosternError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { eraOf, type ProtocolHeaders, readRequest } from './protocol.ts';

const none: ProtocolHeaders = { version: undefined, method: undefined, name: undefined, paid: false };
const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modernHeaders = { version: '2026-07-28', method: 'tools/call', name: 'create_ticket', paid: false };

const request = (meta: Json | undefined, name = 'create_ticket') =>
  readRequest({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, ...(meta === undefined ? {} : { _meta: meta }) },
  })!;

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PosternError, String(error));
    return error.code;
  }
  return 'accepted';
};

describe('a JSON-RPC body', () => {
  for (const [what, body, code] of [
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'ping' }], 'batch_not_supported'],
    ['an empty batch', [], 'batch_not_supported'],
    ['text', 'ping', 'invalid_request'],
    ['null', null, 'invalid_request'],
    ['no version', { id: 1, method: 'ping' }, 'invalid_request'],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }, 'invalid_request'],
    ['no method', { jsonrpc: '2.0', id: 1 }, 'invalid_request'],
    ['a method that is a number', { jsonrpc: '2.0', id: 1, method: 1 }, 'invalid_request'],
    ['an id that is null', { jsonrpc: '2.0', id: null, method: 'ping' }, 'invalid_request'],
    ['an id that is a fraction', { jsonrpc: '2.0', id: 1.5, method: 'ping' }, 'invalid_request'],
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'ping' }, 'invalid_request'],
    ['params by position', { jsonrpc: '2.0', id: 1, method: 'ping', params: [1] }, 'invalid_request'],
  ] as const) {
    test(`is refused: ${what}`, () =>
      assert.equal(
        codeOf(() => readRequest(body as Json)),
        code,
      ));
  }

  test('that asks nothing is dropped', () => {
    assert.equal(readRequest({ jsonrpc: '2.0', method: 'notifications/initialized' }), undefined);
    assert.equal(
      readRequest({ jsonrpc: '2.0', method: 'tools/call', params: { name: 'create_ticket' } }),
      undefined,
    );
    assert.equal(readRequest({ jsonrpc: '2.0', id: 1, result: {} }), undefined);
  });

  test('keeps its id to the letter', () => {
    for (const id of [0, -1, 'a"b', '1']) {
      assert.equal(readRequest({ jsonrpc: '2.0', id, method: 'ping' })!.id, JSON.stringify(id));
    }
  });
});

describe('the era', () => {
  const era = (meta: Json | undefined, headers: Partial<ProtocolHeaders> = {}, name?: string) =>
    eraOf(request(meta, name), { ...none, ...headers });

  test('is legacy without an envelope, with a legacy header or none', () => {
    assert.equal(era(undefined), 'legacy');
    for (const version of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']) {
      assert.equal(era({ progressToken: 1 }, { version, method: 'anything' }), 'legacy');
    }
  });

  test('is modern with an envelope and its mirror', () => {
    assert.equal(era(envelope, modernHeaders), 'modern');
    assert.equal(
      era({ ...envelope, 'io.modelcontextprotocol/clientInfo': { name: 'a', version: '1' } }, modernHeaders),
      'modern',
    );
  });

  for (const [what, meta, headers, code] of [
    ['a header without an envelope', undefined, { version: '2026-07-28' }, 'invalid_params'],
    ['a header of no known version', undefined, { version: '1999-01-01' }, 'unsupported_version'],
    [
      'an envelope of another version',
      { ...envelope, 'io.modelcontextprotocol/protocolVersion': 'v9' },
      { ...modernHeaders, version: 'v9' },
      'unsupported_version',
    ],
    [
      'a version that is a number',
      { ...envelope, 'io.modelcontextprotocol/protocolVersion': 1 },
      modernHeaders,
      'invalid_params',
    ],
    [
      'no capabilities',
      { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
      modernHeaders,
      'invalid_params',
    ],
    [
      'capabilities in a list',
      { ...envelope, 'io.modelcontextprotocol/clientCapabilities': [] },
      modernHeaders,
      'invalid_params',
    ],
    [
      'another version in the header',
      envelope,
      { ...modernHeaders, version: '2025-11-25' },
      'header_mismatch',
    ],
    ['no version header', envelope, { ...modernHeaders, version: undefined }, 'header_mismatch'],
    ['another method', envelope, { ...modernHeaders, method: 'tools/list' }, 'header_mismatch'],
    ['another case', envelope, { ...modernHeaders, method: 'TOOLS/CALL' }, 'header_mismatch'],
    ['no method header', envelope, { ...modernHeaders, method: undefined }, 'header_mismatch'],
    ['another name', envelope, { ...modernHeaders, name: 'search_kb' }, 'header_mismatch'],
    ['no name header', envelope, { ...modernHeaders, name: undefined }, 'header_mismatch'],
    [
      'a payment does not excuse a wrong header',
      envelope,
      { ...modernHeaders, name: 'search_kb', paid: true },
      'header_mismatch',
    ],
    [
      'nor a missing one among others',
      envelope,
      { ...modernHeaders, name: undefined, paid: true },
      'header_mismatch',
    ],
    ['no headers, and nothing to excuse it', envelope, {}, 'header_mismatch'],
  ] as const) {
    test(`is refused: ${what}`, () =>
      assert.equal(
        codeOf(() => era(meta as Json | undefined, headers)),
        code,
      ));
  }

  test('is modern without any header on a paid retry, which x402-fetch sends bare', () => {
    assert.equal(era(envelope, { paid: true }), 'modern');
  });

  test('decodes a name that no header can hold', () => {
    const name = 'größe';
    const encoded = `=?base64?${Buffer.from(name).toString('base64')}?=`;
    assert.equal(era(envelope, { ...modernHeaders, name: encoded }, name), 'modern');
    for (const broken of ['=?base64?Z3LDtsOfZQ?=', '=?base64?Z3LDts!!OfZQ==?=', name.slice(1)]) {
      assert.equal(
        codeOf(() => era(envelope, { ...modernHeaders, name: broken }, name)),
        'header_mismatch',
      );
    }
  });
});
