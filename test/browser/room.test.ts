/** That a ticket has room and says what it should, in windows large and small: what is said covers nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, newTicket, openTicket } from './inbox.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const signedIn = async (options?: Parameters<typeof openPage>[0]): Promise<Opened> => {
  const opened = await openPage(options);
  await signIn(opened, postern!);
  return opened;
};

/** What of the composer is not what one would hit in its middle. */
const covered = ({ page }: Opened): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('section[aria-label="Write"] :is(button, .ProseMirror)')].filter((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    const hit = document.elementFromPoint(x + width / 2, y + height / 2);
    return !one.contains(hit) && !hit?.contains(one);
  }).map((one) => one.textContent)`);

const sizes = {
  wide: { viewport: { width: 1280, height: 800 } },
  middle: { viewport: { width: 800, height: 600 }, colorScheme: 'dark' },
  small: { viewport: { width: 360, height: 740 } },
} as const;

for (const [name, options] of Object.entries(sizes))
  test(`what is said covers nothing that one writes or sends with: ${name}`, { skip }, async () => {
    const opened = await signedIn(options);
    const { page, complaints } = opened;
    const { ticketId } = await newTicket(postern!, { subject: 'Said' });
    await openTicket(opened, postern!, ticketId);
    await page.locator('.ProseMirror').waitFor();
    await page.clock.install();
    for (const priority of ['high', 'low', 'urgent', 'normal'])
      await page.getByRole('combobox', { name: 'Priority' }).selectOption(priority);
    await page.getByText(/is of normal priority/).waitFor();
    assert.ok(
      await page.getByRole('region', { name: 'Write' }).getByRole('button', { name: /^Send/ }).count(),
    );
    assert.deepEqual(await covered(opened), []);
    assert.equal(await page.getByRole('combobox', { name: 'Priority' }).inputValue(), 'normal');
    await shoot(opened, `inbox-said-${name}`);
    await assertAccessible(opened);
    // What is still said does not go away by itself under the hand that closes it.
    await page.clock.pauseAt((await page.evaluate<number>('Date.now()')) + 1_000);
    for (const close of await page.getByRole('status').getByRole('button', { name: 'Close' }).all())
      if (await close.isVisible()) await close.click();
    assert.deepEqual(complaints, []);
  });

test('whoever writes as a customer is called one, and cannot turn a line around', { skip }, async () => {
  const opened = await signedIn({ viewport: { width: 1100, height: 700 } });
  const { page, complaints } = opened;
  const { ticketId } = await newTicket(postern!, {
    subject: 'Pay \u202eevil',
    body: 'Send it to \u202egnp.live at once.',
    name: 'Demo Owner',
    email: 'eve@example.com',
  });
  await openTicket(opened, postern!, ticketId);
  const said = conversation(opened);
  await said.getByText('customer, address not verified').waitFor();
  await said.getByText('U+202E').waitFor();
  assert.equal(await page.evaluate(`document.querySelector('main').textContent.includes('\\u202e')`), false);
  await page.getByRole('heading', { level: 1 }).getByText('U+202E').waitFor();
  await shoot(opened, 'inbox-pretends');
  assert.deepEqual(complaints, []);
});

test('a snoozed ticket says until when', { skip }, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  const { ticketId, number } = await newTicket(postern!, { subject: 'Later' });
  const { version } = await call(opened, 'get_ticket', { ticketId });
  await call(opened, 'update_ticket', {
    ticketId,
    version: version!,
    snoozedUntil: '2041-03-02T12:00:00.000Z',
  });
  await openTicket(opened, postern!, ticketId);
  await page
    .getByRole('article')
    .getByText(/^until Mar 2, 2041, \d/)
    .waitFor();
  await page
    .getByRole('region', { name: 'Tickets' })
    .getByRole('listitem')
    .filter({ hasText: `#${number}` })
    .getByText('snoozed until Mar 2, 2041')
    .waitFor();
  assert.deepEqual(complaints, []);
});

test('merging says before what two customers mean, and keeps its window where it is refused', {
  skip,
}, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  const from = await newTicket(postern!, { subject: 'Goes', name: 'Ada', email: 'ada@example.com' });
  const into = await newTicket(postern!, { subject: 'Stays', name: 'Bob', email: 'bob@example.com' });
  await openTicket(opened, postern!, from.ticketId);
  await page.getByRole('button', { name: 'More to do with this ticket' }).click();
  await shoot(opened, 'inbox-more');
  await page.getByRole('menuitem', { name: /^Merge/ }).click();
  const dialog = page.getByRole('dialog', { name: /^Merge/ });
  await dialog.getByPlaceholder(/^Into which/).fill('Stays');
  await dialog.getByRole('option', { name: /Stays/ }).click();
  await dialog.getByText(`#${into.number}: Bob`).waitFor();
  await dialog.getByText(`#${from.number}: Ada`).waitFor();
  const merge = dialog.getByRole('button', { name: 'Merge' });
  assert.equal(await merge.isDisabled(), true);
  await dialog.getByRole('checkbox').check();
  await shoot(opened, 'inbox-merge');
  await assertAccessible(opened);
  // Somebody else is faster.
  const { version } = await call(opened, 'get_ticket', { ticketId: into.ticketId });
  await call(opened, 'update_ticket', { ticketId: into.ticketId, version: version!, priority: 'high' });
  await merge.click();
  await dialog.getByRole('alert').getByText(`#${into.number}: the ticket has changed`).waitFor();
  await merge.click();
  await page.getByText(`Merged into #${into.number}.`).waitFor();
  await page.getByRole('heading', { name: /^Stays/ }).waitFor();
  assert.deepEqual(
    complaints.filter((one) => !/status of 409/.test(one)),
    [],
  );
});

