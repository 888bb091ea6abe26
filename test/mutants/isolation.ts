/** Row-level security: the function that gives it to a table, the tables that have it, and who may write what. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import { readdir, readFile } from 'node:fs/promises';
import type { Kept, Mutant } from './mutant.ts';

const migrations = new URL('../../migrations/', import.meta.url);

/** Every call of `isolate`, those to come as well. */
async function isolated(): Promise<Mutant[]> {
  const found: Mutant[] = [];
  for (const name of (await readdir(migrations)).sort()) {
    const source = await readFile(new URL(name, migrations), 'utf8');
    for (const [text] of source.matchAll(/^select isolate\([^)]*\);/gm))
      found.push({
        file: `migrations/${name}`,
        text,
        replacement: '',
        test: 'src/store/store.test.ts',
        named: 'every table that has a workspace',
      });
  }
  return found;
}

export const isolation: readonly Kept[] = [
  {
    promise: '10. no workspace reads or writes another’s rows, even if a query forgets its filter',
    lines: [
      {
        file: 'src/store/database.ts',
        text: 'set local role ${roleOfWorkspace};',
        replacement: '',
        test: 'test/scenarios/isolation.test.ts',
        named: 'a query without a filter shows nothing',
      },
      {
        file: 'migrations/0011_desk.sql',
        text: `      using (workspace_id = (select current_setting('postern.workspace_id')))
`,
        replacement: `      using (true)
`,
        test: 'test/scenarios/isolation.test.ts',
        named: 'a query without a filter shows nothing',
      },
      {
        file: 'migrations/0011_desk.sql',
        text: "      with check (workspace_id = (select current_setting('postern.workspace_id')))$p$, t);",
        replacement: '      with check (true)$p$, t);',
        test: 'test/scenarios/isolation.test.ts',
        named: 'no row is put or moved',
      },
      {
        file: 'migrations/0011_desk.sql',
        text: "execute format('alter table %I enable row level security', t);",
        replacement: '',
        test: 'src/store/store.test.ts',
        named: 'every table that has a workspace',
      },
      {
        file: 'migrations/0011_desk.sql',
        text: "execute format('alter table %I force row level security', t);",
        replacement: '',
        test: 'src/store/store.test.ts',
        named: 'every table that has a workspace',
      },
      {
        file: 'src/store/database.ts',
        text: 'if (!role || role.bypasses || role.owns)',
        replacement: 'if (!role)',
        test: 'src/store/store.test.ts',
        named: 'a role that could see past row-level security',
      },
      {
        file: 'migrations/0014_search.sql',
        text: 'where d.words @@ asked and d.workspace_id = workspace',
        replacement: 'where d.words @@ asked',
        test: 'src/desk/operations/search/far.test.ts',
        named: 'far from the newest number a search finds',
      },
      {
        file: 'migrations/0037_folding.sql',
        text: `select id from customers where workspace_id = current_setting('postern.workspace_id')
    and folded`,
        replacement: 'select id from customers where folded',
        test: 'test/scenarios/isolation.test.ts',
        named: 'a function that sees all rows',
      },
      {
        file: 'migrations/0023_content.sql',
        text: "where c.id = purchase and c.workspace_id = current_setting('postern.workspace_id')",
        replacement: 'where c.id = purchase',
        test: 'test/scenarios/isolation.test.ts',
        named: 'a function that sees all rows',
      },
      {
        file: 'migrations/0030_door_counts.sql',
        text: "where c.id = purchase and c.workspace_id = current_setting('postern.workspace_id')",
        replacement: 'where c.id = purchase',
        test: 'test/scenarios/isolation.test.ts',
        named: 'a function that sees all rows',
      },
      {
        file: 'migrations/0035_dropped_proposals.sql',
        text: "where id = purchase and workspace_id = current_setting('postern.workspace_id') for update;",
        replacement: 'where id = purchase for update;',
        test: 'test/scenarios/isolation.test.ts',
        named: 'a function that sees all rows',
      },
      {
        file: 'src/people/sessions.ts',
        text: ".where('workspaces.slug', '=', slug)",
        replacement: '',
        test: 'test/scenarios/members.test.ts',
        named: 'only from a page of our own, and only where one is a member',
      },
      ...(await isolated()),
    ],
  },
];
