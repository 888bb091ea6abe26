/**
 * The watching half on Solana: one look at everything in flight. A payment is paid when exactly its message has succeeded
 * at the network's commitment, for the rules left nothing else that it could have done. It is void by the chain's final
 * word alone: it failed for good, or a final block is higher than the last that could hold it and no history knows it.
 */
import type { SignatureStatus, SvmHead } from '../../chains/svm/chain.ts';
import type { Credit } from '../book.ts';
import { tooLate, voidReasons } from '../reasons.ts';
import type { OpenTransfer } from './book.ts';
import { hand, type SvmPorts } from './send.ts';

/** What is not confirmed after so long is sent again: nodes forget what they could not place. */
const resendMs = 2_000;

/** When each transaction was handed to a node last, by our clock. */
export type Handed = Map<string, number>;

export interface Looked {
  /** Ids of settlements that became final. */
  final: string[];
  /** How many are not. */
  open: number;
}

/** @param head read before: whatever it calls final, the node that answers now must have seen. */
export async function look(ports: SvmPorts, head: SvmHead, handed: Handed): Promise<Looked> {
  const { book, chain } = ports;
  const network = chain.network.name;
  const open = await book.openTransfers(network);
  if (open.length === 0) {
    handed.clear();
    return { final: [], open: 0 };
  }
  const sent = open.filter(({ ours }) => ours !== null);
  const { statuses } = await chain.statuses(
    sent.map(({ ours }) => ours!.signature),
    { searchHistory: false },
  );
  const final = await credit(ports, sent, statuses);
  for (const [i, settlement] of sent.entries()) {
    const status = statuses[i];
    if (status?.error !== undefined && status.confirmation === 'finalized')
      if (await book.makeVoid(settlement.id, `${voidReasons.failed}: ${status.error}`))
        final.push(settlement.id);
  }
  const unknown = open.filter(
    ({ ours }) => ours === null || statuses[sent.findIndex((s) => s.ours === ours)] === undefined,
  );
  final.push(...(await endExpired(ports, unknown, head)));
  await sendAgain(
    ports,
    unknown.filter(({ id }) => !final.includes(id)),
    handed,
  );
  return { final, open: open.length - final.length };
}

async function credit(
  { book, chain }: SvmPorts,
  sent: readonly OpenTransfer[],
  statuses: readonly (SignatureStatus | undefined)[],
): Promise<string[]> {
  const { name, commitment } = chain.network;
  const enough = commitment === 'finalized' ? ['finalized'] : ['confirmed', 'finalized'];
  const credits = sent.flatMap(({ id, ours }, i): Credit[] => {
    const status = statuses[i];
    if (!status || status.error !== undefined || !enough.includes(status.confirmation)) return [];
    const { signature } = ours!;
    // A slot's block is not asked for: what stands or falls is the transaction.
    return [
      {
        settlementId: id,
        transactionHash: signature,
        logIndex: 0,
        blockNumber: status.slot,
        blockHash: signature,
      },
    ];
  });
  return book.credit(name, credits);
}

async function endExpired(
  ports: SvmPorts,
  unknown: readonly OpenTransfer[],
  head: SvmHead,
): Promise<string[]> {
  const { book, chain } = ports;
  const over = unknown.filter(({ validBefore }) => head.finalizedHeight > validBefore);
  if (over.length === 0) return [];
  const sent = over.filter(({ ours }) => ours !== null);
  const { slot, statuses } = await chain.statuses(
    sent.map(({ ours }) => ours!.signature),
    { searchHistory: true },
  );
  // Another node that lags does not know what the first called final.
  if (slot < head.finalizedSlot) return [];
  // What history knows after all is judged at the next look.
  const known = new Set(sent.filter((_, i) => statuses[i] !== undefined).map(({ id }) => id));
  const final: string[] = [];
  for (const { id, lastError } of over) {
    if (known.has(id)) continue;
    const reason =
      lastError === null || lastError === tooLate
        ? voidReasons.expired
        : `${voidReasons.expired}: ${lastError}`;
    if (await book.makeVoid(id, reason)) final.push(id);
  }
  return final;
}

async function sendAgain(ports: SvmPorts, unknown: readonly OpenTransfer[], handed: Handed): Promise<void> {
  const now = ports.time.now();
  const due = unknown.flatMap(({ ours }) =>
    ours && now - (handed.get(ours.signature) ?? 0) >= resendMs ? [ours] : [],
  );
  for (const { signature } of due) handed.set(signature, now);
  await hand(ports, due);
}

/**
 * Payments that were credited before they were final, asked about again: one that no history knows any more, or that failed
 * on the fork that won, is open again, and sent again. @returns how many
 */
export async function lookBack(
  { book, chain, log }: SvmPorts,
  head: SvmHead,
  fromSlot: bigint,
): Promise<number> {
  const network = chain.network.name;
  const credited = await book.creditedBlocks(network, fromSlot);
  if (credited.length === 0) return 0;
  const { slot, statuses } = await chain.statuses(
    credited.map(({ hash }) => hash),
    { searchHistory: true },
  );
  if (slot < head.slot) return 0;
  const gone = credited.filter((_, i) => statuses[i] === undefined || statuses[i].error !== undefined);
  if (gone.length === 0) return 0;
  const opened = await book.reopen(network, gone);
  log.warn({ settlements: opened }, 'payments are on the chain no longer');
  return opened.length;
}
