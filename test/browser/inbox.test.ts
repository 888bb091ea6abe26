import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';

const postern = skip ? undefined : await startTestPostern();

test('an operator reads, answers, and takes back what they did, by the keyboard', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().waitFor();
  await page.keyboard.press('j');
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
  await shoot(opened, 'inbox');
  const subject = (await page.getByRole('heading', { level: 1 }).textContent())!;

  await page.keyboard.press('a');
  await page.getByRole('dialog', { name: /^Assign #/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Assigned to you.').waitFor();
  await page.keyboard.press('z');
  await page.getByText(/^Undone: /).waitFor();

  await page.keyboard.press('r');
  await page.keyboard.type('Please try the charger of the box.');
  await page.keyboard.press('Control+Enter');
  await page
    .getByRole('list', { name: 'Conversation' })
    .getByText('Please try the charger of the box.')
    .waitFor();

  await page.keyboard.press('Escape');
  await page.keyboard.press('e');
  await page.getByText(/^Resolved #/).waitFor();
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: subject }).waitFor();
  assert.deepEqual(complaints, []);
});

test('it is whole in the dark, and on a small screen', { skip }, async () => {
  const dark = await openPage({ colorScheme: 'dark' });
  await signIn(dark, postern!);
  await dark.page.goto(`${postern!.url}/app/acme/inbox?view=all`);
  await dark.page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().waitFor();
  await dark.page.keyboard.press('j');
  await dark.page.getByRole('list', { name: 'Conversation' }).waitFor();
  await shoot(dark, 'inbox-dark');
  const small = await openPage({ viewport: { width: 360, height: 640 } });
  await signIn(small, postern!);
  await small.page.goto(`${postern!.url}/app/acme/inbox?view=all`);
  await small.page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().waitFor();
  await shoot(small, 'inbox-360-list');
  await small.page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().click();
  await small.page.getByRole('list', { name: 'Conversation' }).waitFor();
  await shoot(small, 'inbox-360');
  const { page } = small;
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(wide <= 360, `the page is ${wide} px wide`);
  assert.deepEqual([...dark.complaints, ...small.complaints], []);
});
