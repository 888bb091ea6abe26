/** Writes the tools into docs/agents.md, from the catalogue; what stands around them stays. */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Operation } from '../src/catalogue/operation.ts';
import { inputSchema } from '../src/catalogue/registry.ts';
import { withCaveat } from '../src/door/conduct.ts';
import { type DoorOperationPorts, doorOperations } from '../src/door/operations/index.ts';
import { commandCatalogue } from '../src/faces/cli/operator-scope.ts';
import { randomIds } from '../src/kernel/ids.ts';
import type { JsonObject } from '../src/kernel/json.ts';
import { formatUsdc } from '../src/kernel/money.ts';

/** Every operation that some agent may call: a stranger, or one with a credential. */
export const agentsTools = (): Operation[] => {
  // Only what the operations say of themselves is read here.
  const door = doorOperations({} as DoorOperationPorts);
  return [...commandCatalogue(randomIds).values(), ...door].filter(
    ({ access }) => access.anonymous || access.credential !== false,
  );
};

/** The tools as Markdown. */
export function describeTools(tools: readonly Operation[]): string {
  const overview = tools.map((tool) =>
    row([`[\`${tool.name}\`](#${tool.name})`, tool.tier, ...callersOf(tool)]),
  );
  const head = ['| tool | tier | any agent | with a credential |', '|---|---|---|---|'];
  return [[...head, ...overview].join('\n'), ...tools.map(describeTool)].join('\n\n');
}

/** The page with its tools made anew. @throws {Error} where it has no place for them */
export function withTools(page: string, tools: readonly Operation[]): string {
  const place = /(<!-- tools: made by node docs\/agents\.ts -->\n)[\s\S]*(\n<!-- end of tools -->)/;
  if (!place.test(page)) throw new Error('docs/agents.md has no place for the tools');
  return page.replace(place, (_, begin: string, end: string) => `${begin}\n${describeTools(tools)}\n${end}`);
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function callersOf({ access, price, tier }: Operation): [stranger: string, credential: string] {
  const stranger = price === null ? 'free' : `$${formatUsdc(price)}`;
  const credential =
    access.credential === 'grant' ? 'where granted' : tier === 'send' ? 'waits unless granted' : 'yes';
  return [access.anonymous ? stranger : 'no', access.credential === false ? 'no' : credential];
}

function describeTool(tool: Operation): string {
  const { properties = {}, required = [] } = inputSchema(tool) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  const rows = Object.entries(properties).map(([name, schema]) => {
    const must = required.includes(name) && schema.default === undefined;
    const about = typeof schema.description === 'string' ? schema.description : '';
    return row([`\`${name}\``, cell(typeOf(schema)), must ? 'yes' : 'no', cell(about)]);
  });
  const table = ['| argument | type | required | meaning |', '|---|---|---|---|', ...rows].join('\n');
  return `### ${tool.name}\n${withCaveat(tool.summary, tool)}\n\n${rows.length > 0 ? table : 'It takes no arguments.'}`;
}

/** What a field takes, in the words of JSON Schema. */
function typeOf(schema: JsonObject): string {
  const either = schema.anyOf as JsonObject[] | undefined;
  if (either) return either.map(typeOf).join(' or ');
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.type === 'array') return `list of ${typeOf((schema.items ?? {}) as JsonObject)}`;
  return `${schema.type ?? 'any'}${schema.format ? ` (${schema.format})` : ''}`;
}

const isMain = import.meta.url === pathToFileURL(process.argv[1] ?? '').href;
if (isMain) {
  const file = new URL('agents.md', import.meta.url);
  await writeFile(file, withTools(await readFile(file, 'utf8'), agentsTools()));
}
