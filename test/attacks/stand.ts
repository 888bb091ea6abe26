/** Where attacks are tried: two server processes on one database and one chain; and what came of each, counted. */
import type { Hex, LocalAccount } from 'viem';
import { sleep } from '../../src/kernel/time.ts';
import {
  type Accept,
  callTool,
  chainRpc,
  startSecondProcess,
  startTestPostern,
  type TestPostern,
  termsOf,
} from '../postern.ts';

export interface Attack {
  name: string;
  /** Where it was published, or what it was seen in. */
  source: string;
  /** What we do. */
  defence: string;
  /** Tries it. The wallets are the attacker's; what they bought is compared with what they paid. */
  run(stand: AttackStand): Promise<Tried>;
}

export interface Tried {
  attempts: number;
  wallets: readonly LocalAccount[];
  /** Effects or texts that were had and not paid for, beyond what the wallets' tickets show. */
  leaked?: number;
}

/** What came of it. `leaked`: effects without a payment on the chain. `denied`: payments on the chain without an effect. */
export interface Outcome {
  attempts: number;
  leaked: number;
  denied: number;
}

export interface AttackStand extends TestPostern {
  /** Both processes. */
  urls: readonly [string, string];
  terms: Accept;
  ticket: { subject: string; body: string };
  /** One call of create_ticket. */
  pay(payment: string | undefined, url?: string, ticket?: object): ReturnType<typeof callTool>;
  /** No block is made until the work is done: what the relayer sends waits in the pool. */
  withoutBlocks<T>(work: () => Promise<T>): Promise<T>;
  /** Sends a call of the token, from an account whose key nobody has, that comes first in its block. */
  outbid(data: Hex, from?: Hex): Promise<void>;
  /** Transactions that the relayer has signed so far. */
  relayed(): Promise<number>;
}

export async function startAttackStand(): Promise<AttackStand> {
  const postern = await startTestPostern({ patienceMs: 2_000 });
  const second = await startSecondProcess(postern, {}, { settings: { POSTERN_PATIENCE_SECONDS: '2' } });
  const ticket = { subject: 'Meter reads low', body: 'By two stops, in daylight.' };
  const terms = await termsOf(postern.url, 'create_ticket', ticket);
  return {
    ...postern,
    urls: [postern.url, second.url],
    terms,
    ticket,
    pay: (payment, url = postern.url, about = ticket) => callTool(url, 'create_ticket', about, payment),
    async withoutBlocks(work) {
      await chainRpc(postern, 'evm_setAutomine', [false]);
      try {
        return await work();
      } finally {
        await chainRpc(postern, 'evm_setAutomine', [true]);
        await chainRpc(postern, 'evm_mine');
      }
    },
    async outbid(data, from = '0x1111111111111111111111111111111111111111') {
      await chainRpc(postern, 'anvil_setBalance', [from, '0xde0b6b3a7640000']);
      await chainRpc(postern, 'anvil_impersonateAccount', [from]);
      const fees = { maxFeePerGas: '0x2e90edd000', maxPriorityFeePerGas: '0x2540be400' };
      await chainRpc(postern, 'eth_sendTransaction', [
        { from, to: terms.asset, data, gas: '0x30d40', ...fees },
      ]);
    },
    async relayed() {
      const rows = await postern.db.selectFrom('relayerTransactions').select('id').execute();
      return rows.length;
    },
  };
}

/** Tries an attack, waits until what was paid for is there, and counts. */
export async function measure(attack: Attack, stand: AttackStand): Promise<Outcome> {
  const { attempts, wallets, leaked = 0 } = await attack.run(stand);
  let [paid, had, owed] = [0, 0, 0];
  for (let i = 0; i < 200; i++) {
    paid = await paymentsOf(stand, wallets);
    had = await ticketsOf(stand, wallets);
    owed = await owedTo(stand, wallets);
    if (had + owed >= paid) break;
    await sleep(100);
  }
  return { attempts, leaked: leaked + Math.max(0, had - paid), denied: Math.max(0, paid - had - owed) };
}

const addresses = (wallets: readonly LocalAccount[]) => wallets.map(({ address }) => address.toLowerCase());

async function ticketsOf({ db }: AttackStand, wallets: readonly LocalAccount[]): Promise<number> {
  if (wallets.length === 0) return 0;
  const rows = await db
    .selectFrom('tickets')
    .select('id')
    .where('wallet', 'in', addresses(wallets))
    .execute();
  return rows.length;
}

async function owedTo({ db }: AttackStand, wallets: readonly LocalAccount[]): Promise<number> {
  if (wallets.length === 0) return 0;
  const rows = await db
    .selectFrom('claims')
    .select('id')
    .where('payer', 'in', addresses(wallets))
    .where('state', 'in', ['owed', 'refunding', 'refunded'])
    .execute();
  return rows.length;
}

/** Transfers of the price from the wallets to payTo, by the chain's own log. */
async function paymentsOf(stand: AttackStand, wallets: readonly LocalAccount[]): Promise<number> {
  if (wallets.length === 0) return 0;
  const transfer = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
  const topic = (address: string) => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
  const logs = await chainRpc<unknown[]>(stand, 'eth_getLogs', [
    {
      address: stand.terms.asset,
      fromBlock: '0x0',
      topics: [transfer, wallets.map(({ address }) => topic(address)), topic(stand.terms.payTo)],
    },
  ]);
  return logs.length;
}

export const sealPayment = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
