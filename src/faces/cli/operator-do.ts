/** Any operation of the desk by its name: what has no command of its own yet. */
import { perform } from '../../catalogue/perform.ts';
import { inputSchema } from '../../catalogue/registry.ts';
import { findWorkspace } from '../../desk/workspaces.ts';
import { randomIds } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { workspacesOf } from '../../store/database.ts';
import { readFlags, toolArguments } from './arguments.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { commandCatalogue, operator } from './operator-scope.ts';
import { columns, printable, UsageError } from './terminal.ts';

const usage = 'do <operation> [--field value …] [--json object] [--workspace slug]';

/** Runs one as the command line's owner and prints what it gives as JSON; without a name, lists them. */
export const doCommand: OperatorCommand = {
  summary:
    'do <operation>: any operation of the desk; without one, what there is; --help after its name: its fields',
  explain: ([name]) => (name === undefined ? undefined : fieldsOf(name)),
  async run(args, context) {
    const flags = readFlags(args, { values: ['workspace', 'json'] });
    const [name, ...rest] = flags.words;
    if (rest.length > 0) throw new UsageError(usage);
    const catalogue = commandCatalogue(context.ids, context.publicUrl, await context.openModel?.());
    if (name === undefined) {
      const titles = [...catalogue.values()].map(({ name, title }) => [name, title] as const);
      for (const line of columns(titles)) context.print(line);
      return;
    }
    const operation = catalogue.get(name);
    if (!operation) throw notOfTheDesk(name);
    const input = toolArguments(name, inputSchema(operation), flags.others, flags.values.get('json'));
    const {
      id,
      slug,
      name: title,
    } = await findWorkspace(context.db, flags.values.get('workspace') ?? context.workspace);
    const output = await perform(
      { inWorkspace: workspacesOf(context.db) },
      settingOf(context, { id, slug, name: title }),
      operation,
      input,
    );
    context.print(printable(JSON.stringify(output, undefined, 2)));
  },
};

const notOfTheDesk = (name: string): UsageError =>
  new UsageError(
    `no operation of the desk is called ${name}; postern do lists them. What is about money has commands of its own, such as wallets, purchases and treasury`,
  );

/** What an operation does and takes; fields that are lists or objects with their JSON Schema, for `--json`. */
function fieldsOf(name: string): string[] {
  const operation = commandCatalogue(randomIds).get(name);
  if (!operation) throw notOfTheDesk(name);
  const { properties = {}, required = [] } = inputSchema(operation) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  const fields = Object.entries(properties).map(([field, schema]): [string, string] => [
    `--${field}${required.includes(field) ? ' (required)' : ''}`,
    `${schema.description ?? ''}${shapeOf(schema)}`,
  ]);
  return [operation.summary, '', usage, ...columns(fields)];
}

function shapeOf({ description: _, ...schema }: JsonObject): string {
  if (Array.isArray(schema.enum)) return ` One of ${schema.enum.join(', ')}.`;
  return schema.type === 'array' || schema.type === 'object' || schema.anyOf
    ? ` As JSON: ${JSON.stringify(schema)}`
    : '';
}

const settingOf = ({ ids, now }: OperatorContext, workspace: { id: string; slug: string; name: string }) => ({
  workspace,
  caller: operator,
  ids,
  now,
});
