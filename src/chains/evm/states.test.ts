/** What verify reads, held against the methods that nodes offer for each thing alone. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encodeFunctionData, type Hex, parseAbi, toHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { silent } from '../../../test/harness.ts';
import { sleep } from '../../kernel/time.ts';
import { type Devnet, startDevnet } from '../devnet/devnet.ts';
import { findNetwork } from '../networks.ts';
import { evmChain } from './chain.ts';
import { type Authorization, authorizationDigest, transferCalldata } from './eip3009.ts';
import { httpRpc, type Rpc, RpcUnavailable, unwrap } from './rpc.ts';
import { mostStates, readStates } from './states.ts';

const network = findNetwork('base-sepolia')!;
const random = (bytes: number) => toHex(randomBytes(bytes));
const relayerAddress = random(20);

let folder: string;
let devnet: Devnet;
let rpc: Rpc;
const asked: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'states-'));
  devnet = await startDevnet({ folder, networks: [network], relayerAddress, log: silent });
  const http = httpRpc(devnet.networks[0]!.rpcUrl);
  rpc = (calls) => {
    asked.push(...calls.map(({ method }) => method));
    return http(calls);
  };
});

after(async () => {
  await devnet?.stop();
  await rm(folder, { recursive: true, force: true });
});

const call = async <T>(method: string, ...params: unknown[]) =>
  unwrap<T>((await rpc([{ method, params }]))[0]);

/** @returns the number of its block */
const transact = async (data: Hex): Promise<bigint> => {
  await call('anvil_impersonateAccount', relayerAddress);
  const hash = await call('eth_sendTransaction', { from: relayerAddress, to: network.asset, data });
  // The node mines by itself, a moment after it has answered.
  for (;;) {
    const receipt = await call<{ blockNumber: Hex } | null>('eth_getTransactionReceipt', hash);
    if (receipt) return BigInt(receipt.blockNumber);
    await sleep(5);
  }
};
/** The devnet makes a block of its own now and then. */
const height = async () => BigInt(await call<Hex>('eth_blockNumber'));
const mint = (to: Hex, value: bigint) =>
  transact(encodeFunctionData({ abi: parseAbi(['function mint(address, uint256)']), args: [to, value] }));

/** A wallet whose authorization is spent. */
async function spender(): Promise<{ payer: Hex; nonce: Hex }> {
  const wallet = privateKeyToAccount(random(32));
  const payer = wallet.address.toLowerCase() as Hex;
  await mint(payer, 7n);
  const authorization: Authorization = {
    from: payer,
    to: random(20),
    value: 5n,
    validAfter: 0n,
    validBefore: 2n ** 40n,
    nonce: random(32),
  };
  const signature = await wallet.sign({ hash: authorizationDigest(network, authorization) });
  await transact(transferCalldata(authorization, signature, false));
  return { payer, nonce: authorization.nonce };
}

test('balance, nonce and code of many are read in one method, at one block', async () => {
  const spent = await spender();
  const rich = random(20);
  const contract = random(20);
  const delegated = random(20);
  await mint(rich, 2n ** 250n);
  await mint(contract, 3n);
  await call('anvil_setCode', contract, '0x00');
  await call('anvil_setCode', delegated, `0xef0100${random(20).slice(2)}`);
  const keys = [
    spent,
    { ...spent, nonce: random(32) },
    ...[rich, contract, delegated].map((payer) => ({ payer, nonce: random(32) })),
  ];
  const before = await height();
  asked.length = 0;
  const { block, states } = await readStates(rpc, network, keys);
  assert.deepEqual(asked, ['eth_call']);
  assert.deepEqual(states, [
    { balance: 2n, used: true, hasCode: false },
    { balance: 2n, used: false, hasCode: false },
    // More than fits beside the flags: enough for any payment.
    { balance: 2n ** 248n - 1n, used: false, hasCode: false },
    { balance: 3n, used: false, hasCode: true },
    { balance: 0n, used: false, hasCode: true },
  ]);
  assert.ok(block.number >= before && block.number <= (await height()));
  const that = await call<{ timestamp: Hex }>('eth_getBlockByNumber', toHex(block.number), false);
  assert.ok(block.timestamp >= BigInt(that.timestamp));
});

test('a given block is read as it was then', async () => {
  const payer = random(20);
  const minted = await mint(payer, 9n);
  const before = minted - 1n;
  const chain = evmChain(network, rpc);
  const key = { payer, nonce: random(32) };
  assert.equal((await chain.authorizations([key], before)).states[0]!.balance, 0n);
  assert.equal((await chain.authorizations([key], before)).block.number, before);
  assert.equal((await chain.authorizations([key], minted)).states[0]!.balance, 9n);
});

test('more than fit one call are read in several, at the block of the first', async () => {
  const payer = random(20);
  await mint(payer, 1n);
  const keys = Array.from({ length: 2 * mostStates + 1 }, () => ({ payer, nonce: random(32) }));
  asked.length = 0;
  const { states } = await readStates(rpc, network, keys);
  assert.equal(states.length, keys.length);
  assert.ok(states.every((state) => state?.balance === 1n));
  assert.equal(asked.length, 3);
});

test('one that the token does not answer fails alone, and a silence is not read as zero', async () => {
  const token = random(20);
  // Answers 1, but reverts where a nonce begins with a zero byte.
  await call('anvil_setCode', token, '0x3660441460243560f81c151660175760015f5260205ff35b5f5ffd');
  const odd = { ...network, asset: token };
  const [bad, good] = [`0x00${'11'.repeat(31)}`, `0x${'11'.repeat(32)}`];
  const payer = random(20);
  const { states } = await readStates(
    rpc,
    odd,
    [bad!, good!].map((nonce) => ({ payer, nonce })),
  );
  assert.deepEqual(states, [undefined, { balance: 1n, used: true, hasCode: false }]);
  const chain = evmChain(odd, rpc);
  const [failed, read] = [bad!, good!].map((nonce) => chain.authorization({ payer, nonce }));
  await assert.rejects(failed!, RpcUnavailable);
  assert.equal((await read!).state.used, true);
  const none = { ...network, asset: random(20) };
  assert.deepEqual((await readStates(rpc, none, [{ payer, nonce: good! }])).states, [undefined]);
});

test('verifies of one moment share a request, and each learns its own state', async () => {
  const chain = evmChain(network, rpc);
  const payers = Array.from({ length: 40 }, () => random(20));
  await mint(payers[7]!, 7n);
  asked.length = 0;
  const answers = await Promise.all(payers.map((payer) => chain.authorization({ payer, nonce: random(32) })));
  assert.deepEqual(asked, ['eth_call']);
  assert.deepEqual(
    answers.flatMap(({ state }, i) => (state.balance > 0n ? [i] : [])),
    [7],
  );
});
