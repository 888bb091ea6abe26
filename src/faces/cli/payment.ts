import type { KeyPairSigner } from '@solana/kit';
import type { PaymentRequired, PaymentRequirements } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { ExactEvmSchemeV1 } from '@x402/evm/exact/v1/client';
import { appendPaymentIdentifierToExtensions } from '@x402/extensions/payment-identifier';
import { x402Client, x402HTTPClient } from '@x402/fetch';
import { ExactSvmScheme } from '@x402/svm/exact/client';
import { ExactSvmSchemeV1 } from '@x402/svm/exact/v1/client';
import { isAddress, isAddressEqual } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { type EvmNetwork, findNetwork, type Network, type SvmNetwork } from '../../chains/networks.ts';
import { isSvmAddress } from '../../chains/svm/base58.ts';
import { formatUsdc, parseAtomic } from '../../kernel/money.ts';
import { Failure } from './terminal.ts';

/** What the wallet's owner allows for one call. */
export interface Limits {
  maxPriceAtomic: bigint;
  /** Pay on this network only. */
  network: Network | undefined;
  /** Mainnets too: real money. */
  mainnet: boolean;
}

/** Terms that the limits allow, as the door wrote them. */
export interface AcceptedTerms {
  network: Network;
  amountAtomic: bigint;
  payTo: string;
  maxTimeoutSeconds: number;
  requirements: PaymentRequirements;
}

/** A signed authorization outlives its call by this much at most: until then the door may still submit it. */
const longestDeadlineSeconds = 3600;

/** What a 402 asks for, from the v2 header or else the v1 body. @throws {Failure} if it is neither. */
export function readChallenge(headers: Headers, body: unknown): PaymentRequired {
  try {
    return transport().getPaymentRequiredResponse((name) => headers.get(name), body);
  } catch {
    throw new Failure('the door asks for a payment in a form that x402 does not know', 'invalid_challenge');
  }
}

/**
 * The first of the door's terms that the limits allow.
 * @throws {Failure} `refused`, naming for each of the terms what speaks against it.
 */
export function chooseTerms(required: PaymentRequired, limits: Limits): AcceptedTerms {
  const objections: string[] = [];
  for (const requirements of required.accepts) {
    const terms = judge(requirements, limits);
    if (typeof terms !== 'string') return terms;
    objections.push(`${findNetwork(requirements.network)?.name ?? requirements.network}: ${terms}`);
  }
  throw new Failure(`nothing was signed; ${objections.join('; ') || 'the door names no terms'}`, 'refused');
}

/**
 * The terms, or what speaks against them. The order is from what cannot be helped to what a flag allows.
 * The client packages sign whatever asset, domain and transfer method a server writes, so each is compared here.
 */
function judge(requirements: PaymentRequirements, limits: Limits): AcceptedTerms | string {
  // v1 calls the amount maxAmountRequired; the rest has the same names.
  const { amount, maxAmountRequired } = requirements as { amount?: unknown; maxAmountRequired?: unknown };
  const { scheme, payTo, maxTimeoutSeconds } = requirements;
  const network = findNetwork(requirements.network);
  const amountAtomic = parseAtomic(amount ?? maxAmountRequired);
  if (scheme !== 'exact') return 'not an exact payment';
  if (!network) return 'a network that Postern does not know';
  const objection =
    network.family === 'evm' ? judgeEvm(network, requirements) : judgeSvm(network, requirements);
  if (objection) return objection;
  if (amountAtomic === undefined || amountAtomic === 0n) return 'the amount is not one';
  if (!Number.isInteger(maxTimeoutSeconds) || maxTimeoutSeconds < 1) return 'the deadline is not one';
  if (maxTimeoutSeconds > longestDeadlineSeconds)
    return `the deadline is more than ${longestDeadlineSeconds} s`;
  if (limits.network && network !== limits.network) return `--network is ${limits.network.name}`;
  if (!network.testnet && !limits.mainnet) return 'a mainnet, which needs --mainnet';
  if (amountAtomic > limits.maxPriceAtomic)
    return `asks $${formatUsdc(amountAtomic)}, --max-price is $${formatUsdc(limits.maxPriceAtomic)}`;
  return { network, amountAtomic, payTo, maxTimeoutSeconds, requirements };
}

const otherAsset = (asset: string, network: Network) =>
  `asks for ${asset}, which is not the USDC of this network (${network.asset})`;

function judgeEvm(network: EvmNetwork, { asset, payTo, extra }: PaymentRequirements): string | undefined {
  if ((extra?.assetTransferMethod ?? 'eip3009') !== 'eip3009') return 'not an exact payment by EIP-3009';
  if (!isAddress(String(asset), { strict: false }) || !isAddressEqual(asset as `0x${string}`, network.asset))
    return otherAsset(asset, network);
  if (extra?.name !== network.domain.name || extra?.version !== network.domain.version)
    return 'names another signing domain than that of USDC';
  return isAddress(String(payTo)) ? undefined : 'payTo is not an address';
}

function judgeSvm(network: SvmNetwork, { asset, payTo, extra }: PaymentRequirements): string | undefined {
  if (asset !== network.asset) return otherAsset(asset, network);
  if (typeof extra?.feePayer !== 'string' || !isSvmAddress(extra.feePayer)) return 'names no fee payer';
  return isSvmAddress(String(payTo)) ? undefined : 'payTo is not an address';
}

/** Who signs: an EVM wallet, or a Solana wallet with the node that it takes its blockhash from. */
export type Payer = PrivateKeyAccount | { signer: KeyPairSigner; rpcUrl: string | undefined };

const schemesOf = (payer: Payer, { network: { caip2, name } }: AcceptedTerms): x402Client => {
  const client = new x402Client();
  if (!('signer' in payer))
    return client.register(caip2, new ExactEvmScheme(payer)).registerV1(name, new ExactEvmSchemeV1(payer));
  const { signer, rpcUrl } = payer;
  const node = rpcUrl === undefined ? {} : { rpcUrl };
  return client
    .register(caip2, new ExactSvmScheme(signer, node))
    .registerV1(name, new ExactSvmSchemeV1(signer, node));
};

/** Signs exactly these terms. @returns the header that carries the payment, for v1 or v2 as the challenge was. */
export async function signPayment(
  required: PaymentRequired,
  terms: AcceptedTerms,
  payer: Payer,
): Promise<Record<string, string>> {
  const client = schemesOf(payer, terms)
    // Its own controls know fewer networks than the table; the limits were applied above.
    .setSpendControls(false);
  // A name of our own for the call: what was paid for can be read again if the answer is lost, by us and nobody else.
  const extensions =
    required.extensions && appendPaymentIdentifierToExtensions(structuredClone(required.extensions));
  const payload = await client.createPaymentPayload({
    ...required,
    extensions,
    accepts: [terms.requirements],
  });
  return transport().encodePaymentSignatureHeader(payload);
}

/** The transaction of a settlement header; undefined where there is none, or none that can be read. */
export function settledTransaction(headers: Headers): string | undefined {
  try {
    const settlement = transport().getPaymentSettleResponse((name) => headers.get(name));
    return settlement.success ? settlement.transaction : undefined;
  } catch {
    return undefined;
  }
}

const transport = () => new x402HTTPClient(new x402Client());
