/**
 * One local cluster: LiteSVM, which is Solana's own runtime with the real token programs, and around it what LiteSVM leaves
 * out: slots that pass, blockhashes that expire, a history, and a journal of all that happened.
 *
 * There is one node and no fork: an account is read as the last processed transaction left it, whatever commitment is asked
 * for. Commitment is how many slots lie on top of a transaction.
 */
import { Clock, FailedTransactionMetadata, LiteSvm } from 'litesvm/dist/internal.js';
import { randomSecret } from '../../../kernel/ids.ts';
import type { Clock as TimeSource } from '../../../kernel/time.ts';
import { fromBase58, toBase58 } from '../../svm/base58.ts';
import { encodeTransaction, type SvmTransaction, signatureOf } from '../../svm/transaction.ts';
import { readError, type TransactionError } from './errors.ts';
import { createHistory, type History, type Landed } from './history.ts';
import { type Journal, openJournal } from './journal.ts';
import {
  feeOf,
  getAccount,
  holdings,
  newRuntime,
  putAccount,
  readAccount,
  restoreAccount,
  type StoredAccount,
  storeAccount,
  type VmAccount,
} from './runtime.ts';
import { createSlots, type Slots } from './slots.ts';

export type Commitment = 'processed' | 'confirmed' | 'finalized';

export interface VmOptions {
  /** The journal. */
  file: string;
  slotMs: number;
  /** Slots on top of a transaction's before it is confirmed, and before it is finalized. */
  confirmedAfter: number;
  finalizedAfter: number;
  clock: TimeSource;
}

type Entry =
  | { kind: 'begin'; seed: string }
  | { kind: 'set'; accounts: Record<string, StoredAccount> }
  | { kind: 'warp'; slots: number }
  | Landed;

/** What a transaction would do. */
export interface Outcome {
  error: TransactionError | null;
  logs: string[];
  unitsConsumed: bigint;
  /** The accounts as it would leave them; none if it fails. */
  accounts: Map<string, VmAccount>;
}

export interface Vm {
  slots: Slots;
  /** Random, and the same as long as the journal is. */
  seed: string;
  /** The latest slot of a commitment. */
  slotAt(commitment: Commitment): bigint;
  commitmentOf(slot: bigint): Commitment;
  account(address: string): VmAccount | undefined;
  programAccounts(program: string): { address: string; account: VmAccount }[];
  rentExemption(bytes: bigint): bigint;
  /** Puts an account in place without a transaction. */
  setAccount(address: string, account: VmAccount): void;
  simulate(transaction: SvmTransaction, options: { sigVerify: boolean; anyBlockhash: boolean }): Outcome;
  /** Executes a transaction. Undefined if it did not land: then it has cost nothing and is in no history. */
  execute(transaction: SvmTransaction): Landed | undefined;
  history: Pick<History, 'get' | 'signaturesFor'>;
  /** All that is known of a transaction that landed. */
  landed(signature: string): Landed | undefined;
  warp(slots: number): void;
  /** Remembers how things stand. `revert` goes back there and forgets what landed since: false if there is no such point. */
  snapshot(): number;
  revert(id: number): boolean;
  close(): void;
}

/** What the parts of a cluster share. */
interface State {
  options: VmOptions;
  svm: LiteSvm;
  slots: Slots;
  history: History;
  journal: Journal<Entry>;
}

/** Opens the cluster of a journal; a new one if there is none. */
export function openVm(options: VmOptions): Vm {
  const journal = openJournal<Entry>(options.file);
  const history = createHistory();
  const { seed, accounts, warped, lastSlot } = recall(journal, history);
  if (journal.size() === 0) journal.append({ kind: 'begin', seed });
  const svm = newRuntime();
  for (const [address, account] of accounts) putAccount(svm, address, account);
  const slots = createSlots(seed, options.slotMs, options.clock);
  slots.warp(BigInt(warped));
  slots.notBefore(BigInt(lastSlot));
  const state: State = { options, svm, slots, history, journal };

  return {
    slots,
    seed,
    history,
    slotAt: (commitment) => slots.now() - lag(commitment, options),
    commitmentOf(slot) {
      const onTop = slots.now() - slot;
      if (onTop >= lag('finalized', options)) return 'finalized';
      return onTop >= lag('confirmed', options) ? 'confirmed' : 'processed';
    },
    account(address) {
      tick(state);
      return getAccount(state.svm, address);
    },
    programAccounts: (program) =>
      state.svm
        .getProgramAccounts(fromBase58(program)!)
        .map((each) => ({ address: toBase58(each.address), account: readAccount(each.account()) })),
    rentExemption: (bytes) => state.svm.minimumBalanceForRentExemption(bytes),
    setAccount(address, account) {
      putAccount(state.svm, address, account);
      journal.append({ kind: 'set', accounts: { [address]: storeAccount(account) } });
    },
    simulate: (transaction, how) => simulate(state, transaction, how),
    execute: (transaction) => execute(state, transaction),
    landed(signature) {
      const entry = history.get(signature);
      return entry && (journal.read(entry.place) as Landed);
    },
    warp(count) {
      slots.warp(BigInt(count));
      journal.append({ kind: 'warp', slots: count });
    },
    ...timeTravel(state),
    close: () => journal.close(),
  };
}

