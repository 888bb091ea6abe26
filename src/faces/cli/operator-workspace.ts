import { parseArgs } from 'node:util';
import { findNetwork, networks } from '../../chains/networks.ts';
import { createWorkspace, findWorkspace } from '../../desk/workspaces.ts';
import { setPayTo, setPrice } from '../../door/shop.ts';
import { PosternError } from '../../kernel/errors.ts';
import { formatUsdc, usdc } from '../../kernel/money.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { commandCatalogue, inScope, operator } from './operator-scope.ts';
import { oneLine } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const usage = `workspace new <slug> [--name <name>]
workspace pay-to <network> <address> [--workspace <slug>]
workspace price <tool> <dollars> [--workspace <slug>]
workspace show [--workspace <slug>]`;

export const workspaceCommand: OperatorCommand = {
  summary: 'workspace new|pay-to|price|show: make a workspace; where its money goes, what its tools cost',
  async run(args, context) {
    const { values, positionals } = parse(args);
    const [verb = '', first = '', second = ''] = positionals;
    const slug = values.workspace ?? context.workspace;
    if (verb === 'new' && first) return create(first, values.name ?? first, context);
    if (verb === 'pay-to' && second) return payTo(slug, first, second, context);
    if (verb === 'price' && second) return price(slug, first, second, context);
    if (verb === 'show') return show(slug, context);
    throw new UsageError(usage);
  },
};

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { workspace: { type: 'string' }, name: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

async function create(slug: string, name: string, { db, ids, print }: OperatorContext): Promise<void> {
  await createWorkspace(db, ids, { slug, name });
  print(`Made the workspace ${slug}. It sells nothing yet: say where its money goes with workspace pay-to.`);
}

async function payTo(
  slug: string,
  name: string,
  address: string,
  { db, print }: OperatorContext,
): Promise<void> {
  const network = findNetwork(name);
  if (!network)
    throw new PosternError(
      'invalid_arguments',
      `No network ${oneLine(name)}; there are ${networks.map((known) => known.name).join(', ')}.`,
    );
  const workspace = await findWorkspace(db, slug);
  const set = await setPayTo(db, workspace.id, network, address);
  print(`${slug} is paid on ${network.name} to ${set}.`);
}

async function price(slug: string, tool: string, dollars: string, context: OperatorContext): Promise<void> {
  let priceAtomic: bigint;
  try {
    priceAtomic = usdc(dollars.replace(/^\$/, ''));
  } catch {
    throw new PosternError('invalid_arguments', `${oneLine(dollars)} is no price; write it as 0.05.`);
  }
  await inScope(context, slug, ({ tx, ids, workspace }) => {
    const by = { workspaceId: workspace.id, actor: `operator:${operator.id}` } as const;
    return setPrice(tx, ids, commandCatalogue(ids), by, { operation: tool, priceAtomic });
  });
  context.print(`${tool} costs $${formatUsdc(priceAtomic)} in ${slug}.`);
}

async function show(slug: string, { db, print }: OperatorContext): Promise<void> {
  const workspace = await findWorkspace(db, slug);
  print(`${workspace.slug}  ${oneLine(workspace.name)}`);
  const accepted = await db
    .selectFrom('workspaceNetworks')
    .selectAll()
    .where('workspaceId', '=', workspace.id)
    .orderBy('network')
    .execute();
  if (accepted.length === 0) print('takes money nowhere yet');
  for (const { network, payTo } of accepted) print(`paid on ${network.padEnd(14)} to ${payTo}`);
  const prices = await db
    .selectFrom('workspacePrices')
    .selectAll()
    .where('workspaceId', '=', workspace.id)
    .orderBy('operation')
    .execute();
  for (const { operation, priceAtomic } of prices) print(`${operation} costs $${formatUsdc(priceAtomic)}`);
}
