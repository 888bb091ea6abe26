/**
 * What a Solana transaction must be for us to put our signature under it: x402's layout of scheme `exact` and nothing
 * beside it. Whoever signs as fee payer pays for all that the transaction does and lends it a signature, so every
 * instruction is known before, and none names the fee payer. Nothing here asks a chain.
 */

import type { SvmNetwork } from '../../chains/networks.ts';
import {
  associatedTokenAddress,
  computeBudgetProgram,
  memoProgram,
  token2022Program,
  tokenProgram,
} from '../../chains/svm/instructions.ts';
import { verifySignature } from '../../chains/svm/signer.ts';
import {
  encodeTransaction,
  parseTransaction,
  type SvmInstruction,
  type SvmTransaction,
  TransactionUnreadable,
} from '../../chains/svm/transaction.ts';
import { invalidPayment, type Reason, reasons } from '../reasons.ts';

/** A payment as it came in: read, and signed by its wallet as far as its form goes. Nothing is verified yet. */
export interface SignedTransaction {
  network: SvmNetwork;
  transaction: SvmTransaction;
  /** The wallet that pays, base58. */
  payer: string;
  /** The message's hash in hexadecimal: what is claimed. */
  nonce: string;
  /** The transaction with the wallet's signature alone, in base64. */
  signature: string;
}

/** What the server asks of a transaction. */
export interface SvmDemand {
  network: SvmNetwork;
  amountAtomic: bigint;
  /** A wallet: the money goes to its associated token account. */
  payTo: string;
  /** The key that pays the fee: ours. */
  feePayer: string;
}

/** Wallets put assertions of this program into what they sign. */
const lighthouseProgram = 'L2TExMFKdjpN9kozasaurPirfHy9P8sbXoAN1qA3S95';

/** A transfer takes some 7,000 units, a memo and a wallet's assertions some 20,000 more; the reference clients ask for 20,000. */
export const maxComputeUnits = 100_000;

/**
 * Lamports that a payment may cost us beside the two signatures' 10,000. The specification's cap is on the price of a unit
 * alone, and comes to 7,000,000 where the units are many.
 */
export const maxPriorityFeeLamports = 5_000n;

/** What the network takes for a signature, in lamports. */
export const lamportsPerSignature = 5_000n;

/** What the network takes for a transaction of the layout, in lamports. */
export function feeLamportsOf({ instructions, signers }: SvmTransaction): bigint {
  const [limit, price] = instructions.map(({ data }) => littleEndian(data.subarray(1)));
  const priority = ((limit ?? 0n) * (price ?? 0n) + 999_999n) / 1_000_000n;
  return BigInt(signers.length) * lamportsPerSignature + priority;
}

/** The most that one payment may cost us, in lamports. */
export const maxFeeLamports = 2n * lamportsPerSignature + maxPriorityFeeLamports;

const maxMemoBytes = 256;
const maxOptional = 4;

/**
 * Reads a payment's transaction: any that a fee payer and one wallet sign. The wallet is the second to sign.
 * @throws {PosternError} `invalid_payment`
 */
export function readTransaction(network: SvmNetwork, base64: string): SignedTransaction {
  let transaction: SvmTransaction;
  try {
    transaction = parseTransaction(base64);
  } catch (error) {
    if (!(error instanceof TransactionUnreadable)) throw error;
    throw invalidPayment(reasons.svm.transaction, `The transaction cannot be taken: ${error.message}.`);
  }
  const [feePayer, wallet, ...others] = transaction.signers;
  if (!feePayer || !wallet || others.length > 0)
    refuse(reasons.svm.signers, 'The fee payer and the wallet sign, and nobody else.');
  if (!wallet.signature) refuse(reasons.svm.signature, 'The wallet has not signed.');
  return {
    network,
    transaction,
    payer: wallet.address,
    nonce: transaction.messageHash,
    // Whatever stood in our place: it is no part of what the wallet signed.
    signature: encodeTransaction({
      ...transaction,
      signers: [{ ...feePayer, signature: undefined }, wallet],
    }),
  };
}

/** Whether the wallet signed this very message. */
export const isSignedByWallet = ({ transaction, payer }: SignedTransaction): boolean =>
  verifySignature(payer, transaction.messageBytes, transaction.signers[1]?.signature ?? new Uint8Array());

/** Where the money comes from and goes to: two token accounts, base58. */
export interface Transfer {
  source: string;
  destination: string;
}

/**
 * Holds a transaction to the terms and to the layout: compute unit limit, compute unit price, TransferChecked, and after
 * them one memo at most and assertions.
 * @throws {PosternError} `invalid_payment` with x402's reason
 */
