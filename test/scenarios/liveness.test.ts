/** What may hold up one payer must not hold up the next: broadcasts, acknowledgements, blocks and nodes that go missing. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decodeDeployData, type Hex, type LocalAccount, parseAbi } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import simulator from '../../src/chains/evm/contracts/TransferSimulator.json' with { type: 'json' };
import { readConfig } from '../../src/config.ts';
import { sleep, systemTime, within } from '../../src/kernel/time.ts';
import { startPostern } from '../../src/main.ts';
import { calldataOf } from '../authorization.ts';
import { type Loss, type NodeCall, startDatabaseProxy, startNodeProxy } from '../fakes/proxies.ts';
import { testDatabaseUrl } from '../harness.ts';
import {
  type Accept,
  callTool,
  chainRpc,
  type Ground,
  signPayment,
  startGround,
  startOnGround,
  termsOf,
} from '../postern.ts';

const ticket = { subject: 'Strap lug loose', body: 'The left one turns.' };
const network = 'base-sepolia';

/** Ground of the test's own, and one Postern on it, whose only ways to chain and database can be disturbed. */
async function stand(t: TestContext) {
  const ground = await startGround();
  const node = await startNodeProxy(ground.devnet.networks[0]!.rpcUrl);
  const database = await startDatabaseProxy(ground.databaseUrl);
  const through = { databaseUrl: database.url, rpcUrls: { [network]: node.url } };
  const postern = await startOnGround(ground, through);
  t.after(async () => {
    await postern.stop();
    await ground.stop();
  });
  const terms = await termsOf(postern.url, 'create_ticket', ticket);
  const pay = async (wallet: LocalAccount, change: Parameters<typeof signPayment>[2] = {}) =>
    callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms, change));
  return { ground, node, database, postern, terms, pay };
}

const isBroadcast = ({ method }: NodeCall) => method === 'eth_sendRawTransaction';

/** The wallet's newest purchase with its settlement, once `ready`. */
async function purchaseOf(
  { db }: Ground,
  wallet: LocalAccount,
  ready: (purchase: { state: string; settlement: string; attempts: number }) => boolean,
  seconds = 30,
) {
  const look = () =>
    db
      .selectFrom('claims as c')
      .innerJoin('settlements as s', 's.id', 'c.id')
      .select([
        'c.id',
        'c.state',
        'c.reason',
        's.state as settlement',
        's.attempts',
        's.blockNumber',
        's.verifiedAtBlock',
      ])
      .where('c.payer', '=', wallet.address.toLowerCase())
      .orderBy('c.createdAt', 'desc')
      .executeTakeFirst();
  for (let i = 0; i < seconds * 10; i++) {
    const purchase = await look();
    if (purchase && ready(purchase)) return purchase;
    await sleep(100);
  }
  const stays = await look();
  return assert.fail(`the purchase stays ${stays?.state}, its settlement ${stays?.settlement}`);
}

const delivered = ({ state }: { state: string }) => state === 'delivered';
const sent = ({ settlement }: { settlement: string }) => settlement === 'sent';

/** Waits until the chain has seen every nonce that the relayer gave out. */
async function noNonceMissing(ground: Ground, seconds = 20): Promise<void> {
  let [ours, theirs] = [-1, -2];
  for (let i = 0; i < seconds * 10 && ours !== theirs; i++) {
    const account = await ground.db
      .selectFrom('relayerAccounts')
      .selectAll()
      .where('network', '=', network)
      .executeTakeFirstOrThrow();
    ours = Number(account.nextNonce);
    theirs = Number(await chainRpc<Hex>(ground, 'eth_getTransactionCount', [account.address, 'latest']));
    await sleep(100);
  }
  assert.equal(theirs, ours, 'transactions that the chain has mined, and nonces given out');
}

/** The transfers that a call simulates, as calldata of the token; none where it is another call. */
function simulatedTransfers({ data }: { data: Hex }): readonly Hex[] {
  if (!data.startsWith(simulator.bytecode)) return [];
  const abi = parseAbi(['constructor(address token, uint256 gasEach, bytes[] transfers)']);
  return decodeDeployData({ abi, bytecode: simulator.bytecode as Hex, data }).args![2];
}

/** Submits a payment from an account that has nothing to do with us. */
async function submit(ground: Ground, terms: Accept, payment: string): Promise<void> {
  const stranger = '0x1111111111111111111111111111111111111111';
  await chainRpc(ground, 'anvil_setBalance', [stranger, '0xde0b6b3a7640000']);
  await chainRpc(ground, 'anvil_impersonateAccount', [stranger]);
  const data = calldataOf(payment);
  await chainRpc(ground, 'eth_sendTransaction', [{ from: stranger, to: terms.asset, data, gas: '0x30d40' }]);
}

