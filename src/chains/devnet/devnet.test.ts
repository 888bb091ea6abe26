import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { encodeFunctionData, erc20Abi, multicall3Abi, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { PosternError } from '../../kernel/errors.ts';
import { randomSecret } from '../../kernel/ids.ts';
import { systemClock } from '../../kernel/time.ts';
import { multicall3 } from '../evm/chain.ts';
import { httpRpc, unwrap } from '../evm/rpc.ts';
import { type EvmNetwork, networks, svmNetworks } from '../networks.ts';
import { svmSigner } from '../svm/signer.ts';
import { type Devnet, startDevnet } from './devnet.ts';
import type { DevnetOptions } from './local-chain.ts';

const evmNetworks = networks.filter((network): network is EvmNetwork => network.family === 'evm');
const named = (...names: string[]) =>
  names.map((name) => evmNetworks.find((network) => network.name === name)!);
const newAddress = () => privateKeyToAccount(generatePrivateKey()).address;
const relayerAddress = newAddress();

const call = async <T>(devnet: Devnet, index: number, method: string, ...params: unknown[]): Promise<T> =>
  unwrap<T>((await httpRpc(devnet.networks[index]!.rpcUrl)([{ method, params }]))[0]);

const start = (folder: string, options: Partial<DevnetOptions> = {}) => {
  const log = pino({ level: 'silent' });
  return startDevnet({
    folder,
    networks: named('base-sepolia', 'sei-testnet'),
    relayerAddress,
    log,
    ...options,
  });
};

let folder: string;
let devnet: Devnet;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devnet-'));
  devnet = await start(folder);
});

after(async () => {
  await devnet?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function newFolder(t: TestContext): Promise<string> {
  const other = await mkdtemp(join(tmpdir(), 'devnet-'));
  t.after(() => rm(other, { recursive: true, force: true }));
  return other;
}

test('each network is a chain of its own, with its testnet id and a relayer that has gas', async () => {
  assert.deepEqual(
    devnet.networks.map(({ network }) => network.name),
    ['base-sepolia', 'sei-testnet'],
  );
  for (const [index, network] of named('base-sepolia', 'sei-testnet').entries()) {
    assert.equal(Number(await call(devnet, index, 'eth_chainId')), network.chainId);
    assert.equal(
      BigInt(await call(devnet, index, 'eth_getBalance', relayerAddress, 'latest')),
      parseEther('1000'),
    );
    assert.notEqual(await call(devnet, index, 'eth_getCode', network.asset, 'latest'), '0x');
  }
});

test('Multicall3 answers at its canonical address', async () => {
  const target = named('base-sepolia')[0]!.asset;
  const callData = encodeFunctionData({ abi: erc20Abi, functionName: 'decimals' });
  const calls = [{ target, allowFailure: false, callData }];
  const data = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args: [calls] });
  const answer = await call<string>(devnet, 0, 'eth_call', { to: multicall3, data }, 'latest');
  assert.equal(BigInt(`0x${answer.slice(-64)}`), 6n);
});

test('the newest block is of now, though no transaction made it', async () => {
  const { timestamp, number } = await call<{ timestamp: string; number: string }>(
    devnet,
    0,
    'eth_getBlockByNumber',
    'latest',
    false,
  );
  assert.notEqual(number, '0x0');
  assert.ok(Math.abs(Number(timestamp) - systemClock() / 1000) < 120);
});

test('the faucet gives 10 USDC, by either name of the network, to an address in either spelling', async () => {
  const address = newAddress();
  const given = await devnet.fund('base-sepolia', address.toLowerCase());
  assert.deepEqual(given, {
    network: 'base-sepolia',
    address,
    asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    amountAtomic: '10000000',
    balanceAtomic: '10000000',
    full: false,
  });
  const again = await devnet.fund('eip155:84532', address);
  assert.deepEqual([again.network, again.balanceAtomic], ['base-sepolia', '20000000']);
  assert.equal((await devnet.fund('sei-testnet', address)).balanceAtomic, '10000000');
});

test('the faucet stops at 100 USDC, however many ask at once', async () => {
  const address = newAddress();
  const given = await Promise.all(Array.from({ length: 12 }, () => devnet.fund('base-sepolia', address)));
  assert.deepEqual(
    given.map(({ amountAtomic, full }) => [amountAtomic, full]),
    Array.from({ length: 12 }, (_, i) => [i < 10 ? '10000000' : '0', i >= 9]),
  );
  assert.equal(given.at(-1)!.balanceAtomic, '100000000');
});

