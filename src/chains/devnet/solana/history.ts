/** Which transactions landed, by signature and by account. What each did stays in the journal: memory holds a few words of it. */
import type { TransactionError } from './errors.ts';
import type { Place } from './journal.ts';
import type { StoredAccount, TokenBalance } from './runtime.ts';

/** A transaction that landed, as the journal has it. */
export interface Landed {
  kind: 'transaction';
  signature: string;
  slot: number;
  error: TransactionError | null;
  /** Base64. */
  transaction: string;
  /** All that the message names, in its order. */
  accountKeys: string[];
  feeLamports: number;
  unitsConsumed: number;
  logs: string[];
  /** In lamports, in the order of the accounts. */
  lamports: { before: string[]; after: string[] };
  tokens: { before: TokenBalance[]; after: TokenBalance[] };
  /** The writable accounts as it left them. */
  accounts: Record<string, StoredAccount>;
}

export interface HistoryEntry {
  slot: bigint;
  error: TransactionError | null;
  place: Place;
}

export interface History {
  add(landed: Landed, place: Place): void;
  get(signature: string): HistoryEntry | undefined;
  /** Newest first. */
  signaturesFor(address: string): string[];
  /** Forgets what stands in the journal from this offset on. */
  forgetFrom(offset: number): void;
}

export function createHistory(): History {
  const entries = new Map<string, HistoryEntry>();
  const byAddress = new Map<string, string[]>();
  return {
    add({ signature, slot, error, accountKeys }, place) {
      entries.set(signature, { slot: BigInt(slot), error, place });
      for (const address of accountKeys) {
        const signatures = byAddress.get(address);
        if (signatures) signatures.push(signature);
        else byAddress.set(address, [signature]);
      }
    },
    get: (signature) => entries.get(signature),
    signaturesFor: (address) => (byAddress.get(address) ?? []).toReversed(),
    forgetFrom(offset) {
      for (const [signature, { place }] of entries) if (place.offset >= offset) entries.delete(signature);
      for (const [address, signatures] of byAddress)
        byAddress.set(
          address,
          signatures.filter((signature) => entries.has(signature)),
        );
    },
  };
}
