/** Guessing at several processes at once: they count together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimits } from '../../src/faces/limits.ts';
import { randomIds, randomSecret } from '../../src/kernel/ids.ts';
import { attemptsIn } from '../../src/store/attempts.ts';
import { unlimited } from '../fakes/app.ts';
import { silent } from '../harness.ts';
import { startGround, startOnGround, startSecondProcess } from '../postern.ts';

const ground = await startGround();
const settings = { POSTERN_TRUSTED_PROXIES: '127.0.0.1,::1' };
const [first, second] = await Promise.all([
  startOnGround(ground, { settings }),
  startSecondProcess(ground, { settings }),
]);
const urls = [first.url, second.url];

let addresses = 0;
/** Tries something at one of the processes. @returns the status */
async function attempt(
  at: number,
  path: string,
  body: Record<string, string>,
  from = `198.51.100.${++addresses}`,
): Promise<number> {
  const url = urls[at % urls.length]!;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { origin: url, 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

const guesses = (count: number, work: (n: number) => Promise<number>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));
const heard = (statuses: readonly number[]) => statuses.filter((status) => status !== 429).length;

test('of one account’s passwords, whoever guesses, so many are tried at all processes together', async () => {
  const guess = (n: number) =>
    attempt(n, '/api/auth/sign-in/email', { email: 'ada@example.com', password: `wrong ${n} password` });
  const statuses = await guesses(40, guess);
  assert.equal(heard(statuses), 10, statuses.join(' '));
  assert.equal(heard(await guesses(4, guess)), 0, 'and none after them');
  const other = (n: number) =>
    attempt(n, '/api/auth/sign-in/email', { email: 'bob@example.com', password: 'wrong password' });
  assert.equal(heard(await guesses(2, other)), 2, 'another account is not kept out');
});

test('mails to one account are as many, by whichever door they are asked for', async () => {
  const email = 'grace@example.com';
  const statuses = await guesses(24, (n) =>
    attempt(n, `/api/auth/${n % 4 < 2 ? 'sign-in/magic-link' : 'request-password-reset'}`, { email }),
  );
  assert.equal(heard(statuses), 5, statuses.join(' '));
});

test('one address has so many tries a minute at all processes together', async () => {
  const spray = (n: number, from: string) =>
    attempt(n, '/api/auth/sign-in/email', { email: `n${n}@spray.example`, password: 'a good one' }, from);
  const statuses = await guesses(80, (n) => spray(n, '203.0.113.7'));
  assert.equal(heard(statuses), 30, statuses.join(' '));
  assert.equal(heard(await guesses(4, (n) => spray(n, '203.0.113.8'))), 4, 'another address is heard');
});

test('so are messages of the contact page', async () => {
  const key = randomSecret(32);
  const limits = [0, 1].map(() =>
    createLimits({ settings: unlimited, ids: randomIds, log: silent, attempts: attemptsIn(ground.db, key) }),
  );
  const sent = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => limits[n % 2]!.contact(() => '203.0.113.9', 'acme')),
  );
  assert.equal(sent.filter(({ status }) => status === 'fulfilled').length, 20);
  await limits[0]!.contact(() => '203.0.113.10', 'acme');
});
