/** What a stranger may try at the door: what is taken from nobody, told to nobody, and paid for by nobody but him. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, type TestContext, test } from 'node:test';
import { encodeDeployData, type Hex, type LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { type Artifact, artifactUrl } from '../../src/chains/devnet/contracts/compile.ts';
import { sleep } from '../../src/kernel/time.ts';
import { startNodeProxy } from '../fakes/proxies.ts';
import {
  callTool,
  chainRpc,
  signPayment,
  startSecondProcess,
  startTestPostern,
  termsOf,
} from '../postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const node = await startNodeProxy(postern.devnet.networks[0]!.rpcUrl);
/** Another process on the same database, whose node can be slow. */
const second = await startSecondProcess(postern, { rpcUrls: { 'base-sepolia': node.url } });

const ticket = { subject: 'Mirror sticks', body: 'It stays up after the first frame.' };
const terms = await termsOf(postern.url, 'create_ticket', ticket);
const newKey = () => privateKeyToAccount(generatePrivateKey());

const claims = async () => {
  const rows = await postern.db.selectFrom('claims').select('id').execute();
  return rows.length;
};

/** The second process's node takes so long, until the test ends. */
function slowNode(t: TestContext, latencyMs: number): void {
  node.latencyMs = latencyMs;
  t.after(() => {
    node.latencyMs = 0;
  });
}

/** Funds a new address and puts code there. */
async function contractWallet(code: Hex): Promise<Hex> {
  const { address } = newKey();
  await postern.fund(address);
  await chainRpc(postern, 'anvil_setCode', [address, code]);
  return address;
}

/** The code of a wallet that vouches for what its owner signed. */
async function signerWalletOf(owner: LocalAccount): Promise<Hex> {
  const { abi, bytecode } = JSON.parse(await readFile(artifactUrl('SignerWallet'), 'utf8')) as Artifact;
  const data = encodeDeployData({ abi, bytecode, args: [owner.address] });
  // A creation that is only called answers with the code it would leave.
  return chainRpc<Hex>(postern, 'eth_call', [{ data }, 'latest']);
}

/**
 * Code that counts down from `rounds`, some 26 gas each, and then vouches for any signature (ERC-1271):
 * PUSH3 rounds; JUMPDEST PUSH1 1 SWAP1 SUB DUP1 PUSH1 4 JUMPI POP; return bytes4(0x1626ba7e).
 */
const burner = (rounds: number): Hex =>
  `0x62${rounds.toString(16).padStart(6, '0')}5b600190038060045750631626ba7e60e01b60005260206000f3`;

for (const delayMs of [0, 60, 450])
  test(`one payment, one call, two processes ${delayMs} ms apart, one with a slow node: one ticket`, async (t) => {
    const wallet = await postern.fundedWallet();
    const payment = await signPayment(wallet, terms);
    const before = await claims();
    slowNode(t, 400);
    const late = callTool(second.url, 'create_ticket', ticket, payment);
    await sleep(delayMs);
    const prompt = await callTool(postern.url, 'create_ticket', ticket, payment);
    const answers = [prompt, await late];
    for (const { status, body, headers } of answers) {
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(headers.get('payment-required'), null);
      assert.match(String(body.ticketId), /^tkt_/);
    }
    assert.equal(answers[0]!.body.ticketId, answers[1]!.body.ticketId);
    assert.equal(await claims(), before + 1);
  });

test('a payment that empties its wallet, to two processes: the slow one does not call it unfunded', async (t) => {
  const wallet = newKey();
  const price = BigInt(terms.amount);
  await postern.fund(wallet.address);
  // All but the price goes away, by a payment to somebody else.
  await chainRpc(postern, 'anvil_impersonateAccount', [wallet.address]);
  await chainRpc(postern, 'anvil_setBalance', [wallet.address, '0xde0b6b3a7640000']);
  const rest = (10_000_000n - price).toString(16).padStart(64, '0');
  const data = `0xa9059cbb${'11'.repeat(20).padStart(64, '0')}${rest}`;
  await chainRpc(postern, 'eth_sendTransaction', [{ from: wallet.address, to: terms.asset, data }]);
  const payment = await signPayment(wallet, terms);
  // Long enough that the prompt one has settled before the slow one reads the balance, and it began before either knew.
  slowNode(t, 1_500);
  const late = callTool(second.url, 'create_ticket', ticket, payment);
  await sleep(150);
  const prompt = await callTool(postern.url, 'create_ticket', ticket, payment);
  const answers = [await late, prompt];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  assert.equal(answers[0]!.body.ticketId, answers[1]!.body.ticketId);
});

