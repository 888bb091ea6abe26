import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Hex, hashTypedData, parseSignature, recoverAddress, toHex } from 'viem';
import { generatePrivateKey, privateKeyToAccount, sign } from 'viem/accounts';
import { transferTypes } from '../../../test/fakes/typed-data.ts';
import { type EvmNetwork, evmNetworks } from '../networks.ts';
import {
  type Authorization,
  authorizationDigest,
  canonicalSignature,
  findPayment,
  type Log,
  recoverPayer,
  recoverSigner,
  topics,
} from './eip3009.ts';

const lower = (hex: Hex) => hex.toLowerCase() as Hex;

const typedData = (network: EvmNetwork, message: Authorization) =>
  ({
    domain: { ...network.domain, chainId: network.chainId, verifyingContract: network.asset },
    types: transferTypes,
    primaryType: 'TransferWithAuthorization',
    message,
  }) as const;

test('digest and signer agree with viem on every network', async () => {
  for (const network of evmNetworks) {
    const account = privateKeyToAccount(generatePrivateKey());
    const message: Authorization = {
      from: lower(account.address),
      to: lower(privateKeyToAccount(generatePrivateKey()).address),
      value: 20_000n,
      validAfter: 0n,
      validBefore: 2n ** 40n,
      nonce: generatePrivateKey(),
    };
    const typed = typedData(network, message);
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

const random = (bytes: number) => toHex(randomBytes(bytes));

test('on thousands of random messages the digest is viem’s, whatever the sizes of the numbers', () => {
  const sizes = [1, 4, 7, 8, 9, 16, 31, 32];
  for (let i = 0; i < 2_000; i++) {
    const network = evmNetworks[i % evmNetworks.length]!;
    const number = (k: number) => BigInt(random(sizes[(i + k) % sizes.length]!));
    const message: Authorization = {
      from: random(20),
      to: random(20),
      value: number(0),
      validAfter: number(1),
      validBefore: number(2),
      nonce: random(32),
    };
    assert.equal(authorizationDigest(network, message), hashTypedData(typedData(network, message)));
  }
});

test('what fits no EIP-3009 message has no digest and no payer', () => {
  const network = evmNetworks[0]!;
  const good: Authorization = {
    from: random(20),
    to: random(20),
    value: 2n ** 256n - 1n,
    validAfter: 0n,
    validBefore: 2n ** 64n,
    nonce: random(32),
  };
  assert.equal(authorizationDigest(network, good), hashTypedData(typedData(network, good)));
  const bad: Partial<Authorization>[] = [
    { value: 2n ** 256n },
    { value: -1n },
    { from: random(19) },
    { to: random(21) },
    { nonce: random(31) },
    { nonce: `0x${'zz'.repeat(32)}` },
    { nonce: `0x${'00'.repeat(31)}0z` },
  ];
  for (const change of bad) assert.throws(() => authorizationDigest(network, { ...good, ...change }));
  const signature = canonicalSignature(`0x${'11'.repeat(64)}1b`)!;
  for (const field of ['value', 'validAfter', 'validBefore'])
    assert.equal(recoverPayer(network, { ...good, [field]: 2n ** 256n }, signature), undefined);
});

test('on thousands of signatures, hostile ones among them, the signer is viem’s, or there is none', async () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const half = order / 2n;
  const word = (value: bigint) => toHex(value, { size: 32 }).slice(2);
  const edges = [0n, 1n, half, half + 1n, order - 1n, order, order + 1n, 2n ** 256n - 1n];
  const tails = [
    '00',
    '01',
    '1b',
    '1c',
    '02',
    '1a',
    '1d',
    '25',
    'ff',
    '',
    '1b00',
    '001b',
    '1',
    '1g',
    ' 1',
    '1B',
    '1C',
  ];
  const keys = Array.from({ length: 4 }, generatePrivateKey);
  const counts = { same: 0, stricter: 0, neither: 0 };
  const compare = async (digest: Hex, signature: Hex, s: bigint) => {
    const theirs = await recoverAddress({ hash: digest, signature }).then(lower, () => undefined);
    const canonical = canonicalSignature(signature);
    const ours = canonical && recoverSigner(digest, canonical);
    if (ours !== undefined) assert.equal(ours, theirs, signature);
    // Stricter in three things only: a high s, a length that is not 65 bytes, and digits that are none.
    else if (theirs !== undefined)
      assert.ok(s > half || !/^0x[0-9a-f]{130}$/i.test(signature), `${signature} is refused`);
    counts[ours ? 'same' : theirs ? 'stricter' : 'neither']++;
  };
  for (let i = 0; i < 250; i++) {
    const digest = random(32);
    const { r, s, yParity } = await sign({ hash: digest, privateKey: keys[i % keys.length]! });
    const low = BigInt(s);
    const right = yParity ? '1c' : '1b';
    const flipped = yParity ? '1b' : '1c';
    await compare(digest, `${r}${word(low)}${right}`, low);
    await compare(digest, `${r}${word(low)}${flipped}`, low);
    await compare(digest, `${r}${word(order - low)}${flipped}`, order - low);
    const tail = tails[i % tails.length]!;
    await compare(digest, `${r}${word(low)}${tail}`, low);
    await compare(digest, `0x${`${r.slice(2)}${word(low)}${tail}`.toUpperCase()}`, low);
    const edge = edges[i % edges.length]!;
    await compare(digest, `0x${word(edge)}${word(low)}${right}`, low);
    await compare(digest, `${r}${word(edge)}${right}`, edge);
    await compare(digest, `0x${word(edges[(i >> 3) % edges.length]!)}${word(edge)}${right}`, edge);
  }
  assert.ok(counts.same > 600 && counts.stricter > 200 && counts.neither > 200, JSON.stringify(counts));
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
