/** What somebody wrote is never lost, and never becomes what it was not meant to be: in a real browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { addMember } from '../../src/people/members.ts';
import { asSystem } from '../../src/store/database.ts';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, newTicket, openTicket, paste, until } from './inbox.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const editor = ({ page }: Opened) => page.locator('.ProseMirror');

/** A paragraph a line. */
const textOf = async (opened: Opened): Promise<string> =>
  (await editor(opened).locator('> *').allTextContents()).join('\n');

/** What the server keeps of a ticket, by kind. */
const keptOf = async (ticketId: string): Promise<Record<string, string>> => {
  const rows = await postern!.db
    .selectFrom('drafts')
    .select(['kind', 'body'])
    .where('ticketId', '=', ticketId)
    .execute();
  return Object.fromEntries(rows.map(({ kind, body }) => [kind, body]));
};

const untilKept = (ticketId: string, drafts: Record<string, string>) =>
  until(
    async () => JSON.stringify(await keptOf(ticketId)) === JSON.stringify(drafts),
    `drafts ${JSON.stringify(drafts)}`,
  );

async function writeOn(opened: Opened, subject: string, more: object = {}): Promise<string> {
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject, ...more });
  await openTicket(opened, postern!, ticketId);
  await editor(opened).waitFor();
  return ticketId;
}

const leftInBrowser = ({ page }: Opened) =>
  page.evaluate('Object.keys(localStorage).filter((name) => name.startsWith("postern:written:")).length');

test('a server out of reach takes nothing of what is written, and has it once it is back', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  const ticketId = await writeOn(opened, 'The net goes');
  await page.keyboard.press('r');
  await page.keyboard.type('Kept before.');
  await untilKept(ticketId, { reply: 'Kept before.' });
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.keyboard.type(' Written after.');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor({ timeout: 60_000 });
  await shoot(opened, 'inbox-offline');
  assert.equal(await textOf(opened), 'Kept before. Written after.');
  assert.equal(await leftInBrowser(opened), 1);
  // Closed and opened again while the server is still away: the page comes, the API does not.
  await page.reload();
  await page.unroute('**/api/v1/**');
  await untilKept(ticketId, { reply: 'Kept before. Written after.' });
  await openTicket(opened, postern!, ticketId);
  await editor(opened).getByText('Kept before. Written after.').waitFor();
  await until(async () => (await leftInBrowser(opened)) === 0, 'the browser keeps nothing');
});

test('a server that comes back is brought what was written, with no further key', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  const ticketId = await writeOn(opened, 'Back again');
  await page.keyboard.press('r');
  await page.route('**/api/v1/save_draft', (route) => route.abort());
  const asked = page.waitForRequest('**/api/v1/save_draft');
  await page.keyboard.type('While it was away.');
  await asked;
  await page.unroute('**/api/v1/save_draft');
  await untilKept(ticketId, { reply: 'While it was away.' });
});

test('what another device wrote while this one was out of reach stands below, and is not written over', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Two devices' });
  await call(opened, 'save_draft', { ticketId, kind: 'reply', body: 'On the phone.', seen: 1 });
  await page.route('**/api/v1/get_drafts', (route) => route.abort());
  await openTicket(opened, postern!, ticketId);
  await editor(opened).waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type('At the desk.');
  await editor(opened).getByText('At the desk.').waitFor();
  await page.unroute('**/api/v1/get_drafts');
  await untilKept(ticketId, { reply: 'At the desk.\n\nOn the phone.' });
});

test('a session that ends takes nothing away: sign in beside it, and send', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  const ticketId = await writeOn(opened, 'The session ends');
  await page.keyboard.press('r');
  await page.keyboard.type('Before.');
  await untilKept(ticketId, { reply: 'Before.' });
  await page.context().clearCookies();
  await page.keyboard.type(' After.');
  await page.keyboard.press('Control+Enter');
  const link = page.getByRole('alert').getByRole('link', { name: 'Sign in, in a new tab' });
  await link.waitFor();
  await shoot(opened, 'inbox-signed-out');
  assert.equal(await textOf(opened), 'Before. After.');
  const beside = await page.context().newPage();
  await signIn({ page: beside, complaints: [] }, postern!);
  await beside.close();
  // It is seen by itself.
  await link.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /^Send Ctrl/ }).click();
  await conversation(opened).getByText('Before. After.').waitFor();
  await untilKept(ticketId, {});
});

