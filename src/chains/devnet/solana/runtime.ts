/** LiteSVM's accounts and what a transaction does to them, in terms of ours. */
import { Account, LiteSvm } from 'litesvm/dist/internal.js';
import { fromBase58, toBase58 } from '../../svm/base58.ts';
import { computeBudgetProgram, token2022Program, tokenProgram } from '../../svm/instructions.ts';
import type { SvmTransaction } from '../../svm/transaction.ts';

export interface VmAccount {
  lamports: bigint;
  owner: string;
  data: Uint8Array;
  executable: boolean;
}

/** An account in the journal; null for one that is gone. */
export type StoredAccount = [lamports: string, owner: string, data: string, executable: boolean] | null;

/** What an account held of one token. */
export interface TokenBalance {
  accountIndex: number;
  mint: string;
  owner: string;
  program: string;
  amountAtomic: string;
}

/** A runtime with the real token programs. History and blockhashes are ours: LiteSVM keeps a few of the one and one of the other. */
export function newRuntime(): LiteSvm {
  const svm = new LiteSvm();
  svm.setTransactionHistory(0n);
  svm.setBlockhashCheck(false);
  return svm;
}

export function getAccount(svm: LiteSvm, address: string): VmAccount | undefined {
  const bytes = fromBase58(address);
  const account = bytes?.length === 32 && svm.getAccount(bytes);
  return account ? readAccount(account) : undefined;
}

export const readAccount = (account: Account): VmAccount => ({
  lamports: account.lamports(),
  owner: toBase58(account.owner()),
  data: account.data(),
  executable: account.executable(),
});

export function putAccount(svm: LiteSvm, address: string, account: VmAccount): void {
  const { lamports, owner, data, executable } = account;
  svm.setAccount(
    fromBase58(address)!,
    new Account(lamports, data, fromBase58(owner)!, executable, rentExemptEpoch),
  );
}

/** The epoch in which rent is next due: never. */
export const rentExemptEpoch = 2n ** 64n - 1n;

export const storeAccount = (account: VmAccount | undefined): StoredAccount =>
  account
    ? [`${account.lamports}`, account.owner, Buffer.from(account.data).toString('base64'), account.executable]
    : null;

export const restoreAccount = ([
  lamports,
  owner,
  data,
  executable,
]: NonNullable<StoredAccount>): VmAccount => ({
  lamports: BigInt(lamports),
  owner,
  data: new Uint8Array(Buffer.from(data, 'base64')),
  executable,
});

/** What the accounts of a transaction hold, in its order. */
export function holdings(svm: LiteSvm, transaction: SvmTransaction) {
  const accounts = transaction.accounts.map(({ address }) => getAccount(svm, address));
  return {
    lamports: accounts.map((account) => `${account?.lamports ?? 0n}`),
    tokens: accounts.flatMap((account, index) => tokenBalance(account, index) ?? []),
    stored: Object.fromEntries(
      transaction.accounts.flatMap(({ address, writable }, index) =>
        writable ? [[address, storeAccount(accounts[index])]] : [],
      ),
    ),
  };
}

const isTokenProgram = (program: string) => program === tokenProgram || program === token2022Program;

function tokenBalance(account: VmAccount | undefined, accountIndex: number): TokenBalance | undefined {
  if (!account || !isTokenProgram(account.owner) || account.data.length < 165) return undefined;
  const data = Buffer.from(account.data);
  return {
    accountIndex,
    mint: toBase58(data.subarray(0, 32)),
    owner: toBase58(data.subarray(32, 64)),
    program: account.owner,
    amountAtomic: `${data.readBigUInt64LE(64)}`,
  };
}

/** Lamports for each signature. */
const signatureFee = 5_000n;
const defaultUnitsPerInstruction = 200_000n;

/** What a transaction costs its fee payer, in lamports: signatures, and the price of the compute units it reserves. */
export function feeOf({ signers, instructions }: SvmTransaction): bigint {
  const budget = instructions.filter(({ program }) => program === computeBudgetProgram);
  const dataOf = (tag: number) => budget.map(({ data }) => Buffer.from(data)).find((data) => data[0] === tag);
  const price = dataOf(3)?.readBigUInt64LE(1) ?? 0n;
  const others = BigInt(instructions.length - budget.length);
  const units = BigInt(dataOf(2)?.readUInt32LE(1) ?? others * defaultUnitsPerInstruction);
  return BigInt(signers.length) * signatureFee + (units * price + 999_999n) / 1_000_000n;
}
