import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { inWorkspace } from '../../src/store/database.ts';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, newTicket, openTicket } from './inbox.ts';
import { gravelyWrong } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const workspaceOf = (ticketId: string) =>
  postern!.db
    .selectFrom('tickets')
    .select('workspaceId')
    .where('id', '=', ticketId)
    .executeTakeFirstOrThrow();

/** A ticket of 500 messages, the first of which is the oldest. */
async function longTicket(): Promise<{ ticketId: string; ids: string[] }> {
  const { ticketId } = await newTicket(postern!, {
    subject: 'It never ends',
    body: 'Message 499',
    name: 'Bob',
    email: `${randomIds('cus')}@example.com`.toLowerCase(),
  });
  const { workspaceId } = await workspaceOf(ticketId);
  const rows = Array.from({ length: 499 }, (_, at) => ({
    workspaceId,
    ticketId,
    id: randomIds('msg'),
    author: at % 3 ? ('customer' as const) : ('operator' as const),
    authorId: null,
    visibility: at % 7 === 3 ? ('note' as const) : ('public' as const),
    body: `Message ${at}${'\n.'.repeat(at % 4)}`,
    createdAt: new Date(Date.now() - (1000 - at) * 60_000),
  }));
  await inWorkspace(postern!.db, workspaceId, (tx) => tx.insertInto('messages').values(rows).execute());
  return { ticketId, ids: rows.map(({ id }) => id) };
}

/** How far up on the page a message stands. */
const topOf = ({ page }: Opened, id: string) =>
  page
    .locator(`[id="${id}"]`)
    .evaluate((item) => Math.round((item as unknown as Rect).getBoundingClientRect().top));
interface Rect {
  getBoundingClientRect(): { top: number };
}

const shown = async (opened: Opened) =>
  (await conversation(opened).getByRole('listitem').allInnerTexts()).map((text) =>
    Number(/Message (\d+)/.exec(text)?.[1]),
  );

const upTo = (count: number) => Array.from({ length: count }, (_, at) => 500 - count + at);

test('of 500 messages the newest are shown first, and the rest as one goes up to them', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId, ids } = await longTicket();
  await openTicket(opened, postern!, ticketId);
  const items = conversation(opened).getByRole('listitem');
  const room = page.getByRole('region', { name: 'Conversation' });
  await items.filter({ hasText: 'Message 499' }).waitFor();
  assert.deepEqual(await shown(opened), upTo(100));
  await page.waitForFunction(`(() => {
    const box = document.querySelector('section[aria-label=Conversation]');
    return box.scrollHeight - box.clientHeight - box.scrollTop < 8;
  })()`);
  await shoot(opened, 'thread-newest');

  // On scrolling up, what one looks at stays where it is.
  await room.hover();
  await room.evaluate((box) => (box as unknown as { scrollTo(x: number, y: number): void }).scrollTo(0, 60));
  const before = await topOf(opened, ids[400]!);
  await page.mouse.wheel(0, -55);
  await items.filter({ hasText: /Message 350\b/ }).waitFor();
  assert.deepEqual(await shown(opened), upTo(150));
  const moved = (await topOf(opened, ids[400]!)) - before;
  assert.ok(moved >= 0 && moved <= 60, `it moved by ${moved} px`);
  await shoot(opened, 'thread-earlier');

  // Somebody writes meanwhile: nothing is lost between, and one is not taken away.
  const place = await topOf(opened, ids[400]!);
  await call(opened, 'add_note', { ticketId, body: 'Message 500' });
  await items.filter({ hasText: 'Message 500' }).waitFor();
  assert.deepEqual(await shown(opened), [...upTo(150), 500]);
  assert.equal(await topOf(opened, ids[400]!), place);

  // By the keyboard, to the first of all.
  for (let left = 350; left > 0; left -= 50) {
    await page.getByRole('button', { name: `Show earlier (${left})` }).press('Enter');
    await items.filter({ hasText: new RegExp(`Message ${left - 50}\\b`) }).waitFor();
  }
  assert.deepEqual(await shown(opened), [...upTo(500), 500]);
  assert.equal(await page.getByRole('button', { name: /^Show earlier \(/ }).count(), 0);
  assert.equal(await room.evaluate((box) => box === box.ownerDocument?.activeElement), true);
  assert.deepEqual(await gravelyWrong(page), []);
  await shoot(opened, 'thread-first');
  assert.deepEqual(complaints, []);
});

test('whoever is led to an old message finds it, and can answer there', { skip }, async () => {
  const opened = await openPage({ viewport: { width: 360, height: 720 }, colorScheme: 'dark' });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId, ids } = await longTicket();
  await page.goto(`${postern!.url}/app/acme/inbox?view=all&ticket=${ticketId}#${ids[3]}`);
  const old = conversation(opened)
    .getByRole('listitem')
    .filter({ hasText: /Message 3\b/ });
  await old.waitFor();
  await page.waitForFunction(`(() => {
    const { top, bottom } = document.getElementById('${ids[3]}').getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  })()`);
  await shoot(opened, 'thread-old-dark-small');
  await call(opened, 'add_note', { ticketId, body: 'Seen.' });
  await conversation(opened).getByRole('listitem').filter({ hasText: 'Seen.' }).waitFor();
  await old.waitFor();
  assert.deepEqual(await gravelyWrong(page), []);
  assert.deepEqual(complaints, []);
});

test('a long history goes on in its panel', { skip }, async () => {
  const opened = await openPage({ viewport: { width: 1400, height: 900 } });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Up and down', name: 'Bob' });
  const { workspaceId } = await workspaceOf(ticketId);
  const events = Array.from({ length: 120 }, (_, at) => ({
    ...{ workspaceId, ticketId, id: randomIds('evt'), actor: 'customer', version: at + 2 },
    kind: 'ticket.updated' as const,
    changes: JSON.stringify({ priority: { from: 'low', to: 'high' } }),
  }));
  await inWorkspace(postern!.db, workspaceId, (tx) => tx.insertInto('ticketEvents').values(events).execute());
  await openTicket(opened, postern!, ticketId);
  const history = page.getByRole('complementary').getByRole('region', { name: 'History' });
  await history.getByRole('button', { name: 'Show earlier (21)' }).click();
  await history.getByRole('button').waitFor({ state: 'detached' });
  assert.equal(await history.getByRole('listitem').count(), 121);
  await shoot(opened, 'thread-history');
  assert.deepEqual(complaints, []);
});
