import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { decodePaymentSignatureHeader, encodePaymentRequiredHeader } from '@x402/core/http';
import { authorizationTypes } from '@x402/evm';
import { recoverTypedDataAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type EvmNetwork, findNetwork } from '../../chains/networks.ts';
import { run } from './commands.ts';

const key = `0x${'7'.repeat(64)}` as const;
const payer = privateKeyToAccount(key).address;
const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C';
const sepolia = findNetwork('base-sepolia')!;
const purchaseId = 'pur_0123456789abcdefghjkmnpq';
const output = { ticketId: 'tkt_0123456789abcdefghjkmnpq', number: 21, status: 'open' };
const delivered = {
  id: purchaseId,
  state: 'delivered',
  transaction: `0x${'ab'.repeat(32)}`,
  receiptId: 'rcp_1',
};

/** What a door does with a paid call: answers, or 'drop' for a connection that ends without a word. */
type Paid = 'drop' | { status?: number; body: object };

const paidWith = (purchase: object, extra: object = { structuredContent: output }): Paid => ({
  body: { result: { content: [], ...extra, _meta: { 'postern/purchase': purchase } } },
});

interface DoorOptions {
  terms?: { network?: EvmNetwork; amount?: string; asset?: string }[];
  /** One for each paid call; the last one repeats. */
  paid?: Paid[];
  /** What the status address says, in turn. */
  states?: object[];
  movedTo?: string;
}

