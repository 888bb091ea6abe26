/** Paying on Solana, end to end: the whole Postern, a cluster on LiteSVM, the published clients. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createKeyPairSignerFromPrivateKeyBytes, type KeyPairSigner } from '@solana/kit';
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { ExactSvmScheme } from '@x402/svm/exact/client';
import { ExactSvmSchemeV1 } from '@x402/svm/exact/v1/client';
import { httpRpc, unwrap } from '../../src/chains/evm/rpc.ts';
import { findNetwork } from '../../src/chains/networks.ts';
import { associatedTokenAddress, transferChecked } from '../../src/chains/svm/instructions.ts';
import { svmChain } from '../../src/chains/svm/rpc-chain.ts';
import { type SvmSigner, svmSigner } from '../../src/chains/svm/signer.ts';
import { encodeTransaction, makeTransaction, signWith } from '../../src/chains/svm/transaction.ts';
import { readReceipt } from '../../src/door/receipts.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { sleep } from '../../src/kernel/time.ts';
import { startTestPostern } from '../postern.ts';

const network = findNetwork('solana-devnet')!;
const postern = await startTestPostern({ devnet: ['solana-devnet'] });
const { db } = postern;
const { rpcUrl } = postern.devnet.networks[0]!;
const rpc = httpRpc(rpcUrl);
const chain = svmChain(network, rpc);
const call = async (method: string, ...params: unknown[]) => unwrap((await rpc([{ method, params }]))[0]);

const tool = (name: string) => `${postern.url}/api/x402/tools/acme/${name}`;
const ticket = { subject: 'Shutter stuck', body: 'It will not fire.' };
const ask = (input: object, headers = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(input),
});

// The cluster has just begun: the demo's payTo gets its token account first.
for (let i = 0; i < 100; i++) {
  const { status } = await fetch(tool('create_ticket'), ask(ticket));
  if (status === 402) break;
  await sleep(100);
}

async function newWallet(): Promise<KeyPairSigner> {
  const wallet = await createKeyPairSignerFromPrivateKeyBytes(randomSecret(32));
  await postern.devnet.fund('solana-devnet', wallet.address);
  return wallet;
}

const clientOf = (wallet: KeyPairSigner) =>
  new x402Client()
    .register(network.caip2, new ExactSvmScheme(wallet, { rpcUrl }))
    .registerV1(network.name, new ExactSvmSchemeV1(wallet, { rpcUrl }))
    .setSpendControls(false);

/** Pays with the published v2 client. */
const pay = (wallet: KeyPairSigner, input: object = ticket) =>
  wrapFetchWithPayment(fetch, clientOf(wallet))(tool('create_ticket'), ask(input));

/** A payment as the published client signs it, not sent yet. */
async function signed(wallet: KeyPairSigner): Promise<{ payload: { transaction: string } }> {
  const challenge = await fetch(tool('create_ticket'), ask(ticket));
  const header = challenge.headers.get('PAYMENT-REQUIRED')!;
  const required = JSON.parse(Buffer.from(header, 'base64').toString());
  return (await clientOf(wallet).createPaymentPayload(required)) as never;
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
const present = (payment: object, input: object = ticket) =>
  fetch(tool('create_ticket'), ask(input, { 'PAYMENT-SIGNATURE': base64(payment) }));

const claimsOf = (wallet: KeyPairSigner) =>
  db.selectFrom('claims').selectAll().where('payer', '=', wallet.address).execute();

async function reaches(wallet: KeyPairSigner, state: string) {
  for (let i = 0; i < 200; i++) {
    const [claim] = await claimsOf(wallet);
    if (claim?.state === state) return claim;
    await sleep(100);
  }
  return assert.fail(`the purchase is ${(await claimsOf(wallet))[0]?.state}, not ${state}`);
}

/** Waits until the wallet's payment is signed and stored. */
async function stored(wallet: KeyPairSigner): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const rows = await db
      .selectFrom('svmTransactions')
      .innerJoin('settlements', 'settlements.id', 'svmTransactions.settlementId')
      .select('raw')
      .where('payer', '=', wallet.address)
      .execute();
    if (rows.length > 0) return;
    await sleep(50);
  }
  assert.fail('nothing was signed');
}

