/** Methods that read accounts. */
import { z } from 'zod';
import { toBase58 } from '../../svm/base58.ts';
import { token2022Program, tokenProgram } from '../../svm/instructions.ts';
import {
  addressSchema,
  commonConfig,
  contextSlot,
  invalidParams,
  type Method,
  type Node,
  read,
  withContext,
} from './node.ts';
import { rentExemptEpoch, type VmAccount } from './runtime.ts';

const encodings = z.enum(['base58', 'base64', 'jsonParsed']);
const accountConfig = commonConfig.extend({
  encoding: encodings.optional(),
  dataSlice: z.object({ offset: z.number().int().min(0), length: z.number().int().min(0) }).nullish(),
});
type AccountConfig = z.output<typeof accountConfig>;

const one = <T extends z.ZodType>(first: T) => z.tuple([first, accountConfig.nullish()]);

/** An account as JSON. A node that cannot parse an account answers base64 even where `jsonParsed` was asked; this one can none but token accounts. */
export function encodeAccount(
  node: Node,
  account: VmAccount | undefined,
  config: AccountConfig | null | undefined,
) {
  if (!account) return null;
  const { lamports, owner, data, executable } = account;
  const { offset, length } = config?.dataSlice ?? { offset: 0, length: data.length };
  const bytes = Buffer.from(data.slice(offset, offset + length));
  const parsed = config?.encoding === 'jsonParsed' && parseToken(node, account);
  return {
    lamports,
    owner,
    executable,
    rentEpoch: rentExemptEpoch,
    space: data.length,
    data:
      parsed ||
      (config?.encoding === 'base58' ? [toBase58(bytes), 'base58'] : [bytes.toString('base64'), 'base64']),
  };
}

/** Of a token account: the layout is the token program's own. */
export function readToken(node: Node, account: VmAccount | undefined) {
  if (!account || ![tokenProgram, token2022Program].includes(account.owner) || account.data.length < 165)
    return undefined;
  const data = Buffer.from(account.data);
  const mint = toBase58(data.subarray(0, 32));
  return {
    mint,
    owner: toBase58(data.subarray(32, 64)),
    amount: data.readBigUInt64LE(64),
    state: data[108] === 2 ? 'frozen' : 'initialized',
    decimals: decimalsOf(node, mint),
  };
}

/** Decimals stand in the mint, after its authority and supply. */
export const decimalsOf = (node: Node, mint: string): number => node.vm.account(mint)?.data[44] ?? 0;

function parseToken(node: Node, account: VmAccount) {
  const token = readToken(node, account);
  return (
    token && {
      program: account.owner === tokenProgram ? 'spl-token' : 'spl-token-2022',
      parsed: {
        type: 'account',
        info: {
          isNative: false,
          mint: token.mint,
          owner: token.owner,
          state: token.state,
          tokenAmount: uiAmount(token.amount, token.decimals),
        },
      },
      space: account.data.length,
    }
  );
}

/** An amount in each of the forms that nodes give. */
export function uiAmount(amount: bigint, decimals: number) {
  const digits = `${amount}`.padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return { amount: `${amount}`, decimals, uiAmount: Number(short), uiAmountString: short };
}

const tokenFilter = z.union([z.object({ mint: addressSchema }), z.object({ programId: addressSchema })]);

export const accountMethods: Record<string, Method> = {
  getAccountInfo(node, params) {
    const [address, config] = read(one(addressSchema), params);
    return withContext(contextSlot(node, config), encodeAccount(node, node.vm.account(address), config));
  },
  getMultipleAccounts(node, params) {
    const [addresses, config] = read(one(z.array(addressSchema).max(100)), params);
    const accounts = addresses.map((address) => encodeAccount(node, node.vm.account(address), config));
    return withContext(contextSlot(node, config), accounts);
  },
  getBalance(node, params) {
    const [address, config] = read(one(addressSchema), params);
    return withContext(contextSlot(node, config), node.vm.account(address)?.lamports ?? 0n);
  },
  getMinimumBalanceForRentExemption(node, params) {
    const [bytes] = read(one(z.number().int().min(0)), params);
    return node.vm.rentExemption(BigInt(bytes));
  },
  getTokenAccountBalance(node, params) {
    const [address, config] = read(one(addressSchema), params);
    const token = readToken(node, node.vm.account(address));
    if (!token) throw invalidParams('could not find account');
    return withContext(contextSlot(node, config), uiAmount(token.amount, token.decimals));
  },
  getTokenAccountsByOwner(node, params) {
    const schema = z.tuple([addressSchema, tokenFilter, accountConfig.nullish()]);
    const [owner, filter, config] = read(schema, params);
    const programs = 'programId' in filter ? [filter.programId] : [tokenProgram, token2022Program];
    const found = programs
      .flatMap((program) => node.vm.programAccounts(program))
      .filter(({ account }) => {
        const token = readToken(node, account);
        return token?.owner === owner && (!('mint' in filter) || token.mint === filter.mint);
      });
    return withContext(
      contextSlot(node, config),
      found.map(({ address, account }) => ({
        pubkey: address,
        account: encodeAccount(node, account, config),
      })),
    );
  },
};
