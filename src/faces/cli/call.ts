import { join } from 'node:path';
import { findNetwork, type Network } from '../../chains/networks.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { formatUsdc, usdc } from '../../kernel/money.ts';
import { type Flags, readFlags, toolArguments } from './arguments.ts';
import { type DoorAnswer, defaultDoor, doorUrl, fetchJson, listTools, readReply, rpc } from './door.ts';
import {
  type AcceptedTerms,
  chooseTerms,
  type Limits,
  type Payer,
  readChallenge,
  settledTransaction,
  signPayment,
} from './payment.ts';
import { follow, isDelivered, isSettled, present, stateText } from './purchase.ts';
import { keepReceipt } from './receipt.ts';
import { columns, Failure, printable, type Terminal, UsageError } from './terminal.ts';
import { type Unfinished, unfinishedPayments } from './unfinished.ts';
import { type DevnetListing, readSolanaWallet, readWallet } from './wallet.ts';

const defaults = { maxPrice: '0.10', waitSeconds: 90 };

export const callHelp = [
  'postern call TOOL [--argument VALUE …]   call a tool of a door, and pay for it where it has a price',
  '',
  ...columns([
    ['--door URL', defaultDoor],
    ['--max-price USD', `refuse to pay more (${defaults.maxPrice})`],
    ['--network NAME', 'pay on this network, where the door takes several'],
    ['--mainnet', 'allow networks where USDC is real money'],
    ['--key FILE', 'the key that pays; else POSTERN_WALLET_KEY, else ~/.postern/wallet.key'],
    ['--json OBJECT', 'arguments as JSON; needed for an argument named like one of these options'],
    ['--receipt FILE', 'keep the signed receipt, checked against the door’s published key'],
    ['--wait SECONDS', `for a settlement that takes its time (${defaults.waitSeconds})`],
    ['--json-output', 'one JSON object on stdout'],
  ]),
];

interface CallOptions {
  tool: string;
  door: URL;
  limits: Limits;
  keyFile: string | undefined;
  waitMs: number;
  receiptFile: string | undefined;
}

/** What a call came to, as `--json-output` prints it. */
interface Outcome {
  tool: string;
  /** What the tool gave; null where the door does not show it to a repeat. */
  result: Json;
  paid: (Unfinished['terms'] & { payer: string; transaction: string | null }) | null;
  purchaseId: string | null;
  receiptId: string | null;
  receipt: Json;
}

/** Calls one tool. @throws {UsageError} @throws {Failure} */
export async function call(args: string[], terminal: Terminal): Promise<void> {
  const flags = readFlags(args, {
    values: ['door', 'max-price', 'network', 'key', 'json', 'wait', 'receipt'],
    switches: ['mainnet', 'json-output'],
  });
  const options = readOptions(flags);
  const tools = await listTools(terminal, options.door);
  const tool = tools.find(({ name }) => name === options.tool);
  if (!tool) {
    const names = tools.map(({ name }) => name).join(', ');
    throw new UsageError(`the door has no tool ${options.tool}; it has ${printable(names)}`);
  }
  const input = toolArguments(tool.name, tool.inputSchema, flags.others, flags.values.get('json'));
  const outcome = await perform(options, input, terminal);
  if (flags.switches.has('json-output')) terminal.print(JSON.stringify(outcome));
  else for (const line of describe(outcome)) terminal.print(line);
  const { receiptFile: file, door } = options;
  if (file !== undefined && outcome.paid)
    await keepReceipt({ receipt: outcome.receipt, door, ...outcome.paid, file }, terminal).catch(
      (error: Failure) => {
        throw new Failure(
          `the call is paid and done; its receipt was not kept: ${error.message}`,
          error.code,
        );
      },
    );
}

function readOptions(flags: Flags): CallOptions {
  const [tool, ...rest] = flags.words;
  if (!tool) throw new UsageError('which tool? npx postern tools lists them');
  if (rest.length > 0) throw new UsageError(`unknown word ${rest[0]}; quote values that have spaces`);
  const named = flags.values.get('network');
  const network = named === undefined ? undefined : findNetwork(named);
  if (named !== undefined && !network) throw new UsageError(`--network: Postern knows no ${named}`);
  const wait = Number(flags.values.get('wait') ?? defaults.waitSeconds);
  if (!(wait >= 0 && wait <= 3600)) throw new UsageError('--wait is a number of seconds, at most 3600');
  const mainnet = flags.switches.has('mainnet');
  return {
    tool,
    door: doorUrl(flags.values.get('door')),
    limits: {
      maxPriceAtomic: readPrice(flags.values.get('max-price') ?? defaults.maxPrice),
      network,
      mainnet,
    },
    keyFile: flags.values.get('key'),
    waitMs: wait * 1000,
    receiptFile: flags.values.get('receipt'),
  };
}

function readPrice(text: string): bigint {
  try {
    return usdc(text.replace(/^\$/, ''));
  } catch {
    throw new UsageError('--max-price is an amount in dollars, such as 0.10');
  }
}

/** First without a payment: a free tool answers, a priced one states its terms. */
async function perform(options: CallOptions, input: JsonObject, terminal: Terminal): Promise<Outcome> {
  const { door, tool } = options;
  const payments = unfinishedPayments(join(terminal.home, '.postern', 'unfinished'));
  const subject = { door: door.href, tool, input };
  let payment = await payments.find(subject);
  if (payment)
    terminal.note('An earlier run did not learn what became of its payment; repeating that payment.');
  else {
    const answer = await rpc(terminal, door, 'tools/call', { name: tool, arguments: input });
    if (answer.status !== 402) {
      const { output, refusal } = readReply(answer);
      if (refusal) throw refusal;
      return { tool, result: output ?? null, paid: null, purchaseId: null, receiptId: null, receipt: null };
    }
    payment = await signFor(answer, options, terminal);
    await payments.keep(subject, payment);
  }
  return pay(options, input, payment, terminal, () => payments.forget(subject));
}

