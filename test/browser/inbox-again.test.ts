/** An answer that is lost, and two tabs at one text: nothing is sent twice, and nothing that was written is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { becomes, call, conversation, newTicket, openTicket, until } from './inbox.ts';
import { addColleague, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const editor = ({ page }: Opened) => page.locator('.ProseMirror');
const textOf = async (opened: Opened): Promise<string> =>
  (await editor(opened).locator('> *').allTextContents()).join('\n');

const bodiesOf = async (ticketId: string) =>
  (
    await postern!.db
      .selectFrom('messages')
      .select('body')
      .where('ticketId', '=', ticketId)
      .where('author', '=', 'operator')
      .orderBy('createdAt')
      .execute()
  ).map(({ body }) => body);

const keptOf = async (ticketId: string) =>
  (await postern!.db.selectFrom('drafts').select('body').where('ticketId', '=', ticketId).execute()).map(
    ({ body }) => body,
  );

async function writeOn(opened: Opened, subject: string): Promise<string> {
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject, name: 'Bob', email: 'bob@example.com' });
  await openTicket(opened, postern!, ticketId);
  await editor(opened).waitFor();
  return ticketId;
}

/** The server does the next one of these, and its answer is lost. */
const loseAnswer = ({ page }: Opened, operation: string) =>
  page.route(
    `**/api/v1/${operation}`,
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );

test('a note, a reply and a forward whose answer was lost are there once, however often they are sent', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  const ticketId = await writeOn(opened, 'Lost answers');
  const sent = async (operation: string, said: string) => {
    await loseAnswer(opened, operation);
    const lost = page.waitForEvent('requestfailed', (request) => request.url().endsWith(`/${operation}`));
    await page.keyboard.press('Control+Enter');
    await lost;
    await page.getByRole('button', { name: / Ctrl/, disabled: false }).waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByText(said, { exact: true }).waitFor();
    await until(async () => (await textOf(opened)).trim() === '', 'nothing is left of it');
  };
  await page.keyboard.press('n');
  await page.keyboard.type('Noted once.');
  await sent('add_note', 'Noted.');
  await page.keyboard.press('r');
  await page.keyboard.type('Answered once.');
  await sent('reply', 'Sent.');
  await page.keyboard.press('f');
  await page.getByRole('textbox', { name: 'To', exact: true }).fill('factory@example.com');
  await editor(opened).click();
  await page.keyboard.type('Forwarded once.');
  await sent('forward', 'Forwarded.');
  assert.deepEqual(await bodiesOf(ticketId), ['Noted once.', 'Answered once.', 'Forwarded once.']);
});

test('a reply right after one’s own note goes before the note was read again', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const ticketId = await writeOn(opened, 'Right after');
  const sent = Promise.withResolvers<void>();
  await page.route('**/api/v1/get_ticket', (route) => sent.promise.then(() => route.continue()));
  await page.keyboard.press('n');
  await page.keyboard.type('Of my own.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Noted.', { exact: true }).waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type('Answered.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Sent.', { exact: true }).waitFor();
  sent.resolve();
  await conversation(opened).getByText('Answered.').waitFor();
  assert.deepEqual(await bodiesOf(ticketId), ['Of my own.', 'Answered.']);
  assert.deepEqual(complaints, []);
});

test('what was sent without an answer and then changed is not sent beside it unsaid', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  const ticketId = await writeOn(opened, 'Changed after');
  await page.keyboard.press('n');
  await page.keyboard.type('First words.');
  await loseAnswer(opened, 'add_note');
  await page.keyboard.press('Control+Enter');
  await page.getByText('The server cannot be reached. What you see may be old.').last().waitFor();
  await page.keyboard.type(' And more.');
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Not sent: what you sent before did arrive/).waitFor();
  await shoot(opened, 'inbox-sent-before');
  assert.deepEqual(await bodiesOf(ticketId), ['First words.']);
  assert.equal(await textOf(opened), 'First words. And more.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Noted.', { exact: true }).waitFor();
  assert.deepEqual(await bodiesOf(ticketId), ['First words.', 'First words. And more.']);
});

test('a conversation whose answer was lost is one ticket, and one mail', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.getByRole('region', { name: 'Tickets' }).waitFor();
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog', { name: 'New conversation' });
  await dialog.getByLabel('Mail address').fill('eve@example.com');
  await dialog.getByLabel('Subject').fill('Opened once');
  await dialog.getByLabel('Message').fill('We write first.');
  await loseAnswer(opened, 'start_conversation');
  await page.keyboard.press('Control+Enter');
  await dialog.getByText('The server cannot be reached.').waitFor();
  // Also where the app is loaded anew meanwhile.
  await page.reload();
  await page.getByRole('region', { name: 'Tickets' }).waitFor();
  await page.keyboard.press('c');
  await dialog.getByLabel('Message').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Sent as #\d+\.$/).waitFor();
  const made = await postern!.db
    .selectFrom('tickets')
    .select('id')
    .where('subject', '=', 'Opened once')
    .execute();
  assert.equal(made.length, 1);
  const mails = await postern!.db
    .selectFrom('outbox')
    .select('id')
    .where('rcptTo', '=', 'eve@example.com')
    .execute();
  assert.equal(mails.length, 1);
});

