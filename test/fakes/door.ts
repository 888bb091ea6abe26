import { z } from 'zod';
import { forAgents, pricedOperation, readOperation } from '../../src/catalogue/operation.ts';
import { parseInput } from '../../src/catalogue/registry.ts';
import { findNetwork } from '../../src/chains/networks.ts';
import type { Answer, Call, Door, Offer, PurchaseView, Shopfront, Terms } from '../../src/door/types.ts';
import { assert, PosternError } from '../../src/kernel/errors.ts';
import { usdc } from '../../src/kernel/money.ts';

/**
 * A door that keeps its purchases in memory and settles nothing: every payment of the right amount is delivered, unless
 * `outcome` says otherwise. It answers a known nonce from its own row, as the real one does.
 */
export interface FakeDoor extends Door {
  calls: Call[];
  /** What the next new purchase comes to. */
  outcome: Partial<PurchaseView>;
  /** Thrown by the next call, once. */
  failure: unknown;
}

export const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C';

const searchKb = readOperation({
  name: 'search_kb',
  title: 'Search the help centre',
  summary: 'Finds articles that answer a question.',
  access: forAgents('operator'),
  tier: 'read',
  price: null,
  input: z.strictObject({ query: z.string().min(1).describe('The question, in plain words.') }),
  output: z.object({ articles: z.array(z.object({ title: z.string() })) }),
  read: async () => ({ articles: [] }),
});

const createTicket = pricedOperation({
  name: 'create_ticket',
  title: 'Open a ticket',
  summary: 'Opens a support ticket that people will answer; returns its id and number.',
  access: forAgents('operator'),
  tier: 'draft',
  price: usdc('0.02'),
  input: z.strictObject({
    subject: z.string().min(1).max(200).describe('One line: what is wrong or wanted.'),
    body: z.string().min(1).max(50_000).describe('The whole story, as plain text.'),
    email: z
      .email()
      .optional()
      .describe('Where the answer may be sent. Nothing is mailed before a person approves.'),
    name: z.string().max(200).optional().describe('How to address the customer.'),
  }),
  output: z.object({ ticketId: z.string(), number: z.number() }),
  prepare: async () => ({}),
  commit: async () => ({ ticketId: 'tkt_1', number: 1 }),
});

/** Terms of `amountAtomic` on the networks named. */
export const termsOn = (names: readonly string[], amountAtomic: bigint): Terms[] =>
  names.map((name) => ({ network: findNetwork(name)!, amountAtomic, payTo, maxTimeoutSeconds: 60 }));

export function fakeShopfront(networks: readonly string[] = ['base-sepolia', 'sei-testnet']): Shopfront {
  const offers: Offer[] = [
    { operation: searchKb, priceAtomic: null, terms: [] },
    { operation: createTicket, priceAtomic: createTicket.price, terms: termsOn(networks, usdc('0.02')) },
  ];
  return {
    workspace: { id: 'wsp_1', slug: 'acme', name: 'Acme Cameras' },
    takesPayments: true,
    offers: new Map(offers.map((offer) => [offer.operation.name, offer])),
  };
}

export function fakeDoor(shopfront = fakeShopfront()): FakeDoor {
  const purchases = new Map<string, PurchaseView>();
  const door: FakeDoor = {
    receiptSigner: `0x${'5e'.repeat(20)}`,
    calls: [],
    outcome: {},
    failure: undefined,
    async shopfront(slug) {
      if (slug !== shopfront.workspace.slug) throw new PosternError('workspace_not_found');
      return shopfront;
    },
    async purchase(id) {
      const found = [...purchases.values()].find((purchase) => purchase.id === id);
      if (!found) throw new PosternError('not_found');
      return found;
    },
    async wallet({ address }) {
      const nothing = { purchasesDelivered: 0, proposalsApproved: 0, proposalsRejected: 0, strikes: 0 };
      return { address: address.toLowerCase(), standing: 'new', ...nothing };
    },
    async call(call) {
      door.calls.push(call);
      const { failure } = door;
      door.failure = undefined;
      if (failure) throw failure;
      return answer(call, await door.shopfront(call.workspace), purchases, door.outcome);
    },
  };
  return door;
}

async function answer(
  { operation, input, payment, admit }: Call,
  shopfront: Shopfront,
  purchases: Map<string, PurchaseView>,
  outcome: Partial<PurchaseView>,
): Promise<Answer> {
  const known = payment && purchases.get(payment.nonce);
  if (known) return { kind: 'purchase', purchase: known };
  if (payment) await admit?.();
  const offer = shopfront.offers.get(operation);
  if (!offer) throw new PosternError('tool_not_found');
  const parsed = parseInput(offer.operation, input);
  if (offer.priceAtomic === null)
    return { kind: 'result', output: { articles: [{ title: `${parsed.query}` }] } };
  if (!payment) return { kind: 'challenge', offer, terms: offer.terms, reason: 'payment_required' };
  assert('authorization' in payment, 'this door is paid on EVM');
  const { value } = payment.authorization;
  if (value !== offer.priceAtomic) {
    const reason = 'invalid_exact_evm_payload_authorization_value_mismatch';
    throw new PosternError('invalid_payment', undefined, { reason });
  }
  const purchase: PurchaseView = {
    id: `pur_${purchases.size + 1}`,
    state: 'delivered',
    operation,
    network: payment.network,
    payer: payment.payer,
    amountAtomic: value,
    transaction: `0x${'ab'.repeat(32)}`,
    receiptId: `rcp_${purchases.size + 1}`,
    output: { ticketId: 'tkt_1', number: 1 },
    ...outcome,
  };
  purchases.set(payment.nonce, purchase);
  return { kind: 'purchase', purchase };
}
