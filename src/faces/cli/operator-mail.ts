import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PosternError } from '../../kernel/errors.ts';
import { readEml } from '../../mail/eml.ts';
import { oneLine, printable } from './operator-text.ts';

/** Lists the mails that the catch-all kept, numbered from 1 by age so that a number stays what it was. */
export async function listMail(folder: string, print: (text: string) => void): Promise<void> {
  const names = await mailNames(folder);
  if (names.length === 0) print('No mail has been kept here.');
  for (const [index, name] of names.entries()) {
    const { to, subject, date } = await read(folder, name);
    print(`${String(index + 1).padStart(4)}  ${oneLine(date)}  ${oneLine(to)}  ${oneLine(subject)}`);
  }
}

/** Prints one mail. @throws {PosternError} `not_found` if there is none of that number. */
export async function showMail(folder: string, number: string, print: (text: string) => void): Promise<void> {
  const name = /^\d{1,9}$/.test(number) ? (await mailNames(folder))[Number(number) - 1] : undefined;
  if (!name) throw new PosternError('not_found', `No mail has the number ${oneLine(number)}.`);
  const { from, to, cc, subject, date, body, files } = await read(folder, name);
  const copies = cc ? `\nCc: ${oneLine(cc)}` : '';
  print(
    `From: ${oneLine(from)}\nTo: ${oneLine(to)}${copies}\nSubject: ${oneLine(subject)}\nDate: ${oneLine(date)}\n`,
  );
  print(printable(body));
  for (const file of files) print(`[file ${oneLine(file)}]`);
}

async function mailNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.eml')).sort();
}

const read = async (folder: string, name: string) => readEml(await readFile(join(folder, name), 'latin1'));
