/** What a buyer holds afterwards: a receipt that anyone can check, and an output that nobody else can read. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { extractReceiptFromResponse, verifyReceiptSignatureEIP712 } from '@x402/extensions/offer-receipt';
import { createSIWxPayload, encodeSIWxHeader } from '@x402/extensions/sign-in-with-x';
import { decodeFunctionData, type Hex, type LocalAccount, serializeSignature } from 'viem';
import { eip3009Abi } from '../../src/chains/evm/eip3009.ts';
import { readReceipt } from '../../src/door/receipts.ts';
import type { SignInChallenge } from '../../src/door/sign-in.ts';
import {
  type Accept,
  callTool,
  chainRpc,
  signPayment,
  startSecondProcess,
  startTestPostern,
  termsOf,
} from '../postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const secret = 'It will not fire below zero.';
const ticket = { subject: 'Shutter stuck', body: secret };
const terms = await termsOf(postern.url, 'create_ticket', ticket);

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asks
type Loose = any;

const getJson = async (path: string): Promise<Loose> => (await fetch(`${postern.url}${path}`)).json();
const decode = (header: string | null): Loose => JSON.parse(Buffer.from(header!, 'base64').toString());

/** A ticket of the wallet, and its reading, paid: the private output of a purchase. */
async function buyPrivate(wallet: LocalAccount) {
  const made = await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  const input = { ticketId: made.body.ticketId };
  const asked = await termsOf(postern.url, 'get_ticket_context', input);
  const payment = await signPayment(wallet, asked);
  const first = await callTool(postern.url, 'get_ticket_context', input, payment);
  assert.match(JSON.stringify(first.body), /below zero/);
  return { input, asked, payment, first };
}

/** The call again with a payment, from whoever holds it, over REST or MCP; with a sign-in where one is given. */
async function again(input: object, headers: Record<string, string>, url = postern.url) {
  const rest = await fetch(`${url}/api/x402/tools/acme/get_ticket_context`, {
    method: 'POST',
    headers,
    body: JSON.stringify(input),
  });
  const text = await rest.text();
  return { status: rest.status, text, body: JSON.parse(text) as Loose, headers: rest.headers };
}

const signIn = async (wallet: LocalAccount, { info, supportedChains }: SignInChallenge) =>
  encodeSIWxHeader(await createSIWxPayload({ ...info, ...supportedChains[0]! }, wallet, postern.url));

test('a paid call leaves a receipt that the published package verifies against the published key', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const response = await fetch(`${postern.url}/api/x402/tools/acme/create_ticket`, {
    method: 'POST',
    headers: { 'PAYMENT-SIGNATURE': payment },
    body: JSON.stringify(ticket),
  });
  const receipt = extractReceiptFromResponse(response) as Loose;
  const { signer, payload } = await verifyReceiptSignatureEIP712(receipt);
  const settlement = decode(response.headers.get('payment-response'));
  assert.deepEqual(payload, {
    version: 1,
    network: 'eip155:84532',
    resourceUrl: `${postern.url}/api/x402/tools/acme/create_ticket`,
    payer: wallet.address.toLowerCase(),
    issuedAt: payload.issuedAt,
    transaction: settlement.transaction,
  });
  assert.ok(Math.abs(payload.issuedAt - Date.now() / 1000) < 60);
  assert.doesNotMatch(JSON.stringify(receipt), /fire|Shutter|tkt_/);

  const published = await getJson('/.well-known/x402');
  assert.deepEqual(published.receipts, { format: 'eip712', signer: signer.toLowerCase() });
  assert.deepEqual((await getJson('/api/mcp/acme/manifest')).receipts, published.receipts);

  // The same receipt wherever it is asked for, byte for byte, and headers that common proxies pass on.
  const id = response.headers.get('postern-purchase')!;
  assert.deepEqual((await getJson(`/api/purchases/${id}`)).receipt, receipt);
  const v1 = decode(response.headers.get('x-payment-response'));
  assert.deepEqual(v1.extensions['offer-receipt'].info.receipt, receipt);
  const repeated = await callTool(postern.url, 'create_ticket', ticket, payment);
  assert.equal(repeated.headers.get('payment-response'), response.headers.get('payment-response'));
  const size = [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  assert.ok(size < 4096, `${size} bytes of headers`);
});

