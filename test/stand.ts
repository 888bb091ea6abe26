/** One Postern on ground of its own, whose only way to the chain can be disturbed; and what a test does to the chain. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { encodeFunctionData, type Hex, type LocalAccount, parseAbi } from 'viem';
import { eip3009Abi } from '../src/chains/evm/eip3009.ts';
import { sleep } from '../src/kernel/time.ts';
import type { Postern } from '../src/main.ts';
import { type NodeCall, type NodeProxy, startNodeProxy } from './fakes/proxies.ts';
import {
  type Accept,
  callTool,
  chainRpc,
  type Ground,
  signPayment,
  startGround,
  startOnGround,
  type Through,
  termsOf,
} from './postern.ts';

export const ticket = { subject: 'Lens fogs up', body: 'From the inside, after a night outdoors.' };

export interface Stand {
  ground: Ground;
  node: NodeProxy;
  postern: Postern;
  terms: Accept;
}

/** Gone at the end of the test. */
export async function stand(
  t: Pick<TestContext, 'after'>,
  through: Omit<Through, 'rpcUrls'> = {},
): Promise<Stand> {
  const ground = await startGround();
  const node = await startNodeProxy(ground.devnet.networks[0]!.rpcUrl);
  const postern = await startOnGround(ground, { ...through, rpcUrls: { 'base-sepolia': node.url } });
  t.after(async () => {
    await postern.stop();
    await ground.stop();
  });
  return { ground, node, postern, terms: await termsOf(postern.url, 'create_ticket', ticket) };
}

export const isBroadcast = ({ method }: NodeCall): boolean => method === 'eth_sendRawTransaction';

/** The node acknowledges what is sent and forgets it, until the test says otherwise. */
export function forgetful(node: NodeProxy): void {
  node.answer = (call) => (isBroadcast(call) ? { result: `0x${'00'.repeat(32)}` } : undefined);
}

export function honest(node: NodeProxy): void {
  node.answer = () => undefined;
}

/** Sends a payment for a ticket; the answer is not waited for. */
export function send({ postern }: Pick<Stand, 'postern'>, payment: string) {
  const answer = callTool(postern.url, 'create_ticket', ticket, payment);
  answer.catch(() => undefined);
  return answer;
}

/** Pays for a ticket. @throws where it is not delivered at once */
export async function buy(stand: Stand, wallet: LocalAccount): Promise<string> {
  const payment = await signPayment(wallet, stand.terms);
  const { status, body } = await send(stand, payment);
  assert.equal(status, 200, JSON.stringify(body));
  return payment;
}

/** The wallet's newest purchase with its settlement; undefined before the claim. */
export const purchaseOf = ({ db }: Ground, { address }: Pick<LocalAccount, 'address'>) =>
  db
    .selectFrom('claims as c')
    .innerJoin('settlements as s', 's.id', 'c.id')
    .selectAll('s')
    .select(['c.id', 'c.state', 'c.reason', 's.state as settlement'])
    .where('c.payer', '=', address.toLowerCase())
    .orderBy('c.createdAt', 'desc')
    .executeTakeFirst();

export type PurchaseRow = NonNullable<Awaited<ReturnType<typeof purchaseOf>>>;

/** Waits until the wallet's newest purchase is `ready`: in that state, or as the function says. */
export async function reaches(
  ground: Ground,
  wallet: Pick<LocalAccount, 'address'>,
  ready: string | ((purchase: PurchaseRow) => boolean),
  seconds = 30,
): Promise<PurchaseRow> {
  const isReady = typeof ready === 'string' ? ({ state }: PurchaseRow) => state === ready : ready;
  for (let i = 0; i < seconds * 20; i++) {
    const purchase = await purchaseOf(ground, wallet);
    if (purchase && isReady(purchase)) return purchase;
    await sleep(50);
  }
  const stays = await purchaseOf(ground, wallet);
  return assert.fail(
    `the purchase stays ${stays?.state} (${stays?.reason}), its settlement ${stays?.settlement} (${stays?.lastError})`,
  );
}

