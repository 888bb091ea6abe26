/** A new server on real networks: from the address that it prints to a door that asks for money. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startGround, startOnGround } from '../postern.ts';
import { openPage, shoot, skip } from './browser.ts';

const payTo = '0x52908400098527886E0F7030069857D2E4169EE7';

test('the first owner makes a desk, says where the money goes, and invites somebody', { skip }, async () => {
  const ground = await startGround(['base-sepolia'], { empty: true });
  const { url, setupUrl, signInUrl } = await startOnGround(ground);
  assert.equal(signInUrl, undefined);
  const opened = await openPage();
  const { page, complaints } = opened;
  await page.goto(setupUrl!);
  await page.getByLabel('Your name').fill('Ada First');
  await page.getByLabel('Your mail address').fill('ada@first.example');
  await page.getByLabel('Name of the desk').fill('First Cameras');
  await page.getByLabel('Its address here').fill('first');
  await shoot(opened, 'setup');
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'),
    [],
  );
  await page.getByRole('button', { name: 'Make the desk' }).click();

  await page.waitForURL(/\/app\/first\/settings\/start/);
  await page
    .getByRole('heading', { name: 'Where the money goes' })
    .or(page.getByRole('heading', { name: 'Networks and money' }))
    .waitFor();
  await page.getByLabel('Your wallet on base-sepolia').fill(payTo);
  await page.getByLabel('Its last 6 characters').fill('169EE8');
  await page.getByRole('button', { name: 'Set for good' }).click();
  await page.getByRole('alert').getByText('confirm: these are not the last 6').waitFor();
  await page.getByLabel('Its last 6 characters').fill('169EE7');
  await shoot(opened, 'first-run-money');
  await page.getByRole('button', { name: 'Set for good' }).click();
  await page.getByText('A browser cannot change it').waitFor();
  assert.equal(await page.getByLabel('Your wallet on base-sepolia').count(), 0);

  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByLabel('Price of create_ticket in dollars').fill('0.07');
  await page
    .getByRole('listitem')
    .filter({ hasText: 'create_ticket' })
    .getByRole('button', { name: 'Save' })
    .click();
  await page.getByText('create_ticket costs $0.07 now.').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByLabel('All of them, but spam.').check();
  await page.getByText('Anybody with a wallet can read every ticket').waitFor();
  await shoot(opened, 'first-run-strangers');
  await page.getByRole('button', { name: 'Go on' }).click();
  assert.equal((await fetch(`${url}/first/contact`)).status, 200);
  await page.getByLabel('Let anybody write in by a public page').uncheck();
  await shoot(opened, 'first-run-contact');
  await page.getByRole('button', { name: 'Save' }).click();
  // Saved, it goes on by itself.
  await page.getByLabel('Mail address').waitFor();
  assert.equal((await fetch(`${url}/first/contact`)).status, 404);
  await page.getByLabel('Mail address').fill('bob@first.example');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await page.getByText('Invited bob@first.example.').waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('First Cameras is ready.').waitFor();
  await shoot(opened, 'first-run-done');
  await page.getByRole('link', { name: 'Go to the inbox' }).click();
  await page.waitForURL(/\/app\/first\/inbox/);

  const asked = await fetch(`${url}/api/x402/tools/first/create_ticket`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ subject: 'Fog', body: 'In the lens.' }),
  });
  assert.equal(asked.status, 402);
  const terms = JSON.parse(Buffer.from(asked.headers.get('payment-required')!, 'base64').toString());
  assert.deepEqual([terms.accepts[0].payTo, terms.accepts[0].amount], [payTo, '70000']);
  // What was skipped is as it was.
  const { agentsSee } = await ground.db
    .selectFrom('deskSettings')
    .select('agentsSee')
    .executeTakeFirstOrThrow();
  assert.equal(agentsSee, 'none');

  // The address is used up.
  const other = await openPage();
  await other.page.goto(setupUrl!);
  await other.page.getByText('This address was used').waitFor();
  assert.deepEqual(
    complaints.filter((one) => !/status of 422/.test(one)),
    [],
  );
});
