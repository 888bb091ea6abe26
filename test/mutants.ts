/**
 * `npm run mutants`: takes away, one at a time, the line that keeps a promise, and runs the test that must then fail; first
 * as things are, where it must pass. `--only` takes the beginning of a promise, or a part of a test's path. Prints the table
 * of docs/security.md; exit code 1 where a line is missed by nothing.
 */
import { parseArgs } from 'node:util';
import { agents } from './mutants/agents.ts';
import { audit } from './mutants/audit.ts';
import { browser } from './mutants/browser.ts';
import { customers } from './mutants/customers.ts';
import { desk } from './mutants/desk.ts';
import { erasure } from './mutants/erasure.ts';
import { exported } from './mutants/exports.ts';
import { isolation } from './mutants/isolation.ts';
import { mail } from './mutants/mail.ts';
import { masks } from './mutants/masks.ts';
import { model } from './mutants/model.ts';
import { money } from './mutants/money.ts';
import type { Mutant } from './mutants/mutant.ts';
import { outcomes } from './mutants/outcomes.ts';
import { people } from './mutants/people.ts';
import { strangers } from './mutants/strangers.ts';
import { plant, runNode } from './planting.ts';
import { serverVariable, startTestServer } from './server.ts';

const promises = [
  ...money,
  ...isolation,
  ...strangers,
  ...masks,
  ...agents,
  ...model,
  ...mail,
  ...desk,
  ...customers,
  ...audit,
  ...exported,
  ...erasure,
  ...people,
  ...outcomes,
  ...browser,
];

const root = new URL('..', import.meta.url).pathname;

/** One for all, but where the migrations themselves lack something. */
const server = await startTestServer();

async function run(folder: string, { file, test, named }: Mutant): Promise<'passes' | 'fails' | 'neither'> {
  const env: Record<string, string> =
    folder !== root && file.startsWith('migrations/') ? {} : { [serverVariable]: server.url };
  // A file that prepares something before its first test may end before it, where only one is asked for.
  for (const alone of [['--test-name-pattern', `^${RegExp.escape(named)}`], []]) {
    const { output } = await runNode(folder, [...alone, '--test', test], 180_000, env);
    if (output.includes(`✖ ${named}`)) return 'fails';
    if (output.includes(`✔ ${named}`)) return 'passes';
  }
  return 'neither';
}

/** What each test comes to as things are. */
const asItIs = new Map<string, string>();

/** `fails`, as it must, or what is wrong with the mutant. */
async function outcomeOf(mutant: Mutant): Promise<string> {
  const key = `${mutant.test} ${mutant.named}`;
  const before = asItIs.get(key) ?? (await run(root, mutant));
  asItIs.set(key, before);
  if (before !== 'passes') return 'THE TEST DOES NOT PASS BY ITSELF';
  const { folder, remove } = await plant(mutant);
  const after = await run(folder, mutant).finally(remove);
  return after === 'fails' ? after : after.toUpperCase();
}

/** The first line that is not there any more, as a cell of a table. */
function lineOf({ text, replacement }: Mutant): string {
  const left = replacement.split('\n').map((line) => line.trim());
  const lines = text.split('\n').map((line) => line.trim());
  return (lines.find((line) => !left.includes(line)) ?? lines[0]!).replaceAll('|', '\\|');
}

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
let alive = 0;
for (const { promise, lines } of promises) {
  const short = /^.*?[.:](?= )|$/.exec(promise)![0];
  let name = promise;
  for (const mutant of lines) {
    if (only && !promise.startsWith(only) && !mutant.test.includes(only)) continue;
    const { file, test, named } = mutant;
    const outcome = await outcomeOf(mutant).catch((error: Error) => error.message);
    if (outcome !== 'fails') alive++;
    console.log(`| ${name} | \`${lineOf(mutant)}\` in \`${file}\` | \`${test}\`: ${named} | ${outcome} |`);
    name = short;
  }
}
await server.stop();
process.exitCode = alive > 0 ? 1 : 0;
