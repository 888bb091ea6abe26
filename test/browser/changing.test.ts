/** Changing a ticket: fast, by mouse and keys by turns, and taken back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, signIn, skip } from './browser.ts';
import { call, newTicket, openTicket } from './inbox.ts';

const postern = skip ? undefined : await startTestPostern();

/** Until the server has it so. */
async function becomes(opened: Opened, ticketId: string, wanted: JsonObject): Promise<void> {
  for (let tries = 0; ; tries++) {
    const whole = await call(opened, 'get_ticket', { ticketId });
    const now = Object.fromEntries(Object.keys(wanted).map((field) => [field, whole[field]]));
    if (JSON.stringify(now) === JSON.stringify(wanted)) return;
    if (tries > 100) assert.deepEqual(now, wanted);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const signedIn = async (options?: Parameters<typeof openPage>[0]): Promise<Opened> => {
  const opened = await openPage(options);
  await signIn(opened, postern!);
  return opened;
};

test('letters are keys of the app also right after something was chosen from a list', { skip }, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  const { ticketId, number } = await newTicket(postern!, { subject: 'Letters' });
  await openTicket(opened, postern!, ticketId);
  await page.locator('.ProseMirror').waitFor();
  const status = page.getByRole('combobox', { name: 'Status' });
  await status.selectOption('pending');
  await status.focus();
  await page.getByText(`#${number} is pending.`).waitFor();
  // `s` is a key of nothing, and `r` begins a reply: neither is for the list.
  await page.keyboard.press('s');
  await page.keyboard.press('r');
  await page.locator('.ProseMirror:focus').waitFor();
  assert.equal(await status.inputValue(), 'pending');
  const assignee = page.getByRole('combobox', { name: 'Assignee' });
  await assignee.focus();
  await page.keyboard.press('a');
  await page.getByRole('dialog', { name: `Assign #${number}` }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await assignee.inputValue(), '');
  // The arrows are the list's own.
  const priority = page.getByRole('combobox', { name: 'Priority' });
  await priority.focus();
  await page.keyboard.press('ArrowDown');
  await becomes(opened, ticketId, { status: 'pending', assigneeId: null, priority: 'high' });
  assert.deepEqual(complaints, []);
});
