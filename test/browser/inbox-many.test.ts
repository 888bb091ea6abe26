import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, newTicket, openTicket } from './inbox.ts';

const postern = skip ? undefined : await startTestPostern();

const statusOf = async (ids: readonly string[]) =>
  (
    await postern!.db
      .selectFrom('tickets')
      .select(['status', 'tags', 'assigneeId'])
      .where('id', 'in', ids)
      .orderBy('number')
      .execute()
  ).map(({ status, tags, assigneeId }) => [status, tags, assigneeId !== null]);

/** Until the database has it so. */
async function becomes(ids: readonly string[], wanted: unknown[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    const now = await statusOf(ids);
    if (JSON.stringify(now) === JSON.stringify(wanted)) return;
    if (tries > 300) assert.deepEqual(now, wanted);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('several tickets are changed by one key, and go back by another, each to what it was', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const made = [];
  for (const subject of ['One', 'Two', 'Three']) made.push(await newTicket(postern!, { subject }));
  const ids = made.map(({ ticketId }) => ticketId);
  const { version } = await call(opened, 'get_ticket', { ticketId: ids[1]! });
  await call(opened, 'update_ticket', {
    ticketId: ids[1]!,
    version: version!,
    status: 'pending',
    tags: ['lens'],
  });
  // The newest that moved is at the top: Two, Three, One.
  await openTicket(opened, postern!, ids[1]!);
  await page.getByRole('checkbox', { name: `Select #${made[0]!.number}` }).waitFor();
  await page.keyboard.press('Shift+J');
  await page.getByRole('heading', { name: /^Three/ }).waitFor();
  await page.keyboard.press('Shift+J');
  await page.getByRole('region', { name: '3 selected' }).waitFor();
  await shoot(opened, 'inbox-bulk');
  await page.keyboard.press('t');
  await page.getByRole('dialog', { name: 'Tags of 3 selected' }).waitFor();
  await page.keyboard.type('New Wave');
  await page.keyboard.press('Enter');
  await page.getByText('3 tickets changed.').waitFor();
  await becomes(ids, [
    ['open', ['new-wave'], false],
    ['pending', ['lens', 'new-wave'], false],
    ['open', ['new-wave'], false],
  ]);
  await page.keyboard.press('z');
  await becomes(ids, [
    ['open', [], false],
    ['pending', ['lens'], false],
    ['open', [], false],
  ]);
  for (const { number } of made) await page.getByRole('checkbox', { name: `Select #${number}` }).check();
  await page.getByRole('region', { name: '3 selected' }).waitFor();
  await page.getByRole('list', { name: 'Conversation' }).click();
  await page.keyboard.press('e');
  await becomes(ids, [
    ['resolved', [], false],
    ['resolved', ['lens'], false],
    ['resolved', [], false],
  ]);
  await page.getByText('3 tickets are resolved.').waitFor();
  await page.keyboard.press('z');
  await becomes(ids, [
    ['open', [], false],
    ['pending', ['lens'], false],
    ['open', [], false],
  ]);
  await page.keyboard.press('Control+a');
  await page.getByRole('region', { name: /selected$/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('region', { name: /selected$/ }).waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

test('one ticket is snoozed, tagged, given away, linked, run through a macro and merged by keys', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'All keys' });
  const other = await newTicket(postern!, { subject: 'The same again' });
  await call(opened, 'create_issue', { title: 'Known to fog', body: 'It fogs.' });
  await call(opened, 'create_macro', {
    name: 'Urgent',
    actions: [{ kind: 'set_priority', priority: 'urgent' }],
  });
  await openTicket(opened, postern!, ticketId);
  const stands = (wanted: unknown) => becomes([ticketId], [wanted]);
  const choose = async (key: string, dialog: RegExp, typed = '') => {
    await page.keyboard.press(key);
    await page.getByRole('dialog', { name: dialog }).waitFor();
    await page.keyboard.type(typed);
    if (typed)
      await page
        .getByRole('dialog')
        .getByRole('option', { name: new RegExp(typed, 'i') })
        .first()
        .waitFor();
    await page.keyboard.press('Enter');
  };
  await choose('t', /^Tags of/, 'lens');
  await stands(['open', ['lens'], false]);
  await page.keyboard.press('z');
  await stands(['open', [], false]);
  await choose('a', /^Assign/);
  await stands(['open', [], true]);
  await choose('h', /^Snooze/, 'tomorrow');
  await stands(['snoozed', [], true]);
  await page.getByText(/is snoozed\.$/).waitFor();
  await page.keyboard.press('z');
  await stands(['open', [], true]);
  await openTicket(opened, postern!, ticketId);
  await choose('l', /^Issues that/, 'known');
  await page.getByRole('complementary').getByText('Known to fog').waitFor();
  await choose('m', /^Run a macro/, 'urgent');
  await page.getByText('“Urgent” is done.').waitFor();
  await page.keyboard.press('z');
  await page
    .getByText(/^Undone: /)
    .last()
    .waitFor();
  await page.keyboard.press('i');
  await page.getByRole('dialog', { name: 'About this ticket' }).waitFor();
  await page.keyboard.press('Escape');
  await choose('Shift+M', /^Merge #/, 'same again');
  await page.getByRole('dialog').getByRole('checkbox').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('heading', { name: `The same again #${other.number}` }).waitFor();
  await becomes([ticketId], [['closed', [], true]]);
  await page.keyboard.press('u');
  await page.getByText('Choose a ticket, or press J.').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await shoot(opened, 'inbox-keys');
  assert.deepEqual(complaints, []);
});

test('a search is completed while one types, marks what it found, and is kept as a view', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await newTicket(postern!, { subject: 'Quokka', body: 'The quokka cannot be charged.' });
  await page.goto(`${postern!.url}/app/acme/inbox`);
  const search = page.getByRole('combobox', { name: 'Search tickets' });
  await search.waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('quokka sta');
  await page.getByRole('option', { name: /^status:/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: /^status:open/ }).waitFor();
  await shoot(opened, 'inbox-search');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  assert.equal(await search.inputValue(), 'quokka status:open ');
  await page.keyboard.press('Enter');
  const list = page.getByRole('region', { name: 'Tickets' });
  // In the subject, and in what is said.
  for (const word of ['Quokka', 'quokka'])
    await list.locator('mark').getByText(word, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Save a view' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save a view' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Fresh');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(/a view is made of filters/).waitFor();
  await dialog.getByRole('textbox', { name: 'Filters' }).fill('status:open');
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const views = page.getByRole('navigation', { name: 'Views' });
  await views.getByRole('button', { name: /^Fresh \d/ }).waitFor();
  await list.getByText('Quokka', { exact: true }).waitFor();
  await views.getByRole('button', { name: 'Change the view Fresh' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await views.getByRole('button', { name: /^Fresh/ }).waitFor({ state: 'detached' });
  // What was refused above is said by the browser, too.
  assert.deepEqual(
    complaints.filter((one) => !/status of 422/.test(one)),
    [],
  );
});

const box = 'document.querySelector("section[aria-label=Tickets]")';

test('the end of a long list costs a page, and what moves asks for no more than that', { skip }, async () => {
  const { db, url } = postern!;
  const many = Number(process.env.POSTERN_TEST_TICKETS ?? 5_000);
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  await sql`insert into tickets (workspace_id, id, number, subject, status, channel, created_at, updated_at)
    select ${id}, 'tkt_many' || n, 100000 + n, 'Many ' || n, 'open', 'email', now() - n * interval '1 minute',
      now() - n * interval '1 minute' from generate_series(1, ${many}::int) n`.execute(db);
  await sql`analyze tickets`.execute(db);
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  let pages = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/list_tickets')) pages++;
  });
  const started = performance.now();
  await page.goto(`${url}/app/acme/inbox?view=all`);
  const list = page.getByRole('region', { name: 'Tickets' });
  await list.getByRole('listitem').first().waitFor();
  console.log(`first list of ${many} in ${Math.round(performance.now() - started)} ms`);
  for (let jump = 1; jump <= 40; jump++) {
    const before = pages;
    const height = await page.evaluate<number>(`${box}.scrollHeight`);
    await page.evaluate(`${box}.scrollTop = ${height}`);
    while (!(await page.evaluate(`${box}.scrollHeight > ${height}`)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(pages - before <= 2, `a jump to the end read ${pages - before} pages`);
  }
  const rows = await list.getByRole('listitem').count();
  assert.ok(rows < 60, `${rows} rows are in the page`);
  const heap = await page.evaluate<number>('performance.memory.usedJSHeapSize');
  console.log(`${pages} pages read, ${rows} rows in the page, ${Math.round(heap / 1e6)} MB of heap`);
  assert.ok(heap < 120e6, `${heap} bytes of heap`);
  const before = pages;
  const fresh = page.waitForResponse(/list_tickets/);
  await newTicket(postern!, { subject: 'The newest of all' });
  await fresh;
  await page.evaluate(`${box}.scrollTop = 0`);
  await list.getByText('The newest of all').waitFor();
  assert.ok(pages - before <= 2, `one ticket that moved had ${pages - before} pages read`);
  assert.deepEqual(complaints, []);
});
