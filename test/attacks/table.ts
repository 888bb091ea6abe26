import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Attack, Outcome } from './stand.ts';

/** An attack whose test stands elsewhere, with what it needs; that test fails where anything leaks or is denied. */
interface Elsewhere {
  name: string;
  source: string;
  defence: string;
  file: string;
  /** Begins the test's name. */
  test: string;
}

export const elsewhere: Elsewhere[] = [
  {
    name: 'a wallet contract, or EIP-7702 code, that burns our gas',
    source: 'own review',
    defence: 'a wallet with code is estimated at verify and again before sending, with a limit',
    file: 'test/scenarios/hostile.test.ts',
    test: 'a contract wallet that would burn our gas is refused',
  },
  {
    name: 'a call that empties its wallet, to two processes, one with a slow node',
    source: 'arXiv 2605.30998 (duplicate-settlement race)',
    defence: 'whatever the slow one finds, the winner’s row is the answer',
    file: 'test/scenarios/hostile.test.ts',
    test: 'a payment that empties its wallet, to two processes',
  },
  {
    name: 'learning whose tickets exist without paying',
    source: 'invariant 12',
    defence: 'what prepare found is told to nobody whose payment is not good',
    file: 'test/scenarios/hostile.test.ts',
    test: 'who cannot pay does not learn whose tickets exist',
  },
  {
    name: 'a broadcast that is lost, and a node that forgets what it took',
    source: 'seen in the reference implementation: a restart loses a landed payment',
    defence: 'what was signed is stored first, and sent again until its nonce is spent',
    file: 'test/scenarios/liveness.test.ts',
    test: 'a broadcast is lost and a stranger submits the payment',
  },
  {
    name: 'forcing refunds, and refunds from another workspace’s float',
    source: 'own review: refunds forced by a workspace’s own owner',
    defence:
      'a refund pays the purchase’s payer its amount, once, from that workspace’s float, under daily caps',
    file: 'test/scenarios/owed.test.ts',
    test: 'past the day’s caps an operator decides',
  },
  {
    name: 'more calls than a wallet may make, over two processes',
    source: 'invariant 5',
    defence: 'caps are spent in the claim statement',
    file: 'test/scenarios/caps.test.ts',
    test: 'the eleventh call of a new wallet’s minute is refused',
  },
  {
    name: 'reading and writing another workspace’s rows through a query that forgot its filter',
    source: 'invariant 10',
    defence: 'row-level security, forced, under a role that owns nothing',
    file: 'test/scenarios/isolation.test.ts',
    test: 'a query without a filter shows nothing',
  },
  {
    name: 'a shared cache in front that keeps paid content for the next caller',
    source: 'arXiv 2605.11781 (100% behind a cache)',
    defence: 'every answer of the door says `private, no-store`; tried with nginx and an eager `proxy_cache`',
    file: 'test/scenarios/cache.test.ts',
    test: 'the proxy is here where it must be',
  },
  {
    name: 'reading a private output with a forged, stolen or stale sign-in',
    source: 'invariant 12',
    defence: 'sign-in-with-x: our host, five minutes, a nonce once, the payer’s own signature',
    file: 'test/scenarios/receipts.test.ts',
    test: 'a repeat that signs in as the payer reads what it bought; anyone else does not',
  },
];

const [begin, end] = ['<!-- attacks: measured -->', '<!-- /attacks -->'];

/** The page's table, with its marks. */
export function tableIn(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  assert.ok(from >= 0 && to > from, 'docs/security.md has lost the marks of its table');
  return page.slice(from, to + end.length);
}

export async function renderTable(
  attacks: readonly Attack[],
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<string> {
  const rows = attacks.map(({ name, source, defence }) => {
    const outcome = outcomes.get(name);
    const { attempts, leaked, denied } = outcome ?? { attempts: '?', leaked: '?', denied: '?' };
    return `| ${name} | ${source} | ${defence} | \`attacks\` | ${attempts} | ${leaked} | ${denied} |`;
  });
  for (const { name, source, defence, file, test } of elsewhere) {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    assert.ok(text.includes(test), `${file} has no test that begins: ${test}`);
    const short = file.replace(/^.*\/(.*)\.test\.ts$/, '$1');
    rows.push(`| ${name} | ${source} | ${defence} | \`${short}\` | | 0 | 0 |`);
  }
  const head = [
    '| attack | source | what we do | test | tried | leaked | paid but denied |',
    '|---|---|---|---|---|---|---|',
  ];
  return [begin, ...head, ...rows, end].join('\n');
}
