import { x402Client, x402HTTPClient } from '@x402/core/client';
import type { PaymentPayload } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { type Address, encodeFunctionData, type Hex, hashTypedData, parseAbi, parseSignature } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { type LocalSigner, signingAccount } from '../src/chains/hot-key.ts';
import { fundAll, rpc } from './chain.ts';
import type { BenchNetwork, HttpCall, Side, TestChain } from './side.ts';

/** A wallet that pays. */
export type Caller = LocalSigner;

/** Callers with a fresh wallet each, funded on every chain. */
export async function fundedCallers(count: number, chains: readonly { rpcUrl: string }[]): Promise<Caller[]> {
  const callers = Array.from({ length: count }, makeCaller);
  const addresses = callers.map(({ address }) => address);
  for (const { rpcUrl } of chains) await fundAll(rpcUrl, addresses);
  return callers;
}

/** Signs typed data with libsecp256k1, to the letter as viem does: thousands of payments are signed ahead of each run. */
export function makeCaller(): Caller {
  const account = signingAccount(generatePrivateKey());
  const signTypedData: Caller['signTypedData'] = (data) =>
    account.sign({ hash: hashTypedData(data as Parameters<typeof hashTypedData>[0]) });
  return { ...account, signTypedData };
}

/**
 * Paid calls, signed ahead of the clock by the reference client against the side's own challenge: for each caller a
 * row of calls to be made one after the other, each with a payment of its own.
 */
export async function paidCalls(
  side: Pick<Side, 'call' | 'network'>,
  callers: readonly Caller[],
  each: number,
): Promise<HttpCall[][]> {
  const { encode, pay } = await payer(side);
  return rows(callers, each, async (caller) => ({
    ...side.call,
    headers: { ...side.call.headers, ...encode(await pay(caller)) },
  }));
}

const abi = parseAbi([
  'function transferWithAuthorization(address from, address to, uint256 value, uint256 validAfter, uint256 validBefore, bytes32 nonce, uint8 v, bytes32 r, bytes32 s)',
]);

/**
 * The same payments as bare transactions to a chain, each sent by its payer and answered when mined: what the chain
 * alone can do, one payment a transaction. `side` gives the terms.
 */
export async function bareTransfers(
  side: Side,
  { rpcUrl }: TestChain,
  callers: readonly Caller[],
  each: number,
): Promise<HttpCall[][]> {
  const { pay } = await payer(side);
  const nonces = new Map<Address, number>();
  for (const { address } of callers)
    nonces.set(address, Number(await rpc<Hex>(rpcUrl, 'eth_getTransactionCount', [address, 'latest'])));
  return rows(callers, each, async (caller) => {
    const nonce = nonces.get(caller.address)!;
    nonces.set(caller.address, nonce + 1);
    const { accepted, payload } = await pay(caller);
    const raw = await caller.signTransaction({
      type: 'eip1559',
      chainId: side.network.chainId,
      nonce,
      to: accepted.asset as Hex,
      data: transferData(payload as unknown as Eip3009),
      gas: 200_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
    });
    return {
      url: rpcUrl,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransactionSync', params: [raw] }),
    };
  });
}

interface Eip3009 {
  signature: Hex;
  authorization: { from: Hex; to: Hex; value: string; validAfter: string; validBefore: string; nonce: Hex };
}

function transferData({ signature, authorization: a }: Eip3009): Hex {
  const { r, s, yParity } = parseSignature(signature);
  const window = [BigInt(a.validAfter), BigInt(a.validBefore)] as const;
  const args = [a.from, a.to, BigInt(a.value), ...window, a.nonce, 27 + yParity, r, s] as const;
  return encodeFunctionData({ abi, functionName: 'transferWithAuthorization', args });
}

/** How a wallet pays on a network, by its family. */
const clients: Record<BenchNetwork['family'], (caller: Caller, network: BenchNetwork) => x402Client> = {
  evm: (caller, { caip2 }) => new x402Client().register(caip2, new ExactEvmScheme(caller)),
};

async function payer({ call, network }: Pick<Side, 'call' | 'network'>) {
  const challenge = await fetch(call.url, { method: 'POST', ...call });
  const wire = new x402HTTPClient(new x402Client());
  const terms = wire.getPaymentRequiredResponse(
    (name) => challenge.headers.get(name),
    await challenge.json(),
  );
  const pay = (caller: Caller): Promise<PaymentPayload> =>
    clients[network.family](caller, network).createPaymentPayload(terms);
  return { pay, encode: (payment: PaymentPayload) => wire.encodePaymentSignatureHeader(payment) };
}

async function rows(
  callers: readonly Caller[],
  each: number,
  make: (caller: Caller) => Promise<HttpCall>,
): Promise<HttpCall[][]> {
  const all: HttpCall[][] = [];
  for (const caller of callers) {
    const row: HttpCall[] = [];
    while (row.length < each) row.push(await make(caller));
    all.push(row);
  }
  return all;
}