const chainTime = async (ground: Ground) =>
  BigInt((await chainRpc<{ timestamp: Hex }>(ground, 'eth_getBlockByNumber', ['latest', false])).timestamp);

test('a broadcast is lost and a stranger submits the payment: it is delivered, and so is the next', async (t) => {
  const { ground, node, postern, terms, pay } = await stand(t);
  const wallet = await ground.fundedWallet();
  const payment = await signPayment(wallet, terms);
  node.refuse = (calls) => (calls.some(isBroadcast) ? 'cut' : undefined);
  const answer = callTool(postern.url, 'create_ticket', ticket, payment);
  await purchaseOf(ground, wallet, sent);
  await submit(ground, terms, payment);
  assert.equal((await answer).status, 200);
  node.refuse = () => undefined;

  const next = await pay(await ground.fundedWallet());
  assert.equal(next.status, 200, JSON.stringify(next.body));
  await noNonceMissing(ground);
});

test('a node takes a transaction and forgets it until it has expired: the next payer is served', async (t) => {
  const { ground, node, pay } = await stand(t);
  const wallet = await ground.fundedWallet();
  node.answer = (call) => (isBroadcast(call) ? { result: `0x${'00'.repeat(32)}` } : undefined);
  const answer = pay(wallet);
  await purchaseOf(ground, wallet, sent);
  await chainRpc(ground, 'evm_increaseTime', [300]);
  await chainRpc(ground, 'evm_mine');
  await purchaseOf(ground, wallet, ({ state }) => state === 'void');
  assert.notEqual((await answer).status, 200);
  node.answer = () => undefined;

  const validBefore = (await chainTime(ground)) + 90n;
  const next = await pay(await ground.fundedWallet(), { signed: { validBefore } });
  assert.equal(next.status, 200, JSON.stringify(next.body));
  await noNonceMissing(ground);
});

