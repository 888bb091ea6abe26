import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createKeyPairSignerFromBytes } from '@solana/kit';
import { randomSecret } from '../../kernel/ids.ts';
import { encryptKeyFile } from '../key-file.ts';
import { encryptKeystore } from '../keystore.ts';
import { deriveAccount } from '../secret.ts';
import { readKeypair, writeKeypair } from './keypair.ts';
import { deriveSvmAccount, devnetSvmKey, readSvmKey } from './keys.ts';
import { svmSigner, verifySignature } from './signer.ts';

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-svm-key-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('a key in a file is the one that the published library reads', async () => {
  const seed = randomSecret(32);
  const text = writeKeypair(seed);
  const theirs = await createKeyPairSignerFromBytes(Uint8Array.from(JSON.parse(text) as number[]));
  const ours = svmSigner(readKeypair(text)!);
  assert.equal(ours.address, theirs.address);
  const message = randomSecret(100);
  assert.ok(verifySignature(theirs.address, message, await ours.signMessage(message)));
  assert.equal(verifySignature(theirs.address, randomSecret(100), await ours.signMessage(message)), false);
});

test('what is no key, or two halves of different ones, is refused by name and not shown', async (t) => {
  const folder = await newFolder(t);
  const bytes = JSON.parse(writeKeypair(randomSecret(32))) as number[];
  const bad = [
    '',
    'secret',
    '{"secret": 1}',
    JSON.stringify(bytes.slice(1)),
    JSON.stringify([...bytes, 7]),
    JSON.stringify([...bytes.slice(0, 63), 256]),
    // Fails without the comparison of the halves in keypair.ts.
    JSON.stringify(bytes.with(0, bytes[0]! ^ 1)),
    JSON.stringify(bytes.with(63, bytes[63]! ^ 1)),
  ];
  const file = join(folder, 'bad.json');
  for (const text of bad) {
    await writeFile(file, text, { mode: 0o600 });
    await assert.rejects(readSvmKey(file), (error: Error) => {
      assert.ok(error.message.includes(file) && !error.message.includes('secret"'), error.message);
      return !error.message.includes(`${bytes[0]},${bytes[1]}`);
    });
  }
});

test('a devnet makes its key once, for its owner only', async (t) => {
  const file = join(await newFolder(t), 'keys', 'solana.json');
  const made = await devnetSvmKey(file);
  assert.equal((await devnetSvmKey(file)).address, made.address);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const warnings: string[] = [];
  await chmod(file, 0o644);
  await readSvmKey(file, { warn: (message) => void warnings.push(message) });
  assert.match(warnings.join('\n'), /other users[\s\S]*not encrypted/);
});

test('an encrypted key is the same key, and an EVM one is not taken for it', async (t) => {
  const folder = await newFolder(t);
  const file = join(folder, 'solana.json');
  const { address } = await devnetSvmKey(file);
  await encryptKeyFile(file, 'correct horse', () => assert.fail('it has no EVM address'));
  assert.ok(!(await readFile(file, 'utf8')).includes('['));
  assert.equal((await readSvmKey(file, { passphrase: 'correct horse' })).address, address);
  const evm = join(folder, 'evm.json');
  await writeFile(evm, await encryptKeystore(randomSecret(32), 'correct horse', `0x${'11'.repeat(20)}`));
  await assert.rejects(readSvmKey(evm, { passphrase: 'correct horse' }), /EVM address/);
});

test('each name has an account of its own, with another key than its EVM account', async () => {
  const secret = Buffer.alloc(32, 1);
  const float = deriveSvmAccount(secret, 'float:wsp_1');
  assert.equal(float.address, deriveSvmAccount(secret, 'float:wsp_1').address);
  assert.notEqual(float.address, deriveSvmAccount(secret, 'float:wsp_2').address);
  assert.notEqual(float.address, deriveAccount(secret, 'float:wsp_1').address);
});
