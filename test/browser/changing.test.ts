/** Changing a ticket: fast, by mouse and keys by turns, and taken back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, signIn, skip } from './browser.ts';
import { becomes, call, newTicket, openTicket } from './inbox.ts';

const postern = skip ? undefined : await startTestPostern();

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

/** Answers to `update_ticket` come so much later. */
const slow = ({ page }: Opened, ms: number) =>
  page.route('**/api/v1/update_ticket', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    await route.continue();
  });

test('what one changes at once does not stand in its own way', { skip }, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  const { ticketId, number } = await newTicket(postern!, { subject: 'At once' });
  await openTicket(opened, postern!, ticketId);
  await slow(opened, 300);
  await page.getByRole('combobox', { name: 'Priority' }).selectOption('high');
  await page.getByRole('combobox', { name: 'Assignee' }).selectOption({ index: 1 });
  await page.getByRole('combobox', { name: 'Status' }).selectOption('pending');
  await page.getByText(`#${number} is pending.`).waitFor();
  const whole = await call(opened, 'get_ticket', { ticketId });
  assert.deepEqual([whole.priority, whole.status], ['high', 'pending']);
  assert.ok(whole.assigneeId);
  assert.equal(await page.getByText(/^Somebody changed/).count(), 0);
  // One key after the other, and what is done with many comes after what is done with one.
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('!');
  await page.getByRole('checkbox', { name: `Select #${number}` }).check();
  await page
    .getByRole('region', { name: '1 selected' })
    .getByRole('button', { name: /^Resolve/ })
    .click();
  await becomes(opened, ticketId, { status: 'resolved', priority: 'high' });
  assert.equal(await page.getByText(/changed by somebody/).count(), 0);
  assert.deepEqual(complaints, []);
});

test('z takes back the last that one did: before its answer is in, after it is no longer said', {
  skip,
}, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  const [second, first] = [
    await newTicket(postern!, { subject: 'Second' }),
    await newTicket(postern!, { subject: 'First' }),
  ];
  await page.goto(`${postern!.url}/app/acme/inbox?view=open&ticket=${first.ticketId}`);
  await page.getByRole('heading', { name: /^First/ }).waitFor();
  await page.clock.install();
  await slow(opened, 600);
  await page.keyboard.press('e');
  await page.getByText(`Resolved #${first.number}.`).waitFor();
  await page.getByRole('heading', { name: /^Second/ }).waitFor();
  await page.keyboard.press('e');
  await page.keyboard.press('z');
  await page.getByText(`Undone: Resolved #${second.number}.`).waitFor();
  await becomes(opened, first.ticketId, { status: 'resolved' });
  await becomes(opened, second.ticketId, { status: 'open' });
  await page.clock.fastForward(60_000);
  await page.getByText(`Resolved #${first.number}.`).waitFor({ state: 'detached' });
  await page.keyboard.press('z');
  await page.getByText(`Undone: Resolved #${first.number}.`).waitFor();
  await becomes(opened, first.ticketId, { status: 'open' });
  await page.keyboard.press('z');
  await page.getByText('There is nothing to undo.').waitFor();
  assert.deepEqual(complaints, []);
});

test('what was refused is not mistaken for what was done before it', { skip }, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  const { ticketId, number } = await newTicket(postern!, { subject: 'Refused' });
  await openTicket(opened, postern!, ticketId);
  await page.getByRole('combobox', { name: 'Priority' }).selectOption('high');
  await page.getByText(`#${number} is of high priority.`).waitFor();
  const asked = Promise.withResolvers<void>();
  await page.route('**/api/v1/update_ticket', (route) => asked.promise.then(() => route.abort()));
  await page.getByRole('combobox', { name: 'Status' }).selectOption('pending');
  await page.keyboard.press('z');
  asked.resolve();
  await page.getByText('Nothing is undone: that was refused, or does not go back.').waitFor();
  await page.unroute('**/api/v1/update_ticket');
  await becomes(opened, ticketId, { status: 'open', priority: 'high' });
  await page.keyboard.press('z');
  await page.getByText(`Undone: #${number} is of high priority.`).waitFor();
  await becomes(opened, ticketId, { priority: 'normal' });
  assert.deepEqual(
    complaints.filter((one) => !/ERR_FAILED/.test(one)),
    [],
  );
});
