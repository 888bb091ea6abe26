/** The list while it moves: nothing leaves it that is there, it stays where one scrolled to, and what is selected is in sight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, signIn, skip } from './browser.ts';
import { call, newTicket } from './inbox.ts';
import { settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const list = ({ page }: Opened) => page.getByRole('region', { name: 'Tickets' });
const scrollTo = (opened: Opened, top: number) =>
  list(opened).evaluate((box, to) => {
    (box as unknown as { scrollTop: number }).scrollTop = to;
  }, top);
const scrolledTo = (opened: Opened): Promise<number> =>
  list(opened).evaluate((box) => (box as unknown as { scrollTop: number }).scrollTop);

async function many(count: number, name: string): Promise<string[]> {
  const made = [];
  for (let at = 0; at < count; at++) made.push(await newTicket(postern!, { subject: `${name} ${at}` }));
  return made.map(({ ticketId }) => ticketId);
}

/** The numbers of all lines, from the first to the last, as one who scrolls sees them. */
async function numbersOf(opened: Opened): Promise<number[]> {
  const numbers = new Set<number>();
  await scrollTo(opened, 0);
  for (let top = 0, end = false; !end; top += 400) {
    await scrollTo(opened, top);
    await opened.page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
    for (const text of await list(opened)
      .getByText(/^#\d+$/)
      .allTextContents())
      numbers.add(Number(text.slice(1)));
    end = (await scrolledTo(opened)) < top - 400;
  }
  return [...numbers].sort((a, b) => a - b);
}

const lastLine = (opened: Opened, count: number) =>
  list(opened).locator(`li[aria-setsize="${count}"]`).first();

async function scrollToEnd(opened: Opened, count: number): Promise<void> {
  for (let tries = 0; (await lastLine(opened, count).count()) === 0; tries++) {
    assert.ok(tries < 200, 'the list ends');
    await scrollTo(opened, 1_000_000);
    await settled(opened.page);
  }
}

const ticketsOfAcme = async () =>
  (await postern!.db.selectFrom('tickets').select('number').orderBy('number').execute()).map(({ number }) =>
    Number(number),
  );

test('what arrives while one looks at a long list pushes nothing out of it, however often', {
  skip,
}, async () => {
  await many(140, 'Old');
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox?view=all`);
  let all = await ticketsOfAcme();
  await list(opened).locator('li').first().waitFor();
  await scrollToEnd(opened, all.length);
  for (const count of [8, 5, 60]) {
    await many(count, 'New');
    all = await ticketsOfAcme();
    await lastLine(opened, all.length).waitFor();
    assert.deepEqual(await numbersOf(opened), all, `after ${count} new ones`);
  }
  // And one from far below comes up.
  const { id: ticketId } = await postern!.db
    .selectFrom('tickets')
    .select('id')
    .orderBy('number')
    .limit(1)
    .executeTakeFirstOrThrow();
  await call(opened, 'add_note', { ticketId, body: 'Moved up.' });
  await scrollTo(opened, 0);
  await list(opened).locator('li[aria-posinset="1"]').getByText('#1', { exact: true }).waitFor();
  assert.deepEqual(await numbersOf(opened), all, 'after an old one moved up');
  assert.deepEqual(complaints, []);
});

test('the list stays where one scrolled to while tickets arrive', { skip }, async () => {
  await many(60, 'To scroll');
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox?view=all`);
  await list(opened).locator('li button').first().click();
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
  await scrollTo(opened, 3000);
  await settled(page);
  const count = (await ticketsOfAcme()).length;
  await many(1, 'One more');
  const read = page.waitForResponse('**/api/v1/list_tickets');
  await read;
  await settled(page);
  assert.equal((await ticketsOfAcme()).length, count + 1);
  assert.ok((await scrolledTo(opened)) >= 3000, String(await scrolledTo(opened)));
  // The keys bring it back to the ticket that is open.
  await page.keyboard.press('j');
  await page.waitForFunction('document.querySelector(\'section[aria-label="Tickets"]\').scrollTop < 400');
  assert.deepEqual(complaints, []);
});

test('a selection ends with the view or the search that it was made in', { skip }, async () => {
  const [ticketId] = await many(2, 'To select');
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox?view=all`);
  await list(opened).locator('li').first().waitFor();
  await page.keyboard.press('Control+a');
  await page.getByRole('region', { name: /^\d+ selected$/ }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('To select');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=/);
  await settled(page);
  await page.goBack();
  await page.waitForURL(/view=all/);
  await list(opened).locator('li').first().waitFor();
  assert.equal(await page.getByRole('region', { name: /selected$/ }).count(), 0);
  assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 0);
  assert.ok(ticketId);
  assert.deepEqual(complaints, []);
});

test('with a ticket open on a small screen / searches, and what one types is typed', { skip }, async () => {
  const [ticketId] = await many(1, 'On a phone');
  const opened = await openPage({ viewport: { width: 360, height: 740 } });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox?view=all&ticket=${ticketId}`);
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/suggest_reply|update_ticket/.test(request.url())) asked.push(request.url());
  });
  await page.keyboard.press('/');
  await page.keyboard.type('spam!');
  assert.equal(await page.getByRole('combobox', { name: 'Search tickets' }).inputValue(), 'spam!');
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.deepEqual(asked, []);
  // The list is there for good, and a ticket is opened from it.
  await page.keyboard.press('Escape');
  await list(opened).locator('li button').first().click();
  await page.getByRole('list', { name: 'Conversation' }).waitFor();
  assert.deepEqual(complaints, []);
});
