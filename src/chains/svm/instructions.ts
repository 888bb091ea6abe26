/**
 * The few instructions that we write ourselves, in the layout of their programs, and the addresses of those programs.
 */
import { type Address, getAddressEncoder, getProgramDerivedAddress } from '@solana/kit';
import type { SvmInstruction } from './transaction.ts';

export const systemProgram = '11111111111111111111111111111111';
export const tokenProgram = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
export const token2022Program = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';
export const associatedTokenProgram = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL';
export const computeBudgetProgram = 'ComputeBudget111111111111111111111111111111';
export const memoProgram = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr';

/** A wallet's holding of one token. */
export interface Holding {
  owner: string;
  mint: string;
  tokenProgram: string;
}

/** Where a wallet's tokens of one mint are by convention: an address derived from all three. */
export async function associatedTokenAddress({ owner, mint, tokenProgram }: Holding): Promise<string> {
  const encoder = getAddressEncoder();
  const seeds = [owner, tokenProgram, mint].map((address) => encoder.encode(address as Address));
  const [address] = await getProgramDerivedAddress({
    programAddress: associatedTokenProgram as Address,
    seeds,
  });
  return address;
}

const readonly = (address: string) => ({ address, signer: false, writable: false });
const writable = (address: string) => ({ address, signer: false, writable: true });
const signing = (address: string) => ({ address, signer: true, writable: false });

/** Makes the associated token account at the payer's cost, about 0.002 SOL of rent; does nothing where it is there. */
export async function createAssociatedAccount(payer: string, holding: Holding): Promise<SvmInstruction> {
  return {
    program: associatedTokenProgram,
    accounts: [
      { address: payer, signer: true, writable: true },
      writable(await associatedTokenAddress(holding)),
      readonly(holding.owner),
      readonly(holding.mint),
      readonly(systemProgram),
      readonly(holding.tokenProgram),
    ],
    data: Uint8Array.of(1),
  };
}

/** A transfer between two token accounts that names mint and decimals, and fails if either is another. */
export const transferChecked = (transfer: {
  source: string;
  destination: string;
  mint: string;
  authority: string;
  amountAtomic: bigint;
  decimals: number;
  tokenProgram: string;
}): SvmInstruction => ({
  program: transfer.tokenProgram,
  accounts: [
    writable(transfer.source),
    readonly(transfer.mint),
    writable(transfer.destination),
    signing(transfer.authority),
  ],
  data: Uint8Array.of(12, ...littleEndian(transfer.amountAtomic, 8), transfer.decimals),
});

/** New tokens, by the mint's authority. */
export const mintTo = (mint: {
  mint: string;
  account: string;
  authority: string;
  amountAtomic: bigint;
  tokenProgram: string;
}): SvmInstruction => ({
  program: mint.tokenProgram,
  accounts: [writable(mint.mint), writable(mint.account), signing(mint.authority)],
  data: Uint8Array.of(7, ...littleEndian(mint.amountAtomic, 8)),
});

/** Lamports from one wallet to another. */
export const transferSol = (from: string, to: string, lamports: bigint): SvmInstruction => ({
  program: systemProgram,
  accounts: [{ address: from, signer: true, writable: true }, writable(to)],
  data: Uint8Array.of(...littleEndian(2n, 4), ...littleEndian(lamports, 8)),
});

/** Compute units that the transaction may take; what is not said costs as much as the most. */
export const computeUnitLimit = (units: number): SvmInstruction => ({
  program: computeBudgetProgram,
  accounts: [],
  data: Uint8Array.of(2, ...littleEndian(BigInt(units), 4)),
});

/** The priority fee: micro-lamports for each unit of the limit. */
export const computeUnitPrice = (microLamports: bigint): SvmInstruction => ({
  program: computeBudgetProgram,
  accounts: [],
  data: Uint8Array.of(3, ...littleEndian(microLamports, 8)),
});

/** A line in the transaction's log. */
export const memo = (text: string): SvmInstruction => ({
  program: memoProgram,
  accounts: [],
  data: new TextEncoder().encode(text),
});

function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}
