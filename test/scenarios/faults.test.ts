/** What the chain, the payer and the process can do between claim and delivery, and that each has its right end. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { encodeFunctionData, type Hex, type LocalAccount, parseAbi } from 'viem';
import { postgresLedger } from '../../src/door/ledger.ts';
import { sleep } from '../../src/kernel/time.ts';
import { inWorkspace } from '../../src/store/database.ts';
import { calldataOf, cancelCall, opened } from '../authorization.ts';
import {
  callTool,
  chainRpc,
  signPayment,
  startSecondProcess,
  startTestPostern,
  termsOf,
} from '../postern.ts';
import { inPool } from '../stand.ts';

// Short patience: what is pending here is pending for seconds.
const postern = await startTestPostern({ patienceMs: 1_500 });
after(() => postern.stop());
const ticket = { subject: 'Lens fogs up', body: 'From the inside, after a night outdoors.' };
const terms = await termsOf(postern.url, 'create_ticket', ticket);

/** The wallet's newest. */
const claimOf = (wallet: LocalAccount) =>
  postern.db
    .selectFrom('claims')
    .selectAll()
    .where('payer', '=', wallet.address.toLowerCase())
    .orderBy('createdAt', 'desc')
    .executeTakeFirst();

/** Waits until the wallet's purchase is in one of the states. */
async function reaches(wallet: LocalAccount, state: string, seconds = 20) {
  for (let i = 0; i < seconds * 20; i++) {
    const claim = await claimOf(wallet);
    if (claim?.state === state) return claim;
    await sleep(50);
  }
  assert.fail(`the purchase is ${(await claimOf(wallet))?.state}, not ${state}`);
}

/** No block is made until the work is done: what the relayer sends waits in the pool. */
async function withoutBlocks<T>(work: () => Promise<T>): Promise<T> {
  await chainRpc(postern, 'evm_setAutomine', [false]);
  try {
    return await work();
  } finally {
    await chainRpc(postern, 'evm_setAutomine', [true]);
    await chainRpc(postern, 'evm_mine');
  }
}

/** Sends a call of the token from an account whose key nobody has, at a price that comes first in the block. */
async function outbid(from: Hex, data: Hex): Promise<void> {
  await chainRpc(postern, 'anvil_setBalance', [from, '0xde0b6b3a7640000']);
  await chainRpc(postern, 'anvil_impersonateAccount', [from]);
  await chainRpc(postern, 'eth_sendTransaction', [
    {
      from,
      to: terms.asset,
      data,
      gas: '0x30d40',
      maxFeePerGas: '0x2e90edd000',
      maxPriorityFeePerGas: '0x2540be400',
    },
  ]);
}

const ticketsOf = (wallet: LocalAccount) =>
  postern.db.selectFrom('tickets').select('id').where('wallet', '=', wallet.address.toLowerCase()).execute();

/** Calls while no block is made; ours waits in the pool then. */
async function callPending(payment: string): Promise<void> {
  const { status } = await callTool(postern.url, 'create_ticket', ticket, payment);
  assert.equal(status, 202);
  await inPool(postern);
}

const stranger: Hex = '0x1111111111111111111111111111111111111111';

test('a settlement that takes long is pending, not failed, and never a new challenge', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  await withoutBlocks(async () => {
    const first = await callTool(postern.url, 'create_ticket', ticket, payment);
    assert.equal(first.status, 202);
    assert.equal(first.body.code, 'settlement_pending');
    assert.equal(first.headers.get('payment-response'), null);
    const again = await callTool(postern.url, 'create_ticket', ticket, payment);
    assert.equal(again.status, 202);
  });
  await reaches(wallet, 'delivered');
  const repeat = await callTool(postern.url, 'create_ticket', ticket, payment);
  assert.equal(repeat.status, 200);
});

test('a stranger submits our authorization first: it is paid all the same, once', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  await withoutBlocks(async () => {
    await callPending(payment);
    // It comes first in the block, and ours reverts.
    await outbid(stranger, calldataOf(payment));
  });
  const claim = await reaches(wallet, 'delivered');
  const settlement = await postern.db
    .selectFrom('settlements')
    .selectAll()
    .where('id', '=', claim.id)
    .executeTakeFirstOrThrow();
  const ours = await postern.db
    .selectFrom('relayerTransactionSettlements as l')
    .innerJoin('relayerTransactions as t', 't.id', 'l.transactionId')
    .select('t.hash')
    .where('l.settlementId', '=', claim.id)
    .execute();
  assert.equal(ours.length, 1);
  assert.notEqual(settlement.transactionHash, ours[0]!.hash);
});

