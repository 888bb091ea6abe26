/** Random sequences of calls. */
import { bookCalls } from './book-calls.ts';
import type { Call, Known, Maker } from './call.ts';
import { changes, debtCalls } from './debt-calls.ts';
import { ledgerCalls } from './ledger-calls.ts';
import type { Random } from './random.ts';

/** Nothing is sent before an account is open. */
export const firstCall: Call = {
  text: 'openAccount base 0xf1',
  make: ({ book }) =>
    book.openAccount(
      { network: 'base', sender: '0xf1' },
      { count: 1n, firstBlockHash: '0xold', mayBeReplaced: false },
    ),
};

/** Each as often as it weighs. */
const makers = [...ledgerCalls, ...bookCalls, ...debtCalls, ...changes].flatMap(([weight, maker]) =>
  Array<Maker>(weight).fill(maker),
);

/** The next call of a sequence. */
export function nextCall(random: Random, known: Known): Call {
  for (;;) {
    const call = random.pick(makers)(random, known);
    if (call) return call;
  }
}