test('what one wrote is not brought as another who signs in beside it', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  const ticketId = await writeOn(opened, 'Two people');
  const ann = { name: 'Ann', email: 'ann@acme.localhost' };
  await asSystem(postern!.db, async (tx) => {
    const { id } = await tx
      .selectFrom('workspaces')
      .select('id')
      .where('slug', '=', 'acme')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('users')
      .values({ id: 'usr_ann', ...ann, emailVerified: true })
      .execute();
    await addMember(tx, id, { ...ann, userId: 'usr_ann', role: 'operator', now: new Date() });
  });
  await page.keyboard.press('r');
  await page.context().clearCookies();
  const refused = page.waitForResponse(
    (response) => response.url().endsWith('/save_draft') && response.headers()['x-postern-status'] === '401',
  );
  await page.keyboard.type('Of the owner.');
  await refused;
  const beside = await page.context().newPage();
  await signIn({ page: beside, complaints: [] }, postern!, ann.email);
  const asked = page.waitForResponse('**/api/v1/session');
  await page.evaluate('window.dispatchEvent(new Event("focus"))');
  await asked;
  // Whatever follows the answer has followed it by now.
  await call(opened, 'get_drafts', { ticketId });
  assert.deepEqual(await keptOf(ticketId), {});
  assert.equal(await leftInBrowser(opened), 1);
});

test('signing out takes what is kept in the browser away', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  await writeOn(opened, 'Signing out');
  await page.keyboard.press('r');
  await page.route('**/api/v1/save_draft', (route) => route.abort());
  await page.keyboard.type('Of the first.');
  await until(async () => (await leftInBrowser(opened)) === 1, 'the browser keeps it');
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.waitForURL(/sign-in/);
  assert.equal(await leftInBrowser(opened), 0);
});

test('a note never becomes a reply: each kind keeps its own text, in the browser and on the server', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const ticketId = await writeOn(opened, 'Of each kind', { name: 'Bob', email: 'bob@example.com' });
  await page.keyboard.press('n');
  await page.keyboard.type('INTERNAL: he lies.');
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  assert.equal((await textOf(opened)).trim(), '');
  await page.keyboard.press('Control+z');
  assert.equal((await textOf(opened)).trim(), '', 'undoing does not bring it either');
  assert.equal(await page.getByRole('button', { name: /^Send Ctrl/ }).isDisabled(), true);
  await page.keyboard.type('Dear Bob,');
  await untilKept(ticketId, { note: 'INTERNAL: he lies.', reply: 'Dear Bob,' });
  await page.getByRole('button', { name: /^Forward F/ }).click();
  await page.getByRole('textbox', { name: 'To', exact: true }).fill('factory@example.com');
  await until(async () => 'forward' in (await keptOf(ticketId)), 'a forward is kept');
  await openTicket(opened, postern!, ticketId);
  const to = page.getByRole('textbox', { name: 'To', exact: true });
  await until(async () => (await to.inputValue()) === 'factory@example.com', 'the forward is shown');
  await page.getByRole('button', { name: /^Note N/ }).click();
  await editor(opened).getByText('INTERNAL: he lies.').waitFor();
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('INTERNAL: he lies.').waitFor();
  await page.keyboard.press('r');
  await editor(opened).getByText('Dear Bob,').waitFor();
  assert.deepEqual(complaints, []);
});

test('pictures go with notes and forwards, and stay with what is written from ticket to ticket', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const other = await newTicket(postern!, { subject: 'Another' });
  const ticketId = await writeOn(opened, 'Pictures');
  const picture = (name: string) => paste(opened, { file: { name, type: 'image/png', base64: png } });
  const chip = (name: string) => page.getByRole('button', { name: `Take away ${name}` });
  await page.keyboard.press('n');
  await page.keyboard.type('See this.');
  await picture('note.png');
  await chip('note.png').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  assert.equal(await chip('note.png').count(), 0, 'it is the note’s');
  await picture('reply.png');
  await chip('reply.png').waitFor();
  await page.keyboard.press('Escape');
  await openTicket(opened, postern!, other.ticketId);
  await openTicket(opened, postern!, ticketId);
  await editor(opened).waitFor();
  await page.keyboard.press('r');
  await chip('reply.png').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await chip('note.png').waitFor();
  await page.keyboard.press('Control+Enter');
  await conversation(opened)
    .getByRole('button', { name: /note\.png/ })
    .waitFor();
  await page.keyboard.press('f');
  await page.getByRole('textbox', { name: 'To', exact: true }).fill('factory@example.com');
  await picture('forward.png');
  await chip('forward.png').waitFor();
  await page.getByRole('button', { name: /^Forward Ctrl/ }).click();
  await conversation(opened)
    .getByRole('button', { name: /forward\.png/ })
    .waitFor();
  assert.deepEqual(complaints, []);
});

test('after sending, the next key is for the ticket, and not written', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await newTicket(postern!, { subject: 'The one below' });
  const ticketId = await writeOn(opened, 'The one above');
  await page.keyboard.press('r');
  await page.keyboard.type('Done.');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('Done.').waitFor();
  await page.keyboard.press('j');
  await page.waitForURL((url) => !url.search.includes(ticketId));
  // A draft that was on its way while it was sent is taken back after it.
  await untilKept(ticketId, {});
  assert.deepEqual(complaints, []);
});

