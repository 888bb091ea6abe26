import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  generateKeyPairSigner,
  getCompiledTransactionMessageDecoder,
  getCompiledTransactionMessageEncoder,
  getTransactionDecoder,
  partiallySignTransaction,
} from '@solana/kit';
import { findAssociatedTokenPda, getTransferCheckedInstruction } from '@solana-program/token';
import { randomSecret } from '../../kernel/ids.ts';
import { fromBase58, isSvmAddress, toBase58 } from './base58.ts';
import {
  associatedTokenAddress,
  computeUnitLimit,
  memo,
  tokenProgram,
  transferChecked,
} from './instructions.ts';
import { svmSigner, verifySignature } from './signer.ts';
import {
  encodeTransaction,
  makeTransaction,
  parseTransaction,
  signatureOf,
  signWith,
  TransactionUnreadable,
} from './transaction.ts';

const payer = svmSigner(randomSecret(32));
const wallet = svmSigner(randomSecret(32));
const address = () => svmSigner(randomSecret(32)).address;
const transfer = () =>
  transferChecked({
    source: address(),
    destination: address(),
    mint: address(),
    authority: wallet.address,
    amountAtomic: 60_000n,
    decimals: 6,
    tokenProgram,
  });
const make = () =>
  makeTransaction({
    feePayer: payer.address,
    blockhash: toBase58(randomSecret(32)),
    instructions: [computeUnitLimit(20_000), transfer(), memo('hello')],
  });

test('what is made is read again, signature by signature', async () => {
  const made = make();
  assert.deepEqual(parseTransaction(encodeTransaction(made)), made);
  assert.deepEqual(
    made.signers,
    [payer, wallet].map(({ address }) => ({ address, signature: undefined })),
  );
  assert.equal(signatureOf(made), undefined);
  const half = parseTransaction(encodeTransaction(await signWith(made, [wallet])));
  assert.ok(verifySignature(wallet.address, half.messageBytes, half.signers[1]!.signature!));
  assert.equal(signatureOf(half), undefined);
  const whole = parseTransaction(encodeTransaction(await signWith(half, [payer])));
  assert.equal(signatureOf(whole), toBase58(whole.signers[0]!.signature!));
  assert.deepEqual([whole.messageHash, half.messageHash], [made.messageHash, made.messageHash]);
  await assert.rejects(signWith(made, [svmSigner(randomSecret(32))]), /asks for no signature/);
});

test('keys, instructions and addresses are those of the published libraries', async () => {
  const seed = randomSecret(32);
  const ours = svmSigner(seed);
  const theirs = await generateKeyPairSigner();
  const [owner, mint] = [address(), theirs.address];
  const [expected] = await findAssociatedTokenPda({
    owner: owner as never,
    mint,
    tokenProgram: tokenProgram as never,
  });
  assert.equal(await associatedTokenAddress({ owner, mint, tokenProgram }), expected);
  const [source, destination] = [address(), address()] as never[];
  const instruction = getTransferCheckedInstruction({
    source: source!,
    destination: destination!,
    mint,
    authority: theirs,
    amount: 2n ** 40n + 7n,
    decimals: 6,
  });
  const mine = transferChecked({
    source: source!,
    destination: destination!,
    mint,
    authority: theirs.address,
    amountAtomic: 2n ** 40n + 7n,
    decimals: 6,
    tokenProgram,
  });
  assert.deepEqual(Buffer.from(mine.data), Buffer.from(instruction.data));
  assert.deepEqual(
    mine.accounts.map(({ address, signer, writable }) => [address, (signer ? 2 : 0) + (writable ? 1 : 0)]),
    instruction.accounts.map(({ address, role }) => [address, role]),
  );
  const made = makeTransaction({ feePayer: theirs.address, blockhash: address(), instructions: [mine] });
  const decoded = getTransactionDecoder().decode(Buffer.from(encodeTransaction(made), 'base64'));
  const signed = await partiallySignTransaction([theirs.keyPair], decoded);
  assert.ok(verifySignature(theirs.address, made.messageBytes, signed.signatures[theirs.address] as never));
  assert.equal(
    verifySignature(ours.address, made.messageBytes, signed.signatures[theirs.address] as never),
    false,
  );
});

test('one transaction has one spelling', async () => {
  const bytes = Buffer.from(encodeTransaction(await signWith(make(), [wallet])), 'base64');
  const text = bytes.toString('base64');
  parseTransaction(text);
  const longer = Buffer.concat([Buffer.from([0x82, 0x00]), bytes.subarray(1)]);
  const start = 1 + 2 * 64;
  const message = bytes.subarray(start);
  // After version, header: how many accounts there are, in two bytes instead of one.
  const padded = Buffer.concat([
    bytes.subarray(0, start),
    message.subarray(0, 4),
    Buffer.from([message[4]! | 0x80, 0x00]),
    message.subarray(5),
  ]);
  const later = Buffer.from(bytes);
  later[start] = 0x85;
  const bad: string[] = [
    '',
    'AAAA',
    text.slice(0, -4),
    ` ${text}`,
    `${text}\n`,
    `${text.replace(/=*$/, '')}====`,
    longer.toString('base64'),
    padded.toString('base64'),
    later.toString('base64'),
    Buffer.concat([bytes, Buffer.from([0])]).toString('base64'),
    Buffer.concat([Buffer.from([1]), bytes.subarray(1, 65), message]).toString('base64'),
    Buffer.alloc(1233).toString('base64'),
    Buffer.alloc(200_000).toString('base64'),
  ];
  for (const one of bad) assert.throws(() => parseTransaction(one), TransactionUnreadable, one.slice(0, 40));
});

test('no bytes make the reader throw anything else', async () => {
  const bytes = Buffer.from(encodeTransaction(await signWith(make(), [wallet, payer])), 'base64');
  for (let i = 0; i < 600; i++) {
    const bent = Buffer.from(bytes);
    const noise = randomSecret(4);
    bent[i < 400 ? i % bent.length : noise.readUInt16LE(0) % bent.length] = noise[2]!;
    try {
      const read = parseTransaction(bent.toString('base64'));
      assert.equal(encodeTransaction(read), bent.toString('base64'));
      // What we read, the published codec reads alike, and writes back the same.
      const { messageBytes, signatures } = getTransactionDecoder().decode(bent);
      const message = getCompiledTransactionMessageDecoder().decode(messageBytes);
      assert.deepEqual(
        Buffer.from(getCompiledTransactionMessageEncoder().encode(message)),
        Buffer.from(read.messageBytes),
      );
      assert.deepEqual(
        message.staticAccounts,
        read.accounts.map(({ address }) => address),
      );
      assert.deepEqual(
        Object.keys(signatures),
        read.signers.map(({ address }) => address),
      );
      assert.equal(message.lifetimeToken, read.blockhash);
    } catch (error) {
      assert.ok(error instanceof TransactionUnreadable, String(error));
    }
  }
});

test('an address is 32 bytes of base58', () => {
  assert.ok(isSvmAddress('11111111111111111111111111111111'));
  assert.ok(isSvmAddress('4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU'));
  for (const bad of [
    '',
    '0x',
    '1',
    '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncD0',
    `4zMM${'1'.repeat(41)}`,
    ' '.repeat(32),
  ])
    assert.equal(isSvmAddress(bad), false, bad);
  assert.equal(fromBase58('0OIl'), undefined);
});
