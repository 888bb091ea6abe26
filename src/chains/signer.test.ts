import assert from 'node:assert/strict';
import { test } from 'node:test';
import secp256k1 from 'secp256k1';
import { type Hex, hexToBytes, recoverTransactionAddress, toHex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { order } from './evm/eip3009.ts';
import { signingAccount } from './hot-key.ts';
import { remoteSigner } from './signer.ts';

test('a key that lies elsewhere signs what the key in memory signs, whichever half its s is in', async () => {
  const key = generatePrivateKey();
  const local = signingAccount(key);
  for (const upper of [false, true]) {
    const remote = remoteSigner(local.address, async (digest) => {
      const { signature } = secp256k1.ecdsaSign(hexToBytes(digest), hexToBytes(key));
      const s = BigInt(toHex(signature.subarray(32)));
      return { r: BigInt(toHex(signature.subarray(0, 32))), s: upper ? order - s : s };
    });
    for (let nonce = 0; nonce < 10; nonce++) {
      const hash = generatePrivateKey();
      assert.equal(await remote.sign({ hash }), await local.sign({ hash }));
      const transaction = {
        type: 'eip1559',
        chainId: 84532,
        nonce,
        to: local.address,
        data: hash as Hex,
        gas: 150_000n,
        maxFeePerGas: 3_000_000_000n,
        maxPriorityFeePerGas: 1_000_000_000n,
      } as const;
      const raw = await remote.signTransaction(transaction);
      assert.equal(raw, await local.signTransaction(transaction));
      assert.equal(
        await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` }),
        local.address,
      );
    }
  }
});

test('another key’s signature is not passed on', async () => {
  const other = remoteSigner(signingAccount(generatePrivateKey()).address, async () => ({ r: 5n, s: 7n }));
  // Fails without the comparison with the address in signer.ts.
  await assert.rejects(other.sign({ hash: generatePrivateKey() }), /not one of 0x/);
});
