/** Every way into the desk, as people go it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { giveAuthenticator, gravelyWrong } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();
const email = 'owner@acme.localhost';
const password = 'correct horse battery';

/** The page that sets a password, as its mail says. */
async function passwordPage(): Promise<string> {
  await fetch(`${postern!.url}/api/auth/request-password-reset`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const mails = await postern!.db.selectFrom('outbox').select('body').where('rcptTo', '=', email).execute();
    const link = mails.map(({ body }) => /http\S+set-password\S+/.exec(body)?.[0]).find(Boolean);
    if (link) return link;
  }
  throw new Error('no mail with a link came');
}

test('a password that was set lets in, also where no script runs; a wrong one does not', {
  skip,
}, async () => {
  const opened = await openPage({ javaScriptEnabled: false });
  const { page } = opened;
  await page.goto(await passwordPage());
  await page.getByLabel(/^New password/).fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('The password is set').waitFor();
  await page.goto(`${postern!.url}/sign-in`);
  await page.getByText(`npx postern signin`).waitFor();
  await page.getByLabel('Your mail address').fill(email);
  await page.getByLabel('Your password').fill('incorrect horse');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('This is not the password of this address.').waitFor();
  await shoot(opened, 'sign-in-wrong');
  assert.equal(await page.getByLabel('Your mail address').inputValue(), email);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Write your password, or have a link mailed').waitFor();
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/app/);
  await page.goto(`${postern!.url}/sign-in`);
  await page.getByLabel('Your mail address').fill(email);
  await page.getByRole('button', { name: 'Mail me a link instead' }).click();
  await page.getByText(`npx postern signin ${email}`).waitFor();
});

test('a passkey made in the settings signs in again after one signed out', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await giveAuthenticator(page);
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/settings/you`);
  await page.getByText(/^This server has no mail server set/).waitFor();
  await page.getByLabel('Name of a new passkey').fill('Laptop');
  await page.getByRole('button', { name: 'Add passkey' }).click();
  await page.getByRole('list', { name: 'Passkeys' }).getByText('Laptop').waitFor();
  await page.goto(`${postern!.url}/app/acme/settings/members`);
  await page.getByText(/^This server has no mail server set/).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
  assert.deepEqual(await gravelyWrong(page), []);
  await shoot(opened, 'sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.waitForURL(/\/app\/acme\/inbox/);
  assert.deepEqual(complaints, []);
});
