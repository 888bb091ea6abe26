/** What `z` takes back, and what it says of what it does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { becomes, call, newTicket, openTicket } from './inbox.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const version = async (opened: Opened, ticketId: string) =>
  (await call(opened, 'get_ticket', { ticketId })).version as number;

test('z twice takes two changes of one ticket back; somebody else’s in between is not overwritten', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Twice' });
  await openTicket(opened, postern!, ticketId);
  const tag = async (name: string) => {
    await page.keyboard.press('t');
    await page.getByRole('dialog', { name: /^Tags of/ }).waitFor();
    await page.keyboard.type(name);
    await page
      .getByRole('option', { name: new RegExp(name, 'i') })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const assign = async () => {
    await page.keyboard.press('a');
    await page.getByRole('dialog', { name: /^Assign #/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText(/^#\d+: assigned to you\.$/).waitFor();
  };
  await tag('lens');
  await becomes(opened, ticketId, { tags: ['lens'], assigneeId: null });
  await assign();
  // Both at once: the second waits for the first.
  await page.keyboard.press('z');
  await page.keyboard.press('z');
  await becomes(opened, ticketId, { tags: [], assigneeId: null });
  await page
    .getByText(/^Undone: /)
    .last()
    .waitFor();

  await assign();
  const now = await call(opened, 'get_ticket', { ticketId });
  await call(opened, 'update_ticket', { ticketId, version: now.version!, priority: 'high' });
  await page.keyboard.press('z');
  await page
    .getByText(/^That cannot be undone any more: .*assigned to you\. The ticket has changed/)
    .waitFor();
  await becomes(opened, ticketId, { assigneeId: now.assigneeId!, priority: 'high' });
  await page.keyboard.press('z');
  await page.getByText('There is nothing to undo.').waitFor();
  assert.deepEqual(
    complaints.filter((one) => !/status of 409/.test(one)),
    [],
  );
});

test('several that were snoozed go back to their times', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const times = ['2031-01-01T09:00:00.000Z', '2032-02-02T09:00:00.000Z'];
  const made = [];
  for (const snoozedUntil of times) {
    const ticket = await newTicket(postern!, { subject: `Until ${snoozedUntil.slice(0, 4)}` });
    const { ticketId } = ticket;
    await call(opened, 'update_ticket', { ticketId, version: await version(opened, ticketId), snoozedUntil });
    made.push(ticket);
  }
  await page.goto(`${postern!.url}/app/acme/inbox?view=snoozed`);
  for (const { number } of made) await page.getByRole('checkbox', { name: `Select #${number}` }).check();
  const selected = page.getByRole('region', { name: '2 selected' });
  await selected.getByRole('button', { name: /^Resolve/ }).click();
  await page.getByText('2 tickets are resolved.').waitFor();
  await page.keyboard.press('z');
  await page.getByText(/^Undone: /).waitFor();
  for (const [i, { ticketId }] of made.entries())
    await becomes(opened, ticketId, { status: 'snoozed', snoozedUntil: times[i]! });
  assert.deepEqual(complaints, []);
});

test('a macro that wrote says that this stays; a price goes back to the default', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Macro' });
  await call(opened, 'create_macro', {
    name: 'Look at it',
    actions: [
      { kind: 'set_priority', priority: 'urgent' },
      { kind: 'add_note', body: 'Look at it today.' },
    ],
  });
  await openTicket(opened, postern!, ticketId);
  await page.keyboard.press('m');
  await page.getByRole('dialog', { name: /^Run a macro/ }).waitFor();
  await page.keyboard.type('Look at');
  await page.getByRole('option', { name: /Look at it/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('What it wrote stays, also when the rest is undone.').waitFor();
  await page.keyboard.press('z');
  await becomes(opened, ticketId, { priority: 'normal' });
  await page.getByRole('list', { name: 'Conversation' }).getByText('Look at it today.').waitFor();

  await page.goto(`${postern!.url}/app/acme/settings/door`);
  await page.getByLabel('Price of create_ticket in dollars').fill('0.07');
  await page
    .getByRole('listitem')
    .filter({ hasText: 'create_ticket' })
    .getByRole('button', { name: 'Save' })
    .click();
  await page.getByText('create_ticket costs $0.07 now.').waitFor();
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('z');
  await page.getByText(/^Undone: /).waitFor();
  const prices = await postern!.db.selectFrom('workspacePrices').select('operation').execute();
  assert.deepEqual(prices, [], 'no price of its own is left');
  assert.deepEqual(complaints, []);
});

test('? says what z takes back and what not', { skip }, async () => {
  for (const [name, options] of Object.entries({
    'keys-light': { colorScheme: 'light' },
    'keys-dark': { colorScheme: 'dark' },
    'keys-small': { viewport: { width: 360, height: 740 } },
  } as const)) {
    const opened = await openPage(options);
    const { page, complaints } = opened;
    await signIn(opened, postern!);
    await page.goto(`${postern!.url}/app/acme/inbox`);
    await page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().waitFor();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keyboard' });
    const undo = dialog.getByRole('region', { name: 'Undo' });
    await undo.getByText(/takes back the last change/).waitFor();
    await undo.getByText(/does not take back what was written or left the house/).scrollIntoViewIfNeeded();
    await shoot(opened, name);
    await assertAccessible(opened);
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});
