/** Writes docs/permissions.md from the catalogue. test/permissions.test.ts calls everything as everyone and compares. */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Caller, isEarned, isRead, type Operation, roles } from '../src/catalogue/operation.ts';
import { permissionOf } from '../src/catalogue/permission.ts';
import type { Catalogue } from '../src/catalogue/registry.ts';
import { conductOf } from '../src/door/conduct.ts';
import { type CataloguePorts, wholeCatalogue } from '../src/main/catalogue.ts';

/** What one caller's call comes to. */
export type Cell = 'acts' | 'queues' | 'pays+acts' | 'pays+queues' | 'refused';

/** Standings of wallets that have the operation's price. */
export const standings = ['new', 'known', 'trusted', 'blocked'] as const;

/** Who calls, in the order of the table. */
export const callers = [
  ...roles,
  'credential',
  'credential, granted',
  ...standings.map((standing) => `${standing} wallet` as const),
  'anonymous',
] as const;
export type CallerName = (typeof callers)[number];

/** One row: what each caller's call comes to, as the catalogue says. */
export function rowOf(operation: Operation): Record<CallerName, Cell> {
  const may = (caller: Caller) => permissionOf(caller, operation);
  const credential = (granted: string[]) => may({ kind: 'credential', id: 'crd', granted });
  const cells: [CallerName, Cell][] = [
    ...roles.map((role): [CallerName, Cell] => [role, may({ kind: 'operator', id: 'usr', role })]),
    ['credential', credential([])],
    ['credential, granted', credential([operation.name])],
    ...standings.map((standing): [CallerName, Cell] => [`${standing} wallet`, ofWallet(operation, standing)]),
    ['anonymous', may({ kind: 'anonymous' })],
  ];
  return Object.fromEntries(cells) as Record<CallerName, Cell>;
}

function ofWallet(operation: Operation, standing: (typeof standings)[number]): Cell {
  if (isRead(operation)) return permissionOf({ kind: 'wallet', address: '0x' }, operation);
  if (!operation.access.anonymous || operation.price === null || standing === 'blocked') return 'refused';
  const acts =
    !isEarned(operation) ||
    conductOf(operation.tier, { standings: [standing], breakers: ['closed'] }) === 'acts';
  return acts ? 'pays+acts' : 'pays+queues';
}

/** The page for a catalogue. */
export function pageOf(catalogue: Catalogue): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = [...catalogue.values()].map((operation) => {
    const cells = rowOf(operation);
    return row([`\`${operation.name}\``, ...callers.map((caller) => cells[caller])]);
  });
  return `# Who may do what

One row an operation, one column a caller. Made from the catalogue by \`node docs/permissions.ts\`; a change of it is to be
read by a person. \`test/permissions.test.ts\` calls every operation as every caller, over the ways that they really come, and
compares cell by cell.

- **acts**: the call does what it says, at once. What a draft does is to propose, where it says so.
- **queues**: the call becomes a proposal, and a person decides.
- **pays+acts**, **pays+queues**: the same, for the price of the call.
- **refused**: nothing happens, and nothing is charged.

The first four are members by their role. A *credential* is one of the workspace's own agents, at \`/api/mcp\`; *granted* is one
that an admin raised to this tool. A *wallet* pays at the anonymous door, by its standing there; it reads what is free as
anyone does. *anonymous* pays nothing: of a priced tool it is told the terms (402), and whoever meets them is a wallet.

While the breaker is paused, the sends of credentials and wallets queue, whatever stands here. A reply to an address that
nobody has vouched for queues for everyone but members, and a credential's replies are capped.

${row(['operation', ...callers])}
${row(Array<string>(callers.length + 1).fill('---'))}
${rows.join('\n')}
`;
}

/** The table that a page holds: cells by operation and caller. */
export function tableIn(page: string): Map<string, Record<string, string>> {
  const [head, , ...rows] = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return new Map(
    rows.map((cells) => [
      cells[0]!.replaceAll('`', ''),
      Object.fromEntries(head!.slice(1).map((caller, at) => [caller, cells[at + 1]!])),
    ]),
  );
}

export const pageFile = new URL('permissions.md', import.meta.url);

/** The page as it stands. */
export const readPage = (): Promise<string> => readFile(pageFile, 'utf8');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  // Nothing of it is called, so it stands on no ports.
  const nothing = {} as CataloguePorts['desk'] & CataloguePorts['door'];
  await writeFile(pageFile, pageOf(wholeCatalogue({ desk: nothing, door: nothing })));
}