test('two tabs at one reply: neither writes over the other, and both show both', { skip }, async () => {
  const first = await openPage();
  const ticketId = await writeOn(first, 'Two tabs');
  const second = { page: await first.page.context().newPage(), complaints: [] as string[] };
  await openTicket(second, postern!, ticketId);
  await editor(second).waitFor();
  await first.page.bringToFront();
  await first.page.keyboard.press('r');
  await first.page.keyboard.type('First tab text');
  await until(async () => (await keptOf(ticketId))[0] === 'First tab text', 'the first is kept');
  await second.page.bringToFront();
  await second.page.keyboard.press('r');
  await second.page.keyboard.type('Second tab text');
  await second.page.getByText(/wrote on this too/).waitFor();
  const both = 'Second tab text\n\nFirst tab text';
  await until(async () => (await keptOf(ticketId))[0] === both, 'both are kept');
  await shoot(second, 'inbox-two-tabs');
  assert.equal((await textOf(second)).replace(/\n+/g, '\n'), 'Second tab text\nFirst tab text');

  // The first goes on, and has the other's words too: once.
  await first.page.bringToFront();
  await first.page.keyboard.type(', and more');
  await first.page.getByText(/wrote on this too/).waitFor();
  const all = 'First tab text, and more\n\nSecond tab text';
  await until(async () => (await keptOf(ticketId))[0] === all, 'what was added is kept');
  await openTicket(first, postern!, ticketId);
  await editor(first).getByText('Second tab text').waitFor();
  assert.deepEqual([...first.complaints, ...second.complaints], []);
});

test('two tabs that are closed while the server is away both come back', { skip }, async () => {
  const first = await openPage();
  const ticketId = await writeOn(first, 'Closed while away');
  const context = first.page.context();
  const second = { page: await context.newPage(), complaints: [] as string[] };
  await openTicket(second, postern!, ticketId);
  await editor(second).waitFor();
  await context.route('**/api/v1/save_draft', (route) => route.abort());
  for (const [tab, text] of [
    [first, 'Of the first tab.'],
    [second, 'Of the second tab.'],
  ] as const) {
    await tab.page.bringToFront();
    await tab.page.keyboard.press('r');
    const asked = tab.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/save_draft'));
    await tab.page.keyboard.type(text);
    await asked;
  }
  const third = { page: await context.newPage(), complaints: [] as string[] };
  for (const { page } of [first, second]) await page.close();
  await context.unroute('**/api/v1/save_draft');
  await openTicket(third, postern!, ticketId);
  const holdsBoth = (text: string) => /Of the first tab\./.test(text) && /Of the second tab\./.test(text);
  await until(async () => holdsBoth((await keptOf(ticketId))[0] ?? ''), 'both are kept');
  await until(async () => holdsBoth(await textOf(third)), 'both are shown');
  const left = 'Object.keys(localStorage).filter((name) => name.startsWith("postern:written:")).length';
  await until(async () => (await third.page.evaluate(left)) === 0, 'the browser keeps nothing');
});

test('what one tab sends takes nothing of what the other wrote', { skip }, async () => {
  const first = await openPage();
  const ticketId = await writeOn(first, 'Sent in one tab');
  const second = { page: await first.page.context().newPage(), complaints: [] as string[] };
  await openTicket(second, postern!, ticketId);
  await editor(second).waitFor();
  await first.page.bringToFront();
  await first.page.keyboard.press('n');
  await first.page.keyboard.type('Of the first tab.');
  await until(async () => (await keptOf(ticketId))[0] === 'Of the first tab.', 'the first is kept');
  await second.page.bringToFront();
  await second.page.keyboard.press('n');
  await second.page.keyboard.type('Of the second tab.');
  await until(async () => /second/.test((await keptOf(ticketId))[0] ?? ''), 'the second is kept');
  await first.page.bringToFront();
  await first.page.keyboard.press('Control+Enter');
  await conversation(first).getByText('Of the first tab.').waitFor();
  // What the first tab does with its draft then is done.
  await settled(first.page);
  await second.page.reload();
  await editor(second).getByText('Of the second tab.').waitFor();
  assert.deepEqual(await bodiesOf(ticketId), ['Of the first tab.']);
  assert.deepEqual([...first.complaints, ...second.complaints], []);
});

test('one’s own note holds nothing back, a colleague’s does, and a key says so', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const ticketId = await writeOn(opened, 'One’s own note');
  await page.keyboard.press('r');
  await page.keyboard.type('Dear Bob,');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.keyboard.type('I look at it.');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('I look at it.').waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type(' it is on its way.');
  assert.equal(await page.getByRole('alert').count(), 0);
  const ada = await openPage();
  await addColleague(postern!);
  await signIn(ada, postern!, 'ada.operator@acme.localhost');
  await call(ada, 'add_note', { ticketId, body: 'Wait with it.' });
  const alert = page.getByRole('alert');
  await alert.getByText('Wait with it.').waitFor();
  assert.equal(await alert.getByText('I look at it.').count(), 0);
  await page.keyboard.press('Control+Enter');
  await page.getByText(/^Not sent: read first/).waitFor();
  assert.deepEqual(await bodiesOf(ticketId), ['I look at it.', 'Wait with it.']);
  await alert.getByRole('button', { name: 'I have read it' }).click();
  await editor(opened).click();
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('Dear Bob, it is on its way.').waitFor();
  // The same without anybody else.
  await page.keyboard.press('r');
  await page.keyboard.type('One more word.');
  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.keyboard.type('Done.');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('Done.').waitFor();
  await page.keyboard.press('r');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('One more word.').waitFor();
  assert.deepEqual(complaints, []);
});

test('what one did before one’s own reply is still taken back, but not past a colleague', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const ticketId = await writeOn(opened, 'Undone past a reply');
  await page.keyboard.press('a');
  await page.getByRole('dialog', { name: /^Assign #/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(/assigned to you\.$/).waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type('On its way.');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('On its way.').waitFor();
  await page.keyboard.press('n');
  await page.keyboard.type('Told him.');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('Told him.').waitFor();
  await page.keyboard.press('z');
  await becomes(opened, ticketId, { assigneeId: null, status: 'pending' });
  assert.deepEqual(complaints, []);
});
