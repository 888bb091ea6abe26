import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sleep, systemClock } from '../../kernel/time.ts';
import { run } from './commands.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-key-cli-'));
after(() => rm(folder, { recursive: true }));
const passphraseFile = join(folder, 'passphrase');
await writeFile(passphraseFile, 'correct horse\n');

async function postern(environment: Record<string, string>, ...args: string[]) {
  const printed: string[] = [];
  const noted: string[] = [];
  const code = await run(args, {
    environment,
    home: folder,
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    fetch,
    clock: systemClock,
    sleep,
  });
  return { code, printed: printed.join('\n'), noted: noted.join('\n') };
}

test('a key is made encrypted, read by its passphrase, and never overwritten', async () => {
  const file = join(folder, 'keys', 'hot.json');
  const environment = { POSTERN_KEY_PASSPHRASE_FILE: passphraseFile };
  const made = await postern(environment, 'key', 'new', file);
  assert.equal(made.code, 0);
  assert.match(made.printed, /^0x[0-9a-fA-F]{40}$/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const keystore = JSON.parse(await readFile(file, 'utf8'));
  assert.equal(`0x${keystore.address}`, made.printed.toLowerCase());

  const read = await postern({ POSTERN_KEY_PASSPHRASE: 'correct horse' }, 'key', 'address', file);
  assert.deepEqual([read.code, read.printed], [0, made.printed]);
  const wrong = await postern({ POSTERN_KEY_PASSPHRASE: 'battery' }, 'key', 'address', file);
  assert.deepEqual([wrong.code, wrong.printed], [1, '']);
  assert.match(wrong.noted, /passphrase is wrong/);
  assert.match((await postern({}, 'key', 'address', file)).noted, /POSTERN_KEY_PASSPHRASE/);
  assert.match((await postern(environment, 'key', 'new', file)).noted, /stays/);
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), keystore);
});

test('a plain key is encrypted in its place', async () => {
  const file = join(folder, 'plain.key');
  assert.match((await postern({}, 'key', 'new', file)).noted, /--plain/);
  const made = await postern({}, 'key', 'new', file, '--plain');
  const plain = (await readFile(file, 'utf8')).trim();
  assert.match(plain, /^0x[0-9a-f]{64}$/);
  const environment = { POSTERN_KEY_PASSPHRASE: 'correct horse' };
  assert.equal((await postern(environment, 'key', 'encrypt', file)).code, 0);
  const text = await readFile(file, 'utf8');
  assert.ok(!text.includes(plain.slice(2)));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await postern(environment, 'key', 'address', file)).printed, made.printed);
  assert.match((await postern(environment, 'key', 'encrypt', file)).noted, /encrypted already/);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('plain.key')),
    ['plain.key'],
  );
});

test('what cannot be is refused in one line, and changes nothing', async () => {
  const file = join(folder, 'other.txt');
  await writeFile(file, 'hunter2');
  const environment = { POSTERN_KEY_PASSPHRASE: 'correct horse' };
  const refused: [Record<string, string>, string[], number, RegExp][] = [
    [environment, ['encrypt', file], 1, /neither a private key nor a secret/],
    [environment, ['address', join(folder, 'none')], 1, /none/],
    [environment, ['new'], 2, /key new/],
    [environment, ['paint', file], 2, /key new/],
    [environment, ['encrypt', file, '--plain'], 2, /key new/],
    [{ ...environment, POSTERN_KEY_PASSPHRASE_FILE: file }, ['encrypt', file], 1, /PASSPHRASE_FILE/],
    [{ POSTERN_KEY_PASSPHRASE_FILE: join(folder, 'none') }, ['encrypt', file], 1, /none/],
  ];
  for (const [settings, args, code, message] of refused) {
    const answer = await postern(settings, 'key', ...args);
    assert.equal(answer.code, code, args.join(' '));
    assert.match(answer.noted, message);
    assert.ok(!answer.noted.includes('hunter2') && !answer.noted.includes('\n'));
  }
  assert.equal(await readFile(file, 'utf8'), 'hunter2');
});
