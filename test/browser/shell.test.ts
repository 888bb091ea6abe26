import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';

test('who signs in is at their desk, and finds every command by the keyboard', { skip }, async () => {
  const postern = await startTestPostern();
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern);
  await page.goto(`${postern.url}/app`);
  await page.waitForURL(/\/app\/acme\/inbox/);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByPlaceholder('What do you want to do?').fill('approv');
  await shoot(opened, 'palette');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/app\/acme\/approvals/);
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.waitForURL(/\/app\/acme\/inbox/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  assert.deepEqual(complaints, []);
});