export async function checkRules(payment: SignedTransaction, demand: SvmDemand): Promise<Transfer> {
  const { transaction, payer } = payment;
  const { instructions } = transaction;
  if (transaction.lookupTables.length > 0)
    refuse(reasons.svm.transaction, 'Accounts must be named in the transaction, not in lookup tables.');
  if (transaction.signers[0]?.address !== demand.feePayer)
    refuse(reasons.svm.feePayer, `The fee payer must be ${demand.feePayer}.`);
  if (instructions.length < 3 || instructions.length > 3 + maxOptional)
    refuse(reasons.svm.length, `Between 3 and ${3 + maxOptional} instructions are taken.`);
  const [limit, price, transfer, ...optional] = instructions as [
    SvmInstruction,
    SvmInstruction,
    SvmInstruction,
    ...SvmInstruction[],
  ];
  checkCompute(limit, price);
  // A program too: nothing may be called that could use the signature which it lends.
  for (const { program, accounts } of instructions)
    if (program === demand.feePayer || accounts.some(({ address }) => address === demand.feePayer))
      refuse(reasons.svm.feePayerUsed, 'No instruction may name the fee payer.');
  const accounts = await checkTransfer(transfer, payer, demand);
  checkOptional(optional);
  if (!isSignedByWallet(payment))
    refuse(reasons.svm.signature, 'The signature is not the wallet’s over this transaction.');
  return accounts;
}

/** Two instructions of the compute budget, and what they make us pay. */
function checkCompute(limit: SvmInstruction, price: SvmInstruction): void {
  const isBudget = (instruction: SvmInstruction, kind: number, bytes: number) =>
    instruction.program === computeBudgetProgram &&
    instruction.accounts.length === 0 &&
    instruction.data.length === bytes &&
    instruction.data[0] === kind;
  if (!isBudget(limit, 2, 5)) refuse(reasons.svm.computeLimit, 'First comes the compute unit limit.');
  if (!isBudget(price, 3, 9)) refuse(reasons.svm.computePrice, 'Second comes the compute unit price.');
  const units = littleEndian(limit.data.subarray(1));
  if (units > BigInt(maxComputeUnits))
    refuse(reasons.svm.computeLimitTooHigh, `At most ${maxComputeUnits} compute units are paid for.`);
  const microLamports = units * littleEndian(price.data.subarray(1));
  if (microLamports > maxPriorityFeeLamports * 1_000_000n)
    refuse(
      reasons.svm.computePriceTooHigh,
      `A priority fee of at most ${maxPriorityFeeLamports} lamports is paid.`,
    );
}

async function checkTransfer(
  { program, accounts, data }: SvmInstruction,
  payer: string,
  { network, amountAtomic, payTo, feePayer }: SvmDemand,
): Promise<Transfer> {
  const known = program === tokenProgram || program === token2022Program;
  if (!known || data[0] !== 12 || data.length !== 10 || accounts.length !== 4)
    refuse(reasons.svm.noTransfer, 'Third comes one TransferChecked.');
  const [source, mint, destination, authority] = accounts.map(({ address }) => address) as [
    string,
    string,
    string,
    string,
  ];
  if (mint !== network.asset || program !== network.tokenProgram)
    refuse(reasons.svm.mint, `The mint must be ${network.asset} of ${network.tokenProgram}.`);
  if (authority === feePayer || authority !== payer)
    refuse(reasons.svm.feePayerUsed, 'The wallet that signs must be the one whose tokens move.');
  const holding = { mint, tokenProgram: program };
  const [from, to] = await Promise.all([
    associatedTokenAddress({ owner: payer, ...holding }),
    associatedTokenAddress({ owner: payTo, ...holding }),
  ]);
  if (destination !== to) refuse(reasons.svm.recipient, `The tokens must go to ${to}.`);
  // As delegate of another's account the wallet could make that one pay, and be the customer itself.
  if (source !== from) refuse(reasons.svm.noTransfer, `The tokens must come from ${from}.`);
  if (littleEndian(data.subarray(1, 9)) !== amountAtomic || data[9] !== network.decimals)
    refuse(reasons.svm.amount, `The transfer must be of exactly ${amountAtomic}.`);
  return { source, destination };
}

function checkOptional(instructions: readonly SvmInstruction[]): void {
  const unknown = [
    reasons.svm.unknownFourth,
    reasons.svm.unknownFifth,
    reasons.svm.unknownSixth,
    reasons.svm.unknownSeventh,
  ] as const;
  for (const [i, instruction] of instructions.entries())
    if (!isMemo(instruction) && !isAssertion(instruction))
      refuse(unknown[i]!, 'After the transfer only a memo and assertions are taken.');
  if (instructions.filter(isMemo).length > 1) refuse(reasons.svm.memoCount, 'One memo is taken.');
}

const isMemo = ({ program, accounts, data }: SvmInstruction): boolean =>
  program === memoProgram && accounts.length === 0 && data.length <= maxMemoBytes;

/** Lighthouse's first two instructions keep a memory on the chain, at somebody's cost; the others only compare. */
const isAssertion = ({ program, data }: SvmInstruction): boolean =>
  program === lighthouseProgram && data.length > 0 && data[0]! >= 2;

const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

function refuse(reason: Reason, message: string): never {
  throw invalidPayment(reason, message);
}
