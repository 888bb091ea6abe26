/** Settling through another facilitator, which may do what it says, or not, or say what it did not do. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { after, beforeEach, test } from 'node:test';
import { x402Facilitator } from '@x402/core/facilitator';
import { toFacilitatorEvmSigner } from '@x402/evm';
import { ExactEvmScheme } from '@x402/evm/exact/facilitator';
import { createWalletClient, http, type LocalAccount, publicActions } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { baseSepolia } from 'viem/chains';
import { sleep } from '../../src/kernel/time.ts';
import { calldataOf } from '../authorization.ts';
import { type FakeFacilitator, type SettleRequest, startFakeFacilitator } from '../fakes/facilitator.ts';
import { callTool, chainRpc, signPayment } from '../postern.ts';
import {
  balanceOf,
  buy,
  pass,
  purchaseOf,
  reaches,
  send,
  stand,
  stranger,
  submit,
  ticket,
  ticketsOf,
} from '../stand.ts';

const network = 'eip155:84532';
const facilitator = await startFakeFacilitator(() => undefined);
facilitator.supports = [network];
const cleanups: (() => unknown)[] = [];
const it = await stand(
  { after: (cleanup) => void cleanups.push(cleanup as () => unknown) },
  {
    settings: {
      POSTERN_HOT_KEY_FILE: '',
      POSTERN_FACILITATOR_URL: `${facilitator.url}/`,
      POSTERN_FACILITATOR_TOKEN: 'let-me-in',
    },
  },
);
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});
const { ground, node, terms } = it;
const price = BigInt(terms.amount);

/** Puts it on the chain, as a facilitator does. @returns the transaction's hash */
const land = ({ paymentPayload }: SettleRequest) => {
  const header = Buffer.from(JSON.stringify(paymentPayload)).toString('base64');
  return submit(ground, stranger, terms.asset, calldataOf(header));
};
const honestly: FakeFacilitator['settle'] = async (request) => ({
  success: true,
  transaction: await land(request),
  network,
});
const failure = { success: false, errorReason: 'unexpected_settle_error', transaction: '', network };

beforeEach(() => {
  facilitator.asked.length = 0;
  facilitator.settle = honestly;
});

/** What was handed over is handed over again now, not in twenty seconds. */
const again = ({ address }: LocalAccount) =>
  ground.db
    .updateTable('settlements')
    .set({ nextAttemptAt: new Date(0) })
    .where('payer', '=', address.toLowerCase())
    .execute();

/** Waits until so many payments were handed over. */
async function asked(count: number): Promise<void> {
  for (let i = 0; i < 1_000 && facilitator.asked.length < count; i++) await sleep(20);
}

async function assertPaidOnce(wallet: LocalAccount): Promise<void> {
  assert.equal(await ticketsOf(ground, wallet), 1);
  assert.equal(await balanceOf(ground, terms, wallet.address), 10_000_000n - price);
}

test('the reference facilitator settles for us, and no key of ours signs anything', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  await chainRpc(ground, 'anvil_setBalance', [account.address, '0xde0b6b3a7640000']);
  const transport = http(ground.devnet.networks[0]!.rpcUrl);
  const wallet = createWalletClient({ account, chain: baseSepolia, transport, pollingInterval: 20 });
  // The signer's port is wider than viem's generics; the reference's own examples bridge the two in the same way.
  const signer = toFacilitatorEvmSigner({
    ...wallet.extend(publicActions),
    address: account.address,
  } as unknown as Parameters<typeof toFacilitatorEvmSigner>[0]);
  const reference = new x402Facilitator().register(network, new ExactEvmScheme(signer));
  facilitator.settle = ({ paymentPayload, paymentRequirements }) =>
    reference.settle(paymentPayload as never, paymentRequirements as never);
  const payer = await ground.fundedWallet();
  const { status, body } = await send(it, await signPayment(payer, terms));
  assert.equal(status, 200, JSON.stringify(body));
  await assertPaidOnce(payer);
  assert.equal(facilitator.asked.length, 1);
  assert.equal(facilitator.asked[0]!.authorization, 'Bearer let-me-in');
  assert.deepEqual(await ground.db.selectFrom('relayerTransactions').selectAll().execute(), []);
});

test('failure that was none: what landed is delivered', async () => {
  facilitator.settle = async (request) => {
    await land(request);
    return failure;
  };
  const wallet = await ground.fundedWallet();
  const { status } = await send(it, await signPayment(wallet, terms));
  assert.equal(status, 200);
  await assertPaidOnce(wallet);
});

test('failure is not final: it is handed over again, and a new challenge is never the answer', async () => {
  facilitator.settle = (request, response) =>
    facilitator.asked.length < 3 ? failure : honestly(request, response);
  const wallet = await ground.fundedWallet();
  const { status } = await send(it, await signPayment(wallet, terms));
  assert.equal(status, 200);
  assert.equal(facilitator.asked.length, 3);
  await assertPaidOnce(wallet);
});

