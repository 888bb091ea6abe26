import manifest from '../../../package.json' with { type: 'json' };
import { ConfigError, readConfig } from '../../config.ts';
import { PosternError } from '../../kernel/errors.ts';
import { columns, Failure, type Terminal, UsageError } from './terminal.ts';

interface Command {
  summary: string;
  help: readonly string[];
  /** What `--help` says where these arguments are given, in place of `help`. */
  explain?(args: string[]): readonly string[] | undefined;
  run(args: string[], terminal: Terminal): Promise<void>;
}

/** Loaded when called: `tools` need not wait for a database driver, nor `tickets` for a wallet. */
const agentCommands: Record<string, () => Promise<Command>> = {
  async call() {
    const { call, callHelp } = await import('./call.ts');
    return { summary: 'call a tool of a door, and pay for it', help: callHelp, run: call };
  },
  async tools() {
    const { tools, toolsHelp } = await import('./tools.ts');
    return { summary: 'list the tools of a door and their prices', help: toolsHelp, run: tools };
  },
  async receipt() {
    const { receipt, receiptHelp } = await import('./receipt.ts');
    return { summary: 'check a receipt, or show one', help: receiptHelp, run: receipt };
  },
  async wallet() {
    const { wallet, walletHelp } = await import('./wallet.ts');
    return { summary: 'make, fund or show the wallet that pays', help: walletHelp, run: wallet };
  },
};

/** For who runs the server. */
const houseCommands: Record<string, () => Promise<Command>> = {
  async key() {
    const { key, keyHelp } = await import('./key.ts');
    return { summary: 'make, show or encrypt a key file of the server', help: keyHelp, run: key };
  },
  async backup() {
    const { backup, backupHelp } = await import('./backup.ts');
    return { summary: 'write all of the database into a file, while it runs', help: backupHelp, run: backup };
  },
  async restore() {
    const { restore, restoreHelp } = await import('./backup.ts');
    return { summary: 'put a backup into an empty database', help: restoreHelp, run: restore };
  },
  async facilitator() {
    const { facilitator, facilitatorHelp } = await import('./facilitator.ts');
    const summary = 'run the facilitator alone; make, list and revoke its tokens';
    return { summary, help: facilitatorHelp, run: facilitator };
  },
};

async function operatorCommand(name: string): Promise<Command | undefined> {
  const { operatorCommands } = await import('./operator.ts');
  if (!Object.hasOwn(operatorCommands, name)) return undefined;
  const command = operatorCommands[name]!;
  return {
    summary: command.summary,
    help: [`postern ${command.summary}`],
    ...(command.explain && { explain: command.explain }),
    async run(args, terminal) {
      const { withOperatorContext } = await import('./context.ts');
      await withOperatorContext(readConfig(terminal.environment), terminal, (context) =>
        command.run(args, context),
      );
    },
  };
}

/** Runs one command. @returns the exit code: 0 done, 1 refused or failed, 2 a wrong command line. */
export async function run(args: string[], terminal: Terminal): Promise<number> {
  const [name = 'help', ...rest] = args;
  try {
    if (name === '--version') terminal.print(manifest.version);
    else if (name === 'help' || name === '--help') await help(rest[0], terminal);
    else {
      const command = await find(name);
      const asked = rest.filter((word) => word !== '--help');
      if (asked.length < rest.length)
        for (const line of command.explain?.(asked) ?? command.help) terminal.print(line);
      else await command.run(rest, terminal);
    }
    return 0;
  } catch (error) {
    return tell(error, args.includes('--json-output'), terminal);
  }
}

async function find(name: string): Promise<Command> {
  for (const commands of [agentCommands, houseCommands])
    if (Object.hasOwn(commands, name)) return commands[name]!();
  const command = await operatorCommand(name);
  if (!command) throw new UsageError(`no command ${name}; npx postern help lists them`);
  return command;
}

async function help(name: string | undefined, terminal: Terminal): Promise<void> {
  if (name !== undefined) {
    for (const line of (await find(name)).help) terminal.print(line);
    return;
  }
  const { operatorCommands } = await import('./operator.ts');
  const [agents, house] = await Promise.all([summaries(agentCommands), summaries(houseCommands)]);
  // Their summaries begin with the usage.
  const operators = Object.values(operatorCommands).map(({ summary }) => {
    const [usage = '', ...text] = summary.split(': ');
    return [usage, text.join(': ')] as const;
  });
  const groups = [
    ['For agents, at a door:', agents],
    ['For operators, at the desk:', operators],
    ['For who runs Postern:', house],
  ] as const;
  terminal.print('postern COMMAND [options]; postern help COMMAND says more');
  for (const [title, rows] of groups) for (const line of ['', title, ...columns(rows)]) terminal.print(line);
}

const summaries = (commands: Record<string, () => Promise<Command>>) =>
  Promise.all(Object.entries(commands).map(async ([name, load]) => [name, (await load()).summary] as const));

/** One line for what the user can act on. Anything else is a defect, and keeps its stack. */
function tell(error: unknown, json: boolean, terminal: Terminal): number {
  const usage =
    error instanceof UsageError || (error instanceof PosternError && error.code === 'invalid_arguments');
  const known = [UsageError, Failure, PosternError, ConfigError].some((kind) => error instanceof kind);
  if (!known) {
    terminal.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
  const { message, code = 'configuration' } = error as Error & { code?: string };
  if (json) terminal.print(JSON.stringify({ error: { code, message } }));
  else terminal.note(`postern: ${message}`);
  return usage ? 2 : 1;
}
