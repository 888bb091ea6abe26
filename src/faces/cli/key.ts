import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { readKey } from '../../chains/hot-key.ts';
import { encryptKeyFile, makeKeyFile, readPassphrase } from '../../chains/key-file.ts';
import { encryptKeystore } from '../../chains/keystore.ts';
import { readPassphraseSource } from '../../config.ts';
import { readFlags, refuseOthers } from './arguments.ts';
import { columns, Failure, type Terminal, UsageError } from './terminal.ts';

export const keyHelp = [
  'postern key new FILE       make a private key, such as the hot key, in an encrypted file',
  'postern key address FILE   the address of the key in a file',
  'postern key encrypt FILE   encrypt a key or secret that lies in a file as it is',
  '',
  ...columns([
    ['--plain', 'new: do not encrypt; whoever reads the file can spend what the key holds'],
    ['POSTERN_KEY_PASSPHRASE_FILE', 'file with the passphrase, or POSTERN_KEY_PASSPHRASE itself'],
  ]),
];

/** Key files of the server. @throws {UsageError} @throws {Failure} @throws {ConfigError} */
export async function key(args: string[], terminal: Terminal): Promise<void> {
  const flags = readFlags(args, { switches: ['plain'] });
  refuseOthers(flags);
  const [action, file, ...rest] = flags.words;
  const plain = flags.switches.has('plain');
  if (!file || rest.length > 0 || (plain && action !== 'new')) throw new UsageError(keyHelp[0]!);
  if (action === 'new') return newKey(file, plain, terminal);
  if (action === 'address') return printAddress(file, terminal);
  if (action === 'encrypt') return encrypt(file, terminal);
  throw new UsageError('key new, key address or key encrypt');
}

async function newKey(file: string, plain: boolean, terminal: Terminal): Promise<void> {
  const made = generatePrivateKey();
  const address = privateKeyToAddress(made);
  const passphrase = plain
    ? undefined
    : await neededPassphrase(terminal, ', or make a plain file with --plain');
  const text = passphrase
    ? await encryptKeystore(Buffer.from(made.slice(2), 'hex'), passphrase, address)
    : `${made}\n`;
  if (!(await failing(makeKeyFile(file, text))))
    throw new Failure(`${file} is there already and stays`, 'exists');
  terminal.print(address);
  terminal.note(
    `The key is in ${file}${passphrase ? ', encrypted: without its passphrase it is lost' : ''}.`,
  );
}

async function printAddress(file: string, terminal: Terminal): Promise<void> {
  const passphrase = await givenPassphrase(terminal);
  terminal.print((await failing(readKey(file, { passphrase }))).address);
}

async function encrypt(file: string, terminal: Terminal): Promise<void> {
  const passphrase = await neededPassphrase(terminal, '');
  if (!(await failing(encryptKeyFile(file, passphrase, privateKeyToAddress))))
    throw new Failure(`${file} is encrypted already`);
  terminal.note(`${file} is encrypted now. Copies of the plain file, in backups too, are not.`);
}

async function givenPassphrase(terminal: Terminal): Promise<string | undefined> {
  const source = readPassphraseSource(terminal.environment);
  return source && failing(readPassphrase(source));
}

async function neededPassphrase(terminal: Terminal, otherwise: string): Promise<string> {
  const passphrase = await givenPassphrase(terminal);
  if (passphrase) return passphrase;
  throw new Failure(
    `no passphrase: set POSTERN_KEY_PASSPHRASE_FILE or POSTERN_KEY_PASSPHRASE${otherwise}`,
    'no_passphrase',
  );
}

/** What a file's errors say is one line for the user. */
const failing = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: Error) => {
    throw new Failure(error.message);
  });