test('the faucet refuses what is no wallet, and a network it does not have', async () => {
  const refuses = (network: string, address: string, code: string) =>
    assert.rejects(
      devnet.fund(network, address),
      (error) => error instanceof PosternError && error.code === code,
    );
  // Always the same one: of one address in two thousand, what is bent below is in one case, and as good as any.
  const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
  const miswritten = address.replace('5aAeb', '5AAeb');
  for (const wrong of ['', 'me', '0x12', `${address}00`, `0x${'0'.repeat(40)}`, miswritten])
    await refuses('base-sepolia', wrong, 'invalid_arguments');
  for (const wrong of ['base', 'polygon-amoy', 'eip155:1', '']) await refuses(wrong, address, 'not_found');
});

test('a mainnet is never given a devnet', async (t) => {
  const other = await newFolder(t);
  await assert.rejects(
    start(other, { networks: named('base-sepolia', 'base') }),
    /invariant broken.*identity of base/,
  );
});

test('money and payments survive a stop and a start', async (t) => {
  const other = await newFolder(t);
  const networks = named('polygon-amoy');
  const address = newAddress();
  const first = await start(other, { networks });
  await first.fund('polygon-amoy', address);
  const filter = { fromBlock: '0x0', toBlock: 'latest', address: networks[0]!.asset };
  const logs = await call(first, 0, 'eth_getLogs', filter);
  await first.stop();
  const second = await start(other, { networks });
  t.after(() => second.stop());
  assert.deepEqual(await call(second, 0, 'eth_getLogs', filter), logs);
  assert.equal((await second.fund('polygon-amoy', address)).balanceAtomic, '20000000');
});

test('with a clock, the chains go by it', async (t) => {
  const other = await newFolder(t);
  const hourMs = 3_600_000;
  const clock = () => systemClock() + hourMs;
  const ahead = await start(other, { networks: named('avalanche-fuji'), clock });
  t.after(() => ahead.stop());
  const { timestamp } = await call<{ timestamp: string }>(ahead, 0, 'eth_getBlockByNumber', 'latest', false);
  assert.ok(Math.abs(Number(timestamp) - clock() / 1000) < 120);
});

test('the faucet works where blocks come by the clock', async (t) => {
  const other = await newFolder(t);
  const slow = await start(other, { networks: named('avalanche-fuji'), blockTimeSeconds: 1 });
  t.after(() => slow.stop());
  assert.equal((await slow.fund('avalanche-fuji', newAddress())).balanceAtomic, '10000000');
});

test('Solana stands beside them: a faucet, a relayer with gas, and money that stays', async (t) => {
  const other = await newFolder(t);
  // Always the same one: of one address in forty, what is bent below is another address and none that is wrong.
  const wallet = svmSigner(new Uint8Array(32).fill(1)).address;
  const svmRelayerAddress = svmSigner(randomSecret(32)).address;
  const options = {
    networks: [...svmNetworks.filter(({ testnet }) => testnet), ...named('sei-testnet')],
    svmRelayerAddress,
  };
  const first = await start(other, options);
  const given = await first.fund('solana-devnet', wallet);
  assert.deepEqual(given, {
    network: 'solana-devnet',
    address: wallet,
    asset: '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
    amountAtomic: '10000000',
    balanceAtomic: '10000000',
    full: false,
  });
  const { value } = await call<{ value: number }>(first, 0, 'getBalance', svmRelayerAddress);
  assert.equal(value, 1_000_000_000_000);
  for (const wrong of [
    '',
    newAddress(),
    `${wallet}1`,
    wallet.toLowerCase(),
    '11111111111111111111111111111111',
  ])
    await assert.rejects(first.fund('solana-devnet', wrong), { code: 'invalid_arguments' });
  await assert.rejects(first.fund('sei-testnet', wallet), { code: 'invalid_arguments' });
  await first.stop();
  const second = await start(other, options);
  t.after(() => second.stop());
  const again = await second.fund('solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1', wallet);
  assert.equal(again.balanceAtomic, '20000000');
});
