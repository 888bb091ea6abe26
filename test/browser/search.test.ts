/** Searching in the inbox: what is suggested while one types, what is marked, and what is said of what is no filter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { call, newTicket } from './inbox.ts';
import { gravelyWrong } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const field = ({ page }: Opened) => page.getByRole('combobox', { name: 'Search tickets' });
const option = ({ page }: Opened, name: RegExp) => page.getByRole('option', { name });
const list = ({ page }: Opened) => page.getByRole('region', { name: 'Tickets' });

async function openInbox(opened: Opened): Promise<void> {
  await signIn(opened, postern!);
  await opened.page.goto(`${postern!.url}/app/acme/inbox`);
  await field(opened).waitFor();
}

test('filters and their values are offered while one types, and people by their names', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await openInbox(opened);
  await call(opened, 'create_team', { name: 'Field optics' });
  const { ticketId } = await newTicket(postern!, {
    subject: 'Wombat hood',
    body: 'The wombat does not fit.',
    name: 'Grace Hopper',
    email: 'grace@cobol.example',
  });
  const { members } = await call(opened, 'list_members', {});
  const [me] = members as { userId: string; name: string }[];
  const { version } = await call(opened, 'get_ticket', { ticketId });
  await call(opened, 'update_ticket', {
    ticketId,
    version: version!,
    tags: ['zz-hood', 'zz-lens'],
    assigneeId: me!.userId,
  });
  await page.reload();
  await field(opened).waitFor();

  await page.keyboard.press('/');
  await option(opened, /^status: where it stands/).waitFor();
  await shoot(opened, 'search-filters');
  // A tag that no shown ticket has is offered too: the server knows it.
  await page.keyboard.type('tag:zz-l');
  await option(opened, /^tag:zz-lens/).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await field(opened).inputValue(), 'tag:zz-lens ');
  await page.keyboard.type('from:gra');
  await option(opened, /^from:grace@cobol\.example Grace Hopper/).waitFor();
  await shoot(opened, 'search-from');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('assignee:');
  await option(opened, /^assignee:me you/).waitFor();
  await shoot(opened, 'search-assignee');
  await page.keyboard.type(me!.name.split(' ')[0]!.toLowerCase());
  const named = me!.name.includes(' ') ? `assignee:"${me!.name}"` : `assignee:${me!.name}`;
  await option(opened, new RegExp(`^${named}`)).click();
  assert.equal(await field(opened).inputValue(), `tag:zz-lens from:grace@cobol.example ${named} `);
  await page.keyboard.press('Enter');
  await list(opened).getByText('Wombat hood').waitFor();

  // Escape closes what is offered, and takes nothing that was typed.
  await page.keyboard.press('/');
  await page.keyboard.type('after:');
  await option(opened, /^after:\d{4}-\d\d-\d\d yesterday/).waitFor();
  await shoot(opened, 'search-days');
  await page.keyboard.press('Escape');
  await option(opened, /./).first().waitFor({ state: 'detached' });
  assert.match(await field(opened).inputValue(), / after:$/);

  // In the middle, too, one types on where the suggestion ended.
  await field(opened).fill('pri hood');
  await field(opened).press('Home');
  await page.keyboard.press('ArrowRight');
  await option(opened, /^priority: how/).click();
  await page.keyboard.type('high');
  assert.equal(await field(opened).inputValue(), 'priority:high hood');
  assert.deepEqual(await gravelyWrong(page), []);
  assert.deepEqual(complaints, []);
});

test('what is no filter is said above what was found, and the subject is marked', { skip }, async () => {
  await Promise.all(
    (
      [
        ['light', {}],
        ['dark', { colorScheme: 'dark' }],
        ['small', { viewport: { width: 360, height: 740 } }],
      ] as const
    ).map(async ([look, options]) => {
      const opened = await openPage(options);
      const { page, complaints } = opened;
      await openInbox(opened);
      const subject = `Numbat <mark>strap</mark> ${look}`;
      await newTicket(postern!, { subject, body: 'The numbat is of status bogus, before yesterday.' });
      await field(opened).fill(`numbat strap status:bogus before:yesterday`);
      await field(opened).press('Enter');
      const row = list(opened).getByRole('button', { name: subject });
      await row.waitFor();
      const said = page.getByRole('status', { name: 'Not understood' });
      await said.getByText(/“status:bogus” is no filter.*open, pending/).waitFor();
      await said.getByText(/“before:yesterday” .* a day, such as 2026-01-31/).waitFor();
      assert.deepEqual((await row.locator('mark').allTextContents()).slice(0, 2), ['Numbat', 'strap']);
      await shoot(opened, `search-hints-${look}`);
      assert.deepEqual(await gravelyWrong(page), []);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(wide <= 0, `${wide}`);
      await field(opened).fill('numbat status:open https://example.com');
      await field(opened).press('Enter');
      await said.waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
    }),
  );
});

test('a page without tickets that is not the last is no end of the list', { skip }, async () => {
  const { db } = postern!;
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  // More than one call of a search reads; the exact words are in the oldest.
  await sql`insert into tickets (workspace_id, id, number, subject, status, channel, created_at, updated_at)
    select ${id}, 'tkt_crowd' || n, 100000 + n, case n when 1 then 'Dugong skin' else 'Dugong and skin' end, 'open', 'email',
      now(), now() from generate_series(1, 6300) n`.execute(db);
  await sql`update workspaces set next_ticket_number = 200000 where id = ${id}`.execute(db);
  const opened = await openPage();
  const { page, complaints } = opened;
  await openInbox(opened);
  const { tickets, next } = await call(opened, 'search_tickets', { query: '"dugong skin"' });
  assert.deepEqual([(tickets as unknown[]).length, typeof next], [0, 'string'], 'the first page is empty');
  await page.evaluate(`new MutationObserver(() => {
    window.saidNothing ||= document.body.innerText.includes('No ticket holds all of that.');
  }).observe(document.body, { childList: true, subtree: true, characterData: true })`);
  await field(opened).fill('"dugong skin"');
  await field(opened).press('Enter');
  await list(opened).getByRole('button', { name: 'Dugong skin' }).waitFor();
  assert.equal(await page.evaluate('window.saidNothing'), false);
  await field(opened).fill('"skin dugong"');
  await field(opened).press('Enter');
  await page.getByText('No ticket holds all of that.').waitFor();
  assert.deepEqual(complaints, []);
});

test('a page that is empty and not the last is gone past by itself', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const { db } = postern!;
  const { id, nextTicketNumber: next } = await db
    .selectFrom('workspaces')
    .select(['id', 'nextTicketNumber'])
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  // All have both words; none of the newest 200, which one call looks at, has them as asked.
  await sql`insert into tickets (workspace_id, id, number, subject, status, channel, created_at, updated_at)
    select ${id}, 'tkt_yak' || n, ${next}::bigint + n, case n when 0 then 'Zebra yak' else 'yak and zebra' end, 'open',
      'email', now(), now() from generate_series(0, 299) n`.execute(db);
  await db
    .updateTable('workspaces')
    .set({ nextTicketNumber: next + 300n })
    .where('id', '=', id)
    .execute();
  await openInbox(opened);
  await field(opened).fill('"zebra yak"');
  const first = page.waitForResponse('**/api/v1/search_tickets');
  await field(opened).press('Enter');
  assert.deepEqual((await (await first).json()).tickets, []);
  await list(opened).getByRole('listitem').getByText('Zebra yak', { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});
