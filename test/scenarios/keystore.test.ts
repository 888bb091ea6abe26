/** Keys that lie encrypted: the server starts with their passphrase, settles with them, and starts without it not. */
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { privateKeyToAddress } from 'viem/accounts';
import { encryptKeyFile } from '../../src/chains/key-file.ts';
import { ConfigError } from '../../src/config.ts';
import { callTool, signPayment, startGround, startOnGround, termsOf } from '../postern.ts';

test('with its hot key encrypted, and the passphrase in a file, a server settles', async () => {
  const ground = await startGround();
  const file = (name: string) => join(ground.dataFolder, name);
  await copyFile(file('devnet/hot.key'), file('hot.json'));
  await encryptKeyFile(file('hot.json'), 'correct horse', privateKeyToAddress);
  await writeFile(file('passphrase'), 'correct horse\n');
  const keys = {
    POSTERN_HOT_KEY_FILE: file('hot.json'),
    POSTERN_SECRET_FILE: file('house.key'),
    POSTERN_KEY_PASSPHRASE_FILE: file('passphrase'),
  };
  const postern = await startOnGround(ground, { settings: keys });
  assert.match(await readFile(file('house.key'), 'utf8'), /"scrypt"/, 'the secret is made encrypted');

  const wallet = await ground.fundedWallet();
  const input = { subject: 'Winder stuck', body: 'It will not turn.' };
  const payment = await signPayment(wallet, await termsOf(postern.url, 'create_ticket', input));
  assert.equal((await callTool(postern.url, 'create_ticket', input, payment)).status, 200);
  await postern.stop();

  await writeFile(file('passphrase'), 'battery\n');
  await assert.rejects(
    startOnGround(ground, { settings: keys }),
    (error: Error) => error instanceof ConfigError && /passphrase is wrong/.test(error.message),
  );
  await ground.stop();
});