test('one that hangs holds up no other payer, and may land what it hung on', async () => {
  const [slow, quick] = [await ground.fundedWallet(), await ground.fundedWallet()];
  facilitator.settle = () => undefined;
  send(it, await signPayment(slow, terms));
  await reaches(ground, slow, ({ settlement }) => settlement === 'sent');
  await asked(1);
  facilitator.settle = honestly;
  const { status } = await send(it, await signPayment(quick, terms));
  assert.equal(status, 200);
  assert.equal((await purchaseOf(ground, slow))!.state, 'settling');
  await land(facilitator.asked[0]!.request);
  await reaches(ground, slow, 'delivered');
  await assertPaidOnce(slow);
});

/** Answers that are none. */
const nonsense: [string, (response: ServerResponse) => void][] = [
  ['a broken connection', (response) => response.socket?.destroy()],
  ['no JSON', (response) => response.end('<html>try later</html>')],
  ['JSON of another shape', (response) => response.end('{"success":"true","transaction":1}')],
  ['an empty answer', (response) => response.end()],
  ['success with an error status', (response) => response.writeHead(500).end('{"success":true}')],
  ['too much to be read', (response) => response.end(`{"success":true,"x":"${'x'.repeat(200_000)}"}`)],
  [
    'an answer that never ends',
    (response) => {
      const timer = setInterval(() => response.write(' '.repeat(16_384)), 5);
      response.on('close', () => clearInterval(timer));
    },
  ],
  ['a refusal of the token', (response) => response.writeHead(401).end('{}')],
];

test('nonsense is no answer: each is handed over again, delivered once', async () => {
  for (const [what, answer] of nonsense) {
    facilitator.asked.length = 0;
    facilitator.settle = (request, response) => {
      if (facilitator.asked.length > 1) return honestly(request, response);
      answer(response);
      return undefined;
    };
    const wallet = await ground.fundedWallet();
    send(it, await signPayment(wallet, terms));
    await asked(1);
    await sleep(300);
    assert.equal((await purchaseOf(ground, wallet))!.state, 'settling', what);
    await again(wallet);
    await reaches(ground, wallet, 'delivered');
    await assertPaidOnce(wallet);
  }
});

test('a redirect is not followed: neither the token nor the payment goes to another host', async () => {
  const other = await startFakeFacilitator(() => ({ success: true, transaction: '0x1', network }));
  facilitator.settle = (request, response) => {
    if (facilitator.asked.length > 1) return honestly(request, response);
    response.writeHead(307, { location: `${other.url}/settle` }).end();
    return undefined;
  };
  const wallet = await ground.fundedWallet();
  const { status } = await send(it, await signPayment(wallet, terms));
  assert.equal(status, 200);
  assert.deepEqual(other.asked, []);
  await assertPaidOnce(wallet);
});

test('a payer without money is no failure of the facilitator; failures of its own are, and then nothing is sold', async () => {
  const offered = async () => (await callTool(it.postern.url, 'create_ticket', ticket)).status === 402;
  facilitator.settle = () => failure;
  // The node says that none of these would pass.
  node.answer = ({ method, params: [call] }) =>
    method === 'eth_call' && (call as { data: string }).data.startsWith('0xe3ee160e')
      ? { error: { code: 3, message: 'execution reverted' } }
      : undefined;
  const wallets = await Promise.all([1, 2, 3, 4].map(() => ground.fundedWallet()));
  for (const wallet of wallets) send(it, await signPayment(wallet, terms));
  for (const wallet of wallets) await reaches(ground, wallet, ({ attempts }) => attempts > 0);
  assert.equal(await offered(), true);

  node.answer = () => undefined;
  for (let i = 0; i < 300 && (await offered()); i++) await sleep(100);
  assert.equal(await offered(), false);
  facilitator.settle = honestly;
  for (const wallet of wallets) await reaches(ground, wallet, 'delivered');
  for (let i = 0; i < 300 && !(await offered()); i++) await sleep(100);
  assert.equal(await offered(), true);
});

// The last here, for it moves chain time ahead of ours.
test('success that never happened is no payment: asked again, and void when it can no longer land', async () => {
  const other = await ground.fundedWallet();
  await buy(it, other);
  const { transactionHash } = (await purchaseOf(ground, other))!;
  facilitator.asked.length = 0;
  // A real transaction's hash, of another payment.
  facilitator.settle = () => ({ success: true, transaction: transactionHash, network });
  const wallet = await ground.fundedWallet();
  send(it, await signPayment(wallet, terms));
  await reaches(ground, wallet, ({ settlement }) => settlement === 'sent');
  await sleep(2_500);
  // Holds by creditOf: nothing but the log pair is a payment.
  assert.equal((await purchaseOf(ground, wallet))!.state, 'settling');
  await again(wallet);
  await asked(2);
  assert.equal(facilitator.asked.length, 2, 'handed over again');
  await pass(ground, 300);
  assert.equal((await reaches(ground, wallet, 'void')).reason, 'expired');
  assert.equal(await ticketsOf(ground, wallet), 0);
});

test('one that does not settle on the network: nothing is sold there', async (t) => {
  const elsewhere = await startFakeFacilitator(honestly);
  elsewhere.supports = ['eip155:8453'];
  await assert.rejects(
    stand(t, { settings: { POSTERN_HOT_KEY_FILE: '', POSTERN_FACILITATOR_URL: elsewhere.url } }),
    'no terms are offered',
  );
});
