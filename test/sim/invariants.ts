/**
 * What must hold. Some of it is looked at when it happens, for a later moment would hide it; the rest when everything is
 * final, against the chain's own log.
 */
import type { Hex } from 'viem';
import { multicall3 } from '../../src/chains/evm/chain.ts';
import { type Authorization, findPayment } from '../../src/chains/evm/eip3009.ts';
import type { Purchase } from '../../src/door/ledger.ts';
import { refundNonceOf } from '../../src/door/refunds.ts';
import type { Heard } from './actors.ts';
import type { SimChain } from './chain.ts';
import type { Signed } from './hot-key.ts';
import { nonceKey } from './token.ts';
import type { World } from './world.ts';

export interface Watch {
  violations: string[];
  /** A call of a port took effect. */
  happened(what: string, value: unknown, args: unknown[]): Promise<void>;
  /** The hot key signed. */
  signed(signed: Signed): void;
  /** A transaction of the hot key reached a node. */
  broadcast(hash: Hex): Promise<void>;
  /** The door answered. @returns the same */
  answered(heard: Heard): Heard;
}

type Expected = Pick<Purchase, 'asset' | 'payer' | 'nonce' | 'payTo' | 'amountAtomic'>;

const keyOf = (network: string, payer: string, nonce: string) => `${network} ${nonceKey(payer, nonce)}`;

/** The block that carries the payment's log pair on the chain as it stands, with the logs' place. */
export function findOnChain(chain: SimChain, expected: Expected) {
  for (const block of chain.blocks)
    for (const receipt of block.receipts.values()) {
      const log = findPayment(receipt.logs, expected);
      if (log) return { block, log };
    }
  return undefined;
}

interface Sent {
  hash: string;
  nonce: number;
  /** Lower case. */
  from: string;
}

interface Claimed {
  purchase: Purchase;
  at: number;
}

export function watchWorld(world: World): Watch {
  const violations: string[] = [];
  const claims = new Map<string, Claimed>();
  const broadcasts = new Set<string>();
  /** Transactions that the hot key signed, by the authorization that they carry. */
  const transactions = new Map<string, Sent[]>();
  const latest = new Map<string, string>();
  const fail = (text: string) => {
    world.note('invariant', text);
    violations.push(text);
  };
  const chainOf = (network: string) => world.chains.find((chain) => chain.network.name === network)!;

  async function claimed(purchase: Purchase): Promise<void> {
    const { network, payer, nonce } = purchase;
    const key = keyOf(network, payer, nonce);
    const known = claims.get(key);
    if (known && known.purchase.id !== purchase.id) fail(`1: ${key} was claimed twice`);
    if (!known) claims.set(key, { purchase, at: world.scheduler.now() });
    const inFlight = (await world.storage.rows('claims')).filter(
      (claim) =>
        claim.network === network &&
        claim.payer === payer &&
        (claim.state === 'settling' || claim.state === 'paid'),
    );
    if (inFlight.length > 1) fail(`4: ${payer} has ${inFlight.length} purchases in flight on ${network}`);
  }

  /** Void is final: at a final block the authorization cannot land any more. */
  async function madeVoid(id: string): Promise<void> {
    if (world.isDeep) return;
    const settlement = (await world.storage.rows('settlements')).find((row) => row.id === id)!;
    const chain = chainOf(settlement.network);
    const block = chain.blocks[Number(chain.finalBlock())]!;
    const spent = block.state.nonces.has(nonceKey(settlement.payer, settlement.nonce));
    if (!spent && block.timestamp < settlement.validBefore)
      fail(`void is final: ${id} was made void (${settlement.lastError}) and can still land`);
    if (findOnChain(chain, settlement)) fail(`void is final: ${id} was made void and is paid`);
  }

  return {
    violations,
    async happened(what, value, args) {
      if (what === 'ledger.claim') {
        const claim = value as { kind?: string; purchase?: Purchase } | undefined;
        if (claim?.purchase) await claimed(claim.purchase);
      } else if (what === 'book.makeVoid' && value === true) await madeVoid(args[0] as string);
      else if ((value as Purchase | undefined)?.state === 'delivered' && what === 'transaction')
        checkDelivery(world, fail, value as Purchase);
    },
    signed: (signed) => checkSignature(world, { fail, claims, broadcasts, transactions, latest }, signed),
    async broadcast(hash) {
      broadcasts.add(hash);
      const stored = await world.storage.rows('relayerTransactions');
      if (!stored.some((row) => row.hash === hash)) fail(`stored, then broadcast: ${hash} is not stored`);
    },
    answered(heard) {
      checkAnswer(fail, claims.get(keyOf(heard.network, heard.payer, heard.nonce)), heard);
      return heard;
    },
  };
}