export const ticketsOf = async ({ db }: Ground, { address }: Pick<LocalAccount, 'address'>) =>
  (await db.selectFrom('tickets').select('id').where('wallet', '=', address.toLowerCase()).execute()).length;

/** What an address holds of the token, in atomic units. */
export async function balanceOf(ground: Ground, { asset }: Accept, address: string): Promise<bigint> {
  const data = encodeFunctionData({
    abi: eip3009Abi,
    functionName: 'balanceOf',
    args: [address as Hex],
  });
  return BigInt(await chainRpc<Hex>(ground, 'eth_call', [{ to: asset, data }, 'latest']));
}

/** No block is made until the work is done: what is sent waits in the pool. */
export async function withoutBlocks<T>(ground: Ground, work: () => Promise<T>): Promise<T> {
  await chainRpc(ground, 'evm_setAutomine', [false]);
  try {
    return await work();
  } finally {
    await chainRpc(ground, 'evm_setAutomine', [true]);
    await chainRpc(ground, 'evm_mine');
  }
}

/** Chain time goes on by so much. */
export async function pass(ground: Ground, seconds: number): Promise<void> {
  await chainRpc(ground, 'evm_increaseTime', [seconds]);
  await chainRpc(ground, 'evm_mine');
}

/** An account whose key nobody has. */
export const stranger: Hex = '0x1111111111111111111111111111111111111111';

/** Sends a call from an account whose key nobody has, at a price that comes first in the block. @returns its hash */
export async function outbid(ground: Ground, from: Hex, to: Hex, data: Hex): Promise<Hex> {
  await chainRpc(ground, 'anvil_setBalance', [from, '0xde0b6b3a7640000']);
  await chainRpc(ground, 'anvil_impersonateAccount', [from]);
  const price = { maxFeePerGas: '0x2e90edd000', maxPriorityFeePerGas: '0x2540be400' };
  return chainRpc<Hex>(ground, 'eth_sendTransaction', [{ from, to, data, gas: '0x7a120', ...price }]);
}

/** As `outbid`, on a chain that makes a block for it. @returns its hash, once it is mined */
export async function submit(ground: Ground, from: Hex, to: Hex, data: Hex): Promise<Hex> {
  const hash = await outbid(ground, from, to, data);
  for (let i = 0; i < 500; i++) {
    if (await chainRpc(ground, 'eth_getTransactionReceipt', [hash])) return hash;
    await sleep(20);
  }
  return assert.fail(`${hash} is in no block`);
}

/** The height of the latest block. */
export const height = async (ground: Ground): Promise<number> =>
  Number(await chainRpc<Hex>(ground, 'eth_blockNumber'));

/** All blocks above that height are others now, and what they held is in none. Chain time is ours again. */
export async function reorgAbove(ground: Ground, number: number): Promise<void> {
  await chainRpc(ground, 'anvil_reorg', [(await height(ground)) - number, []]);
}

/** The token's transfer of everything to a stranger, from the wallet itself. */
export const emptied = (ground: Ground, { asset }: Accept, wallet: LocalAccount, amount = 10_000_000n) =>
  outbid(
    ground,
    wallet.address,
    asset,
    encodeFunctionData({
      abi: parseAbi(['function transfer(address to, uint256 value) returns (bool)']),
      args: [stranger, amount],
    }),
  );

/** Gives an address so much of the token, in atomic units. */
export const mint = (ground: Ground, { asset }: Accept, to: string, value: bigint) =>
  submit(
    ground,
    stranger,
    asset,
    encodeFunctionData({
      abi: parseAbi(['function mint(address to, uint256 value)']),
      args: [to as Hex, value],
    }),
  );

/** Waits until a transaction waits for a block. */
export async function inPool(ground: Pick<Ground, 'devnet'>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    const { pending } = await chainRpc<{ pending: Hex }>(ground, 'txpool_status');
    if (Number(pending) > 0) return;
    await sleep(20);
  }
  assert.fail('nothing was sent');
}