/** A door made by hand: an x402 v2 challenge for `create_ticket`, and whatever the test wants afterwards. */
async function startDoor({
  terms = [{}],
  paid = [paidWith(delivered)],
  states = [],
  movedTo,
}: DoorOptions = {}) {
  const payments: string[] = [];
  const required = {
    x402Version: 2,
    resource: { url: 'http://localhost/', description: '', mimeType: '' },
    accepts: terms.map(({ network = sepolia, amount = '20000', asset = network.asset }) => ({
      ...{ scheme: 'exact', network: network.caip2, amount, asset, payTo, maxTimeoutSeconds: 60 },
      extra: { ...network.domain },
    })),
  };
  const tools = [
    { name: 'search_kb', inputSchema: { properties: { query: { type: 'string' } } } },
    {
      name: 'create_ticket',
      inputSchema: {
        properties: { subject: { type: 'string' }, body: { type: 'string' } },
        required: ['subject'],
      },
      _meta: { 'x402/price': '$0.02' },
    },
  ];
  const server = createServer(async (request, response) => {
    const send = (body: object, status = 200, headers = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    if (movedTo) return send({}, 307, { location: movedTo });
    if (request.url === '/devnet') return send({ networks: [] });
    if (request.method === 'GET') return send(states.length > 1 ? states.shift()! : states[0]!);
    const { method, params } = JSON.parse(await text(request)) as {
      method: string;
      params: { name: string };
    };
    if (method === 'tools/list') return send({ result: { tools } });
    if (params.name === 'search_kb') return send({ result: { structuredContent: { articles: [] } } });
    const payment = request.headers['payment-signature'];
    if (typeof payment !== 'string') {
      return send({ error: 'x' }, 402, {
        'payment-required': encodePaymentRequiredHeader(required as never),
      });
    }
    payments.push(payment);
    answer(paid[Math.min(payments.length, paid.length) - 1]!, response, send);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after(() => server.closeAllConnections());
  after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/mcp/acme`, payments };
}

function answer(paid: Paid, response: ServerResponse, send: (body: object, status?: number) => void): void {
  if (paid === 'drop') response.destroy();
  else send(paid.body, paid.status);
}

async function text(request: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of request) all += chunk;
  return all;
}

/** A machine of its own: a home folder, and a clock that moves when something sleeps. */
async function machine({ withKey = true } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  after(() => rm(home, { recursive: true }));
  let now = 0;
  const keyFile = join(home, 'key');
  if (withKey) await writeFile(keyFile, `${key}\n`);
  return async (...args: string[]) => {
    const printed: string[] = [];
    const notes: string[] = [];
    const code = await run(withKey ? [...args, '--key', keyFile] : args, {
      environment: {},
      home,
      print: (line) => printed.push(line),
      note: (line) => notes.push(line),
      fetch,
      clock: () => now,
      async sleep(ms) {
        now += ms;
      },
    });
    const unfinished = await readdir(join(home, '.postern', 'unfinished')).catch(() => []);
    return { code, out: printed.join('\n'), notes: notes.join('\n'), unfinished };
  };
}

const ticket = (url: string, ...more: string[]) =>
  ['call', 'create_ticket', '--door', url, '--subject', 'Lens', '--body', 'stuck', ...more] as const;

test('a paid call shows the terms, signs exactly them, and prints result, transaction and receipt', async () => {
  const door = await startDoor();
  const postern = await machine();

  const { code, out, notes, unfinished } = await postern(...ticket(door.url));

  assert.equal(code, 0);
  for (const shown of ['$0.02', '20000 atomic', 'eip155:84532', sepolia.asset, payTo, '60 s'])
    assert.ok(notes.includes(shown), shown);
  for (const shown of [output.ticketId, delivered.transaction, purchaseId, 'rcp_1'])
    assert.ok(out.includes(shown), shown);
  assert.deepEqual(unfinished, []);
  const { authorization, signature } = decodePaymentSignatureHeader(door.payments[0]!).payload as never as {
    authorization: Record<string, string>;
    signature: `0x${string}`;
  };
  assert.equal(authorization.to, payTo);
  assert.equal(authorization.value, '20000');
  const signer = await recoverTypedDataAddress({
    domain: { ...sepolia.domain, chainId: sepolia.chainId, verifyingContract: sepolia.asset },
    types: authorizationTypes,
    primaryType: 'TransferWithAuthorization',
    message: authorization as never,
    signature,
  });
  assert.equal(signer, payer);
});

test('--json-output prints one object, and errors in the same form', async () => {
  const door = await startDoor();
  const postern = await machine();
  const paid = await postern(...ticket(door.url, '--json-output'));
  const { result, paid: payment, receipt: _, ...ids } = JSON.parse(paid.out);
  assert.deepEqual(result, output);
  assert.deepEqual(ids, { tool: 'create_ticket', purchaseId, receiptId: 'rcp_1' });
  assert.equal(payment.transaction, delivered.transaction);
  assert.equal(payment.amountAtomic, '20000');
  const refused = await postern(...ticket(door.url, '--json-output', '--max-price', '0.01'));
  assert.equal(refused.code, 1);
  assert.equal(JSON.parse(refused.out).error.code, 'refused');
});

const refusals: [string, DoorOptions['terms'], string[], RegExp][] = [
  ['above --max-price', [{ amount: '20000' }], ['--max-price', '0.019999'], /asks \$0\.02/],
  ['above the default limit', [{ amount: '100001' }], [], /asks \$0\.100001/],
  ['in another token', [{ asset: '0x4200000000000000000000000000000000000006' }], [], /not the USDC/],
  ['on a mainnet', [{ network: findNetwork('base')! }], [], /needs --mainnet/],
  ['on another network than wanted', [{}], ['--network', 'sei-testnet'], /--network is sei-testnet/],
];
for (const [what, terms, flags, reason] of refusals) {
  test(`a price ${what} is refused, and nothing is signed`, async () => {
    const door = await startDoor({ terms });
    const postern = await machine();
    const { code, notes, unfinished } = await postern(...ticket(door.url, ...flags));
    assert.equal(code, 1);
    assert.match(notes, reason);
    assert.deepEqual(door.payments, []);
    assert.deepEqual(unfinished, []);
  });
}

test('a lost connection repeats the same payment', async () => {
  const gateway: Paid = { status: 502, body: {} };
  const door = await startDoor({ paid: ['drop', gateway, 'drop', paidWith(delivered)] });
  const postern = await machine();
  const { code, out } = await postern(...ticket(door.url));
  assert.equal(code, 0);
  assert.ok(out.includes(output.ticketId));
  assert.equal(door.payments.length, 4);
  assert.equal(new Set(door.payments).size, 1);
});

test('after an unknown outcome the same command repeats the payment, another one signs its own', async () => {
  const door = await startDoor({ paid: ['drop', paidWith(delivered)] });
  const postern = await machine();

  const lost = await postern(...ticket(door.url, '--wait', '0'));
  assert.equal(lost.code, 1);
  assert.match(lost.notes, /outcome is unknown; run the same command again/);
  assert.equal(lost.unfinished.length, 1);

  const other = await postern('call', 'create_ticket', '--door', door.url, '--subject', 'Another');
  assert.equal(other.code, 0);
  const again = await postern(...ticket(door.url));
  assert.equal(again.code, 0);
  assert.deepEqual(again.unfinished, []);
  assert.notEqual(door.payments[1], door.payments[0]);
  assert.equal(door.payments[2], door.payments[0]);
});

const pending = { id: purchaseId, state: 'settling' };
const pendingAnswer = paidWith(pending, {
  isError: true,
  structuredContent: { error: { code: 'settlement_pending', detail: 'on its way', retryable: true } },
});

test('a pending settlement is followed at the status address', async () => {
  const states = [pending, { ...pending, state: 'paid' }, { ...delivered, output }];
  const door = await startDoor({ paid: [pendingAnswer], states });
  const postern = await machine();
  const { code, out } = await postern(...ticket(door.url));
  assert.equal(code, 0);
  assert.ok(out.includes(output.ticketId) && out.includes(delivered.transaction));
  assert.equal(door.payments.length, 1);
});

test('a settlement that outlasts --wait keeps its payment; a void one is over', async () => {
  const slow = await startDoor({ paid: [pendingAnswer], states: [pending] });
  const postern = await machine();
  const kept = await postern(...ticket(slow.url, '--wait', '5'));
  assert.equal(kept.code, 1);
  assert.equal(kept.unfinished.length, 1);
  const gone = await startDoor({ paid: [pendingAnswer], states: [{ ...pending, state: 'void' }] });
  const over = await (await machine())(...ticket(gone.url));
  assert.equal(over.code, 1);
  assert.match(over.notes, /nothing was charged/);
  assert.deepEqual(over.unfinished, []);
});

test('an empty wallet is told how to fill it', async () => {
  const refusal = { error: 'insufficient_funds', x402Version: 1, accepts: [] };
  const door = await startDoor({ paid: [{ status: 402, body: refusal }] });
  const { code, notes, unfinished } = await (await machine())(...ticket(door.url));
  assert.equal(code, 1);
  assert.match(notes, /npx postern wallet fund --network base-sepolia --door http:/);
  assert.deepEqual(unfinished, []);
});

test('a free tool needs no wallet; a priced one says how to make one', async () => {
  const door = await startDoor();
  const postern = await machine({ withKey: false });
  const free = await postern('call', 'search_kb', '--door', door.url, '--query', 'lens');
  assert.equal(free.code, 0);
  assert.deepEqual(JSON.parse(free.out), { articles: [] });
  const priced = await postern(...ticket(door.url));
  assert.equal(priced.code, 1);
  assert.match(priced.notes, /npx postern wallet new --fund/);
  assert.deepEqual(door.payments, []);
});

test('tools are listed with prices', async () => {
  const door = await startDoor();
  const { out } = await (await machine({ withKey: false }))('tools', '--door', door.url);
  assert.match(out, /create_ticket {2}\$0\.02 {2}--subject \[--body\]/);
  assert.match(out, /search_kb {2}free/);
});

test('a wrong command line is exit code 2 and sends no payment', async () => {
  const door = await startDoor();
  const postern = await machine();
  const wrong = [
    ['call', 'create_ticket', '--door', door.url],
    ['call', 'no_such_tool', '--door', door.url],
    [...ticket(door.url), '--colour', 'red'],
    [...ticket(door.url), '--max-price', 'ten'],
    [...ticket(door.url), '--network', 'ethereum'],
    ['call'],
    ['nonsense'],
    ['tools', '--door', 'nowhere'],
  ];
  for (const args of wrong) assert.equal((await postern(...args)).code, 2, args.join(' '));
  assert.deepEqual(door.payments, []);
});

test('a door that is not there, or has moved, is one clear line', async () => {
  const postern = await machine();
  const away = await postern(...ticket('http://127.0.0.1:9/api/mcp/acme'));
  assert.equal(away.code, 1);
  assert.match(away.notes, /^postern: http:\/\/127\.0\.0\.1:9 does not answer \(.+\)$/);

  const elsewhere = await startDoor();
  const door = await startDoor({ movedTo: elsewhere.url });
  const moved = await postern(...ticket(door.url));
  assert.equal(moved.code, 1);
  assert.match(moved.notes, /has moved to .+; use that address$/);
  assert.deepEqual(elsewhere.payments, []);
});
