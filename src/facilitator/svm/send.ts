/**
 * The sending half on Solana: takes queued settlements, proves by simulation that they would pass now, signs as fee payer,
 * stores what it signed, and only then sends. What was stored is sent again until it is confirmed or has expired
 * (watch.ts): a message signed by the same keys is the same transaction, however often it goes out.
 */
import type { SvmChain } from '../../chains/svm/chain.ts';
import type { SvmSigner } from '../../chains/svm/signer.ts';
import {
  encodeTransaction,
  parseTransaction,
  type SvmTransaction,
  signatureOf,
  signWith,
} from '../../chains/svm/transaction.ts';
import { assert } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Time } from '../../kernel/time.ts';
import type { Settlement } from '../book.ts';
import { tooLate } from '../reasons.ts';
import type { SvmBook, WholeTransaction } from './book.ts';
import { feeLamportsOf, maxFeeLamports } from './rules.ts';

export interface SvmPorts {
  book: SvmBook;
  chain: SvmChain;
  /** The fee payer. It signs payments that are claimed, refunds of a float, and the making of a payTo's token account. */
  account: SvmSigner;
  time: Time;
  log: Logger;
  /** Lamports that 24 hours may cost. */
  dailyBudgetLamports: bigint;
}

/** How many settlements one round takes. */
const roundSize = 64;

/** What the budget still allows, in payments. */
export async function paymentsLeft({ book, chain, dailyBudgetLamports }: SvmPorts): Promise<bigint> {
  const left = dailyBudgetLamports - (await book.spentLamports(chain.network.name));
  return left > 0n ? left / maxFeeLamports : 0n;
}

/** Sends what is queued. @returns how many went out */
export async function sendQueued(ports: SvmPorts): Promise<number> {
  const { book, chain, log } = ports;
  const due = await book.due(chain.network.name, roundSize);
  if (due.length === 0) return 0;
  const affordable = Number(await paymentsLeft(ports));
  if (affordable < due.length) log.error('the day’s budget for fees is spent: settlements wait');
  const passing = await simulate(ports, due.slice(0, affordable));
  const signed = await Promise.all(passing.map((item) => sign(ports, item)));
  const stored = await book.store(chain.network.name, signed);
  await hand(ports, stored);
  return stored.length;
}

/** Hands transactions to the node. What it says against one proves nothing. */
export async function hand(
  { chain, log }: Pick<SvmPorts, 'chain' | 'log'>,
  transactions: readonly { raw: string }[],
): Promise<void> {
  if (transactions.length === 0) return;
  for (const refusal of await chain.send(transactions.map(({ raw }) => raw)))
    if (refusal) log.warn({ refusal }, 'sending was refused');
}

interface Item {
  settlement: Settlement;
  transaction: SvmTransaction;
}

/** A failed simulation ends nothing: the wallet may refill, and only the chain says that it is too late. */
async function simulate(ports: SvmPorts, due: readonly Settlement[]): Promise<Item[]> {
  const { book, chain, account } = ports;
  const items = due.map((settlement) => ({
    settlement,
    transaction: parseTransaction(settlement.signature),
  }));
  const ours = items.filter(({ transaction }) => transaction.signers[0]!.address === account.address);
  const failing = items
    .filter((item) => !ours.includes(item))
    // The key was changed: what names the old one can no longer be sent.
    .map(({ settlement }) => ({ id: settlement.id, error: tooLate }));
  // Without our signature: a node that saw it could send it before it is stored.
  const outcomes = await chain.simulate(
    ours.map(({ transaction }) => encodeTransaction(transaction)),
    { sigVerify: false },
  );
  for (const [i, { settlement }] of ours.entries()) {
    const { error } = outcomes[i]!;
    if (error !== undefined)
      failing.push({
        id: settlement.id,
        error: isLateness(error) ? (settlement.lastError ?? tooLate) : error,
      });
  }
  await book.postpone(failing);
  return ours.filter((_, i) => outcomes[i]!.error === undefined);
}

/** The blockhash is too old, or of a fork that the node does not know: nobody's doing. */
export const isLateness = (error: string): boolean => error.includes('BlockhashNotFound');

async function sign({ account }: SvmPorts, { settlement, transaction }: Item): Promise<WholeTransaction> {
  assert(transaction.messageHash === settlement.nonce, `settlement ${settlement.id} holds another message`);
  const whole = await signWith(transaction, [account]);
  return {
    settlementId: settlement.id,
    signature: signatureOf(whole)!,
    raw: encodeTransaction(whole),
    feeLamports: feeLamportsOf(whole),
  };
}
