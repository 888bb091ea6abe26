/** The devnet's token on a real chain, held against what USDC v2.2 does. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import {
  type Abi,
  type Address,
  decodeEventLog,
  decodeFunctionResult,
  domainSeparator,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  type Hex,
  type Log,
  parseSignature,
} from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { transferTypes } from '../../../../test/fakes/typed-data.ts';
import { httpRpc, type Rpc, RpcError, unwrap } from '../../evm/rpc.ts';
import { type EvmNetwork, findNetwork } from '../../networks.ts';
import { type Devnet, startDevnet } from '../devnet.ts';
import { type Artifact, artifactUrl } from './compile.ts';

const readArtifact = async (name: string): Promise<Artifact> =>
  JSON.parse(await readFile(artifactUrl(name), 'utf8'));
const usdc = await readArtifact('DevnetUsdc');
const signerWallet = await readArtifact('SignerWallet');

const newAccount = () => privateKeyToAccount(generatePrivateKey());
const relayer = newAccount();
const shop = newAccount().address;
/** The domain names differ between these two. */
const served = ['base-sepolia', 'avalanche-fuji'].map((name) => findNetwork(name) as EvmNetwork);
const [baseSepolia] = served as [EvmNetwork, ...EvmNetwork[]];

const cancelTypes = {
  CancelAuthorization: [
    { name: 'authorizer', type: 'address' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const;

interface Receipt {
  status: Hex;
  logs: Log[];
  contractAddress: Address;
}

let folder: string;
let devnet: Devnet;
let rpc: Rpc;
let relayerNonce = 0;

const call = async <T>(method: string, ...params: unknown[]) =>
  unwrap<T>((await rpc([{ method, params }]))[0]);

async function send(transaction: {
  to?: Address;
  data?: Hex;
  authorizationList?: readonly never[];
}): Promise<Receipt> {
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, gas: 2_000_000n };
  const nonce = relayerNonce++;
  const raw = await relayer.signTransaction({
    chainId: baseSepolia.chainId,
    nonce,
    ...fees,
    ...transaction,
  } as never);
  return call<Receipt>('eth_sendRawTransactionSync', raw);
}

const token = (functionName: string, ...args: unknown[]) => ({
  to: baseSepolia.asset,
  data: encodeFunctionData({ abi: usdc.abi as Abi, functionName, args }),
});

async function read<T>(functionName: string, ...args: unknown[]): Promise<T> {
  const data = await call<Hex>('eth_call', token(functionName, ...args), 'latest');
  return decodeFunctionResult({ abi: usdc.abi as Abi, functionName, data }) as T;
}

/** What a call reverts with, in words where it gives some. */
async function revertOf(functionName: string, ...args: unknown[]): Promise<string> {
  try {
    await call('eth_call', { from: relayer.address, ...token(functionName, ...args) }, 'pending');
  } catch (error) {
    if (error instanceof RpcError) return error.message;
    throw error;
  }
  return 'no revert';
}

const domainOf = ({ domain, chainId, asset }: EvmNetwork) => ({
  ...domain,
  chainId,
  verifyingContract: asset,
});

const chainTime = async () =>
  Number((await call<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false)).timestamp);

/** An authorization over 10,000 atomic units to the shop, and its signature by `signer`. */
async function authorize(signer: PrivateKeyAccount, from: Address, changes: object = {}) {
  const message = {
    from,
    to: shop,
    value: 10_000n,
    validAfter: 0n,
    validBefore: BigInt((await chainTime()) + 600),
    nonce: generatePrivateKey(),
    ...changes,
  };
  const typed = { types: transferTypes, primaryType: 'TransferWithAuthorization', message } as const;
  const signature = await signer.signTypedData({ domain: domainOf(baseSepolia), ...typed });
  const { from: payer, to, value, validAfter, validBefore, nonce } = message;
  return { nonce, signature, args: [payer, to, value, validAfter, validBefore, nonce] as const };
}

const vrs = (signature: Hex) => {
  const { v, r, s } = parseSignature(signature);
  return [Number(v), r, s] as const;
};

const events = ({ logs }: Receipt) =>
  logs.map(({ topics, data, address }) => ({
    address: address.toLowerCase(),
    ...decodeEventLog({ abi: usdc.abi as Abi, topics, data }),
  }));

function assertPaid(receipt: Receipt, payer: Address, nonce: Hex): void {
  const address = baseSepolia.asset.toLowerCase();
  assert.equal(receipt.status, '0x1');
  assert.deepEqual(events(receipt), [
    { address, eventName: 'AuthorizationUsed', args: { authorizer: payer, nonce } },
    { address, eventName: 'Transfer', args: { from: payer, to: shop, value: 10_000n } },
  ]);
}

async function fundedAccount(): Promise<PrivateKeyAccount> {
  const account = newAccount();
  await devnet.fund('base-sepolia', account.address);
  return account;
}

async function deployWallet(owner: Address): Promise<Address> {
  const { contractAddress } = await send({
    data: encodeDeployData({ abi: signerWallet.abi as Abi, bytecode: signerWallet.bytecode, args: [owner] }),
  });
  return getAddress(contractAddress);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'devnet-usdc-'));
  const log = pino({ level: 'silent' });
  devnet = await startDevnet({ folder, networks: served, relayerAddress: relayer.address, log });
  rpc = httpRpc(devnet.networks[0]!.rpcUrl);
});

