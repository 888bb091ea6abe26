/**
 * Who comes to the door: clients that pay and retry, lose interest, race, replay, spell the same payment differently, use
 * it for another call, or take their money away meanwhile; and the people of the workspace.
 */
import { getAddress, type Hex } from 'viem';
import type { Authorization } from '../../src/chains/evm/eip3009.ts';
import type { EvmNetwork } from '../../src/chains/networks.ts';
import { callHash } from '../../src/door/purchase.ts';
import type { Answer, Payment, PurchaseView, Terms } from '../../src/door/types.ts';
import { acceptsV2 } from '../../src/door/wire/challenge.ts';
import { decodePayment } from '../../src/door/wire/payment.ts';
import { type ErrorCode, PosternError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { PurchaseState } from '../../src/store/schema.ts';
import type { SimChain } from './chain.ts';
import { type SimWallet, simulatedWallet } from './hot-key.ts';
import { interfere } from './trouble.ts';
import type { World } from './world.ts';

/** One wish of a client: this operation, once. */
export interface Intention {
  marker: string;
  operation: string;
  wallet: SimWallet;
  chain: SimChain;
  /** It signs anew only after it was told that nothing was or will be charged. */
  honest: boolean;
}

/** A payment that a client signed, and what it was for. */
export interface SignedPayment {
  authorization: Authorization;
  signature: Hex;
  terms: Terms;
  identifier: string | undefined;
}

/** What the door answered to one call with a payment. */
export interface Heard {
  kind: 'challenge' | 'refused' | 'broken' | PurchaseState;
  code: ErrorCode | undefined;
  network: string;
  payer: string;
  nonce: string;
  hash: string;
  marker: string;
  purchaseId: string | undefined;
  output: string | undefined;
  askedAt: number;
}

export interface Crowd {
  /** Nobody means to do anything more. */
  isDone(): boolean;
  intentions: Intention[];
  heard: Heard[];
}

const operations = ['leave', 'leave', 'leave_maybe', 'compute'];

export function startCrowd(world: World): Crowd {
  const { random, weather, chains, scheduler } = world;
  const wallets = Array.from({ length: weather.wallets }, () => simulatedWallet(random));
  for (const { address } of wallets)
    for (const chain of chains) if (random.chance(0.9)) chain.mint(address, 1_000_000n);
  let active = 0;
  const crowd: Crowd = { isDone: () => active === 0, intentions: [], heard: [] };
  for (let i = 0; i < weather.intentions; i++) {
    const chances = weather.client;
    const intention: Intention = {
      marker: `call-${i + 1}`,
      operation: random.pick(operations),
      wallet: random.pick(wallets),
      chain: random.pick(chains),
      honest: !random.chance(chances.otherCall) && random.chance(0.8),
    };
    crowd.intentions.push(intention);
    active++;
    scheduler.after(random.between(500, weather.burst ? 1_500 : 12_000), () => {
      // What it waits for may die with a process; a client does not wait for ever.
      pursue({ world, crowd, intention }).then(
        () => active--,
        (error: Error) => {
          active--;
          world.watch.violations.push(`a client broke: ${error.stack}`);
        },
      );
    });
  }
  startOperators(world);
  return crowd;
}

export interface Client {
  world: World;
  crowd: Crowd;
  intention: Intention;
}

export const wait = ({ scheduler }: World, ms: number) =>
  new Promise<void>((resolve) => scheduler.after(ms, resolve));

/** Until it has what it wants, or gives up. */
async function pursue(client: Client): Promise<void> {
  const { world, intention } = client;
  for (let round = 0; round < 4 && !world.isCalm(); round++) {
    const terms = await askTerms(client);
    if (!terms) return;
    const payment = signPayment(client, terms, round);
    interfere(client, payment);
    const end = await pay(client, payment);
    if (end === 'done') {
      if (world.random.chance(world.weather.client.replay)) await send(client, payment, { mutated: true });
      return;
    }
    if (end === 'gone') return;
    await wait(world, world.random.between(200, 4_000));
  }
  world.note(intention.marker, 'gives up');
}

async function askTerms({ world, intention }: Client): Promise<Terms | undefined> {
  for (let i = 0; i < 8 && !world.isCalm(); i++) {
    const { operation, marker } = intention;
    const answer = await ask(world, { operation, input: { marker }, payment: undefined });
    if (typeof answer === 'object' && 'kind' in answer && answer.kind === 'challenge') {
      const terms = answer.terms.find(({ network }) => network === intention.chain.network);
      if (terms) return terms;
    }
    await wait(world, world.random.between(300, 2_500));
  }
  return undefined;
}

export function signPayment({ world, intention }: Client, terms: Terms, round: number): SignedPayment {
  const { random, weather } = world;
  const seconds = BigInt(Math.floor(world.scheduler.now() / 1000));
  const authorization: Authorization = {
    from: intention.wallet.address,
    to: terms.payTo.toLowerCase() as Hex,
    value: terms.amountAtomic,
    validAfter: random.chance(0.5) ? 0n : seconds - 600n,
    validBefore: seconds + BigInt(random.between(34, 42)),
    nonce: `0x${random.hex(32)}`,
  };
  const named = random.chance(weather.client.named);
  world.note(intention.marker, `signs ${authorization.nonce} (round ${round + 1})`);
  return {
    authorization,
    signature: intention.wallet.sign(terms.network as EvmNetwork, authorization),
    terms,
    identifier: named ? `simulated-client-${intention.marker}` : undefined,
  };
}

/** Sends the payment until it knows how it ended. `again`: it was told that this one charges nothing. */
async function pay(client: Client, payment: SignedPayment): Promise<'done' | 'again' | 'gone'> {
  const { world, intention } = client;
  const { random, weather } = world;
  let unanswered = false;
  for (let i = 0; i < 30; i++) {
    const answers = [send(client, payment, { mutated: random.chance(weather.client.mutate) })];
    if (random.chance(weather.client.race)) answers.push(send(client, payment, { mutated: false }));
    if (random.chance(weather.client.vanish)) {
      world.note(intention.marker, 'vanishes');
      return 'gone';
    }
    const heard = await Promise.all(answers);
    const kinds = new Set(heard.map(({ kind }) => kind));
    unanswered ||= kinds.has('broken');
    if (kinds.has('delivered') || kinds.has('owed') || kinds.has('refunding') || kinds.has('refunded'))
      return 'done';
    if (kinds.has('void')) return 'again';
    if (kinds.size === 1 && kinds.has('challenge')) {
      // Its other request may yet be heard. Who signs anew then may pay twice, and knows it.
      if (unanswered) intention.honest = false;
      return 'again';
    }
    if (!intention.honest && random.chance(0.3)) return 'again';
    if (!world.isCalm() && !random.chance(weather.client.retry)) return 'gone';
    await wait(world, random.between(300, 5_000));
  }
  return 'gone';
}

/** One call with the payment, and what was heard. */
export async function send(
  { world, crowd, intention }: Client,
  payment: SignedPayment,
  { mutated, marker = intention.marker }: { mutated: boolean; marker?: string },
): Promise<Heard> {
  const input = { marker };
  const { from: payer, nonce } = payment.authorization;
  const network = payment.terms.network.name;
  const hash = callHash(world.counter.workspace.id, intention.operation, input);
  const askedAt = world.scheduler.now();
  const key = { network, payer, nonce, hash, marker, askedAt };
  const decoded = decodePayment({ meta: [wire(world, payment, mutated)] });
  const answer = await ask(world, { operation: intention.operation, input, payment: decoded }, (answered) =>
    crowd.heard.push(world.watch.answered({ ...key, ...hear(answered) })),
  );
  return { ...key, ...hear(answer) };
}

function hear(answer: Reply): Pick<Heard, 'kind' | 'code' | 'purchaseId' | 'output'> {
  const nothing = { code: undefined, purchaseId: undefined, output: undefined };
  if (answer === 'lost') return { ...nothing, kind: 'broken' };
  if (answer instanceof PosternError) return { ...nothing, kind: 'refused', code: answer.code };
  if (answer instanceof Error) return { ...nothing, kind: 'broken' };
  if (answer.kind === 'challenge') return { ...nothing, kind: 'challenge' };
  if (answer.kind === 'result') throw new Error('nothing is free here');
  const { state, id, output } = answer.purchase as PurchaseView & { output?: { marker?: string } };
  return { kind: state, code: undefined, purchaseId: id, output: output?.marker };
}

/** The payment as JSON, in one of the spellings that mean the same. */
function wire(
  { random }: World,
  { authorization, signature, terms, identifier }: SignedPayment,
  mutated: boolean,
): JsonObject {
  const spell = (hex: Hex): string => {
    if (!mutated) return hex;
    return random.chance(0.5) ? `0x${hex.slice(2).toUpperCase()}` : hex;
  };
  const spellAddress = (address: Hex) =>
    mutated && random.chance(0.5) ? getAddress(address) : spell(address);
  const v = signature.slice(-2);
  const recovery = mutated && random.chance(0.5) ? (v === '1b' ? '00' : '01') : v;
  const payload = {
    signature: spell(`${signature.slice(0, -2)}${recovery}` as Hex),
    authorization: {
      from: spellAddress(authorization.from),
      to: spellAddress(authorization.to),
      value: String(authorization.value),
      validAfter: String(authorization.validAfter),
      validBefore: String(authorization.validBefore),
      nonce: spell(authorization.nonce),
    },
  };
  if (identifier === undefined && (!mutated || random.chance(0.5)))
    return { x402Version: 1, scheme: 'exact', network: terms.network.name, payload };
  const extensions: JsonObject =
    identifier === undefined ? {} : { 'payment-identifier': { info: { id: identifier } } };
  return { x402Version: 2, accepted: acceptsV2(terms), payload, extensions };
}

type Reply = Answer | Error | 'lost';

interface Question {
  operation: string;
  input: { marker: string };
  payment: Payment | undefined;
}

/** Asks one of the processes. @param answered told what it said, even if that never arrives */
async function ask(
  world: World,
  question: Question,
  answered: (reply: Reply) => void = () => {},
): Promise<Reply> {
  const { random, weather } = world;
  await wait(world, random.between(1, 60));
  const process = random.pick(world.processes.filter((process) => process.alive() && process.door()));
  const door = process?.door();
  if (!process || !door) return 'lost';
  const who = `${question.input.marker} at ${process.name}`;
  const reply: Reply = await Promise.race([
    door.call({ workspace: 'acme', ...question }).catch((error: Error) => error),
    process.died.then(() => 'lost' as const),
    // It goes on with its work, perhaps, and nobody hears of it.
    wait(world, weather.client.patienceMs).then(() => 'lost' as const),
  ]);
  if (reply !== 'lost') answered(reply);
  if (world.recording) world.note(who, `hears ${describe(reply)}`);
  await wait(world, random.between(1, 60));
  return random.chance(world.isCalm() ? 0 : weather.call.lostAnswer) ? 'lost' : reply;
}

function describe(reply: Reply): string {
  if (reply === 'lost') return 'nothing';
  if (reply instanceof Error)
    return `${reply instanceof PosternError ? reply.code : 'error'}: ${reply.message}`;
  if (reply.kind === 'challenge') return `challenge: ${reply.reason}`;
  return reply.kind === 'purchase' ? `${reply.purchase.state} ${reply.purchase.id ?? ''}` : reply.kind;
}

/** People change what a call costs and where the money goes; purchases keep what they were claimed with. */
function startOperators(world: World): void {
  const { random, weather, counter, scheduler } = world;
  const everySecond = () => {
    if (world.isCalm()) return;
    if (random.chance(weather.operator)) {
      if (random.chance(0.3)) counter.payTo = getAddress(`0x${random.hex(20)}`);
      else counter.prices.set(random.pick(operations), BigInt(random.between(1, 5) * 10_000));
      world.note('operator', `asks ${[...counter.prices].join(' ')} to ${counter.payTo}`);
    }
    if (random.chance(weather.deliverOwed)) void deliverSomething(world);
    scheduler.after(1_000, everySecond);
  };
  scheduler.after(1_000, everySecond);
}

async function deliverSomething({ storage, scheduler, processes, random, note }: World): Promise<void> {
  const owed = (await scheduler.whole(() => storage.rows('claims'))).filter(({ state }) => state === 'owed');
  const process = random.pick(processes);
  if (owed.length === 0 || !process?.alive()) return;
  const { id } = random.pick(owed);
  note('operator', `delivers ${id} at ${process.name}`);
  // Refused once more, overtaken by a refund, or broken on the way: the purchase's row says which.
  await process.deliver(id).catch((error: Error) => note('operator', `cannot: ${error.message}`));
}
