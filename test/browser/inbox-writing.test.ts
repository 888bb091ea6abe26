import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMember } from '../../src/people/members.ts';
import { asSystem } from '../../src/store/database.ts';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, newTicket, openTicket, paste, until } from './inbox.ts';

const postern = skip ? undefined : await startTestPostern();

/** One red dot. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

test('a draft is on another device as it was, and gone once it is sent', { skip }, async () => {
  const desk = await openPage();
  await signIn(desk, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'A draft' });
  await openTicket(desk, postern!, ticketId);
  await desk.page.keyboard.press('r');
  await desk.page.keyboard.type('Dear Ada,\nplease **try** the other port.');
  await desk.page
    .getByRole('textbox', { name: /^Write to the customer/ })
    .locator('strong')
    .waitFor();
  await kept(ticketId, 'Dear Ada,\nplease **try** the other port.');
  const phone = await openPage({ viewport: { width: 360, height: 640 } });
  await signIn(phone, postern!);
  await openTicket(phone, postern!, ticketId);
  // As it stood there, not as it is kept.
  await phone.page.getByText('please try the other port.').waitFor();
  assert.equal(await phone.page.locator('.ProseMirror strong').textContent(), 'try');
  await shoot(phone, 'inbox-360-draft');
  await phone.page.getByRole('button', { name: /^Send Ctrl/ }).click();
  await conversation(phone).getByText('please try the other port.').waitFor();
  assert.equal(await conversation(phone).locator('strong').textContent(), 'try');
  const left = await postern!.db.selectFrom('drafts').selectAll().where('ticketId', '=', ticketId).execute();
  assert.deepEqual(left, []);
  assert.deepEqual([...desk.complaints, ...phone.complaints], []);
});

/** Until the server has this draft. */
const kept = (ticketId: string, body: string): Promise<void> =>
  until(async () => {
    const drafts = await postern!.db
      .selectFrom('drafts')
      .select('body')
      .where('ticketId', '=', ticketId)
      .execute();
    return drafts[0]?.body === body;
  }, `the draft ${body}`);

test('who types while the editor is on its way goes on where they were, and not in bold', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const come = Promise.withResolvers<void>();
  await page.route(/\/assets\/editor-[^/]+\.js$/, (route) => come.promise.then(() => route.continue()));
  const { ticketId } = await newTicket(postern!, { subject: 'On its way' });
  await openTicket(opened, postern!, ticketId);
  await page.keyboard.press('r');
  await page.keyboard.type('Please **try**');
  come.resolve();
  await page.locator('.ProseMirror:focus').waitFor();
  await page.keyboard.type(' the other port.');
  await page.getByText('Please try the other port.').waitFor();
  assert.equal(await page.locator('.ProseMirror strong').textContent(), 'try');
  await kept(ticketId, 'Please **try** the other port.');
  assert.deepEqual(complaints, []);
});

test('saved replies come by ;, members by @ in notes, and pictures by pasting', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await call(opened, 'create_saved_reply', {
    name: 'Refund',
    body: 'Dear {{customer.name|you}},\nit is on its way.',
  });
  await call(opened, 'create_saved_reply', { name: 'Shipping', body: 'It ships tomorrow.' });
  const { id: workspaceId } = await postern!.db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  const ada = { userId: 'usr_ada', name: 'Ada Lovelace', email: 'ada@acme.localhost' };
  await asSystem(postern!.db, async (tx) => {
    await tx
      .insertInto('users')
      .values({ id: ada.userId, name: ada.name, email: ada.email, emailVerified: true })
      .execute();
    await addMember(tx, workspaceId, { ...ada, role: 'operator', now: new Date() });
  });
  const { ticketId } = await newTicket(postern!, {
    subject: 'Where is it',
    name: 'Bob',
    email: 'bob@example.com',
  });
  await openTicket(opened, postern!, ticketId);
  const editor = page.locator('.ProseMirror');
  await editor.waitFor();
  await page.keyboard.press('r');
  await page.keyboard.type(';ref');
  await page.getByRole('option', { name: /^Refund/ }).waitFor();
  assert.equal(await page.getByRole('option', { name: /^Shipping/ }).count(), 0);
  await shoot(opened, 'inbox-saved-replies');
  await page.keyboard.press('Enter');
  await editor.getByText('Dear Bob,').waitFor();
  await paste(opened, { file: { name: 'dot.png', type: 'image/png', base64: png } });
  await page.getByRole('button', { name: 'Take away dot.png' }).waitFor();
  await page.getByRole('button', { name: 'Cc, Bcc' }).click();
  await page.getByRole('textbox', { name: 'Cc', exact: true }).fill('carl@example.com');
  await page.getByRole('textbox', { name: 'Bcc' }).fill('dora@example.com');
  await shoot(opened, 'inbox-writing');
  await page.getByRole('button', { name: /^Send Ctrl/ }).click();
  await conversation(opened).getByText('it is on its way.').waitFor();
  await conversation(opened)
    .getByText('copy to carl@example.com · unseen copy to dora@example.com')
    .waitFor();
  await conversation(opened).getByRole('img', { name: 'dot.png' }).waitFor();
  const saved = page.waitForEvent('download');
  await conversation(opened)
    .getByRole('button', { name: /dot\.png/ })
    .click();
  assert.equal((await saved).suggestedFilename(), 'dot.png');
  const mails = await postern!.db
    .selectFrom('outbox')
    .select(['cc', 'bcc', 'body'])
    .where('ticketId', '=', ticketId)
    .execute();
  assert.deepEqual(
    mails.map(({ cc, bcc }) => [cc, bcc]),
    [[['carl@example.com'], ['dora@example.com']]],
  );
  assert.match(mails[0]!.body, /^Dear Bob,\nit is on its way\./);

  await page.keyboard.press('Escape');
  await page.keyboard.press('n');
  await page.keyboard.type('Please look, @love');
  await page.getByRole('option', { name: /^Ada Lovelace ada@/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+Enter');
  await conversation(opened).getByText('Please look, @Ada Lovelace').waitFor();
  const mentions = await postern!.db.selectFrom('mentions').select('userId').execute();
  assert.deepEqual(mentions, [{ userId: 'usr_ada' }]);

  await page.keyboard.press('Escape');
  await page.keyboard.press('f');
  await page.getByRole('textbox', { name: 'To' }).fill('factory@example.com');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: /^Forward Ctrl/ }).click();
  await conversation(opened).getByText('forwarded to factory@example.com').waitFor();
  assert.deepEqual(complaints, []);
});

test('what was written elsewhere is pasted as text, whatever it would do as a page', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Paste' });
  await openTicket(opened, postern!, ticketId);
  const editor = page.locator('.ProseMirror');
  await editor.waitFor();
  await page.keyboard.press('r');
  await paste(opened, {
    html: '<img src=x onerror="document.title=1" style="color:red"><b>bold</b>',
    text: 'plain\n<b>text</b>',
  });
  await editor.getByText('<b>text</b>').waitFor();
  assert.equal(await editor.locator('img, b, strong').count(), 0);
  await kept(ticketId, 'plain\n<b>text</b>');
  assert.deepEqual(complaints, []);
});
