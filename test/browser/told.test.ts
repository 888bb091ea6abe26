/** What a ticket tells of itself: where it goes on, what became of it, what its customer thought; and which way its text runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, newTicket, openTicket } from './inbox.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

test('a merged ticket says where it goes on, and history says what was changed to what', {
  skip,
}, async () => {
  const opened = await openPage({ viewport: { width: 1440, height: 900 } });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const from = await newTicket(postern!, { subject: 'Twice asked' });
  const into = await newTicket(postern!, { subject: 'Once asked' });
  const change = async (ticketId: string, changed: object) => {
    const { version } = await call(opened, 'get_ticket', { ticketId });
    await call(opened, 'update_ticket', { ticketId, version: version!, ...changed });
  };
  await change(into.ticketId, { status: 'pending', tags: ['lens'] });
  await change(into.ticketId, { status: 'open', priority: 'high', tags: ['battery'] });
  await openTicket(opened, postern!, into.ticketId);
  const history = page.getByRole('region', { name: 'History' });
  await history.getByText('You changed tags +lens, status open → pending').waitFor();
  await history.getByText(/You changed .*tags \+battery −lens/).waitFor();
  await history.getByText(/You changed .*status pending → open/).waitFor();
  await history.getByText(/You changed .*priority normal → high/).waitFor();
  assert.equal(await page.title(), `#${into.number} Once asked · Acme Cameras · Postern`);

  const versionOf = async (ticketId: string) => (await call(opened, 'get_ticket', { ticketId })).version!;
  await call(opened, 'merge_tickets', {
    from: from.ticketId,
    fromVersion: await versionOf(from.ticketId),
    into: into.ticketId,
    intoVersion: await versionOf(into.ticketId),
    acrossCustomers: true,
  });
  await openTicket(opened, postern!, from.ticketId);
  await page.getByText('This was merged into another ticket; reply there.').waitFor();
  await shoot(opened, 'inbox-merged');
  await page.getByRole('link', { name: 'go to that ticket' }).click();
  await page.getByRole('heading', { name: 'Once asked' }).waitFor();
  await history.getByRole('link', { name: 'the other ticket' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('what a customer said of the help is there to read', { skip }, async () => {
  const opened = await openPage({ viewport: { width: 1440, height: 900 } });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Rated' });
  const now = new Date();
  const { id: workspaceId } = await postern!.db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  await postern!.db
    .insertInto('ratings')
    .values({
      workspaceId,
      ticketId,
      id: 'rat_told',
      resolvedAt: now,
      askedAt: now,
      endsAt: now,
      ratedAt: now,
      score: 'bad',
      comment: 'Nobody asked which lens.',
    })
    .execute();
  await openTicket(opened, postern!, ticketId);
  const rating = page.getByRole('region', { name: 'What the customer said of it' });
  await rating.getByText('bad', { exact: true }).waitFor();
  await rating.getByText('Nobody asked which lens.').waitFor();
  await shoot(opened, 'inbox-rating');
  await assertAccessible(opened);
  assert.deepEqual(complaints, []);
});

test('text that runs from right to left does, in the list and in the conversation', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, {
    subject: 'العدسة لا تعمل Acme X100',
    body: 'مرحبا، العدسة لا تعمل.\nIt worked yesterday.',
    name: 'فاطمة',
    email: 'fatima@example.com',
  });
  await openTicket(opened, postern!, ticketId);
  const line = page.getByRole('region', { name: 'Tickets' }).getByText('العدسة لا تعمل Acme X100');
  const isRtl = (one: unknown) => (one as { matches(selector: string): boolean }).matches(':dir(rtl)');
  assert.ok(await line.evaluate(isRtl));
  // Each paragraph by itself: the first at the right, the second at the left.
  const sides = await page.evaluate(`(() => {
    const one = [...document.querySelectorAll('.bidi')].find((one) => one.textContent.includes('مرحبا'));
    const text = document.createTreeWalker(one, NodeFilter.SHOW_TEXT).nextNode();
    const placeOf = (words) => {
      const range = document.createRange();
      const at = text.textContent.indexOf(words);
      range.setStart(text, at);
      range.setEnd(text, at + words.length);
      return range.getBoundingClientRect();
    };
    const box = one.getBoundingClientRect();
    return [box.right - placeOf('مرحبا').right, placeOf('It worked').left - box.left].map(Math.round);
  })()`);
  assert.deepEqual(sides, [0, 0]);
  await shoot(opened, 'inbox-right-to-left');
  assert.deepEqual(complaints, []);
});

test('a window to choose from keeps nobody out while it holds nothing', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Alone' });
  await openTicket(opened, postern!, ticketId);
  for (const [key, says] of [
    ['m', 'There are no macros yet. An admin makes them in the settings.'],
    ['Shift+M', 'No ticket holds all of that.'],
  ] as const) {
    await page.keyboard.press(key);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox').fill('zzzz');
    await dialog.getByRole('option', { name: says }).waitFor();
    await assertAccessible(opened);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }
  assert.deepEqual(complaints, []);
});

test('reports end with the desk’s own day, wherever one reads them', { skip }, async () => {
  const opened = await openPage({ timezoneId: 'Pacific/Honolulu' });
  const { page } = opened;
  await signIn(opened, postern!);
  const setZone = async (timeZone: string) => {
    const { version } = await call(opened, 'get_desk_settings', {});
    await call(opened, 'update_desk_settings', { version: version!, timeZone });
  };
  await setZone('Pacific/Kiritimati');
  await page.goto(`${postern!.url}/app/acme/reports`);
  const day = await page.evaluate(
    `new Intl.DateTimeFormat('sv', { timeZone: 'Pacific/Kiritimati' }).format(new Date())`,
  );
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), day);
  await setZone('UTC');
});
