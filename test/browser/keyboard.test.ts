/** A morning's work without a mouse: nothing here points at anything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startTestPostern } from '../postern.ts';
import { openPage, signIn, skip } from './browser.ts';
import { buy, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const focused = (page: Page) =>
  page.evaluate<string>(
    `(({ activeElement: one }) => one === document.body ? '' : one.getAttribute('aria-label') || one.textContent || one.tagName)(document)`,
  );

/** Goes from one thing to the next until the focus is on one that is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (name.test(now)) return;
    passed.push(now);
  }
  assert.fail(`${name} is not reached by Tab; there were ${[...new Set(passed)].join(' | ')}`);
}

test('signing in, answering, filing, deciding and leaving take no mouse', {
  skip,
  timeout: 120_000,
}, async () => {
  const { url, db } = postern!;
  const { payer, output } = await buy(postern!, 'create_ticket', {
    subject: 'It does not charge',
    body: 'The light blinks.',
    email: 'ada@example.com',
  });
  await buy(postern!, 'draft_reply', { ticketId: output.ticketId, body: 'Clean the contacts.' }, payer);
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${url}/app/acme/inbox`);
  await page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().waitFor();

  // Search, and open what was found.
  await page.keyboard.press('/');
  await page.keyboard.type('charge');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=charge/);
  await settled(page);
  await page.keyboard.press('j');
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
  const subject = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
  assert.match(subject, /charge/);

  // A note, and back.
  await page.keyboard.press('n');
  await page.keyboard.type('She rang, too.');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('list', { name: 'Conversation' }).getByText('She rang, too.').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('assign to me');
  await page.keyboard.press('Enter');
  await page.getByText('Assigned to you.').waitFor();
  await page.keyboard.press('z');
  await page.getByText(/^Undone: /).waitFor();

  // What has no key of its own is reached by Tab: the status, changed by the arrows.
  await tabTo(page, /^Priority/);
  await page.keyboard.press('ArrowDown');
  await page.getByText(/is of high priority/).waitFor();

  // The palette has everything; the page behind keeps its place.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('mark as spam');
  await page.getByRole('option', { name: /Mark as spam/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });

  // The queue.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('approvals');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/approvals/);
  await page.getByRole('heading', { name: /1 waits/ }).waitFor();
  await page.keyboard.press('x');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('We do not say this.');
  await page.keyboard.press('Enter');
  await page.getByText('Rejected.').waitFor();
  assert.equal(
    (await db.selectFrom('proposals').select('state').executeTakeFirstOrThrow()).state,
    'rejected',
  );

  // Past the frame to the content by one key, as the first thing that Tab reaches.
  await page.goto(`${url}/app/acme/inbox`);
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to content');
  await page.keyboard.press('Enter');
  await tabTo(page, /^Search tickets/);

  await tabTo(page, /./);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('sign out');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/sign-in/);
  assert.deepEqual(complaints, []);
});

test('a dialog holds the focus, and gives it back', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await settled(page);
  await tabTo(page, /^Search and commands/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press(i % 3 === 0 ? 'Shift+Tab' : 'Tab');
    assert.equal(
      await dialog.evaluate((one: unknown) =>
        (one as { matches(s: string): boolean }).matches(':focus-within'),
      ),
      true,
    );
  }
  await page.keyboard.press('Escape');
  // It is given back a moment after the dialog is gone.
  await page
    .getByRole('button', { name: /^Search and commands/ })
    .and(page.locator(':focus'))
    .waitFor();
  assert.deepEqual(complaints, []);
});