/** What a journal comes to. */
function recall(journal: Journal<Entry>, history: History) {
  let seed = randomSecret(32).toString('hex');
  const accounts = new Map<string, VmAccount>();
  let warped = 0;
  let lastSlot = 0;
  journal.replay((entry, place) => {
    if (entry.kind === 'begin') seed = entry.seed;
    else if (entry.kind === 'warp') warped += entry.slots;
    else
      for (const [address, account] of Object.entries(entry.accounts))
        if (account) accounts.set(address, restoreAccount(account));
        else accounts.delete(address);
    if (entry.kind !== 'transaction') return;
    history.add(entry, place);
    lastSlot = entry.slot;
  });
  return { seed, accounts, warped, lastSlot };
}

const lag = (commitment: Commitment, { confirmedAfter, finalizedAfter }: VmOptions): bigint =>
  BigInt({ processed: 0, confirmed: confirmedAfter, finalized: finalizedAfter }[commitment]);

/** Brings the runtime's clock up to date. @returns the slot */
function tick({ svm, slots }: State): bigint {
  const slot = slots.now();
  const { epoch } = slots.epochOf(slot);
  svm.setClock(new Clock(slot, slots.timeOf(slot), epoch, epoch + 1n, slots.timeOf(slot)));
  return slot;
}

/** What the runtime would not notice. */
function refusal(
  state: State,
  transaction: SvmTransaction,
  anyBlockhash: boolean,
): TransactionError | undefined {
  if (state.history.get(signatureOf(transaction) ?? '')) return 'AlreadyProcessed';
  if (!anyBlockhash && state.slots.slotOf(transaction.blockhash) === undefined) return 'BlockhashNotFound';
  // The journal follows what the message itself names; no payment needs a table.
  return transaction.lookupTables.length > 0 ? 'AddressLookupTableNotFound' : undefined;
}

const wireBytes = (transaction: SvmTransaction) => Buffer.from(encodeTransaction(transaction), 'base64');

function simulate(
  state: State,
  transaction: SvmTransaction,
  { sigVerify, anyBlockhash }: { sigVerify: boolean; anyBlockhash: boolean },
): Outcome {
  tick(state);
  const error = refusal(state, transaction, anyBlockhash);
  if (error) return { error, logs: [], unitsConsumed: 0n, accounts: new Map() };
  state.svm.setSigverify(sigVerify);
  try {
    const result = state.svm.simulateVersionedTransaction(wireBytes(transaction));
    const failed = result instanceof FailedTransactionMetadata;
    const after = failed ? [] : result.postAccounts();
    return {
      error: failed ? readError(result.toString()) : null,
      logs: result.meta().logs(),
      unitsConsumed: result.meta().computeUnitsConsumed(),
      accounts: new Map(after.map((each) => [toBase58(each.address), readAccount(each.account())])),
    };
  } finally {
    state.svm.setSigverify(true);
  }
}

function execute(state: State, transaction: SvmTransaction): Landed | undefined {
  const slot = tick(state);
  const signature = signatureOf(transaction);
  if (!signature || refusal(state, transaction, false)) return undefined;
  const before = holdings(state.svm, transaction);
  const result = state.svm.sendVersionedTransaction(wireBytes(transaction));
  const failed = result instanceof FailedTransactionMetadata;
  const after = holdings(state.svm, transaction);
  // What failed before its fee was taken never was in a block.
  if (failed && before.lamports[0] === after.lamports[0]) return undefined;
  const meta = failed ? result.meta() : result;
  const landed: Landed = {
    kind: 'transaction',
    signature,
    slot: Number(slot),
    error: failed ? readError(result.toString()) : null,
    transaction: encodeTransaction(transaction),
    accountKeys: transaction.accounts.map(({ address }) => address),
    feeLamports: Number(feeOf(transaction)),
    unitsConsumed: Number(meta.computeUnitsConsumed()),
    logs: meta.logs(),
    lamports: { before: before.lamports, after: after.lamports },
    tokens: { before: before.tokens, after: after.tokens },
    accounts: after.stored,
  };
  state.history.add(landed, state.journal.append(landed));
  return landed;
}

function timeTravel(state: State): Pick<Vm, 'snapshot' | 'revert'> {
  const points: { bytes: Uint8Array; size: number }[] = [];
  return {
    snapshot: () => points.push({ bytes: state.svm.toBytes(), size: state.journal.size() }) - 1,
    revert(id) {
      const point = points[id];
      if (!point) return false;
      // What was remembered later is no more.
      points.splice(id);
      state.svm = LiteSvm.fromBytes(point.bytes);
      state.history.forgetFrom(point.size);
      state.journal.truncate(point.size);
      return true;
    },
  };
}