test('a contract wallet pays and is served', async () => {
  const owner = newKey();
  const wallet = await contractWallet(await signerWalletOf(owner));
  const payment = await signPayment(owner, terms, { signed: { from: wallet } });
  const answer = await callTool(postern.url, 'create_ticket', ticket, payment);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));

  const forged = await signPayment(newKey(), terms, { signed: { from: wallet } });
  const refused = await callTool(postern.url, 'create_ticket', ticket, forged);
  assert.equal(refused.status, 402);
  assert.equal(refused.body.error, 'invalid_exact_evm_payload_signature');
});

test('a contract wallet that would burn our gas is refused before anything is claimed', async () => {
  const stranger = newKey();
  const before = await claims();
  // In gas: some 400,000 with the transfer, and 8 million.
  for (const rounds of [12_000, 300_000]) {
    const wallet = await contractWallet(burner(rounds));
    const payment = await signPayment(stranger, terms, { signed: { from: wallet } });
    const answer = await callTool(postern.url, 'create_ticket', ticket, payment);
    assert.equal(answer.status, 402, `${rounds} rounds: ${JSON.stringify(answer.body)}`);
  }
  assert.equal(await claims(), before);
  // The same code in moderation is a wallet like any other: it is the gas that is refused.
  const modest = await contractWallet(burner(10));
  const payment = await signPayment(stranger, terms, { signed: { from: modest } });
  assert.equal((await callTool(postern.url, 'create_ticket', ticket, payment)).status, 200);
});

test('who cannot pay does not learn whose tickets exist', async (t) => {
  const owner = await postern.fundedWallet();
  const made = await callTool(postern.url, 'create_ticket', ticket, await signPayment(owner, terms));
  const ids = [String(made.body.ticketId), 'tkt_000000000000000000000000'];
  const [forger, pauper] = [newKey(), newKey()];
  // Where the node is slow, the desk has long answered when the payment is found bad.
  slowNode(t, 60);
  for (const url of [postern.url, second.url])
    for (const tool of ['draft_reply', 'get_ticket_context']) {
      const bodies = ids.map((ticketId) => (tool === 'draft_reply' ? { ticketId, body: 'x' } : { ticketId }));
      const asked = await termsOf(url, tool, bodies[0]);
      const attempts: [string, () => Promise<string | undefined>][] = [
        ['no payment', async () => undefined],
        ['a forged one', () => signPayment(forger, asked, { authorization: { from: owner.address } })],
        ['one without funds', () => signPayment(pauper, asked)],
        ['one for less', () => signPayment(owner, asked, { signed: { value: 1n } })],
      ];
      for (const [what, payment] of attempts) {
        const [there, absent] = await Promise.all(
          bodies.map(async (body) => callTool(url, tool, body, await payment())),
        );
        assert.equal(there!.status, 402, `${tool}, ${what}`);
        assert.equal(absent!.status, 402, `${tool}, ${what}`);
        assert.deepEqual(there!.body, absent!.body, `${tool}, ${what}`);
      }
    }
});

test('a slug that no workspace can have is not found, on every route', async () => {
  const slugs = [
    '%00',
    'acme%00',
    '%E0%A4',
    'a%ED%A0%80',
    '%2e%2e%2facme',
    'ACME',
    "acme'%3b--",
    '-acme',
    '%F0%9F%93%B7',
    '__proto__',
    'a'.repeat(300),
  ];
  const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const post = (body: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
  for (const slug of slugs) {
    const routes: [string, RequestInit][] = [
      [`/api/mcp/${slug}`, post(list)],
      [`/api/x402/tools/${slug}/create_ticket`, post(JSON.stringify(ticket))],
      [`/api/mcp/${slug}/manifest`, {}],
    ];
    for (const [path, init] of routes) {
      const answer = await fetch(`${postern.url}${path}`, init);
      assert.equal(answer.status, 404, `${path}: ${await answer.text()}`);
    }
  }
  for (const id of ['%00', 'pur_%00', '%E0%A4']) {
    const answer = await fetch(`${postern.url}/api/purchases/${id}`);
    assert.equal(answer.status, 404, `${id}: ${await answer.text()}`);
  }
});
