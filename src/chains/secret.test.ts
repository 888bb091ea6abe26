import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { recoverAddress } from 'viem';
import { encryptKeyFile } from './key-file.ts';
import { deriveAccount, deriveKey, readSecret } from './secret.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-secret-'));
after(() => rm(folder, { recursive: true, force: true }));

test('a secret is made once, for its owner only, and is the same afterwards', async () => {
  const file = join(folder, 'new', 'secret.key');
  const all = await Promise.all(Array.from({ length: 5 }, () => readSecret(file)));
  for (const secret of all) assert.deepEqual(secret, all[0]);
  assert.deepEqual(await readSecret(file), all[0]);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(folder, 'new')), ['secret.key']);
});

test('with a passphrase the secret is made encrypted, and keeps its keys when it is encrypted later', async () => {
  const passphrase = 'correct horse';
  const file = join(folder, 'encrypted.key');
  const made = await readSecret(file, { passphrase });
  assert.ok(!(await readFile(file, 'utf8')).includes(Buffer.from(made).toString('hex')));
  assert.deepEqual(await readSecret(file, { passphrase }), made);
  await assert.rejects(readSecret(file), /POSTERN_KEY_PASSPHRASE/);

  const plain = join(folder, 'plain.key');
  const before = await readSecret(plain);
  await encryptKeyFile(plain, passphrase, () => assert.fail('a secret has no address'));
  assert.deepEqual(await readSecret(plain, { passphrase }), before);
});

test('what is no secret is refused, and not shown', async () => {
  const file = join(folder, 'bad.key');
  await writeFile(file, 'hunter2');
  const error: Error = await readSecret(file).then(
    () => assert.fail(),
    (thrown) => thrown,
  );
  assert.match(error.message, /bad\.key holds no secret/);
  assert.doesNotMatch(error.message, /hunter2/);
  assert.equal(await readFile(file, 'utf8'), 'hunter2');
});

test('each name has a key of its own, and the same each time', async () => {
  const secret = Buffer.alloc(32, 1);
  const hash = `0x${'ab'.repeat(32)}` as const;
  const receipts = deriveAccount(secret, 'receipts');
  assert.equal(receipts.address, deriveAccount(secret, 'receipts').address);
  assert.notEqual(receipts.address, deriveAccount(secret, 'float:wsp_1').address);
  assert.notDeepEqual(deriveKey(secret, 'a'), deriveKey(secret, 'b'));
  const signature = await receipts.sign!({ hash });
  assert.equal(await recoverAddress({ hash, signature }), receipts.address);
});