test('a devnet that was killed goes on from an older state: later payments are served', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-data-'));
  const config = readConfig({
    PORT: '0',
    POSTERN_DATA: folder,
    DATABASE_URL: await testDatabaseUrl(),
    POSTERN_DEVNET: network,
    POSTERN_LOG_LEVEL: 'error',
  });
  let postern = await startPostern(config);
  t.after(async () => {
    await postern.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const pay = async () => {
    const wallet = privateKeyToAccount(generatePrivateKey());
    await postern.devnet!.fund(network, wallet.address);
    const terms = await termsOf(postern.url, 'create_ticket', ticket);
    return callTool(postern.url, 'create_ticket', ticket, await signPayment(wallet, terms));
  };
  const chain = (file: string) => join(folder, 'devnet', network, file);
  assert.equal((await pay()).status, 200);
  await postern.stop();
  await copyFile(chain('state.json'), chain('older.json'));

  postern = await startPostern(config);
  for (let i = 0; i < 2; i++) assert.equal((await pay()).status, 200);
  const { pid } = JSON.parse(await readFile(chain('anvil.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await postern.stop();
  // Killed within seconds of its start anvil has saved nothing since; this makes it certain.
  await copyFile(chain('older.json'), chain('state.json'));

  postern = await startPostern(config);
  for (let i = 0; i < 2; i++) {
    const { status, body } = await pay();
    assert.equal(status, 200, JSON.stringify(body));
  }
});

const lostAcknowledgements: [string, Loss][] = [
  ['of the claim', { statement: 'claim_purchases', answer: 'settling' }],
  [
    'of the claim is lost, and for a while the database with it',
    { statement: 'claim_purchases', answer: 'settling', awayMs: 1_500 },
  ],
  ['of the step from settling to paid', { statement: 'update claims set', answer: 'paid' }],
  [
    'of the step from settling to paid is lost, and for a while the database with it',
    { statement: 'update claims set', answer: 'paid', awayMs: 1_500 },
  ],
];

test('an acknowledgement of the database is lost: the process that lives delivers all the same', async (t) => {
  const { ground, database, postern, terms } = await stand(t);
  for (const [which, loss] of lostAcknowledgements) {
    const wallet = await ground.fundedWallet();
    const payment = await signPayment(wallet, terms);
    const lost = database.lose(loss);
    const answer = callTool(postern.url, 'create_ticket', ticket, payment);
    assert.ok(
      await within(
        systemTime,
        20_000,
        lost.then(() => true),
      ),
      `${which}: nothing was cut`,
    );
    const { status } = await answer;
    // Where the row can be read again there is nothing to tell; else anything but a new challenge.
    if (loss.awayMs) assert.ok(status !== 402 && status !== 409, `${which}: ${status}`);
    else assert.equal(status, 200, which);
    await purchaseOf(ground, wallet, delivered);
    const again = await callTool(postern.url, 'create_ticket', ticket, payment);
    assert.equal(again.status, 200, which);
    const tickets = await ground.db
      .selectFrom('tickets')
      .select('id')
      .where('wallet', '=', wallet.address.toLowerCase())
      .execute();
    assert.deepEqual(
      tickets.map(({ id }) => id),
      [again.body.ticketId],
      which,
    );
  }
});

test('the chain goes back below the block that verify read: the payment is credited where it lies', async (t) => {
  const { ground, node, pay } = await stand(t);
  const wallet = await ground.fundedWallet();
  for (let i = 0; i < 12; i++) await chainRpc(ground, 'evm_mine');
  node.refuse = (calls) => (calls.some(isBroadcast) ? 'cut' : undefined);
  const answer = pay(wallet);
  await purchaseOf(ground, wallet, sent);
  await chainRpc(ground, 'anvil_rollback', [10]);
  node.refuse = () => undefined;
  const { blockNumber, verifiedAtBlock } = await purchaseOf(ground, wallet, delivered);
  assert.ok(blockNumber! <= verifiedAtBlock, `the block ${blockNumber} is not below ${verifiedAtBlock}`);
  assert.equal((await answer).status, 200);
});

test('a node that takes no batch of more than twenty calls: two dozen payers at once are all served', async (t) => {
  const { ground, node, pay } = await stand(t);
  const wallets: LocalAccount[] = [];
  for (let i = 0; i < 24; i++) wallets.push(await ground.fundedWallet());
  node.refuse = (calls) =>
    calls.length > 20 ? { error: { code: -32600, message: 'batch too large' } } : undefined;
  node.latencyMs = 20;
  const answers = await Promise.all(wallets.map((wallet) => pay(wallet)));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(
    statuses,
    wallets.map(() => 200),
  );
});

test('many wallets whose payments cannot be sent do not hold up those whose can', async (t) => {
  const { ground, node, pay } = await stand(t);
  const fund = async (count: number) => {
    const wallets: LocalAccount[] = [];
    for (let i = 0; i < count; i++) wallets.push(await ground.fundedWallet());
    return wallets;
  };
  const [failing, honest] = [await fund(40), await fund(3)];
  const marks = new Set(failing.map(({ address }) => address.slice(2).toLowerCase()));
  node.latencyMs = 50;
  node.answer = ({ method, params: [call] }) => {
    const transfers = method === 'eth_call' ? simulatedTransfers(call as { data: Hex }) : [];
    if (transfers.length === 0) return undefined;
    // The payer is a transfer's first argument.
    const kinds = transfers.map((data) => (marks.has(data.slice(34, 74)) ? '00' : '01'));
    return { result: `0x${kinds.map((kind) => kind + 'ea60'.padStart(62, '0') + '0'.repeat(128)).join('')}` };
  };
  for (const wallet of failing) void pay(wallet).catch(() => undefined);
  for (const wallet of failing) await purchaseOf(ground, wallet, ({ attempts }) => attempts > 0);
  const before = node.requests;
  for (const wallet of honest) {
    const { status, body } = await pay(wallet);
    assert.equal(status, 200, JSON.stringify(body));
  }
  // Not in seconds, which are the machine's: whoever waits for one request per failing wallet waits for 40 each time.
  const requests = node.requests - before;
  assert.ok(requests < (honest.length * failing.length) / 2, `${requests} requests to the node`);
  for (const wallet of failing) await purchaseOf(ground, wallet, ({ state }) => state === 'settling');
});

test('one of two nodes is dead at the start: the other network is offered and paid on, and the dead one when it is back', async (t) => {
  const other = 'sei-testnet';
  const ground = await startGround([network, other]);
  const node = await startNodeProxy(ground.devnet.networks[1]!.rpcUrl);
  node.refuse = () => 'cut';
  const postern = await startOnGround(ground, { rpcUrls: { [other]: node.url } });
  t.after(async () => {
    await postern.stop();
    await ground.stop();
  });
  const offered = async () => {
    const { headers } = await callTool(postern.url, 'create_ticket', ticket);
    const { accepts } = JSON.parse(Buffer.from(headers.get('payment-required')!, 'base64').toString());
    return (accepts as Accept[]).map((accept) => accept.network).sort();
  };
  const [alive, dead] = ground.devnet.networks.map(({ network: { caip2 } }) => caip2);
  assert.deepEqual(await offered(), [alive]);
  const terms = await termsOf(postern.url, 'create_ticket', ticket);
  const payment = await signPayment(await ground.fundedWallet(), terms);
  assert.equal((await callTool(postern.url, 'create_ticket', ticket, payment)).status, 200);

  node.refuse = () => undefined;
  for (let i = 0; i < 200 && (await offered()).length < 2; i++) await sleep(100);
  assert.deepEqual(await offered(), [alive, dead].sort());
});