test('on a small screen there are views, and buttons for what keys do', { skip }, async () => {
  const opened = await signedIn({ viewport: { width: 360, height: 740 } });
  const { page, complaints } = opened;
  const { ticketId, number } = await newTicket(postern!, { subject: 'By thumb' });
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.getByRole('button', { name: 'Views: Open' }).click();
  const views = page.getByRole('dialog', { name: 'Views' });
  await views.getByRole('button', { name: /^All/ }).waitFor();
  await shoot(opened, 'inbox-views-small');
  await assertAccessible(opened);
  await views.getByRole('button', { name: /^All/ }).click();
  await views.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Views: All' }).waitFor();
  await shoot(opened, 'inbox-list-small');
  await page
    .getByRole('region', { name: 'Tickets' })
    .getByRole('button', { name: /By thumb/ })
    .click();
  await page.getByRole('button', { name: 'More to do with this ticket' }).click();
  // A letter in the menu finds its entry, and is no key of the app.
  await page.getByRole('menuitem', { name: /^Merge/ }).waitFor();
  await page.keyboard.press('s');
  await page
    .getByRole('menuitem', { name: /^Snooze/ })
    .and(page.locator('[data-highlighted]'))
    .waitFor();
  await shoot(opened, 'inbox-more-small');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: `Snooze #${number}` }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  for (const [entry, dialog] of [
    ['Tags', /^Tags of/],
    ['Run a macro', /^Run a macro/],
    ['Link an issue', /^Issues that/],
  ] as const) {
    await page.getByRole('button', { name: 'More to do with this ticket' }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${entry}`) }).click();
    await page.getByRole('dialog', { name: dialog }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.getByRole('button', { name: 'More to do with this ticket' }).click();
  await page.getByRole('menuitem', { name: /^Resolve/ }).click();
  await page.getByText(`Resolved #${number}.`).waitFor();
  assert.equal((await call(opened, 'get_ticket', { ticketId })).status, 'resolved');
  assert.deepEqual(complaints, []);
});

test('a long subject or a low window leaves the conversation room', { skip }, async () => {
  const { ticketId } = await newTicket(postern!, { subject: 'W'.repeat(200) });
  for (const [name, viewport] of Object.entries({
    narrow: { width: 360, height: 740 },
    low: { width: 640, height: 400 },
  })) {
    const opened = await signedIn({ viewport });
    const { page, complaints } = opened;
    await openTicket(opened, postern!, ticketId);
    await page.locator('.ProseMirror').waitFor();
    await shoot(opened, `inbox-room-${name}`);
    const room = await page.getByRole('region', { name: 'Conversation' }).boundingBox();
    assert.ok(room!.height >= 190, `${name}: ${room!.height}`);
    const head = await page
      .getByRole('article')
      .getByRole('banner')
      .or(page.locator('article > header'))
      .boundingBox();
    assert.ok(head!.height < 140, `${name}: the head is ${head!.height} high`);
    // What does not fit is reached by scrolling.
    await page.getByRole('button', { name: /^Send/ }).last().scrollIntoViewIfNeeded();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});

test('the list says who waits since when, and tags leave that and its order alone', { skip }, async () => {
  const opened = await signedIn();
  const { page, complaints } = opened;
  await page.goto(`${postern!.url}/app/acme/inbox?view=open`);
  const list = page.getByRole('region', { name: 'Tickets' });
  await list
    .getByText(/waits since/)
    .first()
    .waitFor();
  const rows = () => list.getByRole('listitem').allInnerTexts();
  const before = await rows();
  await page.getByRole('heading', { name: 'Views' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('t');
  await page.getByRole('dialog', { name: /^Tags of/ }).waitFor();
  await page.keyboard.type('many');
  await page.keyboard.press('Enter');
  await list.getByText('many').first().waitFor();
  await page.keyboard.press('z');
  await page.getByText(/^Undone: \d+ tickets changed/).waitFor();
  await list.getByText('many').first().waitFor({ state: 'detached' });
  assert.deepEqual(await rows(), before);
  await shoot(opened, 'inbox-waits');
  assert.deepEqual(complaints, []);
});
