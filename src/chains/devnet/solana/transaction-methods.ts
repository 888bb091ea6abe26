/** Methods that take transactions. */
import { z } from 'zod';
import { fromBase58, toBase58 } from '../../svm/base58.ts';
import { verifySignature } from '../../svm/signer.ts';
import {
  parseTransaction,
  type SvmTransaction,
  signatureOf,
  TransactionUnreadable,
} from '../../svm/transaction.ts';
import { encodeAccount } from './account-methods.ts';
import { sentenceOf } from './errors.ts';
import {
  addressSchema,
  commonConfig,
  contextSlot,
  invalidParams,
  type Method,
  type Node,
  RpcFailure,
  read,
  withContext,
} from './node.ts';
import { feeOf } from './runtime.ts';
import { blockhashAge } from './slots.ts';
import type { Outcome } from './vm.ts';

/** Base58 is what a node takes unless told otherwise. */
const wire = z.enum(['base58', 'base64']).optional();
const sendConfig = commonConfig.extend({
  encoding: wire,
  skipPreflight: z.boolean().optional(),
  preflightCommitment: z.string().optional(),
  maxRetries: z.number().int().min(0).nullish(),
});
const simulateConfig = commonConfig.extend({
  encoding: wire,
  sigVerify: z.boolean().optional(),
  replaceRecentBlockhash: z.boolean().optional(),
  innerInstructions: z.boolean().optional(),
  accounts: z
    .object({ addresses: z.array(addressSchema), encoding: z.enum(['base64', 'jsonParsed']).optional() })
    .nullish(),
});
const with1 = <T extends z.ZodType>(config: T) => z.tuple([z.string(), config.nullish()]);

function decode(text: string, encoding: z.output<typeof wire>): SvmTransaction {
  const bytes = encoding === 'base64' ? Buffer.from(text, 'base64') : fromBase58(text);
  if (!bytes) throw invalidParams('invalid base58 encoding');
  try {
    return parseTransaction(Buffer.from(bytes).toString('base64'));
  } catch (error) {
    if (!(error instanceof TransactionUnreadable)) throw error;
    throw invalidParams(`failed to deserialize the transaction: ${error.message}`);
  }
}

const isSigned = ({ signers, messageBytes }: SvmTransaction): boolean =>
  signers.every(({ address, signature }) => signature && verifySignature(address, messageBytes, signature));

const simulation = (outcome: Outcome, accounts: unknown = null) => ({
  err: outcome.error,
  logs: outcome.logs,
  accounts,
  unitsConsumed: outcome.unitsConsumed,
  returnData: null,
  innerInstructions: null,
  replacementBlockhash: null,
});

/** Executes what was sent, unless a test has other plans for it. */
export function admit(node: Node, transaction: SvmTransaction): void {
  if (node.dropping > 0) node.dropping--;
  else if (node.held) node.held.push(transaction);
  else if (isSigned(transaction)) node.vm.execute(transaction);
}

export const transactionMethods: Record<string, Method> = {
  sendTransaction(node, params) {
    const [text, config] = read(with1(sendConfig), params);
    const transaction = decode(text, config?.encoding);
    if (!config?.skipPreflight) {
      if (!isSigned(transaction)) throw new RpcFailure(-32003, 'Transaction signature verification failure');
      const outcome = node.vm.simulate(transaction, { sigVerify: true, anyBlockhash: false });
      if (outcome.error) {
        const message = `Transaction simulation failed: ${sentenceOf(outcome.error)}`;
        throw new RpcFailure(-32002, message, simulation(outcome));
      }
    }
    admit(node, transaction);
    return signatureOf(transaction) ?? toBase58(new Uint8Array(64));
  },
  simulateTransaction(node, params) {
    const [text, config] = read(with1(simulateConfig), params);
    if (config?.sigVerify && config.replaceRecentBlockhash)
      throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
    const transaction = decode(text, config?.encoding);
    if (config?.sigVerify && !isSigned(transaction))
      throw new RpcFailure(-32003, 'Transaction signature verification failure');
    const slot = contextSlot(node, config);
    const anyBlockhash = config?.replaceRecentBlockhash ?? false;
    const outcome = node.vm.simulate(transaction, { sigVerify: false, anyBlockhash });
    const accounts = config?.accounts?.addresses.map((address) =>
      encodeAccount(node, outcome.accounts.get(address), { encoding: 'base64' }),
    );
    const replacementBlockhash = anyBlockhash
      ? {
          blockhash: node.vm.slots.blockhashOf(slot),
          lastValidBlockHeight: node.vm.slots.heightOf(slot) + blockhashAge,
        }
      : null;
    return withContext(slot, { ...simulation(outcome, accounts ?? null), replacementBlockhash });
  },
  getFeeForMessage(node, params) {
    const [message, config] = read(with1(commonConfig), params);
    // As many empty signatures in front as the message's header asks for make it a transaction.
    const bytes = Buffer.from(message, 'base64');
    const signers = bytes[bytes[0] === 0x80 ? 1 : 0] ?? 0;
    const whole = Buffer.concat([Buffer.from([signers]), Buffer.alloc(64 * signers), bytes]);
    return withContext(contextSlot(node, config), feeOf(decode(whole.toString('base64'), 'base64')));
  },
};
