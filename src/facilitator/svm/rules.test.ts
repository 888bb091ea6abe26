import assert from 'node:assert/strict';
import { test } from 'node:test';
import { svmNetworks } from '../../chains/networks.ts';
import { toBase58 } from '../../chains/svm/base58.ts';
import {
  associatedTokenAddress,
  computeBudgetProgram,
  computeUnitLimit,
  computeUnitPrice,
  createAssociatedAccount,
  memo,
  memoProgram,
  systemProgram,
  token2022Program,
  transferChecked,
} from '../../chains/svm/instructions.ts';
import { svmSigner } from '../../chains/svm/signer.ts';
import {
  encodeTransaction,
  makeTransaction,
  type SvmInstruction,
  type SvmTransaction,
  signWith,
} from '../../chains/svm/transaction.ts';
import { PosternError } from '../../kernel/errors.ts';
import { randomSecret } from '../../kernel/ids.ts';
import { reasons } from '../reasons.ts';
import { checkRules, isSignedByWallet, readTransaction, type SvmDemand } from './rules.ts';

const network = svmNetworks[1]!;
const relayer = svmSigner(randomSecret(32));
const wallet = svmSigner(randomSecret(32));
const stranger = svmSigner(randomSecret(32));
const payTo = svmSigner(randomSecret(32)).address;
const amountAtomic = 20_000n;
const demand: SvmDemand = { network, amountAtomic, payTo, feePayer: relayer.address };
const { asset: mint, tokenProgram } = network;
const source = await associatedTokenAddress({ owner: wallet.address, mint, tokenProgram });
const destination = await associatedTokenAddress({ owner: payTo, mint, tokenProgram });
const good = {
  source,
  destination,
  mint,
  authority: wallet.address,
  amountAtomic,
  decimals: 6,
  tokenProgram,
};

const transfer = (change: Partial<typeof good> = {}) => transferChecked({ ...good, ...change });
const limit = computeUnitLimit(20_000);
const price = computeUnitPrice(1n);
const account = (address: string, writable = false, signer = false) => ({ address, writable, signer });
const lighthouse = (data: number[], ...accounts: SvmInstruction['accounts']): SvmInstruction => ({
  program: 'L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95',
  accounts,
  data: Uint8Array.from(data),
});

interface Made {
  instructions?: readonly SvmInstruction[];
  feePayer?: string;
  bend?: (transaction: SvmTransaction) => SvmTransaction;
}

async function make({ instructions = [limit, price, transfer(), memo('hello')], feePayer, bend }: Made = {}) {
  const made = makeTransaction({
    feePayer: feePayer ?? relayer.address,
    blockhash: toBase58(randomSecret(32)),
    instructions,
  });
  const keys = [wallet, stranger].filter(({ address }) =>
    made.signers.some((signer) => signer.address === address),
  );
  const signed = await signWith(made, keys);
  return encodeTransaction(bend ? bend(signed) : signed);
}

const judge = async (base64: string, asked = demand) =>
  checkRules(readTransaction(asked.network, base64), asked);

const { svm } = reasons;
const after = (...extra: SvmInstruction[]) => ({ instructions: [limit, price, transfer(), ...extra] });
const instead = (change: Partial<typeof good>) => ({ instructions: [limit, price, transfer(change)] });
const withTransfer = (instruction: SvmInstruction) => ({ instructions: [limit, price, instruction] });
const budget = (data: number[]): SvmInstruction => ({
  program: computeBudgetProgram,
  accounts: [],
  data: Uint8Array.from(data),
});
const signedBy = (signature: Uint8Array | undefined) => (transaction: SvmTransaction) => ({
  ...transaction,
  signers: [transaction.signers[0]!, { ...transaction.signers[1]!, signature }],
});
const strangersAccount = await associatedTokenAddress({ owner: stranger.address, mint, tokenProgram });
const in2022 = { owner: payTo, mint, tokenProgram: token2022Program };

