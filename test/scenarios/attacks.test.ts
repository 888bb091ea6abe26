/** Every attack of docs/security.md against the running server. `--write` puts what was measured into its table. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { chainAttacks } from '../attacks/chain.ts';
import { replays } from '../attacks/replays.ts';
import { measure, type Outcome, startAttackStand } from '../attacks/stand.ts';
import { renderTable, tableIn } from '../attacks/table.ts';
import { wireAttacks } from '../attacks/wire.ts';

const page = new URL('../../docs/security.md', import.meta.url);
const stand = await startAttackStand();
const attacks = [...replays, ...chainAttacks, ...wireAttacks];
const outcomes = new Map<string, Outcome>();

for (const attack of attacks)
  test(attack.name, { timeout: 120_000 }, async () => {
    const outcome = await measure(attack, stand);
    outcomes.set(attack.name, outcome);
    assert.deepEqual([outcome.leaked, outcome.denied], [0, 0], 'leaked, paid but denied');
  });

test('the table of docs/security.md is what was measured, and names tests that there are', async () => {
  const text = await readFile(page, 'utf8');
  const table = await renderTable(attacks, outcomes);
  if (process.argv.includes('--write')) await writeFile(page, text.replace(tableIn(text), table));
  else assert.equal(tableIn(text), table, 'node test/scenarios/attacks.test.ts --write');
});
