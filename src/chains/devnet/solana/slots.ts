/**
 * A cluster's time. Slots are counted from a fixed day by the clock, so they go on while nothing runs, and a cluster that
 * begins anew is ahead of every one before it: what was signed for that one has expired on this.
 */
import { createHash } from 'node:crypto';
import { toBase58 } from '../../svm/base58.ts';

/** Slots that a blockhash lasts (`MAX_PROCESSING_AGE` of the validator). */
export const blockhashAge = 150n;

/** 16 March 2020, when Solana's mainnet began; in milliseconds. */
const genesisMs = 1_584_316_800_000;

/** Slots that had no block, all in the past: heights are lower than slots, as on a real cluster. */
const emptySlots = 1_000_000n;

/** Slots of an epoch. */
const epochSlots = 432_000n;

export interface Slots {
  /** The slot that is being worked on: its transactions are `processed`. */
  now(): bigint;
  /** Seconds. */
  timeOf(slot: bigint): bigint;
  heightOf(slot: bigint): bigint;
  epochOf(slot: bigint): { epoch: bigint; slotIndex: bigint; slotsInEpoch: bigint };
  blockhashOf(slot: bigint): string;
  /** The slot of a blockhash that can still be used, undefined for any other. */
  slotOf(blockhash: string): bigint | undefined;
  /** Goes on by so many slots at once, and by their time. */
  warp(slots: bigint): void;
  /** Never before this slot again. */
  notBefore(slot: bigint): void;
}

/** @param seed what the blockhashes are made of. @param clock milliseconds since the epoch */
export function createSlots(seed: string, slotMs: number, clock: () => number): Slots {
  let ahead = 0n;
  const now = () => BigInt(Math.floor((clock() - genesisMs) / slotMs)) + ahead;
  const blockhashOf = (slot: bigint) => toBase58(createHash('sha256').update(`${seed}:${slot}`).digest());
  const recent = new Map<string, bigint>();
  let newest = 0n;
  const refresh = () => {
    const slot = now();
    const oldest = slot - blockhashAge;
    for (let next = newest < oldest ? oldest : newest + 1n; next <= slot; next++)
      recent.set(blockhashOf(next), next);
    newest = slot;
    for (const [blockhash, of] of recent) {
      if (of >= oldest) break;
      recent.delete(blockhash);
    }
  };
  return {
    now,
    timeOf: (slot) => BigInt(Math.floor((Number(slot) * slotMs + genesisMs) / 1000)),
    heightOf: (slot) => slot - emptySlots,
    epochOf: (slot) => ({
      epoch: slot / epochSlots,
      slotIndex: slot % epochSlots,
      slotsInEpoch: epochSlots,
    }),
    blockhashOf,
    slotOf(blockhash) {
      refresh();
      return recent.get(blockhash);
    },
    warp(slots) {
      ahead += slots;
    },
    notBefore(slot) {
      if (now() < slot) ahead += slot - now();
    },
  };
}