after(async () => {
  await devnet?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('what it says of itself', () => {
  for (const [index, network] of served.entries())
    test(`${network.name}: name, version, decimals and the separator that viem computes`, async () => {
      const ask = async (functionName: string) => {
        const { data } = token(functionName);
        const [answer] = await httpRpc(devnet.networks[index]!.rpcUrl)([
          { method: 'eth_call', params: [{ to: network.asset, data }, 'latest'] },
        ]);
        return decodeFunctionResult({ abi: usdc.abi as Abi, functionName, data: unwrap<Hex>(answer) });
      };
      const domain = domainOf(network);
      assert.equal(await ask('DOMAIN_SEPARATOR'), domainSeparator({ domain }));
      assert.equal(await ask('name'), network.domain.name);
      assert.equal(await ask('version'), '2');
      assert.equal(await ask('symbol'), 'USDC');
      assert.equal(await ask('decimals'), 6);
    });

  test('the two networks tried have different domain names', () => {
    assert.deepEqual(
      served.map(({ domain }) => domain.name),
      ['USDC', 'USD Coin'],
    );
  });
});

describe('transferWithAuthorization', () => {
  test('v, r, s of an account: AuthorizationUsed, then at once Transfer', async () => {
    const payer = await fundedAccount();
    const { args, nonce, signature } = await authorize(payer, payer.address);
    assert.equal(await read('authorizationState', payer.address, nonce), false);
    assertPaid(
      await send(token('transferWithAuthorization', ...args, ...vrs(signature))),
      payer.address,
      nonce,
    );
    assert.equal(await read('authorizationState', payer.address, nonce), true);
    assert.equal(await read('balanceOf', payer.address), 9_990_000n);
  });

  test('bytes of an account; a second time it reverts, in either overload', async () => {
    const payer = await fundedAccount();
    const { args, nonce, signature } = await authorize(payer, payer.address);
    assertPaid(await send(token('transferWithAuthorization', ...args, signature)), payer.address, nonce);
    const again = await send(token('transferWithAuthorization', ...args, signature));
    assert.equal(again.status, '0x0');
    assert.deepEqual(again.logs, []);
    const used = /FiatTokenV2: authorization is used or canceled/;
    assert.match(await revertOf('transferWithAuthorization', ...args, signature), used);
    assert.match(await revertOf('transferWithAuthorization', ...args, ...vrs(signature)), used);
  });

  test('a contract wallet pays with what its owner signed, in either overload', async () => {
    const owner = newAccount();
    const wallet = await deployWallet(owner.address);
    await devnet.fund('base-sepolia', wallet);
    const inBytes = await authorize(owner, wallet);
    assertPaid(
      await send(token('transferWithAuthorization', ...inBytes.args, inBytes.signature)),
      wallet,
      inBytes.nonce,
    );
    const inParts = await authorize(owner, wallet);
    assertPaid(
      await send(token('transferWithAuthorization', ...inParts.args, ...vrs(inParts.signature))),
      wallet,
      inParts.nonce,
    );
    assert.equal(await read('balanceOf', wallet), 9_980_000n);
    const stranger = await authorize(newAccount(), wallet);
    assert.match(
      await revertOf('transferWithAuthorization', ...stranger.args, stranger.signature),
      /FiatTokenV2: invalid signature/,
    );
  });

  test('an account with EIP-7702 code is a contract: its own signature counts only if its code says so', async () => {
    const payer = await fundedAccount();
    const owner = newAccount();
    const wallet = await deployWallet(owner.address);
    const delegation = await payer.signAuthorization({
      chainId: baseSepolia.chainId,
      contractAddress: wallet,
      nonce: 0,
    });
    await send({ to: payer.address, authorizationList: [delegation as never] });
    assert.equal(
      await call('eth_getCode', payer.address, 'latest'),
      `0xef0100${wallet.slice(2).toLowerCase()}`,
    );
    const own = await authorize(payer, payer.address);
    for (const signature of [[own.signature], vrs(own.signature)])
      assert.match(
        await revertOf('transferWithAuthorization', ...own.args, ...signature),
        /invalid signature/,
      );
    const owners = await authorize(owner, payer.address);
    assertPaid(
      await send(token('transferWithAuthorization', ...owners.args, owners.signature)),
      payer.address,
      owners.nonce,
    );
  });

  test('refuses what is early, late, unfunded, altered or malleable', async () => {
    const payer = await fundedAccount();
    const now = await chainTime();
    const reverts = async (changes: object, expected: RegExp, signer = payer) => {
      const { args, signature } = await authorize(signer, signer.address, changes);
      assert.match(await revertOf('transferWithAuthorization', ...args, signature), expected);
    };
    await reverts({ validAfter: BigInt(now + 300) }, /authorization is not yet valid/);
    await reverts({ validBefore: BigInt(now - 1) }, /authorization is expired/);
    // Bit 47, which OpenZeppelin's own check takes for a block number.
    await reverts({ validAfter: 1n << 47n, validBefore: (1n << 47n) + (1n << 40n) }, /not yet valid/);
    await reverts({ value: 10_000_001n }, /ERC20: transfer amount exceeds balance/);
    await reverts({}, /exceeds balance/, newAccount());

    const { args, signature } = await authorize(payer, payer.address);
    const altered = [...args.slice(0, 2), 9_999n, ...args.slice(3)];
    assert.match(await revertOf('transferWithAuthorization', ...altered, signature), /invalid signature/);
    const [v, r, s] = vrs(signature);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const highS = `0x${(order - BigInt(s)).toString(16).padStart(64, '0')}`;
    assert.match(await revertOf('transferWithAuthorization', ...args, 55 - v, r, highS), /invalid signature/);
    assert.match(await revertOf('transferWithAuthorization', ...args, v - 27, r, s), /invalid signature/);
    assert.equal(await revertOf('transferWithAuthorization', ...args, v, r, s), 'no revert');
  });
});

describe('cancelAuthorization', () => {
  for (const overload of ['bytes', 'v, r, s'])
    test(`${overload}: the nonce is spent, and no transfer follows`, async () => {
      const payer = await fundedAccount();
      const { args, nonce, signature } = await authorize(payer, payer.address);
      const message = { authorizer: payer.address, nonce };
      const cancel = { types: cancelTypes, primaryType: 'CancelAuthorization', message } as const;
      const signed = await payer.signTypedData({ domain: domainOf(baseSepolia), ...cancel });
      const parts = overload === 'bytes' ? [signed] : vrs(signed);
      const canceled = await send(token('cancelAuthorization', payer.address, nonce, ...parts));
      assert.deepEqual(
        events(canceled).map(({ eventName }) => eventName),
        ['AuthorizationCanceled'],
      );
      assert.equal(await read('authorizationState', payer.address, nonce), true);
      const paid = await revertOf('transferWithAuthorization', ...args, signature);
      assert.match(paid, /authorization is used or canceled/);
      assert.match(await revertOf('cancelAuthorization', payer.address, nonce, ...parts), /used or canceled/);
    });
});
