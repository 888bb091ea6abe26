import { x402Client, x402HTTPClient } from '@x402/core/client';
import type { PaymentPayload } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { encodeFunctionData, type Hex, parseAbi, parseSignature } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { rpc } from './chain.ts';
import { benchNetwork, type HttpCall, type Side, type TestChain } from './side.ts';

/** Callers with a fresh wallet each, funded on every chain. */
export async function fundedCallers(count: number, chains: TestChain[]): Promise<PrivateKeyAccount[]> {
  const callers = Array.from({ length: count }, () => privateKeyToAccount(generatePrivateKey()));
  for (const chain of chains) for (const caller of callers) await chain.fund(caller.address);
  return callers;
}

/**
 * Paid calls, signed ahead of the clock by the reference client against the side's own challenge: for each caller a
 * row of calls to be made one after the other, each with a payment of its own.
 */
export async function paidCalls(
  side: Side,
  callers: PrivateKeyAccount[],
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
 * alone can do. `side` gives the terms.
 */
export async function bareTransfers(
  side: Side,
  { rpcUrl }: TestChain,
  callers: PrivateKeyAccount[],
  each: number,
): Promise<HttpCall[][]> {
  const { pay } = await payer(side);
  const nonces = new Map<string, number>();
  for (const { address } of callers) {
    await rpc(rpcUrl, 'anvil_setBalance', [address, `0x${(10n ** 18n).toString(16)}`]);
    nonces.set(address, Number(await rpc<Hex>(rpcUrl, 'eth_getTransactionCount', [address, 'latest'])));
  }
  return rows(callers, each, async (caller) => {
    const nonce = nonces.get(caller.address)!;
    nonces.set(caller.address, nonce + 1);
    const { accepted, payload } = await pay(caller);
    const raw = await caller.signTransaction({
      type: 'eip1559',
      chainId: benchNetwork.chainId,
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

async function payer(side: Side) {
  const challenge = await fetch(side.call.url, { method: 'POST', ...side.call });
  const wire = new x402HTTPClient(new x402Client());
  const terms = wire.getPaymentRequiredResponse(
    (name) => challenge.headers.get(name),
    await challenge.json(),
  );
  const pay = (caller: PrivateKeyAccount): Promise<PaymentPayload> =>
    new x402Client().register(benchNetwork.caip2, new ExactEvmScheme(caller)).createPaymentPayload(terms);
  return { pay, encode: (payment: PaymentPayload) => wire.encodePaymentSignatureHeader(payment) };
}

async function rows(
  callers: PrivateKeyAccount[],
  each: number,
  make: (caller: PrivateKeyAccount) => Promise<HttpCall>,
): Promise<HttpCall[][]> {
  const all: HttpCall[][] = [];
  for (const caller of callers) {
    const row: HttpCall[] = [];
    while (row.length < each) row.push(await make(caller));
    all.push(row);
  }
  return all;
}
