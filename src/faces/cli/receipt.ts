import { open, writeFile } from 'node:fs/promises';
import { findNetwork } from '../../chains/networks.ts';
import { readConfig } from '../../config.ts';
import { NotAReceipt, readReceipt, type SignedReceipt } from '../../door/receipts.ts';
import { isId } from '../../kernel/ids.ts';
import { type Json, JsonError, parseJson } from '../../kernel/json.ts';
import { type Flags, readFlags, refuseOthers } from './arguments.ts';
import { knownSigners, publishedSigner } from './signers.ts';
import { columns, Failure, printable, type Terminal, UsageError } from './terminal.ts';

export const receiptHelp = [
  'postern receipt verify FILE [--signer 0x…]      check a receipt, offline: what it says, and who signed it',
  'postern receipt show PURCHASE [--save FILE]     for operators: the receipt of a purchase',
  '',
  ...columns([
    ['--signer ADDRESS', 'whose key it must be; else the one that the door named when `call` paid it'],
    ['--json-output', 'one JSON object on stdout'],
  ]),
];

/** A receipt takes 0.6 KB. */
const maxFileBytes = 64 * 1024;

/** @throws {UsageError} @throws {Failure} */
export async function receipt(args: string[], terminal: Terminal): Promise<void> {
  const flags = readFlags(args, { values: ['signer', 'save'], switches: ['json-output'] });
  refuseOthers(flags);
  const [action, subject, ...rest] = flags.words;
  if (rest.length > 0) throw new UsageError(`unknown word ${rest[0]}`);
  if (action === 'verify' && subject) return verify(subject, flags, terminal);
  if (action === 'show' && subject) return show(subject, flags, terminal);
  throw new UsageError('receipt verify FILE, or receipt show PURCHASE');
}

async function verify(file: string, flags: Flags, terminal: Terminal): Promise<void> {
  const named = flags.values.get('signer')?.toLowerCase();
  if (named !== undefined && !/^0x[0-9a-f]{40}$/.test(named))
    throw new UsageError('--signer is an address: 0x and 40 hexadecimal digits');
  const { receipt, signer } = read(await readSome(file), file);
  const { origin } = new URL(receipt.payload.resourceUrl);
  const trusted = named ? [named] : await knownSigners(terminal).of(origin);
  if (trusted.length === 0)
    throw new Failure(
      `${file} is signed by ${signer}, and nothing here says whose key that is; give --signer (the door publishes its own at ${origin}/.well-known/x402)`,
      'unknown_signer',
    );
  if (!trusted.includes(signer))
    throw new Failure(
      `${file} is forged or was altered: it is signed by ${signer}, not by ${trusted.join(' or ')}`,
      'forged',
    );
  if (flags.switches.has('json-output')) terminal.print(JSON.stringify({ ...receipt.payload, signer }));
  else for (const line of describe(receipt, signer)) terminal.print(line);
}

/** @throws {Failure} */
function read(text: string, what: string): { receipt: SignedReceipt; signer: string } {
  try {
    return readReceipt(parseJson(text));
  } catch (error) {
    if (error instanceof JsonError) throw new Failure(`${what} is not JSON, or was cut short`, 'malformed');
    if (error instanceof NotAReceipt)
      throw new Failure(`${what} is no receipt: ${printable(error.message)}`, 'malformed');
    throw error;
  }
}

async function readSome(file: string): Promise<string> {
  const handle = await open(file).catch((error: Error) => {
    throw new Failure(`cannot read ${file}: ${error.message}`);
  });
  try {
    const { size } = await handle.stat();
    if (size > maxFileBytes) throw new Failure(`${file} is larger than any receipt`, 'malformed');
    return await handle.readFile('utf8');
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(`cannot read ${file}: ${(error as Error).message}`);
  } finally {
    await handle.close();
  }
}

function describe({ payload }: SignedReceipt, signer: string): string[] {
  const network = findNetwork(payload.network)?.name ?? payload.network;
  return columns(
    [
      ['signed by', signer],
      ['issued', new Date(payload.issuedAt * 1000).toISOString()],
      ['resource', payload.resourceUrl],
      ['payer', payload.payer],
      ['network', `${network} (${payload.network})`],
      ['transaction', payload.transaction],
    ],
    '',
  );
}

/** The receipt is in the database; no server needs to run. */
async function show(purchase: string, flags: Flags, terminal: Terminal): Promise<void> {
  if (!isId('pur', purchase)) throw new UsageError('a purchase is named by its id, such as pur_…');
  const { withOperatorContext } = await import('./context.ts');
  await withOperatorContext(readConfig(terminal.environment), terminal, async ({ db }) => {
    const row = await db
      .selectFrom('receipts')
      .select('signed')
      .where('purchaseId', '=', purchase)
      .executeTakeFirst();
    if (!row?.signed) throw new Failure(`no receipt of ${purchase}: it was not delivered`, 'not_found');
    await save(row.signed as Json, flags.values.get('save'), terminal);
  });
}

async function save(signed: Json, file: string | undefined, terminal: Terminal): Promise<void> {
  const text = JSON.stringify(signed, null, 2);
  if (file === undefined) return terminal.print(text);
  await writeFile(file, `${text}\n`).catch((error: Error) => {
    throw new Failure(`cannot write ${file}: ${error.message}`);
  });
  terminal.note(`The receipt is in ${file}.`);
}

/**
 * Keeps the receipt of a call that was paid just now, once it is the door's own, about this payment; and the door's key,
 * for checking it later without the door. @throws {Failure}
 */
export async function keepReceipt(
  {
    receipt: given,
    door,
    payer,
    transaction,
    file,
  }: {
    receipt: Json;
    door: URL;
    payer: string;
    transaction: string | null;
    file: string;
  },
  terminal: Terminal,
): Promise<void> {
  if (given === null) throw new Failure('the door gave no receipt', 'no_receipt');
  const { receipt, signer } = read(JSON.stringify(given), 'what the door gave');
  const { payload } = receipt;
  const published = await publishedSigner(door, terminal).catch(() => undefined);
  if (payload.payer.toLowerCase() !== payer.toLowerCase() || payload.transaction !== transaction)
    throw new Failure('the door gave the receipt of another payment', 'wrong_receipt');
  if (published !== signer)
    throw new Failure(
      `the receipt is signed by ${signer}, and the door publishes ${published ?? 'no key'}`,
      'wrong_receipt',
    );
  await save(given, file, terminal);
  if (new URL(payload.resourceUrl).origin === door.origin)
    await knownSigners(terminal).add(door.origin, signer);
  else
    terminal.note(
      `It names ${new URL(payload.resourceUrl).origin}, not ${door.origin}: verify it with --signer.`,
    );
}
