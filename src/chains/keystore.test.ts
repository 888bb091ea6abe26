import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decryptKeystore, encryptKeystore } from './keystore.ts';

/** The published vectors of Web3 Secret Storage: https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage */
const key = '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
const published = {
  scrypt: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
      ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
      kdf: 'scrypt',
      kdfparams: {
        dklen: 32,
        n: 262144,
        p: 8,
        r: 1,
        salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
      },
      mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
  pbkdf2: {
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
      ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
      kdf: 'pbkdf2',
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: 'hmac-sha256',
        salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
      },
      mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
    },
    id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
    version: 3,
  },
};
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('the published vectors are read', async () => {
  for (const vector of Object.values(published)) {
    const { bytes, address } = await decryptKeystore(JSON.stringify(vector), 'testpassword');
    assert.equal(hexOf(bytes), key);
    assert.equal(address, undefined);
  }
});

test('what is written is read again, by its passphrase only, and never looks the same twice', async () => {
  const bytes = Buffer.from(key, 'hex');
  const passphrase = 'zwölf Affen 🐒';
  const address = `0x${'Ab'.repeat(20)}`;
  const texts = await Promise.all([
    encryptKeystore(bytes, passphrase, address),
    encryptKeystore(bytes, passphrase),
  ]);
  const [named, unnamed] = await Promise.all(texts.map((text) => decryptKeystore(text, passphrase)));
  assert.equal(hexOf(named!.bytes), key);
  assert.equal(named!.address, address.toLowerCase());
  assert.equal(unnamed!.address, undefined);
  const parsed = texts.map((text) => JSON.parse(text));
  assert.notEqual(parsed[0].crypto.ciphertext, parsed[1].crypto.ciphertext);
  assert.notEqual(parsed[0].crypto.kdfparams.salt, parsed[1].crypto.kdfparams.salt);
  for (const text of texts) assert.ok(!text.includes(key));
  await assert.rejects(decryptKeystore(texts[0]!, `${passphrase} `), /passphrase is wrong/);
  // Fails without the comparison of the MAC in keystore.ts: CTR decrypts anything to something.
  parsed[0].crypto.ciphertext = `00${parsed[0].crypto.ciphertext.slice(2)}`;
  await assert.rejects(decryptKeystore(JSON.stringify(parsed[0]), passphrase), /the file was changed/);
});

test('a file that is no keystore, or costs too much to try, is refused in words', async () => {
  const { crypto } = published.scrypt;
  const withCost = (change: object) => ({
    ...published.scrypt,
    crypto: { ...crypto, kdfparams: { ...crypto.kdfparams, ...change } },
  });
  const bad: [unknown, RegExp][] = [
    ['{', /not JSON/],
    [[], /no keystore/],
    [{ ...published.scrypt, version: 4 }, /version/],
    [{ ...published.scrypt, crypto: { ...crypto, cipher: 'aes-128-cbc' } }, /cipher/],
    [{ ...published.scrypt, crypto: { ...crypto, kdf: 'bcrypt' } }, /kdf/],
    [{ ...published.scrypt, crypto: { ...crypto, ciphertext: 'ab' } }, /ciphertext/],
    // Without these two limits the first would take a terabyte, the second hours.
    [withCost({ n: 2 ** 30, r: 8 }), /512 MB/],
    [withCost({ n: 2, r: 2 ** 30, p: 16 }), /512 MB/],
    [withCost({ p: 1_000_000 }), /kdfparams\.p/],
    [withCost({ n: 1000 }), /power of two/],
    [withCost({ dklen: 64 }), /dklen/],
    [
      {
        ...published.pbkdf2,
        crypto: {
          ...published.pbkdf2.crypto,
          kdfparams: { ...published.pbkdf2.crypto.kdfparams, c: 2 ** 31 },
        },
      },
      /kdfparams\.c/,
    ],
  ];
  for (const [file, message] of bad)
    await assert.rejects(
      decryptKeystore(typeof file === 'string' ? file : JSON.stringify(file), 'testpassword'),
      message,
    );
});
