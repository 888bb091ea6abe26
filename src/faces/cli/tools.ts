import { readFlags, refuseOthers } from './arguments.ts';
import { defaultDoor, doorUrl, listTools, type Tool } from './door.ts';
import { columns, printable, type Terminal, UsageError } from './terminal.ts';

export const toolsHelp = [
  'postern tools   list the tools of a door, their arguments and prices',
  '',
  ...columns([
    ['--door URL', defaultDoor],
    ['--json-output', 'a JSON array on stdout'],
  ]),
];

/** @throws {UsageError} @throws {Failure} */
export async function tools(args: string[], terminal: Terminal): Promise<void> {
  const flags = readFlags(args, { values: ['door'], switches: ['json-output'] });
  refuseOthers(flags);
  if (flags.words.length > 0) throw new UsageError(`unknown word ${flags.words[0]}`);
  const list = await listTools(terminal, doorUrl(flags.values.get('door')));
  if (flags.switches.has('json-output')) {
    terminal.print(JSON.stringify(list.map((tool) => ({ ...tool, price: priceOf(tool) }))));
    return;
  }
  for (const tool of list) {
    const { properties = {}, required = [] } = tool.inputSchema;
    const args = Object.keys(properties).map((name) =>
      required.includes(name) ? `--${name}` : `[--${name}]`,
    );
    terminal.print(printable(`${tool.name}  ${priceOf(tool) ?? 'free'}  ${args.join(' ')}`));
    terminal.print(printable(`  ${tool.description ?? ''}`));
  }
}

/** As the door states it; the terms of a call are what counts. Null for a free tool. */
function priceOf({ _meta }: Tool): string | null {
  const price = _meta?.['x402/price'];
  return typeof price === 'string' ? price : null;
}