/** Invariant 2, when it happens. */
function checkDelivery({ chains, isDeep }: World, fail: (text: string) => void, purchase: Purchase): void {
  // The named exception: it may be taken back between the look and the delivery, and is lost then.
  if (isDeep) return;
  const chain = chains.find(({ network }) => network.name === purchase.network)!;
  const found = findOnChain(chain, purchase);
  if (!found) fail(`2: ${purchase.id} was delivered and is not paid`);
  else if (found.block.number > chain.finalBlock())
    fail(`2: ${purchase.id} was delivered while its payment could still be taken back`);
}

interface Signatures {
  fail: (text: string) => void;
  claims: ReadonlyMap<string, Claimed>;
  broadcasts: ReadonlySet<string>;
  transactions: Map<string, Sent[]>;
  /** Hash of what was signed last, by chain, account and account nonce. */
  latest: Map<string, string>;
}

/** Invariant 9, and that what is on its way is not sent beside itself. */
function checkSignature(world: World, signatures: Signatures, signed: Signed): void {
  const { fail, latest } = signatures;
  const { to, data, value, nonce, chainId, hash } = signed;
  const from = signed.from.toLowerCase();
  const chain = world.chains.find(({ network }) => network.chainId === chainId);
  if (!chain) {
    fail(`9: the hot key signed for chain ${chainId}`);
    return;
  }
  latest.set(`${chainId} ${from} ${nonce}`, hash);
  if (to.toLowerCase() === from) {
    if (data !== '0x' || value !== 0n) fail('9: the hot key signed more than an empty transaction to itself');
    return;
  }
  const allowed = [chain.network.asset, multicall3].map((address) => address.toLowerCase());
  if (!allowed.includes(to.toLowerCase()) || value !== 0n)
    fail(`9: the hot key signed a transaction to ${to}`);
  for (const call of chain.token.callsOf(to, data)) {
    if (call.kind !== 'authorized') fail(`9: the hot key signed a ${call.kind}`);
    else checkSent(world, signatures, { chain, from, nonce, hash, authorization: call.authorization });
  }
}

interface SignedPayment extends Sent {
  chain: SimChain;
  authorization: Authorization;
}

function checkSent(
  { float, isDeep }: World,
  { fail, claims, broadcasts, transactions, latest }: Signatures,
  { chain, from, nonce, hash, authorization }: SignedPayment,
): void {
  const { name, asset, chainId } = chain.network;
  const key = keyOf(name, authorization.from, authorization.nonce);
  const isRefund = authorization.from === float.address.toLowerCase();
  const purchase = isRefund
    ? [...claims.values()].find(({ purchase: { id } }) => refundNonceOf(id) === authorization.nonce)?.purchase
    : claims.get(key)?.purchase;
  const to = isRefund ? purchase?.payer : purchase?.payTo.toLowerCase();
  const frozen = purchase && authorization.to === to && authorization.value === purchase.amountAtomic;
  if (!frozen) fail(`9: the hot key signed a payment that no purchase froze (${key})`);

  const before = transactions.get(key) ?? [];
  transactions.set(key, [...before, { hash, nonce, from }]);
  const expected = {
    asset,
    payer: authorization.from,
    nonce: authorization.nonce,
    payTo: authorization.to,
    amountAtomic: authorization.value,
  };
  for (const earlier of isDeep ? [] : before) {
    // Two processes that replace at once sign the same thing; one of them stores it.
    if (!broadcasts.has(earlier.hash) || earlier.hash === hash) continue;
    const block = chain.blocks.find(({ receipts }) => receipts.has(earlier.hash));
    const failed =
      block &&
      !findPayment(block.receipts.get(earlier.hash)!.logs, expected) &&
      block.number <= chain.finalBlock();
    const displaced = latest.get(`${chainId} ${earlier.from} ${earlier.nonce}`) !== earlier.hash;
    const counts = chain.blocks[Number(chain.finalBlock())]!.state.counts;
    const passedBy = !block && (counts.get(earlier.from) ?? 0) > earlier.nonce;
    if (!failed && !displaced && !passedBy)
      fail(`sent beside itself: ${key}, while ${earlier.hash} may still be mined`);
  }
}

/** Invariant 8, and that the same call is never told that it is another. */
function checkAnswer(fail: (text: string) => void, claimed: Claimed | undefined, heard: Heard): void {
  const { kind, code, marker, nonce, hash, askedAt } = heard;
  if (!claimed || claimed.at >= askedAt) return;
  const same = claimed.purchase.callHash === hash;
  const about = `${marker} with ${nonce}, which ${claimed.purchase.id} had claimed`;
  if (kind === 'challenge') fail(`8: a new challenge for ${about}`);
  else if (same && kind === 'refused') fail(`8: ${code} for ${about}`);
  else if (!same && kind !== 'refused' && kind !== 'broken')
    fail(`1: another call was answered ${kind} for ${about}`);
}
