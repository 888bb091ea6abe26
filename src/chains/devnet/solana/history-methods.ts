/** Methods that tell what became of transactions. */
import { z } from 'zod';
import { toBase58 } from '../../svm/base58.ts';
import { parseTransaction, type SvmTransaction } from '../../svm/transaction.ts';
import { decimalsOf, uiAmount } from './account-methods.ts';
import type { Landed } from './history.ts';
import {
  addressSchema,
  commonConfig,
  contextSlot,
  type Method,
  type Node,
  RpcFailure,
  read,
  signatureSchema,
  withContext,
} from './node.ts';
import type { TokenBalance } from './runtime.ts';

/** As nodes say it, with what to do about it. */
const versionUnsupported =
  'Transaction version (0) is not supported by the requesting client. Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0';

export const historyMethods: Record<string, Method> = {
  getSignatureStatuses(node, params) {
    const config = z.object({ searchTransactionHistory: z.boolean().optional() }).nullish();
    const list = z.array(signatureSchema).max(256);
    const [signatures] = read(z.tuple([list, config]), params);
    const statuses = signatures.map((signature) => {
      const entry = node.vm.history.get(signature);
      if (!entry) return null;
      const confirmationStatus = node.vm.commitmentOf(entry.slot);
      return {
        slot: entry.slot,
        confirmations: confirmationStatus === 'finalized' ? null : node.vm.slots.now() - entry.slot,
        err: entry.error,
        status: entry.error === null ? { Ok: null } : { Err: entry.error },
        confirmationStatus,
      };
    });
    return withContext(node.vm.slots.now(), statuses);
  },
  getSignaturesForAddress(node, params) {
    const config = commonConfig.extend({
      limit: z.number().int().min(1).max(1000).optional(),
      before: signatureSchema.nullish(),
      until: signatureSchema.nullish(),
    });
    const [address, given] = read(z.tuple([addressSchema, config.nullish()]), params);
    const at = contextSlot(node, given);
    let all = node.vm.history.signaturesFor(address);
    if (given?.before) all = all.slice(all.indexOf(given.before) + 1);
    if (given?.until && all.includes(given.until)) all = all.slice(0, all.indexOf(given.until));
    return all
      .map((signature) => ({ signature, entry: node.vm.history.get(signature)! }))
      .filter(({ entry }) => entry.slot <= at)
      .slice(0, given?.limit ?? 1000)
      .map(({ signature, entry }) => ({
        signature,
        slot: entry.slot,
        err: entry.error,
        memo: null,
        blockTime: node.vm.slots.timeOf(entry.slot),
        confirmationStatus: node.vm.commitmentOf(entry.slot),
      }));
  },
  getTransaction(node, params) {
    const config = commonConfig.extend({
      encoding: z.enum(['json', 'base58', 'base64']).optional(),
      maxSupportedTransactionVersion: z.number().int().min(0).optional(),
    });
    const [signature, given] = read(z.tuple([signatureSchema, config.nullish()]), params);
    const at = contextSlot(node, given);
    const landed = node.vm.landed(signature);
    if (!landed || BigInt(landed.slot) > at) return null;
    const transaction = parseTransaction(landed.transaction);
    if (transaction.version === 0 && given?.maxSupportedTransactionVersion === undefined)
      throw new RpcFailure(-32015, versionUnsupported);
    return {
      slot: landed.slot,
      blockTime: node.vm.slots.timeOf(BigInt(landed.slot)),
      version: transaction.version,
      meta: metaOf(node, landed),
      transaction: encodeLanded(landed, transaction, given?.encoding ?? 'json'),
    };
  },
};

function metaOf(node: Node, { error, feeLamports, lamports, tokens, logs, unitsConsumed }: Landed) {
  const balances = (of: TokenBalance[]) =>
    of.map(({ accountIndex, mint, owner, program, amountAtomic }) => ({
      accountIndex,
      mint,
      owner,
      programId: program,
      uiTokenAmount: uiAmount(BigInt(amountAtomic), decimalsOf(node, mint)),
    }));
  return {
    err: error,
    status: error === null ? { Ok: null } : { Err: error },
    fee: feeLamports,
    preBalances: lamports.before.map(BigInt),
    postBalances: lamports.after.map(BigInt),
    preTokenBalances: balances(tokens.before),
    postTokenBalances: balances(tokens.after),
    logMessages: logs,
    innerInstructions: [],
    rewards: [],
    loadedAddresses: { readonly: [], writable: [] },
    computeUnitsConsumed: unitsConsumed,
  };
}

function encodeLanded(landed: Landed, transaction: SvmTransaction, encoding: 'json' | 'base58' | 'base64') {
  const bytes = Buffer.from(landed.transaction, 'base64');
  if (encoding === 'base64') return [landed.transaction, encoding];
  if (encoding === 'base58') return [toBase58(bytes), encoding];
  const { signers, accounts, instructions, blockhash } = transaction;
  const indexOf = (address: string) => landed.accountKeys.indexOf(address);
  const unsigned = accounts.filter(({ signer }) => !signer);
  return {
    signatures: signers.map(({ signature }) => toBase58(signature!)),
    message: {
      header: {
        numRequiredSignatures: signers.length,
        numReadonlySignedAccounts: accounts.filter(({ signer, writable }) => signer && !writable).length,
        numReadonlyUnsignedAccounts: unsigned.filter(({ writable }) => !writable).length,
      },
      accountKeys: landed.accountKeys,
      recentBlockhash: blockhash,
      instructions: instructions.map((instruction) => ({
        programIdIndex: indexOf(instruction.program),
        accounts: instruction.accounts.map(({ address }) => indexOf(address)),
        data: toBase58(instruction.data),
        stackHeight: null,
      })),
      ...(transaction.version === 0 && { addressTableLookups: [] }),
    },
  };
}
