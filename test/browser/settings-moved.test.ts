import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { answers, call } from './inbox.ts';
import { gravelyWrong, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

test('what two change at once is shown to the second, who loses nothing and decides', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  const made = await call(opened, 'create_saved_reply', { name: 'Aperture', body: 'It is f/2.' });
  const { savedReplyId } = made;
  await page.goto(`${postern!.url}/app/acme/settings/replies`);
  await settled(page);
  const edit = () => page.getByRole('button', { name: 'Edit Aperture' }).click();
  const body = page.getByLabel('Text', { exact: true });
  const stored = async () =>
    (
      await postern!.db
        .selectFrom('savedReplies')
        .select('body')
        .where('id', '=', String(savedReplyId))
        .execute()
    )[0]!.body;
  await edit();
  await body.fill('Of mine.');
  await call(opened, 'update_saved_reply', { savedReplyId: savedReplyId!, version: 1, body: 'Of theirs.' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Not saved: it was changed meanwhile.').waitFor();
  const notice = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this meanwhile' });
  await notice.getByText('Of theirs.').waitFor();
  assert.equal(await body.inputValue(), 'Of mine.');
  assert.equal(await stored(), 'Of theirs.');
  assert.deepEqual(await gravelyWrong(page), []);
  await notice.scrollIntoViewIfNeeded();
  await shoot(opened, 'settings-moved');
  await notice.getByRole('button', { name: 'Save mine over it' }).click();
  await body.waitFor({ state: 'detached' });
  assert.equal(await stored(), 'Of mine.');

  await edit();
  await body.fill('Again of mine.');
  await call(opened, 'update_saved_reply', {
    savedReplyId: savedReplyId!,
    version: 3,
    body: 'Theirs again.',
  });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await notice.getByRole('button', { name: 'Take theirs' }).click();
  assert.equal(await body.inputValue(), 'Theirs again.');
  await notice.waitFor({ state: 'detached' });
  // The refusal is the browser's own word on a status that is not 2xx.
  assert.deepEqual(
    complaints.filter((one) => !/409/.test(one)),
    [],
  );
});

test('of the desk’s settings, what somebody else set stands beside what one typed', { skip }, async () => {
  const opened = await openPage({ viewport: { width: 360, height: 800 }, colorScheme: 'dark' });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/settings/desk`);
  await settled(page);
  const zone = page.getByLabel('Time zone');
  await zone.fill('Europe/Warsaw');
  const { version } = await call(opened, 'get_desk_settings', {});
  await call(opened, 'update_desk_settings', { version: version!, timeZone: 'Europe/Paris' });
  const form = page.locator('form').filter({ has: zone });
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await form.getByText('Europe/Paris', { exact: true }).waitFor();
  assert.equal(await zone.inputValue(), 'Europe/Warsaw');
  await form.getByRole('button', { name: 'Take theirs' }).scrollIntoViewIfNeeded();
  await shoot(opened, 'settings-moved-dark-small');
  assert.deepEqual(await gravelyWrong(page), []);
  await form.getByRole('button', { name: 'Save mine over it' }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  await answers(opened, 'get_desk_settings', {}, { timeZone: 'Europe/Warsaw' });
  await form.getByRole('button', { name: 'Take theirs' }).waitFor({ state: 'detached' });
  // What one set oneself is no conflict with what one sets next to it.
  await page.getByLabel(/^Ask /).check();
  await page
    .locator('form')
    .filter({ has: page.getByLabel(/^Ask /) })
    .getByRole('button', { name: 'Save' })
    .click();
  await answers(opened, 'get_desk_settings', {}, { askForRating: true });
  assert.deepEqual(
    complaints.filter((one) => !/409/.test(one)),
    [],
  );
});

test('what one typed and did not save is not left by chance', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/settings/desk`);
  const zone = page.getByLabel('Time zone');
  await zone.fill('Asia/Tokyo');
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await page.getByRole('link', { name: 'Macros' }).click();
  await shoot(opened, 'settings-leave');
  await dialog.getByRole('button', { name: 'Stay' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await zone.inputValue(), 'Asia/Tokyo');
  await page.getByRole('link', { name: 'Macros' }).click();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await zone.waitFor({ state: 'detached' });
  // Nothing is asked of who saved, or changed nothing.
  await page.goto(`${postern!.url}/app/acme/settings/desk`);
  await zone.fill('Asia/Tokyo');
  const form = page.locator('form').filter({ has: zone });
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Macros' }).click();
  await page.getByRole('heading', { name: 'Macros', level: 1 }).waitFor();
  assert.deepEqual(complaints, []);
});
