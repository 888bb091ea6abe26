/** USDC as the simulated chain runs it: balances and EIP-3009, with the logs that the token emits. */
import { decodeFunctionData, type Hex } from 'viem';
import { batchAbi } from '../../src/chains/evm/batch.ts';
import { multicall3 } from '../../src/chains/evm/chain.ts';
import {
  type Authorization,
  authorizationDigest,
  canonicalSignature,
  eip3009Abi,
  type Log,
  recoverSigner,
  topics,
} from '../../src/chains/evm/eip3009.ts';
import type { EvmNetwork } from '../../src/chains/networks.ts';

/** One call of the token. `from` of a plain transfer is who sends the transaction. */
export type TokenCall =
  | { kind: 'authorized'; authorization: Authorization; signature: Hex }
  | { kind: 'cancel'; payer: Hex; nonce: Hex }
  | { kind: 'transfer'; from: Hex; to: Hex; value: bigint }
  | { kind: 'nothing' };

/** What the token and the accounts hold after one block. */
export interface ChainState {
  balances: Map<string, bigint>;
  /** By payer and nonce. */
  nonces: Map<string, 'used' | 'canceled'>;
  /** Transactions that each account has sent. */
  counts: Map<string, number>;
}

export const copyState = (state: ChainState): ChainState => ({
  balances: new Map(state.balances),
  nonces: new Map(state.nonces),
  counts: new Map(state.counts),
});

export const nonceKey = (payer: string, nonce: string) => `${payer.toLowerCase()}:${nonce.toLowerCase()}`;

/** A log before it has its place in a block. */
export type Emitted = Pick<Log, 'address' | 'topics' | 'data'>;

const addressWord = (address: string): Hex => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
const amountWord = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

export interface Token {
  /** Runs a call at a block's time in seconds; changes the state and returns the logs, or says why it reverts. */
  run(state: ChainState, call: TokenCall, timestamp: bigint): { logs: Emitted[] } | { revert: string };
  /** The call that data makes of the token. */
  decode(data: Hex): TokenCall;
  /** The calls that a transaction makes of the token: one, or those that Multicall3 makes. */
  callsOf(to: Hex, data: Hex): readonly TokenCall[];
}

/** The real check, once for each signature: it costs more than everything else here. */
function signatureCheck(network: EvmNetwork) {
  const judged = new Map<string, boolean>();
  return (authorization: Authorization, signature: Hex): boolean => {
    const key = `${Object.values(authorization).join()}${signature}`;
    let known = judged.get(key);
    if (known === undefined) {
      const canonical = canonicalSignature(signature);
      known =
        canonical !== undefined &&
        recoverSigner(authorizationDigest(network, authorization), canonical) === authorization.from;
      judged.set(key, known);
    }
    return known;
  };
}

export function createToken(network: EvmNetwork): Token {
  const isSigned = signatureCheck(network);
  const decoded = new Map<string, TokenCall>();

  const emit = (...log: Hex[]): Emitted => ({
    address: network.asset,
    topics: log.slice(0, 3),
    data: log[3] ?? '0x',
  });

  function move(state: ChainState, from: Hex, to: Hex, value: bigint): Emitted | undefined {
    const held = state.balances.get(from) ?? 0n;
    if (held < value) return undefined;
    state.balances.set(from, held - value);
    state.balances.set(to, (state.balances.get(to) ?? 0n) + value);
    return emit(topics.transfer, addressWord(from), addressWord(to), amountWord(value));
  }

  function runAuthorized(state: ChainState, authorization: Authorization, signature: Hex, timestamp: bigint) {
    const { from, to, value, nonce, validAfter, validBefore } = authorization;
    if (timestamp <= validAfter) return { revert: 'authorization is not yet valid' };
    if (timestamp >= validBefore) return { revert: 'authorization is expired' };
    if (state.nonces.has(nonceKey(from, nonce))) return { revert: 'authorization is used or canceled' };
    if (!isSigned(authorization, signature)) return { revert: 'invalid signature' };
    const transfer = move(state, from, to, value);
    if (!transfer) return { revert: 'transfer amount exceeds balance' };
    state.nonces.set(nonceKey(from, nonce), 'used');
    return { logs: [emit(topics.used, addressWord(from), nonce), transfer] };
  }

  const decode = (data: Hex): TokenCall => {
    if (data === '0x') return { kind: 'nothing' };
    let call = decoded.get(data);
    if (!call) {
      call = decodeTransfer(data);
      decoded.set(data, call);
    }
    return call;
  };

  return {
    run(state, call, timestamp) {
      switch (call.kind) {
        case 'nothing':
          return { logs: [] };
        case 'authorized':
          return runAuthorized(state, call.authorization, call.signature, timestamp);
        case 'cancel': {
          const key = nonceKey(call.payer, call.nonce);
          if (state.nonces.has(key)) return { revert: 'authorization is used or canceled' };
          state.nonces.set(key, 'canceled');
          return { logs: [emit(topics.canceled, addressWord(call.payer), call.nonce)] };
        }
        case 'transfer': {
          const log = move(state, call.from, call.to, call.value);
          return log ? { logs: [log] } : { revert: 'transfer amount exceeds balance' };
        }
      }
    },
    decode,
    callsOf(to, data) {
      if (to.toLowerCase() !== multicall3.toLowerCase()) return [decode(data)];
      const { args } = decodeFunctionData({ abi: batchAbi, data });
      return args[0].map(({ target, allowFailure, callData }) => {
        if (target !== network.asset || !allowFailure) throw new Error(`a batch calls ${target}`);
        return decode(callData);
      });
    },
  };
}

function decodeTransfer(data: Hex): TokenCall {
  const { functionName, args } = decodeFunctionData({ abi: eip3009Abi, data });
  if (functionName !== 'transferWithAuthorization') throw new Error(`the token is not sent ${functionName}`);
  const [from, to, value, validAfter, validBefore, nonce] = args;
  const signature =
    args.length === 7
      ? args[6]
      : (`${args[7]}${args[8].slice(2)}${args[6].toString(16).padStart(2, '0')}` as Hex);
  const lower = (address: Hex) => address.toLowerCase() as Hex;
  return {
    kind: 'authorized',
    authorization: { from: lower(from), to: lower(to), value, validAfter, validBefore, nonce },
    signature,
  };
}