test('over MCP the receipt is in the payment response of the result, and of its headers', async () => {
  const wallet = await postern.fundedWallet();
  const response = await fetch(postern.door, {
    method: 'POST',
    headers: { 'PAYMENT-SIGNATURE': await signPayment(wallet, terms) },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'create_ticket', arguments: ticket },
    }),
  });
  const inHeader = extractReceiptFromResponse(response) as Loose;
  const { result } = (await response.json()) as Loose;
  const inResult = result._meta['x402/payment-response'].extensions['offer-receipt'].info.receipt;
  assert.deepEqual(inResult, inHeader);
  assert.equal(readReceipt(inResult).receipt.payload.payer, wallet.address.toLowerCase());
});

test('processes of one house sign with one key', async () => {
  const second = await startSecondProcess(postern);
  const theirs = (await (await fetch(`${second.url}/.well-known/x402`)).json()) as Loose;
  assert.deepEqual(theirs.receipts, (await getJson('/.well-known/x402')).receipts);
  second.process.kill('SIGTERM');
});

test('a header rebuilt from the chain’s calldata reads no ticket text and learns no purchase id', async () => {
  const wallet = await postern.fundedWallet();
  const { input, asked, first } = await buyPrivate(wallet);
  const hash = decode(first.headers.get('payment-response')).transaction as Hex;
  const { input: data } = await chainRpc<{ input: Hex }>(postern, 'eth_getTransactionByHash', [hash]);
  const { args } = decodeFunctionData({ abi: eip3009Abi, data });
  const [from, to, value, validAfter, validBefore, nonce, v, r, s] = args as unknown as [
    ...[Hex, Hex, bigint, bigint, bigint, Hex],
    ...[number, Hex, Hex],
  ];
  assert.equal(from, wallet.address);
  const numbers = { value: `${value}`, validAfter: `${validAfter}`, validBefore: `${validBefore}` };
  const payload = {
    signature: serializeSignature({ r, s, v: BigInt(v) }),
    authorization: { from, to, ...numbers, nonce },
  };
  const encode = (payment: object) => Buffer.from(JSON.stringify(payment)).toString('base64');
  const guessed = { 'payment-identifier': { info: { required: false, id: 'pay_0000000000000000' } } };
  const v2 = { x402Version: 2, accepted: asked, payload };
  const stolen: Record<string, string>[] = [
    { 'PAYMENT-SIGNATURE': encode(v2) },
    { 'PAYMENT-SIGNATURE': encode({ ...v2, extensions: guessed }) },
    { 'X-PAYMENT': encode({ x402Version: 1, scheme: 'exact', network: 'base-sepolia', payload }) },
  ];
  // Fails without `withheld` in `view` of the door.
  for (const headers of stolen) {
    const answer = await again(input, headers);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.withheld, true);
    assert.equal(answer.headers.get('cache-control'), 'private, no-store');
    assert.doesNotMatch(`${answer.text} ${[...answer.headers]}`, /below zero|pur_/);
  }
  for (const place of ['', '?payment=meta']) {
    const response = await fetch(`${postern.door}${place}`, {
      method: 'POST',
      headers: stolen[0]!,
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'get_ticket_context', arguments: input },
      }),
    });
    const text = await response.text();
    assert.match(text, /withheld/);
    assert.doesNotMatch(`${text} ${[...response.headers]}`, /below zero|pur_/);
  }
});

