/**
 * Agents that pay through crashes. Each has its way with an unknown outcome, and keeps what it was told:
 * `patient` sends the same payment again until it knows; `namer` signs anew under the same payment-identifier;
 * `vanisher` hangs up on some calls and never asks again.
 */
import type { LocalAccount } from 'viem';
import { sleep } from '../../src/kernel/time.ts';
import { type Accept, signPayment } from '../postern.ts';

export type Manner = 'patient' | 'namer' | 'vanisher';

/** One ticket that an agent wanted, under a subject of its own, and every payment it signed for it. */
export interface Intention {
  subject: string;
  manner: Manner;
  payer: string;
  payments: { nonce: string; answers: Told[] }[];
}

/** What an answer said of the payment; `nothing` where there was no answer, or one that promises nothing. */
export type Told = 'delivered' | 'pending' | 'challenged' | 'void' | 'owed' | 'busy' | 'nothing' | 'broken';

export interface Agents {
  intentions: Intention[];
  /** Resolves when all have stopped after the signal. */
  ended: Promise<unknown>;
}

export interface AgentOptions {
  wallets: readonly LocalAccount[];
  terms: Accept;
  urls(): string[];
  random(): number;
  signal: AbortSignal;
}

/** How long an authorization stays valid: little, so that what never lands ends soon. */
const windowSeconds = 45;
const manners: readonly Manner[] = ['patient', 'patient', 'namer', 'vanisher'];

export function startAgents(options: AgentOptions): Agents {
  const intentions: Intention[] = [];
  const ended = Promise.all(
    options.wallets.map((wallet, i) => live(wallet, manners[i % manners.length]!, intentions, options)),
  );
  return { intentions, ended };
}

async function live(
  wallet: LocalAccount,
  manner: Manner,
  intentions: Intention[],
  options: AgentOptions,
): Promise<void> {
  for (let n = 1; !options.signal.aborted; n++) {
    const payer = wallet.address.toLowerCase();
    const intention: Intention = { subject: `${payer} wants ${n}`, manner, payer, payments: [] };
    intentions.push(intention);
    await pursue(wallet, intention, options);
    await sleep(options.random() * 200);
  }
}

/** Goes on after the signal as well: an agent that paid wants to know. */
async function pursue(wallet: LocalAccount, intention: Intention, options: AgentOptions): Promise<void> {
  const { terms, random } = options;
  const identifier = intention.manner === 'namer' ? intention.subject.replaceAll(' ', '_') : undefined;
  let payment = '';
  let current: Intention['payments'][number] | undefined;
  for (let attempt = 0; attempt < 400; attempt++) {
    if (!current) {
      const nonce = `0x${Array.from({ length: 64 }, () => Math.floor(random() * 16).toString(16)).join('')}`;
      const validBefore = BigInt(Math.floor(Date.now() / 1000) + windowSeconds);
      const signed = { nonce: nonce as `0x${string}`, validBefore };
      payment = await signPayment(wallet, terms, { signed, identifier });
      current = { nonce, answers: [] };
      intention.payments.push(current);
    }
    const hangsUp = intention.manner === 'vanisher' && random() < 0.5;
    const told = await call(intention.subject, payment, options, hangsUp ? random() * 300 : 30_000);
    current.answers.push(told);
    if (told === 'delivered' || told === 'owed' || hangsUp) return;
    // Nothing was charged, and nothing will be: a new payment is safe.
    if (told === 'void' || told === 'challenged') {
      if (options.signal.aborted) return;
      current = undefined;
    }
    // Under its name it is safe as well, so this one does not wait to know.
    if (told === 'nothing' && intention.manner === 'namer' && random() < 0.5) current = undefined;
    await sleep(100 + random() * 400);
  }
  throw new Error(`${intention.subject}: no answer in 400 attempts`);
}

async function call(
  subject: string,
  payment: string,
  { urls, random }: AgentOptions,
  timeoutMs: number,
): Promise<Told> {
  const known = urls();
  const url = known[Math.floor(random() * known.length)];
  if (!url) return 'nothing';
  try {
    const response = await fetch(`${url}/api/x402/tools/acme/create_ticket`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'PAYMENT-SIGNATURE': payment },
      body: JSON.stringify({ subject, body: 'Paid for while the house burnt.' }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = (await response.json()) as { code?: string };
    return tellOf(response.status, body.code);
  } catch {
    return 'nothing';
  }
}

function tellOf(status: number, code: string | undefined): Told {
  if (status === 200) return 'delivered';
  if (status === 202) return 'pending';
  if (code === 'settlement_void') return 'void';
  if (status === 402) return 'challenged';
  if (code === 'purchase_owed') return 'owed';
  if (code === 'wallet_busy') return 'busy';
  // The database is down, or no network could settle now: true, and it promises nothing.
  return status >= 500 ? 'nothing' : 'broken';
}