/** Shows the terms, then signs them. @throws {Failure} before anything is signed */
async function signFor(challenge: DoorAnswer, options: CallOptions, terminal: Terminal): Promise<Unfinished> {
  const required = readChallenge(challenge.headers, challenge.body);
  const terms = chooseTerms(required, options.limits);
  for (const line of describeTerms(options.tool, terms)) terminal.note(line);
  const { network, amountAtomic, payTo } = terms;
  const { payer, address } = await payerOn(network, options, terminal);
  return {
    headers: await signPayment(required, terms, payer),
    payer: address,
    terms: { network: network.name, amountAtomic: String(amountAtomic), payTo, asset: network.asset },
  };
}

/** The wallet on this network. On Solana a node is asked before signing: the devnet's own, or the one that is set. */
async function payerOn(
  network: Network,
  { keyFile, door }: CallOptions,
  terminal: Terminal,
): Promise<{ payer: Payer; address: string }> {
  if (network.family === 'evm') {
    const account = await readWallet(keyFile, terminal);
    return { payer: account, address: account.address };
  }
  const signer = await readSolanaWallet(keyFile, terminal);
  const set = terminal.environment[`POSTERN_${network.name.toUpperCase().replaceAll('-', '_')}_RPC_URL`];
  const devnet = set ? undefined : await fetchJson(terminal, new URL('/devnet', door)).catch(() => undefined);
  const listed = devnet?.status === 200 ? (devnet.body as unknown as DevnetListing).networks : [];
  const rpcUrl = set ?? listed.find(({ caip2 }) => caip2 === network.caip2)?.rpcUrl;
  return { payer: { signer, rpcUrl }, address: signer.address };
}

/**
 * Sends the payment and sees it through. `forget` drops its record, once it is known that it will not move money
 * any more, or that what it bought is here.
 */
async function pay(
  options: CallOptions,
  input: JsonObject,
  payment: Unfinished,
  terminal: Terminal,
  forget: () => Promise<void>,
): Promise<Outcome> {
  const { door, tool, waitMs } = options;
  const params = { name: tool, arguments: input };
  const send = () => rpc(terminal, door, 'tools/call', params, payment.headers);
  const answer = await present(send, waitMs, terminal);
  const { output, refusal, purchase: seen } = readReply(answer);
  if (refusal && !seen) {
    await forget();
    throw await withAdvice(refusal, door, payment, terminal);
  }
  if (seen && !isSettled(seen)) terminal.note(`The payment is on its way; asking for purchase ${seen.id}.`);
  const purchase = seen && (await follow(door, seen, waitMs, terminal));
  if (purchase && !isSettled(purchase)) {
    throw new Failure(
      `${stateText(purchase)} and takes longer than --wait; run the same command again, it repeats this payment`,
      'settlement_pending',
    );
  }
  await forget();
  if (purchase && !isDelivered(purchase))
    throw new Failure(stateText(purchase), `purchase_${purchase.state}`);
  const transaction = purchase?.transaction ?? settledTransaction(answer.headers) ?? null;
  return {
    tool,
    result: purchase?.withheld ? null : (purchase?.output ?? output ?? null),
    paid: { ...payment.terms, payer: payment.payer, transaction },
    purchaseId: purchase?.id ?? null,
    receiptId: purchase?.receiptId ?? null,
    receipt: purchase?.receipt ?? null,
  };
}

/** Says what helps, where something does. */
async function withAdvice(
  refusal: Failure,
  door: URL,
  { terms }: Unfinished,
  terminal: Terminal,
): Promise<Failure> {
  if (refusal.code !== 'insufficient_funds') return refusal;
  const devnet = await fetchJson(terminal, new URL('/devnet', door)).catch(() => undefined);
  const advice =
    devnet?.status === 200
      ? `fund it: npx postern wallet fund --network ${terms.network} --door ${door}`
      : `it needs $${formatUsdc(BigInt(terms.amountAtomic))} in USDC on ${terms.network}`;
  return new Failure(`the wallet does not hold enough; ${advice}`, refusal.code);
}

const describeTerms = (tool: string, { network, amountAtomic, payTo, maxTimeoutSeconds }: AcceptedTerms) => [
  `${tool} costs $${formatUsdc(amountAtomic)}:`,
  ...columns([
    ['network', `${network.name} (${network.caip2})`],
    ['amount', `${formatUsdc(amountAtomic)} USDC (${amountAtomic} atomic units)`],
    ['asset', network.asset],
    ['pay to', payTo],
    ['deadline', `${maxTimeoutSeconds} s from now`],
  ]),
];

function describe({ result, paid, purchaseId, receiptId }: Outcome): string[] {
  const lines = [
    result === null ? 'Delivered before; the result is shown to who knows the purchase id.' : show(result),
  ];
  const rows: [string, string][] = [];
  if (paid)
    rows.push(['paid', `$${formatUsdc(BigInt(paid.amountAtomic))} on ${paid.network} from ${paid.payer}`]);
  if (paid?.transaction) rows.push(['transaction', paid.transaction]);
  if (purchaseId) rows.push(['purchase', purchaseId]);
  if (receiptId) rows.push(['receipt', receiptId]);
  return [...lines, ...columns(rows, '')];
}

const show = (result: Json) =>
  printable(typeof result === 'string' ? result : JSON.stringify(result, null, 2));
