import { x402Facilitator } from '@x402/core/facilitator';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { authorizationTypes, type toFacilitatorEvmSigner } from '@x402/evm';
import { ExactEvmScheme as ClientScheme } from '@x402/evm/exact/client';
import { ExactEvmScheme as FacilitatorScheme } from '@x402/evm/exact/facilitator';
import secp256k1 from 'secp256k1';
import { type Hex, isAddressEqual, recoverTypedDataAddress } from 'viem';
import { decodePayment } from '../../src/door/wire/payment.ts';
import { checkTerms, isSignedByPayer, type SignedAuthorization } from '../../src/facilitator/evm/verify.ts';
import { type Figure, type Measure, takeTurns } from '../bench.ts';
import { payTo } from '../chain.ts';
import { makeCaller } from '../payments.ts';
import { benchNetwork, benchToken as network } from '../side.ts';
import { median } from '../table.ts';

const terms: PaymentRequirements = {
  scheme: 'exact',
  network: benchNetwork.caip2,
  asset: network.asset,
  amount: '20000',
  payTo,
  maxTimeoutSeconds: 300,
  extra: network.domain,
};

/** Payments verified per second by one process, with a chain that answers at once or is not asked. */
export const verify: Figure = async (bench) => {
  const payments = await signedPayments(2_000);
  const whole = new x402Facilitator().register(benchNetwork.caip2, new FacilitatorScheme(answeringSigner));
  const { ours, reference, tuned, ceiling } = await takeTurns(bench, {
    ours: each(
      // Decoded anew for each run, outside the clock: nothing is remembered from one to the next.
      () =>
        fiveTimes(payments).map((payment) => decodePayment({ v2: encode(payment) }) as SignedAuthorization),
      (payment) => {
        const demand = { network, amountAtomic: 20_000n, payTo, maxTimeoutSeconds: 300 };
        checkTerms(payment.authorization, demand, BigInt(Math.floor(Date.now() / 1000)));
        return isSignedByPayer(payment);
      },
    ),
    reference: each(() => payments, isSigned),
    tuned: each(
      () => payments,
      async (payment) => (await whole.verify(payment, terms)).isValid,
    ),
    ceiling: each(
      () =>
        fiveTimes(payments).map((payment) =>
          Buffer.from((payment.payload.signature as string).slice(2), 'hex'),
        ),
      (signature) =>
        secp256k1.ecdsaRecover(signature.subarray(0, 64), signature[64]! - 27, anyDigest, false).length > 0,
    ),
  });
  return [
    {
      figure: 'payments verified, one process, no chain',
      unit: '/s',
      ours: ours!,
      reference: reference!,
      tuned: tuned!,
      beside:
        'ours is the signature and the terms; the reference’s signature check alone (viem’s typed-data recovery), then its whole verify with a signer whose chain answers at once',
      aim: { timesReference: 20 },
      ceiling: { value: ceiling!.median, what: 'libsecp256k1’s recovery of one key, and nothing else' },
    },
  ];
};

/** Enough for two seconds of the faster side. */
const fiveTimes = <T>(items: T[]): T[] => Array.from({ length: 5 }, () => items).flat();

const anyDigest = new Uint8Array(32).fill(7);

const encode = (payment: PaymentPayload): string => Buffer.from(JSON.stringify(payment)).toString('base64');

async function signedPayments(count: number): Promise<PaymentPayload[]> {
  const client = new ClientScheme(makeCaller());
  const payments: PaymentPayload[] = [];
  while (payments.length < count)
    payments.push({ accepted: terms, ...(await client.createPaymentPayload(2, terms)) });
  return payments;
}

/** What the reference signs and recovers: `verifyTypedDataSignature` of @x402/evm, but for its look at the wallet's code. */
async function isSigned({ payload }: PaymentPayload): Promise<boolean> {
  const { signature, authorization: a } = payload as {
    signature: Hex;
    authorization: Record<string, string>;
  };
  const signer = await recoverTypedDataAddress({
    domain: { ...network.domain, chainId: network.chainId, verifyingContract: network.asset },
    types: authorizationTypes,
    primaryType: 'TransferWithAuthorization',
    message: {
      from: a.from as Hex,
      to: a.to as Hex,
      value: BigInt(a.value!),
      validAfter: BigInt(a.validAfter!),
      validBefore: BigInt(a.validBefore!),
      nonce: a.nonce as Hex,
    },
    signature,
  });
  return isAddressEqual(signer, a.from as Hex);
}

const unused = () => Promise.reject(new Error('verify sends nothing'));

/** The reference's port to its chain: the asset is a contract, the payer is none, every simulation passes. */
const answeringSigner: ReturnType<typeof toFacilitatorEvmSigner> = {
  getAddresses: () => [payTo],
  readContract: async () => undefined,
  getCode: async ({ address }) => (isAddressEqual(address, network.asset) ? '0x60' : '0x'),
  verifyTypedData: unused,
  writeContract: unused,
  sendTransaction: unused,
  waitForTransactionReceipt: unused,
};

/** Verifies payment after payment; not good ones are counted as failed. */
function each<T>(prepare: () => T[], isGood: (item: T) => boolean | Promise<boolean>): Measure {
  return async (share) => {
    const items = prepare();
    const latenciesMs: number[] = [];
    let failed = 0;
    const startedMs = performance.now();
    let beganMs = startedMs;
    for (let i = 0; i < items.length && beganMs - startedMs < 2_000 * share; i += 1) {
      const good = isGood(items[i]!);
      if (!(typeof good === 'boolean' ? good : await good)) failed += 1;
      const endedMs = performance.now();
      latenciesMs.push(endedMs - beganMs);
      beganMs = endedMs;
    }
    const counted = latenciesMs.length - failed;
    return {
      perSecond: (counted * 1000) / (beganMs - startedMs),
      counted,
      failed,
      p50Ms: median(latenciesMs),
    };
  };
}
