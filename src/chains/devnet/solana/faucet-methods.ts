/** What a real node has not: money for the asking, and a hand on the clock. */
import { z } from 'zod';
import { assert } from '../../../kernel/errors.ts';
import { randomSecret } from '../../../kernel/ids.ts';
import { fromBase58 } from '../../svm/base58.ts';
import {
  associatedTokenAddress,
  createAssociatedAccount,
  memo,
  mintTo,
  systemProgram,
  tokenProgram,
  transferSol,
} from '../../svm/instructions.ts';
import { makeTransaction, type SvmInstruction, signWith } from '../../svm/transaction.ts';
import { addressSchema, commonConfig, invalidParams, type Method, type Node, read } from './node.ts';
import { admit } from './transaction-methods.ts';

const count = z.number().int().min(0).max(100_000_000);
const atomic = z.string().regex(/^[1-9]\d{0,17}$/, 'must be an amount');

/** Lamports that the faucet's account is filled up to. */
const faucetLamports = 1_000_000_000_000n;

/**
 * Puts USDC's mint where it is on the cluster whose identity this one bears, and fills the faucet. May be repeated: a mint
 * that is there stays, with its supply.
 */
export function furnish({ vm, mint, faucet }: Node): void {
  if (!vm.account(mint)) {
    const data = Buffer.alloc(82);
    data.writeUInt32LE(1, 0);
    data.set(fromBase58(faucet.address)!, 4);
    data[44] = 6;
    data[45] = 1;
    const lamports = vm.rentExemption(82n);
    vm.setAccount(mint, { lamports, owner: tokenProgram, data, executable: false });
  }
  setLamports({ vm }, faucet.address, faucetLamports);
}

/** Sets a wallet's balance. An account of a program keeps what it holds besides. */
function setLamports({ vm }: Pick<Node, 'vm'>, address: string, lamports: bigint): void {
  const empty = { owner: systemProgram, data: new Uint8Array(), executable: false };
  vm.setAccount(address, { ...empty, ...vm.account(address), lamports });
}

/** Lands a transaction of the faucet's, past whatever holds up those of others. @returns its signature */
async function send({ vm, faucet }: Node, instructions: readonly SvmInstruction[]): Promise<string> {
  const transaction = makeTransaction({
    feePayer: faucet.address,
    blockhash: vm.slots.blockhashOf(vm.slots.now()),
    // Twice the same within one slot would be one transaction.
    instructions: [...instructions, memo(randomSecret(8).toString('hex'))],
  });
  const landed = vm.execute(await signWith(transaction, [faucet]));
  assert(landed?.error === null, `the faucet's transaction failed: ${JSON.stringify(landed?.error)}`);
  return landed.signature;
}

export const faucetMethods: Record<string, Method> = {
  requestAirdrop(node, params) {
    const lamports = z.number().int().min(1);
    const schema = z.tuple([addressSchema, lamports, commonConfig.nullish()]);
    const [address, amount] = read(schema, params);
    return send(node, [transferSol(node.faucet.address, address, BigInt(amount))]);
  },
  /** [wallet, lamports as a string] */
  devnet_setBalance(node, params) {
    const [address, lamports] = read(z.tuple([addressSchema, atomic]), params);
    setLamports(node, address, BigInt(lamports));
    return true;
  },
  /** [wallet, atomic USDC as a string]: its token account is made where it is missing. */
  async devnet_mint(node, params) {
    const [owner, amount] = read(z.tuple([addressSchema, atomic]), params);
    const { mint, faucet } = node;
    const holding = { owner, mint, tokenProgram };
    const account = await associatedTokenAddress(holding);
    return send(node, [
      await createAssociatedAccount(faucet.address, holding),
      mintTo({ mint, account, authority: faucet.address, amountAtomic: BigInt(amount), tokenProgram }),
    ]);
  },
  /** [slots]: so many pass at once, and their time with them. */
  devnet_warp(node, params) {
    const [slots] = read(z.tuple([count]), params);
    node.vm.warp(slots);
    return node.vm.slots.now();
  },
  /** [transactions]: the next so many are acknowledged and lost. */
  devnet_drop(node, params) {
    [node.dropping] = read(z.tuple([count]), params);
    return true;
  },
  /** [whether]: what is sent is acknowledged and waits; when it ends, what has not expired lands in its order. */
  devnet_hold(node, params) {
    const [hold] = read(z.tuple([z.boolean()]), params);
    const waiting = node.held ?? [];
    node.held = hold ? waiting : undefined;
    if (!hold) for (const transaction of waiting) admit(node, transaction);
    return waiting.length;
  },
  /** A point in time, as a number for `devnet_revert`. */
  devnet_snapshot: ({ vm }) => vm.snapshot(),
  /** [point]: forgets what landed since, as when a fork loses. Time goes on. */
  devnet_revert(node, params) {
    const [point] = read(z.tuple([count]), params);
    if (!node.vm.revert(point)) throw invalidParams('no such point in time');
    return true;
  },
};
