import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { devnetKey, readKey, signingAccount } from './hot-key.ts';
import { encryptKeyFile } from './key-file.ts';

test('a transaction is signed to the letter as viem signs it', async () => {
  for (let nonce = 0; nonce < 50; nonce++) {
    const key = generatePrivateKey();
    const transaction = {
      type: 'eip1559',
      chainId: 84532,
      nonce,
      to: privateKeyToAccount(key).address,
      data: generatePrivateKey(),
      gas: 150_000n,
      maxFeePerGas: 3_000_000_000n,
      maxPriorityFeePerGas: 1_000_000_000n,
    } as const;
    assert.equal(
      await signingAccount(key).signTransaction(transaction),
      await privateKeyToAccount(key).signTransaction(transaction),
    );
  }
});

test('a hash is signed to the letter as viem signs it', async () => {
  for (let i = 0; i < 50; i++) {
    const [key, hash] = [generatePrivateKey(), generatePrivateKey()];
    assert.equal(await signingAccount(key).sign!({ hash }), await privateKeyToAccount(key).sign({ hash }));
  }
});

test('a key file is made once, for its owner only, and a bad one is named without its content', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-key-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'keys', 'hot.key');
  const made = await devnetKey(file);
  assert.equal((await devnetKey(file)).address, made.address);
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  const bad = join(folder, 'bad.key');
  await writeFile(bad, '0xsecret');
  await assert.rejects(
    readKey(bad),
    (error: Error) => error.message.includes(bad) && !error.message.includes('secret'),
  );
});

test('an encrypted key is read by its passphrase, and is the one that its file names', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-key-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'hot.key');
  const key = generatePrivateKey();
  const { address } = privateKeyToAccount(key);
  await writeFile(file, key, { mode: 0o644 });
  await chmod(file, 0o644);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  await readKey(file, { warn });
  assert.match(warnings.join('\n'), /other users[\s\S]*not encrypted/);

  await encryptKeyFile(file, 'correct horse', () => address);
  warnings.length = 0;
  assert.equal((await readKey(file, { passphrase: 'correct horse', warn })).address, address);
  assert.deepEqual(warnings, []);
  await assert.rejects(readKey(file), /POSTERN_KEY_PASSPHRASE/);
  await assert.rejects(readKey(file, { passphrase: 'x' }), /passphrase is wrong/);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(address.slice(2).toLowerCase(), '11'.repeat(20)));
  await assert.rejects(readKey(file, { passphrase: 'correct horse' }), /says that its address is 0x1111/);
});