test('all saved replies, macros and issues are offered, however many', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await writeOn(opened, 'Many');
  for (let at = 1; at <= 61; at++) {
    const name = `Answer ${String(at).padStart(2, '0')}`;
    await call(opened, 'create_saved_reply', { name, body: name });
    await call(opened, 'create_issue', { title: `Issue ${at}`, body: 'It is known.' });
  }
  await page.reload();
  await editor(opened).waitFor();
  await page.keyboard.press('r');
  for (const name of ['01', '61']) {
    await page.keyboard.type(` ;${name}`);
    await page.getByRole('option', { name: `Answer ${name}` }).waitFor();
    await page.keyboard.press('Enter');
    await editor(opened).getByText(`Answer ${name}`).waitFor();
  }
  await page.keyboard.press('Escape');
  await page.keyboard.press('l');
  for (const name of ['Issue 1', 'Issue 61'])
    await page.getByRole('option', { name: new RegExp(`^${name} `) }).waitFor();
  assert.deepEqual(complaints, []);
});

test('a suggested reply comes in as a draft with its sources, and nothing is sent or queued', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const ticketId = await writeOn(opened, 'Refund', {
    body: 'How many days do I have to send an order back, and when is the refund on my card?',
  });
  await page.keyboard.press('r');
  await page.keyboard.type('Dear Bob,');
  await page.keyboard.press('Escape');
  await page.keyboard.press('s');
  const sources = page.getByRole('region', { name: 'Sources of the suggestion' });
  await sources.waitFor();
  await shoot(opened, 'inbox-suggested');
  assert.match(await textOf(opened), /^Dear Bob,\s+\S/);
  assert.ok((await sources.locator('summary').count()) > 0);
  const ticket = await call(opened, 'get_ticket', { ticketId });
  assert.equal((ticket.messages as JsonObject[]).length, 1);
  assert.deepEqual((await call(opened, 'list_proposals', { ticketId })).proposals, []);
  assert.deepEqual(complaints, []);
});

test('an article that was left while it was written is written on, or thrown away', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { articleId } = await call(opened, 'create_kb', { title: 'Fog', body: 'Leave it in a dry room.' });
  const address = `${postern!.url}/app/acme/articles`;
  const text = page.getByLabel('Text');
  const leave = async (id: string) => {
    await page.getByRole('link', { name: 'Inbox' }).click();
    await page.waitForURL(/inbox/);
    await page.goto(`${address}?id=${id}`);
    await page.getByRole('alert').getByText('You had written this before, and not saved it.').waitFor();
  };
  await page.goto(`${address}?id=${articleId}`);
  await text.fill('Leave it in a dry room for a day.');
  await leave(articleId as string);
  assert.equal(await text.inputValue(), 'Leave it in a dry room for a day.');
  await shoot(opened, 'articles-back');
  await page.getByRole('button', { name: 'Throw it away' }).click();
  assert.equal(await text.inputValue(), 'Leave it in a dry room.');
  await text.fill('Leave it in the sun.');
  await page.keyboard.press('Control+s');
  await page.getByText('Saved.', { exact: true }).waitFor();
  assert.equal(await leftInBrowser(opened), 0);

  await page.goto(`${address}?id=new`);
  await page.getByLabel('Title').fill('Rain');
  await leave('new');
  assert.equal(await page.getByLabel('Title').inputValue(), 'Rain');
  await text.fill('It is sealed.');
  await page.keyboard.press('Control+s');
  await page.getByText('Saved.', { exact: true }).first().waitFor();
  assert.equal(await leftInBrowser(opened), 0);
  assert.deepEqual(complaints, []);
});

test('what was written bold, as a list or code is read so by colleagues, and nothing in it is a page', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const ticketId = await writeOn(opened, 'Rich', { body: 'Is it **broken**?\n- yes' });
  const body =
    'Try **both** of *these*, `in this` order:\n1. unplug it\n2. plug it in\n   - gently\n\n> Does it blink?\n\n```\nreset --all\n```\n' +
    'See https://example.com/help. <b>No</b> [click](javascript:alert(1))';
  await call(opened, 'add_note', { ticketId, body });
  await openTicket(opened, postern!, ticketId);
  const note = conversation(opened).getByRole('listitem').filter({ hasText: 'unplug it' }).first();
  assert.deepEqual(
    await Promise.all(
      ['strong', 'em', 'code', 'ol > li', 'ul > li', 'blockquote', 'pre', 'a', 'b'].map((tag) =>
        note.locator(`.written ${tag}`).count(),
      ),
    ),
    [1, 1, 1, 2, 1, 1, 1, 1, 0],
  );
  await note.getByText('<b>No</b> [click](javascript:alert(1))').waitFor();
  await conversation(opened).getByText('Is it **broken**?').waitFor();
  await shoot(opened, 'inbox-rich');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 360, height: 740 });
  await shoot(opened, 'inbox-360-rich-dark');
  await assertAccessible(opened);
  assert.deepEqual(complaints, []);
});