/** Every rule broken once, and the reason that is given. */
const hostile: [string, Made, string][] = [
  ['another fee payer', { feePayer: stranger.address }, svm.feePayer],
  ['the wallet pays its own fee', { feePayer: wallet.address }, svm.signers],
  ['one instruction short', { instructions: [limit, transfer()] }, svm.length],
  ['five after the transfer', after(...Array.from({ length: 5 }, () => lighthouse([2]))), svm.length],
  ['no compute limit', { instructions: [price, price, transfer()] }, svm.computeLimit],
  ['a compute limit cut short', { instructions: [budget([2, 1, 0]), price, transfer()] }, svm.computeLimit],
  [
    'a compute limit with a tail',
    { instructions: [budget([2, 1, 0, 0, 0, 0]), price, transfer()] },
    svm.computeLimit,
  ],
  ['no compute price', { instructions: [limit, limit, transfer()] }, svm.computePrice],
  [
    'a heap frame in its place',
    { instructions: [limit, budget([1, 0, 0, 1, 0]), transfer()] },
    svm.computePrice,
  ],
  [
    'too many units',
    { instructions: [computeUnitLimit(100_001), price, transfer()] },
    svm.computeLimitTooHigh,
  ],
  [
    'units to the full',
    { instructions: [computeUnitLimit(0xffffffff), price, transfer()] },
    svm.computeLimitTooHigh,
  ],
  [
    'a fee past the cap',
    { instructions: [limit, computeUnitPrice(250_001n), transfer()] },
    svm.computePriceTooHigh,
  ],
  [
    'the reference’s price',
    { instructions: [computeUnitLimit(100_000), computeUnitPrice(5_000_000n), transfer()] },
    svm.computePriceTooHigh,
  ],
  [
    'a price past all numbers',
    { instructions: [limit, computeUnitPrice(2n ** 64n - 1n), transfer()] },
    svm.computePriceTooHigh,
  ],
  [
    'a plain Transfer',
    withTransfer({ ...transfer(), data: Uint8Array.of(3, 32, 78, 0, 0, 0, 0, 0, 0) }),
    svm.noTransfer,
  ],
  [
    'an approval',
    withTransfer({ ...transfer(), data: Uint8Array.from([13, ...transfer().data.subarray(1)]) }),
    svm.noTransfer,
  ],
  [
    'a transfer with a tail',
    withTransfer({ ...transfer(), data: Uint8Array.from([...transfer().data, 0]) }),
    svm.noTransfer,
  ],
  [
    'an account too many',
    withTransfer({ ...transfer(), accounts: [...transfer().accounts, account(payTo)] }),
    svm.noTransfer,
  ],
  ['a program of its own', withTransfer({ ...transfer(), program: stranger.address }), svm.noTransfer],
  ['another mint', instead({ mint: stranger.address }), svm.mint],
  [
    'Token-2022 for a mint of the first',
    instead({ tokenProgram: token2022Program, destination: await associatedTokenAddress(in2022) }),
    svm.mint,
  ],
  ['someone else’s account', instead({ destination: strangersAccount }), svm.recipient],
  ['payTo itself, not its account', instead({ destination: payTo }), svm.recipient],
  ['back to the wallet', instead({ destination: source }), svm.recipient],
  ['from an account it was lent', instead({ source: strangersAccount }), svm.noTransfer],
  ['one less', instead({ amountAtomic: amountAtomic - 1n }), svm.amount],
  ['one more', instead({ amountAtomic: amountAtomic + 1n }), svm.amount],
  ['other decimals', instead({ decimals: 0 }), svm.amount],
  [
    'the fee payer’s own tokens',
    {
      instructions: [
        limit,
        price,
        {
          ...transfer(),
          accounts: [...transfer().accounts.slice(0, 3), account(relayer.address, true, true)],
        },
        { ...memo('x'), accounts: [account(wallet.address, false, true)] },
      ],
    },
    svm.feePayerUsed,
  ],
  ['the fee payer as the source', instead({ source: relayer.address }), svm.feePayerUsed],
  [
    'an account made at our cost',
    after(await createAssociatedAccount(relayer.address, { owner: payTo, mint, tokenProgram })),
    svm.feePayerUsed,
  ],
  [
    'a memory write at our cost',
    after(lighthouse([0, 1], account(relayer.address, true, true))),
    svm.feePayerUsed,
  ],
  ['an assertion about us', after(lighthouse([2], account(relayer.address))), svm.feePayerUsed],
  [
    'an account made at its own cost',
    after(await createAssociatedAccount(wallet.address, { owner: payTo, mint, tokenProgram })),
    svm.unknownFourth,
  ],
  [
    'a memory write at its own cost',
    after(lighthouse([0, 1], account(wallet.address, true, true))),
    svm.unknownFourth,
  ],
  ['a memory closed', after(lighthouse([1])), svm.unknownFourth],
  ['Lighthouse without a word', after(lighthouse([])), svm.unknownFourth],
  ['a second transfer', after(transfer()), svm.unknownFourth],
  [
    'a transfer of SOL',
    after(memo('x'), {
      program: systemProgram,
      accounts: [account(wallet.address, true, true), account(payTo, true)],
      data: Uint8Array.of(2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0),
    }),
    svm.unknownFifth,
  ],
  [
    'an unknown program, sixth',
    after(memo('x'), lighthouse([2]), { program: stranger.address, accounts: [], data: Uint8Array.of() }),
    svm.unknownSixth,
  ],
  [
    'an unknown program, seventh',
    after(memo('x'), lighthouse([2]), lighthouse([2]), {
      program: stranger.address,
      accounts: [],
      data: Uint8Array.of(),
    }),
    svm.unknownSeventh,
  ],
  ['two memos', after(memo('a'), memo('b')), svm.memoCount],
  ['a memo past 256 bytes', after(memo('x'.repeat(257))), svm.unknownFourth],
  [
    'a memo that others sign',
    after({ ...memo('x'), accounts: [account(stranger.address, false, true)] }),
    svm.signers,
  ],
  [
    'a memo with an account',
    after({
      program: memoProgram,
      accounts: [account(wallet.address, false, true)],
      data: Uint8Array.of(120),
    }),
    svm.unknownFourth,
  ],
  ['no signature', { bend: signedBy(undefined) }, svm.signature],
  ['another’s signature', { bend: signedBy(new Uint8Array(64).fill(7)) }, svm.signature],
];

