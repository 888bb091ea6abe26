import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Hex, hashTypedData, parseSignature, toHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { transferTypes } from '../../../test/fakes/typed-data.ts';
import { networks } from '../networks.ts';
import {
  type Authorization,
  authorizationDigest,
  canonicalSignature,
  findPayment,
  type Log,
  recoverSigner,
  topics,
} from './eip3009.ts';

const lower = (hex: Hex) => hex.toLowerCase() as Hex;

test('digest and signer agree with viem on every network', async () => {
  for (const network of networks) {
    const account = privateKeyToAccount(generatePrivateKey());
    const message: Authorization = {
      from: lower(account.address),
      to: lower(privateKeyToAccount(generatePrivateKey()).address),
      value: 20_000n,
      validAfter: 0n,
      validBefore: 2n ** 40n,
      nonce: generatePrivateKey(),
    };
    const domain = { ...network.domain, chainId: network.chainId, verifyingContract: network.asset };
    const typed = {
      domain,
      types: transferTypes,
      primaryType: 'TransferWithAuthorization',
      message,
    } as const;
    const digest = authorizationDigest(network, message);
    assert.equal(digest, hashTypedData(typed));

    const signature = await account.signTypedData(typed);
    assert.equal(recoverSigner(digest, canonicalSignature(signature)!), lower(account.address));
    assert.notEqual(
      recoverSigner(
        authorizationDigest(network, { ...message, value: 20_001n }),
        canonicalSignature(signature)!,
      ),
      lower(account.address),
    );
  }
});

test('one signature has one form: case and v of 0 or 27 are the same, high s is none', async () => {
  const account = privateKeyToAccount(generatePrivateKey());
  const signature = await account.signMessage({ message: 'x' });
  const { r, s, yParity } = parseSignature(signature);
  const canonical = canonicalSignature(signature)!;
  const upper = `0x${signature.slice(2).toUpperCase()}` as Hex;
  assert.equal(canonicalSignature(upper), canonical);
  assert.equal(canonicalSignature(`${signature.slice(0, 130)}0${yParity}` as Hex), canonical);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const highS = toHex(order - BigInt(s), { size: 32 }).slice(2);
  assert.equal(canonicalSignature(`0x${r.slice(2)}${highS}${yParity === 0 ? '1c' : '1b'}`), undefined);
  assert.equal(canonicalSignature(`${signature}00`), undefined);
});

test('a payment is the pair of logs, side by side, of the asset, with the exact amount', () => {
  const [asset, payer, payTo, other] = ['aa', 'bb', 'cc', 'dd'].map((byte) => `0x${byte.repeat(20)}` as Hex);
  const nonce = `0x${'11'.repeat(32)}` as Hex;
  const pad = (address: Hex) => `0x${address.slice(2).padStart(64, '0')}` as Hex;
  const log = (logIndex: number, change: Partial<Log>): Log => ({
    address: asset!,
    topics: [],
    data: '0x',
    logIndex,
    blockNumber: 1n,
    transactionHash: '0x1',
    ...change,
  });
  const used = (i: number, change: Partial<Log> = {}) =>
    log(i, { topics: [topics.used, pad(payer!), nonce], ...change });
  const transfer = (i: number, amount: bigint, change: Partial<Log> = {}) =>
    log(i, {
      topics: [topics.transfer, pad(payer!), pad(payTo!)],
      data: toHex(amount, { size: 32 }),
      ...change,
    });
  const payment = { asset: asset!, payer: payer!, payTo: payTo!, nonce, amountAtomic: 5n };

  assert.equal(findPayment([log(0, {}), used(1), transfer(2, 5n)], payment)?.logIndex, 1);
  const wrong: Log[][] = [
    [used(0)],
    [transfer(0, 5n), used(1)],
    [used(0), transfer(1, 4n)],
    [used(0), log(1, {}), transfer(2, 5n)],
    [used(0), transfer(2, 5n)],
    [used(0, { address: other! }), transfer(1, 5n)],
    [used(0), transfer(1, 5n, { address: other! })],
    [used(0), transfer(1, 5n, { topics: [topics.transfer, pad(payer!), pad(other!)] })],
    [used(0, { topics: [topics.used, pad(other!), nonce] }), transfer(1, 5n)],
    [used(0, { topics: [topics.canceled, pad(payer!), nonce] }), transfer(1, 5n)],
  ];
  for (const logs of wrong) assert.equal(findPayment(logs, payment), undefined);
});
