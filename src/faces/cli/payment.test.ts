import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PaymentRequired, PaymentRequirements } from '@x402/core/types';
import { findNetwork } from '../../chains/networks.ts';
import { chooseTerms, type Limits } from './payment.ts';

const sepolia = findNetwork('base-sepolia')!;
const base = findNetwork('base')!;
const limits: Limits = { maxPriceAtomic: 100_000n, network: undefined, mainnet: false };

const entry = (network = sepolia): PaymentRequirements => ({
  scheme: 'exact',
  network: network.caip2,
  amount: '20000',
  asset: network.asset,
  payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
  maxTimeoutSeconds: 60,
  extra: { ...network.domain },
});

const asking = (...accepts: PaymentRequirements[]): PaymentRequired => ({
  x402Version: 2,
  resource: { url: 'http://localhost/', description: '', mimeType: '' },
  accepts,
});

test('terms within the limits are taken, v2 and v1', () => {
  const { amount: maxAmountRequired, ...v1 } = { ...entry(), network: 'base-sepolia' };
  for (const offered of [entry(), { ...v1, maxAmountRequired } as unknown as PaymentRequirements]) {
    const terms = chooseTerms(asking(offered), limits);
    assert.equal(terms.network, sepolia);
    assert.equal(terms.amountAtomic, 20_000n);
    assert.equal(terms.requirements, offered);
  }
});

const refused: [string, Partial<PaymentRequirements>, RegExp][] = [
  ['a price above the limit', { amount: '100001' }, /asks \$0\.100001, --max-price is \$0\.10/],
  ['an amount that is not a plain decimal', { amount: '0x10' }, /amount/],
  ['another token', { asset: '0x4200000000000000000000000000000000000006' }, /not the USDC of this network/],
  ['the USDC of another network', { asset: base.asset }, /not the USDC of this network/],
  ['a network that is not in the table', { network: 'eip155:1' }, /does not know/],
  ['another signing domain', { extra: { name: 'USD Coin', version: '2' } }, /signing domain/],
  ['no signing domain', { extra: {} }, /signing domain/],
  ['a Permit2 transfer', { extra: { ...sepolia.domain, assetTransferMethod: 'permit2' } }, /EIP-3009/],
  ['another scheme', { scheme: 'upto' }, /exact/],
  ['a payTo that is no address', { payTo: '0x1234' }, /payTo/],
  ['a deadline in a year', { maxTimeoutSeconds: 31_536_000 }, /deadline/],
  ['a mainnet', { ...entry(base) }, /needs --mainnet/],
];
for (const [what, change, reason] of refused) {
  test(`${what} is refused`, () => {
    const required = asking({ ...entry(), ...change });
    assert.throws(() => chooseTerms(required, limits), { name: 'Failure', code: 'refused', message: reason });
  });
}

test('a mainnet is taken where it is allowed', () => {
  assert.equal(chooseTerms(asking(entry(base)), { ...limits, mainnet: true }).network, base);
});

test('the first of the terms that fit is taken, and --network chooses among them', () => {
  const sei = findNetwork('sei-testnet')!;
  const required = asking(entry(base), entry(), entry(sei));
  assert.equal(chooseTerms(required, limits).network, sepolia);
  assert.equal(chooseTerms(required, { ...limits, network: sei }).network, sei);
  assert.throws(() => chooseTerms(asking(entry()), { ...limits, network: sei }), {
    message: /--network is sei-testnet/,
  });
});
