/**
 * An agent in the browser, for who wants to see one at the door: a wallet that lives as long as the page, on a devnet, and
 * what it pays for. It keeps every message that goes over the wire. Fetched only when it is run, for it signs.
 */
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

/** One message, or what was made for one. */
export interface Message {
  /** Which way it went, or that it stayed here. */
  way: 'sent' | 'received' | 'made';
  text: string;
}

export const stepNames = [
  'wallet',
  'faucet',
  'call',
  'challenge',
  'sign',
  'pay',
  'settled',
  'delivered',
] as const;
export type StepName = (typeof stepNames)[number];

export interface Step {
  name: StepName;
  messages: readonly Message[];
}

/** What came of it. */
export interface Outcome {
  ticketId: string | undefined;
  purchaseId: string | undefined;
  amountAtomic: string;
}

type Account = ReturnType<typeof privateKeyToAccount>;
type Tell = (step: Step) => void;

interface Accept {
  scheme: string;
  network: string;
  amount: string;
  asset: `0x${string}`;
  payTo: `0x${string}`;
  maxTimeoutSeconds: number;
  extra: { name: string; version: string };
}

const shown = (value: unknown): string => JSON.stringify(value, null, 2);
const decoded = (header: string): unknown =>
  JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(header), (letter) => letter.charCodeAt(0))));
const encoded = (value: unknown): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));

/** A header's value is longer than one cares to see. */
const cut = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

interface Sent {
  response: Response;
  body: unknown;
  request: Message;
  status: string;
}

/** As an agent would: without the cookies of who looks. */
async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Sent> {
  const all = { 'content-type': 'application/json', ...headers };
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'omit',
    headers: all,
    body: JSON.stringify(body),
  });
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${cut(value)}`);
  return {
    response,
    body: await response.json().catch(() => undefined),
    request: { way: 'sent', text: [`POST ${path}`, ...lines, '', shown(body)].join('\n') },
    status: `HTTP ${response.status}${response.statusText ? ` ${response.statusText}` : ''}`,
  };
}

/** The path of an address of this server: the page may be open under another name of it. */
const pathOf = (url: string): string => new URL(url).pathname;

/** The EIP-3009 message that moves exactly the amount asked for, to where it was asked, once. */
async function signed(account: Account, terms: Accept) {
  const message = {
    from: account.address,
    to: terms.payTo,
    value: BigInt(terms.amount),
    validAfter: 0n,
    validBefore: BigInt(Math.floor(Date.now() / 1000) + terms.maxTimeoutSeconds),
    nonce: generatePrivateKey(),
  };
  const typedData = {
    domain: {
      name: terms.extra.name,
      version: terms.extra.version,
      chainId: Number(terms.network.split(':')[1]),
      verifyingContract: terms.asset,
    },
    types: {
      TransferWithAuthorization: [
        { name: 'from', type: 'address' },
        { name: 'to', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'validAfter', type: 'uint256' },
        { name: 'validBefore', type: 'uint256' },
        { name: 'nonce', type: 'bytes32' },
      ],
    },
    primaryType: 'TransferWithAuthorization',
    message,
  } as const;
  const signature = await account.signTypedData(typedData);
  const { value, validAfter, validBefore } = message;
  const authorization = {
    ...message,
    value: String(value),
    validAfter: String(validAfter),
    validBefore: String(validBefore),
  };
  const { domain, types, primaryType } = typedData;
  return { signature, authorization, typedData: { domain, primaryType, message: authorization, types } };
}

/** What the door said, where it refused. */
const refusal = ({ body, status }: Sent): Error => {
  const { error, detail } = (body ?? {}) as { error?: { message?: string } | string; detail?: string };
  const said = typeof error === 'string' ? error : error?.message;
  return new Error(`${status}: ${said ?? detail ?? 'no reason was given'}`);
};

export interface Agent {
  /**
   * Buys one call, telling each step as it is done; its wallet is filled before the first.
   * @throws {Error} in words, where a step comes to nothing
   */
  buy(tool: string, input: Record<string, string>, tell: Tell): Promise<Outcome>;
}

/** An agent with a new wallet, at the door of `mcpUrl`. */
export function createAgent(mcpUrl: string): Agent {
  const account = privateKeyToAccount(generatePrivateKey());
  let isFunded = false;
  return {
    async buy(tool, input, tell) {
      if (!isFunded) tell({ name: 'wallet', messages: [{ way: 'made', text: account.address }] });
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: input } };
      const terms = await ask(pathOf(mcpUrl), call, tell);
      // The network is the door's to say, so it is asked for the price before the faucet is asked for money.
      if (!isFunded) await fund(account, terms, tell);
      isFunded = true;
      return outcomeOf(await pay(account, pathOf(mcpUrl), call, terms, tell), terms, tell);
    },
  };
}

/** The call without paying, and what the door asks for it. */
async function ask(door: string, call: object, tell: Tell): Promise<Accept> {
  const asked = await post(door, call);
  const header = asked.response.headers.get('payment-required');
  if (asked.response.status !== 402 || !header) throw refusal(asked);
  const required = decoded(header) as { accepts: Accept[] };
  const terms = required.accepts.find(({ network }) => network.startsWith('eip155:'));
  if (!terms) throw new Error('The door asks for no payment on an EVM network.');
  tell({ name: 'call', messages: [asked.request] });
  tell({
    name: 'challenge',
    messages: [
      { way: 'received', text: `${asked.status}\npayment-required: ${cut(header)}` },
      { way: 'made', text: shown({ ...required, accepts: [terms] }) },
    ],
  });
  return terms;
}

async function fund(account: Account, terms: Accept, tell: Tell): Promise<void> {
  const funded = await post('/devnet/faucet', { network: terms.network, address: account.address });
  if (!funded.response.ok) throw refusal(funded);
  tell({
    name: 'faucet',
    messages: [funded.request, { way: 'received', text: `${funded.status}\n\n${shown(funded.body)}` }],
  });
}

async function pay(account: Account, door: string, call: object, terms: Accept, tell: Tell): Promise<Sent> {
  const { signature, authorization, typedData } = await signed(account, terms);
  tell({
    name: 'sign',
    messages: [
      { way: 'made', text: shown(typedData) },
      { way: 'made', text: signature },
    ],
  });
  const payment = { x402Version: 2, accepted: terms, payload: { signature, authorization } };
  const paid = await post(door, call, { 'payment-signature': encoded(payment) });
  tell({ name: 'pay', messages: [paid.request, { way: 'made', text: shown(payment) }] });
  return paid;
}

interface Delivered {
  result?: {
    isError?: boolean;
    structuredContent?: { ticketId?: string };
    _meta?: { 'postern/purchase'?: { id?: string; purchaseId?: string } };
  };
}

function outcomeOf(paid: Sent, terms: Accept, tell: Tell): Outcome {
  const settled = paid.response.headers.get('payment-response');
  const { result } = (paid.body ?? {}) as Delivered;
  if (!paid.response.ok || !result || result.isError || !settled) throw refusal(paid);
  tell({
    name: 'settled',
    messages: [
      { way: 'received', text: `${paid.status}\npayment-response: ${cut(settled)}` },
      { way: 'made', text: shown(decoded(settled)) },
    ],
  });
  tell({ name: 'delivered', messages: [{ way: 'received', text: shown(paid.body) }] });
  return {
    ticketId: result.structuredContent?.ticketId,
    purchaseId: result._meta?.['postern/purchase']?.id,
    amountAtomic: terms.amount,
  };
}
