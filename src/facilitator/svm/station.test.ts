import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../../test/harness.ts';
import { svmNetworks } from '../../chains/networks.ts';
import type { SignatureStatus, SvmChain, SvmHead } from '../../chains/svm/chain.ts';
import { svmSigner } from '../../chains/svm/signer.ts';
import { randomSecret } from '../../kernel/ids.ts';
import { systemTime } from '../../kernel/time.ts';
import { localEvents } from '../../store/events.ts';
import type { CreditedBlock } from '../book.ts';
import type { SvmBook } from './book.ts';
import { svmStation } from './station.ts';

const network = svmNetworks[1]!;
const head: SvmHead = {
  slot: 1_000_040n,
  blockHeight: 900_040n,
  finalizedSlot: 1_000_000n,
  finalizedHeight: 900_000n,
  timestamp: 1_700_000_000n,
};
const landed = (error?: string): SignatureStatus => ({ slot: 1n, error, confirmation: 'confirmed' });

/** A station on a node that knows only these transactions. @returns what it opens again when it starts. */
async function openedAgain(credited: readonly CreditedBlock[], known: Map<string, SignatureStatus>) {
  const opened: string[] = [];
  const book: Partial<SvmBook> = {
    spentLamports: async () => 0n,
    creditedBlocks: async (_, fromNumber) => credited.filter(({ number }) => number >= fromNumber),
    async reopen(_, blocks) {
      opened.push(...blocks.map(({ hash }) => hash));
      return blocks.map(({ hash }) => hash);
    },
  };
  const chain: Partial<SvmChain> = {
    network,
    identity: async () => network.genesisHash,
    head: async () => head,
    nativeBalance: async () => 1_000_000_000n,
    statuses: async (signatures) => ({
      slot: head.slot,
      statuses: signatures.map((signature) => known.get(signature)),
    }),
  };
  const ports = {
    book: book as SvmBook,
    account: svmSigner(randomSecret(32)),
    events: localEvents(),
    time: systemTime,
    log: silent,
    pollMs: 40,
    dailyBudgetLamports: 100_000_000n,
  };
  const station = svmStation(ports, chain as SvmChain);
  await station.open();
  assert.ok(station.available(), 'it has opened');
  return opened;
}

test('a node that has forgotten an old payment does not undo it when the station starts', async () => {
  const old = { number: 400_000n, hash: 'old' };
  const recent = { number: 1_000_020n, hash: 'recent' };
  assert.deepEqual(await openedAgain([old, recent], new Map([['recent', landed()]])), []);
});

test('a payment that the fork took back while nobody looked is open again', async () => {
  const credited = ['stands', 'gone', 'failed'].map((hash) => ({ number: 1_000_010n, hash }));
  const known = new Map([
    ['stands', landed()],
    ['failed', landed('"AccountNotFound"')],
  ]);
  assert.deepEqual(await openedAgain(credited, known), ['gone', 'failed']);
});
