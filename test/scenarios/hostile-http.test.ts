/** What a stranger may do to the HTTP face itself: odd requests, two readings of one request, slow ones, long ones. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type RunningServer, serve } from '../../src/faces/http-serve.ts';
import { sleep } from '../../src/kernel/time.ts';
import { fakeApp } from '../fakes/app.ts';
import { termsOn } from '../fakes/door.ts';
import { encode, paymentV1, paymentV2 } from '../fakes/payments.ts';

const rest = '/api/x402/tools/acme/create_ticket';
const ticket = JSON.stringify({ subject: 's', body: 'b' });
const terms = termsOn(['base-sepolia'], 20_000n)[0]!;

describe('the HTTP face', () => {
  const fake = fakeApp();
  let server: RunningServer;
  before(async () => {
    server = await serve({ ...fake, host: '127.0.0.1', port: 0 });
  });
  after(() => server.stop(0));

  /**
   * Sends text as it is, and gives back all that comes until the server closes, or falls silent once it has answered so
   * often: until then it is waited for, however busy the machine is.
   */
  const raw = (text: string, answers = 1): Promise<string> =>
    new Promise((resolve) => {
      let got = '';
      const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
      socket.setTimeout(20_000, () => socket.destroy());
      socket.on('data', (data) => {
        got += data;
        if (statuses(got).length >= answers) socket.setTimeout(300);
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(got));
    });
  const posting = (path: string, headers: string, body = ticket) =>
    raw(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  const statuses = (answers: string) =>
    [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));

  const unreadable: [string, string][] = [
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'an unknown coding',
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a coding with a tab before its colon',
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a chunk of no size',
      'POST /api/mcp/acme HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n'],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: localhost\n\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: \0\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a host with a path', 'GET / HTTP/1.1\r\nHost: localhost/@evil\r\n\r\n'],
    ['a host with a user', 'GET / HTTP/1.1\r\nHost: evil@localhost\r\n\r\n'],
    ['an asterisk for an address', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['no HTTP at all', 'HELO localhost\r\n\r\n'],
  ];
  for (const [what, request] of unreadable)
    test(`refuses ${what}, once, and keeps it out of caches`, async () => {
      const answer = await raw(`${request}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.equal(statuses(answer)[0], 400, answer);
      assert.match(answer, /no-store/);
      // Whatever follows on a line that two may read differently is not a request.
      if (/Length|Transfer/.test(request) && !/zz/.test(request))
        assert.equal(statuses(answer).length, 1, answer);
    });

  test('counts one payment where several are sent, or none', async () => {
    const [v1, v2] = [encode(paymentV1(terms, 501)), encode(paymentV2(terms, 502))];
    const twice: [string, number][] = [
      [`X-PAYMENT: ${v1}\r\nPAYMENT-SIGNATURE: ${v2}\r\n`, 400],
      [`PAYMENT-SIGNATURE: ${v2}\r\nPAYMENT-SIGNATURE: ${v2}\r\n`, 400],
      [`payment-signature: ${v2}\r\nPayment-Signature: ${encode(paymentV2(terms, 503))}\r\n`, 400],
      ['PAYMENT-SIGNATURE:\r\n', 400],
      [`PAYMENT_SIGNATURE: ${v2}\r\n`, 402],
    ];
    for (const [headers, status] of twice)
      assert.deepEqual(statuses(await posting(rest, headers)), [status], headers.slice(0, 60));
  });

  test('reads a body one way, or not at all', async () => {
    const duplicate = '{"subject":"a","subject":"b","body":"c"}';
    const deep = `{"subject":"a","body":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const body of [
      duplicate,
      deep,
      '{"__proto__":{"subject":"x"},"body":"c"}',
      '\ufeff{}',
      '{"subject":1e999}',
    ]) {
      const [status] = statuses(await posting(rest, '', body));
      assert.ok(status === 400 || status === 422, `${status}: ${body.slice(0, 40)}`);
    }
  });

  test('finds no way from one address to another', async () => {
    for (const path of [
      '/api/mcp/acme/../../x402/tools/acme/none',
      '/api/x402/tools/acme%2fcreate_ticket',
      '/api/x402/tools/acme/create_ticket%00',
      '/api/x402/tools/%2e%2e/create_ticket',
      '//api/x402/tools/acme/create_ticket',
      '/api/x402/tools/acme/create_ticket/',
      '/API/x402/tools/acme/create_ticket',
    ]) {
      const [status] = statuses(await posting(path, ''));
      assert.equal(status, 404, path);
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'QUERY', 'GET', 'HEAD']) {
      const answer = await raw(`${method} ${rest} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
      assert.equal(statuses(answer)[0], 405, method);
    }
    const overridden = `X-HTTP-Method-Override: POST\r\n`;
    assert.equal(statuses(await raw(`GET ${rest} HTTP/1.1\r\nHost: localhost\r\n${overridden}\r\n`))[0], 405);
    const elsewhere =
      'X-Forwarded-Host: evil.example\r\nX-Original-URL: /health\r\nX-Rewrite-URL: /health\r\n';
    const answer = await posting(rest, elsewhere);
    assert.equal(statuses(answer)[0], 402);
    assert.doesNotMatch(answer, /evil\.example/);
  });

  test('takes hundreds of small headers, and drops none of too many in silence', async () => {
    const many = Array.from({ length: 500 }, (_, n) => `x-${n}: 1\r\n`).join('');
    assert.equal(statuses(await posting(rest, many))[0], 402);
    assert.equal(statuses(await posting(rest, many.repeat(5)))[0], 431);
    assert.equal(
      statuses(await raw(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`))[0],
      431,
    );
  });

  test('answers each of many requests sent at once, in their order', async () => {
    const one = `POST ${rest} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${ticket.length}\r\n\r\n${ticket}`;
    const health = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';
    assert.deepEqual(statuses(await raw(`${one}${health}${one}`, 3)), [402, 200, 402]);
  });

  test('none of it was an error of ours', () => assert.deepEqual(fake.logged, []));
});

// Fails without connectionsCheckingInterval: Node would look every 30 s.
test('lets go of who sends his headers a letter at a time, and serves others meanwhile', async (t) => {
  const server = await serve({ ...fakeApp(), host: '127.0.0.1', port: 0 });
  t.after(() => server.stop(0));
  const startedAt = performance.now();
  const slow = Array.from(
    { length: 200 },
    () =>
      new Promise<number>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nX-A: '));
        const timer = setInterval(() => socket.write('a'), 500);
        socket.on('error', () => {});
        socket.on('close', () => {
          clearInterval(timer);
          resolve(performance.now() - startedAt);
        });
        socket.resume();
      }),
  );
  await sleep(500);
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/health`)).status, 200);
  const heldMs = Math.max(...(await Promise.all(slow)));
  assert.ok(heldMs < 20_000, `${heldMs} ms`);
});
