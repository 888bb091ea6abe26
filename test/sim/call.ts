/** A random call of ledger, book or debts, the same for the same seed, over few names, so that calls meet each other. */
import type { Purchase } from '../../src/door/ledger.ts';
import type { PurchaseState } from '../../src/store/schema.ts';
import type { Name } from '../fakes/memory/keys.ts';
import type { Row } from '../fakes/memory/statement.ts';
import type { Random } from './random.ts';
import type { Version } from './versions.ts';

/** One call, with its arguments; it is made of each version, and its answers are compared. */
export interface Call {
  /** For the history of a failing seed. */
  text: string;
  make(version: Version): Promise<unknown>;
}

/** What the calls so far have brought up, as the first version answered. */
export interface Known {
  /** As they were seen at some time: the state and fence of most are out of date. */
  seen: Purchase[];
  /** Ids of claims that were tried. */
  ids: string[];
  hashes: string[];
  made: number;
}

export const nothingKnown = (): Known => ({ seen: [], ids: [], hashes: [], made: 0 });

export const networks = ['base', 'polygon'];
export const payers = ['0xa1', '0xa2', '0xa3'];
export const processes = ['prc_1', 'prc_2', 'prc_3'];
export const states: PurchaseState[] = [
  'paid',
  'delivered',
  'void',
  'owed',
  'owed',
  'owed',
  'lost',
  'refunding',
];

export type Maker = (random: Random, known: Known) => Call | undefined;

export const change = <K extends Name>(table: K, where: Partial<Row<K>>, set: Partial<Row<K>>): Call => ({
  text: `change ${table} ${text(where)} to ${text(set)}`,
  make: (version) => version.change(table, where, set),
});

/** On a purchase as it was seen; mostly one that was last seen in one of these states, where any are named. */
export function onSeen(
  make: (seen: Purchase, random: Random, known: Known) => Call,
  ...states: PurchaseState[]
): Maker {
  return (random, known) => {
    const fitting = known.seen.filter(
      (seen, i) =>
        states.includes(seen.state) && !known.seen.slice(i + 1).some((later) => later.id === seen.id),
    );
    // What is out of date is refused: seldom is enough.
    const among = fitting.length > 0 && random.chance(0.8) ? fitting : known.seen.slice(-6);
    return among.length > 0 ? make(random.pick(among), random, known) : undefined;
  };
}

export function onId(make: (id: string, random: Random, known: Known) => Call): Maker {
  return (random, known) =>
    known.ids.length > 0 ? make(random.pick(known.ids.slice(-3)), random, known) : undefined;
}

export function onProcess(
  name: string,
  make: (process: string, version: Version) => Promise<unknown>,
): Maker {
  return (random) => {
    const process = random.pick(processes);
    return { text: `${name} ${process}`, make: (version) => make(process, version) };
  };
}

export function onNetwork(
  random: Random,
  name: string,
  make: (network: string, version: Version) => Promise<unknown>,
): Call {
  const network = random.pick(networks);
  return { text: `${name} ${network}`, make: (version) => make(network, version) };
}

export const brief = ({ id, state, fence }: Purchase) => `${id} (${state}, fence ${fence})`;
export const text = (value: unknown) =>
  JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? `${item}n` : item));