test('what the published clients send is taken', async () => {
  const payment = readTransaction(network, await make());
  assert.deepEqual(await checkRules(payment, demand), { source, destination });
  assert.equal(payment.payer, wallet.address);
  assert.match(payment.nonce, /^[0-9a-f]{64}$/);
  assert.equal(encodeTransaction(payment.transaction), payment.signature);
  assert.ok(isSignedByWallet(payment));
  await judge(await make(after()));
  await judge(await make(after(lighthouse([2], account(source)), memo('x'), lighthouse([9, 1]))));
  await judge(await make({ instructions: [limit, computeUnitPrice(250_000n), transfer()] }));
});

for (const [name, made, reason] of hostile)
  test(`refused: ${name}`, async () => {
    await assert.rejects(
      make(made).then((base64) => judge(base64)),
      (error: Error) => {
        assert.ok(error instanceof PosternError, error.stack);
        assert.equal(error.code, 'invalid_payment');
        assert.equal(error.data?.reason, reason, error.message);
        return true;
      },
    );
  });

test('a lookup table hides accounts, so none is taken', async () => {
  const read = readTransaction(network, await make());
  const hidden = { ...read, transaction: { ...read.transaction, lookupTables: [stranger.address] } };
  await assert.rejects(checkRules(hidden, demand), /lookup tables/);
});

test('one message is one payment, whatever stands for our signature', async () => {
  const half = await make();
  const read = readTransaction(network, half);
  const whole = encodeTransaction(await signWith(read.transaction, [relayer]));
  const forged = encodeTransaction({
    ...read.transaction,
    signers: [
      { address: relayer.address, signature: new Uint8Array(64).fill(1) },
      read.transaction.signers[1]!,
    ],
  });
  for (const other of [whole, forged]) {
    assert.notEqual(other, half);
    const again = readTransaction(network, other);
    assert.deepEqual([again.nonce, again.signature], [read.nonce, half]);
  }
});
