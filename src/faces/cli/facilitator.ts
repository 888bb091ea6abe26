import { parseArgs } from 'node:util';
import { readPayTo } from '../../chains/address.ts';
import { findNetwork, type Network, networks } from '../../chains/networks.ts';
import { readConfig } from '../../config.ts';
import { createToken, listTokens, type NewToken, revokeToken } from '../../facilitator/clients/tokens.ts';
import { PosternError } from '../../kernel/errors.ts';
import { parseNano } from '../../kernel/money.ts';
import { withOperatorContext } from './context.ts';
import type { OperatorContext } from './operator-command.ts';
import { oneLine, stamp } from './operator-text.ts';
import { Failure, type Terminal, UsageError } from './terminal.ts';

export const facilitatorHelp = [
  'postern facilitator [--port <port>]',
  '  verify and settle for the resource servers of others: x402 version 1 and 2, on the networks that are set, or a devnet',
  'postern facilitator token new --name <name> --pay-to <network>=<address> [--gas-budget <network>=<amount>]',
  '  a token for one resource server, shown once; --pay-to and --gas-budget may be given again.',
  '  The budget is of a day, in the network’s coin (0.01); without one only the network’s own bounds hold',
  'postern facilitator token list',
  'postern facilitator token revoke <name>',
];

/** Runs the facilitator, or works on its tokens. @throws {UsageError} @throws {PosternError} */
export async function facilitator(args: string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parse(args);
  const [noun, verb, name, ...rest] = positionals;
  if (noun === undefined) {
    if (!terminal.services) throw new Failure('no server can be run here');
    return terminal.services.facilitator(values.port);
  }
  const work = noun === 'token' && rest.length === 0 ? tokenCommand(verb, name, values) : undefined;
  if (!work) throw usage();
  await withOperatorContext(readConfig(terminal.environment), terminal, work);
}

const usage = (why?: string) => new UsageError([...(why ? [why] : []), ...facilitatorHelp].join('\n'));

function parse(args: string[]) {
  const string = { type: 'string' } as const;
  const strings = { type: 'string', multiple: true } as const;
  const options = { port: string, name: string, 'pay-to': strings, 'gas-budget': strings } as const;
  try {
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

type Values = ReturnType<typeof parse>['values'];

function tokenCommand(verb: string | undefined, name: string | undefined, values: Values) {
  if (verb === 'new' && name === undefined) {
    const wanted = readToken(values);
    return (context: OperatorContext) => make(wanted, context);
  }
  if (verb === 'list' && name === undefined) return list;
  if (verb === 'revoke' && name !== undefined) return (context: OperatorContext) => revoke(name, context);
  return undefined;
}

function readToken({ name = '', 'pay-to': payTo = [], 'gas-budget': budgets = [] }: Values): NewToken {
  if (!/^[\w.-]{1,60}$/.test(name)) throw usage('--name: 1 to 60 letters, digits, dots or hyphens');
  if (payTo.length === 0) throw usage('--pay-to: say where the money may go');
  const addresses = payTo.map((pair) => {
    const [network, address] = readPair(pair);
    return { network: network.name, payTo: payToOf(network, address) };
  });
  const gasPerDayNano = new Map<string, bigint>();
  for (const pair of budgets) {
    const [network, amount] = readPair(pair);
    const nano = parseNano(amount);
    if (nano === undefined) throw usage(`${oneLine(amount)} is no amount; write it as 0.01`);
    if (!addresses.some((entry) => entry.network === network.name))
      throw usage(`--gas-budget: there is no --pay-to on ${network.name}`);
    gasPerDayNano.set(network.name, nano);
  }
  return { name, payTo: addresses, gasPerDayNano };
}

function readPair(pair: string): [Network, string] {
  const at = pair.indexOf('=');
  const network = findNetwork(pair.slice(0, Math.max(0, at)));
  if (!network)
    throw usage(`${oneLine(pair)}: is network=value, of ${networks.map((known) => known.name).join(', ')}`);
  return [network, pair.slice(at + 1)];
}

/** @throws {UsageError} */
function payToOf(network: Network, address: string): string {
  try {
    return readPayTo(network, address);
  } catch (error) {
    throw error instanceof PosternError ? usage(`--pay-to: ${error.message}`) : error;
  }
}

async function make(wanted: NewToken, { db, ids, print }: OperatorContext): Promise<void> {
  print(await createToken(db, ids, wanted));
}

async function list({ db, print }: OperatorContext): Promise<void> {
  const tokens = await listTokens(db);
  if (tokens.length === 0) print('No tokens.');
  for (const { name, createdAt, payTo, settlements } of tokens) {
    print(`${name}  made ${stamp(createdAt)}, ${settlements} settlements`);
    for (const entry of payTo) print(`  ${entry.network.padEnd(14)}  ${entry.payTo}`);
  }
}

async function revoke(name: string, { db, print }: OperatorContext): Promise<void> {
  await revokeToken(db, name).catch((error) => {
    throw error instanceof PosternError ? new Failure(error.message, error.code) : error;
  });
  print(`${name} is revoked.`);
}