test('a repeat that signs in as the payer reads what it bought; anyone else does not', async () => {
  const wallet = await postern.fundedWallet();
  const stranger = await postern.fundedWallet();
  const { input, payment, first } = await buyPrivate(wallet);
  const repeat = async () => {
    const { body } = await again(input, { 'PAYMENT-SIGNATURE': payment });
    return body.extensions['sign-in-with-x'] as SignInChallenge;
  };
  const attempt = (signedIn: string) =>
    again(input, { 'PAYMENT-SIGNATURE': payment, 'SIGN-IN-WITH-X': signedIn });

  const good = await signIn(wallet, await repeat());
  const answer = await attempt(good);
  assert.deepEqual(answer.body, first.body);
  assert.equal(answer.headers.get('postern-purchase'), first.headers.get('postern-purchase'));

  const forged = { ...decode(await signIn(stranger, await repeat())), address: wallet.address };
  const elsewhere = await repeat();
  elsewhere.info.domain = 'other.example';
  elsewhere.info.uri = 'https://other.example/';
  const moved = { ...elsewhere.info, ...elsewhere.supportedChains[0]! };
  const refused: [string, string, string][] = [
    ['used before', good, 'invalid_siwx_nonce'],
    ['of another wallet', await signIn(stranger, await repeat()), 'invalid_siwx_signature'],
    ['forged', Buffer.from(JSON.stringify(forged)).toString('base64'), 'invalid_siwx_signature'],
    [
      'of another domain',
      encodeSIWxHeader(await createSIWxPayload(moved, wallet, 'https://other.example')),
      'invalid_siwx_domain_mismatch',
    ],
    ['nonsense', 'nonsense', 'invalid_siwx_header'],
  ];
  for (const [what, header, reason] of refused) {
    const { status, text, body, headers } = await attempt(header);
    assert.equal(status, 403, what);
    assert.equal(body.reason, reason, what);
    assert.equal(headers.get('cache-control'), 'private, no-store');
    assert.doesNotMatch(`${text} ${[...headers]}`, /below zero|pur_/, what);
  }

  // A sign-in by itself pays for nothing, and one that is not needed is not asked about.
  const alone = await again(input, { 'SIGN-IN-WITH-X': await signIn(wallet, await repeat()) });
  assert.equal(alone.status, 402);
  const bought = await fetch(`${postern.url}/api/x402/tools/acme/create_ticket`, {
    method: 'POST',
    headers: { 'PAYMENT-SIGNATURE': await signPayment(wallet, terms), 'SIGN-IN-WITH-X': 'nonsense' },
    body: JSON.stringify(ticket),
  });
  assert.equal(bought.status, 200);
});

const named = (id: unknown) => ({ 'payment-identifier': { info: { required: false, id } } });
const withExtensions = (payment: string, extensions: object) =>
  Buffer.from(JSON.stringify({ ...decode(payment), extensions })).toString('base64');
const pay = async (wallet: LocalAccount, extensions: object, body: object = ticket, accept: Accept = terms) =>
  callTool(postern.url, 'create_ticket', body, withExtensions(await signPayment(wallet, accept), extensions));

test('payment-identifier: announced as optional, and taken in its format only', async () => {
  const { headers } = await callTool(postern.url, 'create_ticket', ticket);
  const { extensions } = decode(headers.get('payment-required'));
  assert.equal(extensions['payment-identifier'].info.required, false);
  assert.equal(extensions['payment-identifier'].schema.properties.id.minLength, 16);

  const wallet = await postern.fundedWallet();
  for (const id of ['x'.repeat(15), 'x'.repeat(129), 'with a space 0123', 'ümlaut_0123456789', 7, null, {}]) {
    const answer = await pay(wallet, named(id));
    assert.equal(answer.status, 400, JSON.stringify(id));
    assert.equal(answer.body.code, 'malformed_payment');
  }
  for (const id of ['x'.repeat(16), 'A-z_9'.repeat(25), 'x'.repeat(128)])
    assert.equal((await pay(wallet, named(id))).status, 200, id);
  // Echoed without an id, or not at all: none was asked for.
  for (const extensions of [{ 'payment-identifier': { info: { required: false } } }, {}])
    assert.equal((await pay(wallet, extensions)).status, 200);
});

test('payment-identifier: the same name and call is one purchase, another call a conflict, another payer another’s', async () => {
  const [wallet, stranger] = [await postern.fundedWallet(), await postern.fundedWallet()];
  const name = named('pay_7d5d747be160e280504c099d984bcfe0');
  const first = await pay(wallet, name);
  assert.equal(first.status, 200);
  const same = await pay(wallet, name);
  assert.deepEqual(same.body, first.body);
  assert.equal(same.headers.get('postern-purchase'), first.headers.get('postern-purchase'));
  const other = await pay(wallet, name, { ...ticket, body: 'Something else.' });
  assert.equal(other.status, 409);
  assert.equal(other.body.code, 'authorization_conflict');
  const theirs = await pay(stranger, name);
  assert.equal(theirs.status, 200);
  assert.notEqual(theirs.body.ticketId, first.body.ticketId);
});

