/** The mainnets' rows, each on a local chain of its id: paid with its own domain, final after its own confirmations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalAccount } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { canonicalSignature, recoverPayer } from '../../src/chains/evm/eip3009.ts';
import { type EvmNetwork, networks } from '../../src/chains/networks.ts';
import { sleep } from '../../src/kernel/time.ts';
import { opened } from '../authorization.ts';
import { startMainnets } from '../mainnets.ts';
import {
  type Accept,
  callTool,
  chainRpc,
  type Ground,
  signPayment,
  startGround,
  startOnGround,
} from '../postern.ts';
import { balanceOf, height, mint, purchaseOf, reaches, send, ticket, ticketsOf } from '../stand.ts';

const evm = networks.filter((network) => network.family === 'evm') as EvmNetwork[];
const mainnets = evm.filter(({ testnet }) => !testnet);
const testnets = evm.filter(({ testnet }) => testnet);

const ground = await startGround(
  mainnets.map(({ name }) => name),
  { startChains: startMainnets },
);
const postern = await startOnGround(ground);

/** The ground as those see it who look at the first chain only. */
const on = (network: EvmNetwork): Ground => ({
  ...ground,
  devnet: {
    ...ground.devnet,
    networks: ground.devnet.networks.filter((chain) => chain.network.name === network.name),
  },
});

async function termsOn(network: EvmNetwork): Promise<Accept> {
  const { headers } = await callTool(postern.url, 'create_ticket', ticket);
  const { accepts } = JSON.parse(Buffer.from(headers.get('payment-required')!, 'base64').toString());
  return (accepts as Accept[]).find((accept) => accept.network === network.caip2)!;
}

async function fundedOn(network: EvmNetwork, terms: Accept): Promise<LocalAccount> {
  const wallet = privateKeyToAccount(generatePrivateKey());
  await mint(on(network), terms, wallet.address, 10_000_000n);
  return wallet;
}

const expectedDomains: Record<string, string> = {
  base: 'USD Coin',
  polygon: 'USD Coin',
  avalanche: 'USD Coin',
  sei: 'USDC',
};

test('the four mainnets are here', () => {
  assert.deepEqual(
    mainnets.map(({ name }) => name),
    Object.keys(expectedDomains),
  );
});

for (const network of mainnets)
  test(`${network.name}: a payment in its own domain is delivered once it is ${network.confirmations} deep, not before`, async () => {
    const here = on(network);
    const terms = await termsOn(network);
    assert.deepEqual(terms.extra, { ...terms.extra, name: expectedDomains[network.name], version: '2' });
    const wallet = await fundedOn(network, terms);
    const before = await height(here);
    send({ postern }, await signPayment(wallet, terms));
    await reaches(here, wallet, ({ settlement }) => settlement === 'sent');
    for (let i = 0; i < 500 && (await height(here)) === before; i++) await sleep(20);
    for (let i = 1; i < network.confirmations; i++) await chainRpc(here, 'evm_mine');
    await sleep(1_200);
    assert.equal(await height(here), before + network.confirmations);
    assert.equal((await purchaseOf(here, wallet))!.state, 'settling');
    await chainRpc(here, 'evm_mine');
    const { blockNumber } = await reaches(here, wallet, 'delivered');
    assert.equal(Number(blockNumber), before + 1);
    assert.equal(await balanceOf(here, terms, terms.payTo), BigInt(terms.amount));
    assert.equal(await ticketsOf(here, wallet), 1);
  });

test('what is signed for a testnet moves nothing on a mainnet, though all else in it is the same', async () => {
  const [mainnet] = mainnets as [EvmNetwork, ...EvmNetwork[]];
  const terms = await termsOn(mainnet);
  const wallet = await fundedOn(mainnet, terms);
  for (const { caip2, asset, domain } of testnets) {
    // Signed for the testnet, then called a payment on the mainnet.
    const signed = await signPayment(wallet, { ...terms, network: caip2, asset, extra: domain });
    const payment = Buffer.from(
      JSON.stringify({ x402Version: 2, accepted: terms, payload: opened(signed) }),
    ).toString('base64');
    const { status, body } = await callTool(postern.url, 'create_ticket', ticket, payment);
    assert.equal(status, 402);
    assert.match(JSON.stringify(body), /invalid_exact_evm_payload_signature/);
  }
  assert.equal(await purchaseOf(on(mainnet), wallet), undefined);
});

test('no signature is good on two networks', async () => {
  const wallet = privateKeyToAccount(generatePrivateKey());
  const payTo = privateKeyToAccount(generatePrivateKey()).address;
  const payer = wallet.address.toLowerCase();
  for (const { caip2, asset, domain } of evm) {
    const terms = {
      scheme: 'exact',
      network: caip2,
      asset,
      payTo,
      amount: '1',
      maxTimeoutSeconds: 60,
      extra: domain,
    };
    const { signature, authorization: a } = opened(await signPayment(wallet, terms));
    const message = {
      from: wallet.address,
      to: payTo,
      value: 1n,
      validAfter: 0n,
      validBefore: BigInt(a.validBefore),
      nonce: a.nonce,
    };
    const good = evm.filter(
      (network) => recoverPayer(network, message, canonicalSignature(signature)!) === payer,
    );
    assert.deepEqual(
      good.map((network) => network.caip2),
      [caip2],
    );
  }
});