test('the payer cancels the authorization after the claim: void', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const cancel = await cancelCall(wallet, terms, opened(payment).authorization.nonce);
  await withoutBlocks(async () => {
    await callPending(payment);
    await outbid(stranger, cancel);
  });
  assert.equal((await reaches(wallet, 'void')).reason, 'cancelled by the payer');
});

test('a process killed between claim and delivery: another finishes what it began, once', async () => {
  const second = await startSecondProcess(postern);
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  await withoutBlocks(async () => {
    const lost = callTool(second.url, 'create_ticket', ticket, payment).catch(() => undefined);
    await reaches(wallet, 'settling');
    second.process.kill('SIGKILL');
    await lost;
  });
  await reaches(wallet, 'delivered');
  const tickets = await ticketsOf(wallet);
  assert.equal(tickets.length, 1);
});

test('what was paid for can no longer be done: the amount is owed, and nothing is half-written', async () => {
  const wallet = await postern.fundedWallet();
  await callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  // A slow machine may have left it pending.
  await reaches(wallet, 'delivered');
  const [made] = await ticketsOf(wallet);
  const draft = { ticketId: made!.id, body: 'Have you tried a silica bag?' };
  const asked = await termsOf(postern.url, 'draft_reply', draft);
  await withoutBlocks(async () => {
    const answer = await callTool(postern.url, 'draft_reply', draft, await signPayment(wallet, asked));
    assert.equal(answer.status, 202);
    await postern.db
      .updateTable('tickets')
      .set({ status: 'closed' })
      .where('id', '=', draft.ticketId)
      .execute();
  });
  await reaches(wallet, 'owed');
  const proposals = await postern.db
    .selectFrom('proposals')
    .select('id')
    .where('ticketId', '=', draft.ticketId)
    .execute();
  assert.deepEqual(proposals, []);
});

test('a process that was overtaken changes nothing', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  const claim = await withoutBlocks(async () => {
    await callTool(postern.url, 'create_ticket', ticket, payment);
    return (await claimOf(wallet))!;
  });
  const delivered = await reaches(wallet, 'delivered');
  assert.equal(
    await postgresLedger(postern.db).move({ ...claim, state: 'settling' }, 'void'),
    undefined,
    'wrong state',
  );
  assert.equal(
    await postgresLedger(postern.db).move({ ...delivered, fence: delivered.fence + 1 }, 'lost'),
    undefined,
    'wrong fence',
  );
  // The same holds in the workspace's role, which the delivering transaction has.
  await inWorkspace(postern.db, claim.workspaceId, async (tx) =>
    assert.equal(await postgresLedger(tx).move({ ...claim, state: 'paid' }, 'delivered'), undefined),
  );
});

// Last, for it moves chain time ahead of ours.
test('the payer empties the wallet after the claim: nothing is delivered, and it ends void when it can no longer land', async () => {
  const wallet = await postern.fundedWallet();
  const payment = await signPayment(wallet, terms);
  await withoutBlocks(async () => {
    await callPending(payment);
    const data = encodeFunctionData({
      abi: parseAbi(['function transfer(address to, uint256 value) returns (bool)']),
      args: [stranger, 10_000_000n],
    });
    await outbid(wallet.address, data);
  });
  await sleep(1_500);
  assert.equal((await claimOf(wallet))?.state, 'settling', 'a revert is not final');
  await chainRpc(postern, 'evm_increaseTime', [200]);
  await chainRpc(postern, 'evm_mine');
  const claim = await reaches(wallet, 'void');
  assert.match(String(claim.reason), /^expired: ./);
  const record = await postern.db
    .selectFrom('wallets')
    .select(['strikes', 'dayActions', 'dayAmountAtomic'])
    .where('address', '=', wallet.address.toLowerCase())
    .executeTakeFirst();
  assert.deepEqual(record, { strikes: 1, dayActions: 0, dayAmountAtomic: 0n });
  const tickets = await ticketsOf(wallet);
  assert.deepEqual(tickets, []);
});