test('payment-identifier: two payments under one name at once buy once', async () => {
  const wallet = await postern.fundedWallet();
  const name = named('pay_two_at_once_0000001');
  const answers = await Promise.all([1, 2, 3, 4].map(() => pay(wallet, name)));
  for (const { status, body } of answers) assert.equal(status, 200, JSON.stringify(body));
  assert.equal(new Set(answers.map(({ body }) => body.ticketId)).size, 1);
});

test('a wallet’s standing is everyone’s to see; its caps and the reasons are its own', async () => {
  const [wallet, stranger] = [await postern.fundedWallet(), await postern.fundedWallet()];
  const path = `/api/wallets/${wallet.address}?workspace=acme`;
  const asked = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${postern.url}${path}`, { headers });
    assert.equal(response.headers.get('cache-control'), 'private, no-store');
    return { status: response.status, body: (await response.json()) as Loose };
  };
  await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  const address = wallet.address.toLowerCase();
  const { id: workspaceId } = await postern.db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  const entry = { workspaceId, actor: 'operator:ann', action: 'standing.changed', subject: address };
  await postern.db
    .insertInto('auditLog')
    .values([
      { ...entry, id: 'aud_1', reason: 'Helps well.', details: JSON.stringify({ from: 'new', to: 'known' }) },
      { ...entry, id: 'aud_2', reason: 'Not theirs.', subject: stranger.address.toLowerCase() },
    ])
    .execute();

  const { status, body: told } = await asked();
  assert.equal(status, 200);
  const { extensions, ...shown } = told;
  const counts = { proposalsApproved: 0, proposalsRejected: 0, strikes: 0 };
  const { purchasesDelivered, ...rest } = shown;
  assert.deepEqual(rest, { workspace: 'acme', address, standing: 'new', ...counts });
  assert.equal(typeof purchasesDelivered, 'number');

  const challenge = extensions['sign-in-with-x'] as SignInChallenge;
  const proof = await signIn(wallet, challenge);
  const { own, ...same } = (await asked({ 'SIGN-IN-WITH-X': proof })).body;
  assert.deepEqual(same, shown);
  assert.deepEqual(own.reasons, [
    { at: own.reasons[0].at, action: 'standing.changed', reason: 'Helps well.', from: 'new', to: 'known' },
  ]);
  assert.doesNotMatch(JSON.stringify(own), /ann/);
  const caps = new Map(own.caps.map((room: Loose) => [`${room.of} ${room.cap}`, room]));
  const spent = caps.get('wallet actions_per_day') as Loose;
  assert.equal(Number(spent.limit) - Number(spent.left), 1);
  assert.ok(Date.parse(spent.freesAt) > Date.now());
  const dollars = caps.get('wallet usd_per_day') as Loose;
  assert.equal(((Number(dollars.limit) - Number(dollars.left)) * 100).toFixed(0), '2');
  assert.ok(caps.has('new wallets calls_per_minute'));

  const [again, others] = [(await asked()).body, (await asked()).body].map(
    (body) => body.extensions['sign-in-with-x'] as SignInChallenge,
  );
  const expired = { ...again!, info: { ...again!.info, issuedAt: '2026-01-01T00:00:00.000Z' } };
  const refused: [string, string, string][] = [
    ['used before', proof, 'invalid_siwx_nonce'],
    ['of another wallet', await signIn(stranger, others!), 'invalid_siwx_signature'],
    ['of another time', await signIn(wallet, expired), 'invalid_siwx_nonce'],
  ];
  for (const [what, header, reason] of refused) {
    const answer = await asked({ 'SIGN-IN-WITH-X': header });
    assert.equal(answer.status, 403, what);
    assert.equal(answer.body.reason, reason, what);
    assert.equal(answer.body.own, undefined);
  }
});

test('a wallet that is not one, or a workspace that is none, is told so', async () => {
  const ask = (path: string) => fetch(`${postern.url}/api/wallets/${path}`);
  const never = (await (await ask(`0x${'12'.repeat(20)}?workspace=acme`)).json()) as Loose;
  assert.equal(never.standing, 'new');
  assert.equal(never.purchasesDelivered, 0);
  assert.equal((await ask('0x12?workspace=acme')).status, 422);
  assert.equal((await ask('0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045?workspace=acme')).status, 422);
  assert.equal((await ask(`0x${'12'.repeat(20)}`)).status, 422);
  assert.equal((await ask(`0x${'12'.repeat(20)}?workspace=none`)).status, 404);
});