/** Sends all of a wallet's USDC elsewhere, at its own cost. */
async function drain(from: SvmSigner, to: string): Promise<void> {
  const { asset: mint, tokenProgram, decimals } = network;
  const held = (owner: string) => associatedTokenAddress({ owner, mint, tokenProgram });
  const transfer = transferChecked({
    source: await held(from.address),
    destination: await held(to),
    mint,
    authority: from.address,
    amountAtomic: 10_000_000n,
    decimals,
    tokenProgram,
  });
  const { blockhash } = await chain.latestBlockhash();
  const made = makeTransaction({ feePayer: from.address, blockhash, instructions: [transfer] });
  assert.deepEqual(await chain.send([encodeTransaction(await signWith(made, [from]))]), [undefined]);
}

async function balanceOf(owner: string): Promise<bigint> {
  const { asset: mint, tokenProgram } = network;
  const [account] = await chain.tokenAccounts([await associatedTokenAddress({ owner, mint, tokenProgram })]);
  return account?.amountAtomic ?? 0n;
}

describe('a payment on Solana', () => {
  test('buys a call with the published client, and its receipt names wallet and transaction', async () => {
    const wallet = await newWallet();
    const response = await pay(wallet);
    const body = (await response.json()) as { ticketId: string };
    assert.equal(response.status, 200, JSON.stringify(body));
    assert.match(body.ticketId, /^tkt_/);
    const settled = JSON.parse(Buffer.from(response.headers.get('PAYMENT-RESPONSE')!, 'base64').toString());
    assert.equal(settled.network, network.caip2);
    assert.equal(settled.payer, wallet.address);
    const { statuses } = await chain.statuses([settled.transaction], { searchHistory: true });
    assert.equal(statuses[0]?.error, undefined);
    assert.equal(await balanceOf(wallet.address), 10_000_000n - (await claimsOf(wallet))[0]!.amountAtomic);
  });

  test('is read in version 1 as well', async () => {
    const wallet = await newWallet();
    const challenge = await (await fetch(tool('create_ticket'), ask(ticket))).json();
    const payment = await clientOf(wallet).createPaymentPayload(challenge as never);
    const response = await fetch(tool('create_ticket'), ask(ticket, { 'X-PAYMENT': base64(payment) }));
    assert.equal(response.status, 200, await response.clone().text());
    assert.ok(response.headers.get('X-PAYMENT-RESPONSE'));
  });

  test('is claimed once, however often it comes, whatever stands in our signature’s place, for one call', async () => {
    const wallet = await newWallet();
    const payment = await signed(wallet);
    const bytes = Buffer.from(payment.payload.transaction, 'base64');
    const mutants = Array.from({ length: 40 }, (_, i) => {
      const bent = Buffer.from(bytes);
      // The first signature is the fee payer's.
      bent.fill(i, 1, 65);
      return { ...payment, payload: { transaction: bent.toString('base64') } };
    });
    const responses = await Promise.all(mutants.map((mutant) => present(mutant)));
    assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([200]));
    const ids = await Promise.all(
      responses.map(async (response) => ((await response.json()) as { ticketId: string }).ticketId),
    );
    assert.equal(new Set(ids).size, 1);
    assert.equal((await claimsOf(wallet)).length, 1);
    assert.equal((await present(payment, { ...ticket, subject: 'Another' })).status, 409);
    // As anyone reads it off the chain: whole.
    const [{ transactionHash } = { transactionHash: '' }] = await db
      .selectFrom('settlements')
      .select('transactionHash')
      .where('payer', '=', wallet.address)
      .execute();
    const [raw] = await db
      .selectFrom('svmTransactions')
      .selectAll()
      .where('signature', '=', transactionHash!)
      .execute();
    const rebuilt = { ...payment, payload: { transaction: raw!.raw } };
    assert.equal((await present(rebuilt, { ...ticket, body: 'Mine now.' })).status, 409);
    assert.equal(
      (await db.selectFrom('settlements').where('payer', '=', wallet.address).selectAll().execute()).length,
      1,
    );
  });

  test('drained between verify and its block fails at our cost: void, nothing delivered, a strike', async () => {
    const seed = randomSecret(32);
    const wallet = await createKeyPairSignerFromPrivateKeyBytes(seed);
    await postern.devnet.fund('solana-devnet', wallet.address);
    const payment = await signed(wallet);
    await call('devnet_setBalance', wallet.address, '1000000000');
    await call('devnet_hold', true);
    await drain(svmSigner(seed), (await newWallet()).address);
    const answered = present(payment);
    await stored(wallet);
    await call('devnet_hold', false);
    const claim = await reaches(wallet, 'void');
    assert.match(claim.reason!, /^failed on the chain/);
    assert.notEqual((await answered).status, 200);
    const standing = await db
      .selectFrom('wallets')
      .select('strikes')
      .where('address', '=', wallet.address)
      .executeTakeFirstOrThrow();
    assert.equal(standing.strikes, 1);
  });

  test('whose fork lost is sent again, and is the same purchase', async () => {
    const wallet = await newWallet();
    const point = await call('devnet_snapshot');
    assert.equal((await pay(wallet)).status, 200);
    await call('devnet_revert', point);
    assert.equal(await balanceOf(wallet.address), 10_000_000n);
    for (let i = 0; i < 150 && (await balanceOf(wallet.address)) === 10_000_000n; i++) await sleep(100);
    const [claim, ...others] = await claimsOf(wallet);
    assert.deepEqual([claim!.state, others], ['delivered', []]);
    assert.equal(await balanceOf(wallet.address), 10_000_000n - claim!.amountAtomic);
  });

  test('whose blockhash has expired is refused before it is claimed', async () => {
    const wallet = await newWallet();
    const payment = await signed(wallet);
    await call('devnet_warp', 200);
    const response = await present(payment);
    assert.equal(response.status, 402);
    assert.match(await response.text(), /invalid_exact_svm_transaction_simulation_failed/);
    assert.equal((await claimsOf(wallet)).length, 0);
  });

  test('of a bent message is refused with x402’s reason', async () => {
    const wallet = await newWallet();
    const payment = await signed(wallet);
    const bytes = Buffer.from(payment.payload.transaction, 'base64');
    // A byte of the memo: the last of the message but the count of lookup tables.
    bytes[bytes.length - 2]! ^= 1;
    const response = await present({ ...payment, payload: { transaction: bytes.toString('base64') } });
    assert.equal(response.status, 402);
    assert.match(await response.text(), /invalid_exact_svm_payload_signature_invalid/);
  });

  test('is made by the command line, from the Solana wallet of the same key file', async () => {
    const home = await mkdtemp(join(tmpdir(), 'postern-cli-'));
    const cli = async (...args: string[]) => {
      const main = new URL('../../bin/postern.js', import.meta.url).pathname;
      const env = { ...process.env, HOME: home };
      const all = [main, ...args, '--door', postern.door, '--network', 'solana-devnet'];
      return (await promisify(execFile)(process.execPath, all, { env })).stdout;
    };
    assert.match(await cli('wallet', 'new', '--fund'), /solana-devnet: \$10/);
    assert.match(await cli('wallet', 'show'), /^0x\w{40}\nsolana-devnet: \$10/);
    const out = await cli('call', 'create_ticket', '--subject', 'Stuck', '--body', 'No.', '--json-output');
    const { paid, receipt } = JSON.parse(out);
    assert.equal(paid.network, 'solana-devnet');
    assert.equal(readReceipt(receipt).receipt.payload.payer, paid.payer);
    await rm(home, { recursive: true });
  });

  test('that is lost on its way is sent again', async () => {
    const wallet = await newWallet();
    await call('devnet_drop', 1);
    assert.equal((await pay(wallet)).status, 200);
  });

  test('that never lands ends void, and another pays', async () => {
    const wallet = await newWallet();
    await call('devnet_drop', 1_000);
    const pending = pay(wallet);
    await stored(wallet);
    await sleep(500);
    await call('devnet_warp', 400);
    await reaches(wallet, 'void');
    await call('devnet_drop', 0);
    await pending;
    assert.equal(await balanceOf(wallet.address), 10_000_000n);
    assert.equal((await pay(wallet)).status, 200);
  });

  test('that cannot be delivered is paid back, once', async () => {
    const { id } = await db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
    await db
      .updateTable('workspacePolicies')
      .set({ refundAfterSeconds: 0 })
      .where('workspaceId', '=', id)
      .execute();
    const wallet = await newWallet();
    const response = await pay(wallet);
    assert.equal(response.status, 200);
    await db
      .updateTable('claims')
      .set({ state: 'owed', owedAt: new Date(0) })
      .where('payer', '=', wallet.address)
      .execute();
    await reaches(wallet, 'refunded');
    assert.equal(await balanceOf(wallet.address), 10_000_000n);
  });
});
