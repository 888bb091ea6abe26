/** Writing to somebody first, and all that is done about customers, in the browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation } from './inbox.ts';
import { addColleague, gravelyWrong, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const mailsTo = (address: string) =>
  postern!.db.selectFrom('outbox').select(['subject', 'body']).where('rcptTo', '=', address).execute();

test('an operator writes to somebody first, and what was begun is not lost', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await settled(page);
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog', { name: 'New conversation' });
  await dialog.getByLabel('Mail address').fill('first@written.example');
  await dialog.getByLabel('Subject').fill('Your lens is ready');
  await dialog.getByLabel('Message').fill('It was cleaned.\n\nYou can collect it.');
  await dialog.getByRole('button', { name: 'Cc, Bcc' }).click();
  await dialog.getByLabel('Cc', { exact: true }).fill('copy@written.example');
  await shoot(opened, 'conversation');
  assert.deepEqual(await gravelyWrong(page), []);
  // Closed by mistake, and the page loaded anew.
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.reload();
  await settled(page);
  await page.getByRole('button', { name: 'New conversation' }).click();
  assert.equal(await dialog.getByLabel('Subject').inputValue(), 'Your lens is ready');
  await dialog.getByLabel('Name').fill('Fay First');
  await dialog.getByLabel('Message').press('Control+Enter');
  await page.getByText(/^Sent as #\d+\.$/).waitFor();
  await conversation(opened).getByText('You can collect it.').waitFor();
  const [mail, more] = await mailsTo('first@written.example');
  assert.equal(mail!.subject, 'Your lens is ready');
  assert.match(mail!.body, /You can collect it\./);
  assert.equal(more, undefined);
  await conversation(opened).getByText('copy@written.example').waitFor();
  // Nothing of it is left for the next one.
  await page.getByRole('button', { name: 'New conversation' }).click();
  assert.equal(await dialog.getByLabel('Subject').inputValue(), '');
  assert.deepEqual(complaints, []);
});

test('a customer is found, changed, noted on, blocked, merged, exported and erased', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await settled(page);
  const start = (to: string, name: string) =>
    call(opened, 'start_conversation', { to, name, subject: `About ${name}`, body: `Hello ${name}.` });
  await start('quentin@one.example', 'Quentin One');
  await start('quentin@two.example', 'Quentin Two');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByRole('heading', { level: 1, name: 'Customers' }).waitFor();
  await settled(page);
  assert.deepEqual(await gravelyWrong(page), []);
  await shoot(opened, 'customers');
  await page.getByRole('searchbox').fill('quentin');
  await page.getByRole('link', { name: /Quentin Two/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Quentin Two' }).waitFor();

  await page.getByLabel('Name', { exact: true }).fill('Quentin the Second');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Quentin the Second' }).waitFor();
  // What is refused is said where it was asked, and is no fault of the page.
  await page.getByLabel('Add an address').fill('quentin@one.example');
  await page.getByRole('button', { name: 'Add an address' }).click();
  await page.getByRole('alert').waitFor();
  assert.deepEqual(complaints, []);
  await page.getByLabel('Add an address').fill('q2@two.example');
  await page.getByRole('button', { name: 'Add an address' }).click();
  await page.getByRole('list', { name: 'Addresses' }).getByText('q2@two.example').waitFor();
  await page.getByLabel('Mail goes to').selectOption('q2@two.example');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Take quentin@two.example away?' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take away' }).click();
  await page.getByText('Took quentin@two.example away.').waitFor();
  await page.getByLabel('New note').fill('Likes to be called.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.getByRole('list', { name: 'Notes of colleagues' }).getByText('Likes to be called.').waitFor();

  await page.getByRole('button', { name: 'Block' }).click();
  await page.getByLabel('Why').fill('Threatens colleagues.');
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await page.getByRole('button', { name: 'Unblock' }).waitFor();
  await settled(page);
  assert.deepEqual(await gravelyWrong(page), []);
  await shoot(opened, 'customer');
  await page.getByRole('button', { name: 'Unblock' }).click();
  await page.getByLabel('Why').fill('Said sorry.');
  await page.getByRole('dialog').getByRole('button', { name: 'Unblock' }).click();
  await page.getByRole('button', { name: 'Block', exact: true }).waitFor();

  await page.getByRole('button', { name: 'Merge' }).click();
  await page.getByPlaceholder('The beginning of a name or an address').fill('Quentin One');
  await page.getByRole('option', { name: /Quentin One/ }).click();
  await page.getByText('Tickets, addresses and notes of Quentin the Second go to Quentin One').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('heading', { level: 1, name: 'Quentin One' }).waitFor();
  await page.getByRole('heading', { name: 'Tickets, 2' }).waitFor();
  await page.getByText('Likes to be called.').waitFor();

  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByLabel('Why').fill('Asked for it.');
  const downloaded = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click();
  const text = await readFile(await (await downloaded).path(), 'utf8');
  assert.match(text, /Hello Quentin Two\./);
  assert.ok(JSON.parse(text).tickets.length === 2);

  await page.getByRole('button', { name: 'Erase' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill('Asked to be forgotten.');
  const erase = dialog.getByRole('button', { name: 'Erase' });
  assert.equal(await erase.isDisabled(), true);
  const label = dialog.getByLabel(/^To be sure, write/);
  await label.fill('cus_other');
  assert.equal(await erase.isDisabled(), true);
  await shoot(opened, 'customer-erase');
  await label.fill(new URL(page.url()).pathname.split('/').at(-1)!);
  await erase.click();
  await page.getByText('Erased, in 2 tickets.').waitFor();
  await page.getByText('All that was known of this customer was taken out.').waitFor();
  const left = await postern!.db
    .selectFrom('customers')
    .select('name')
    .where('name', 'like', 'Quentin%')
    .execute();
  assert.deepEqual(left, []);
  assert.deepEqual(complaints, []);
});

test('an operator erases and exports nobody; a viewer changes nothing', { skip }, async () => {
  for (const role of ['operator', 'viewer'] as const) {
    const ada = await addColleague(postern!, role);
    const opened = await openPage({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
    const { page, complaints } = opened;
    await signIn(opened, postern!, ada.email);
    await page.goto(`${postern!.url}/app/acme/customers`);
    await page.getByRole('list', { name: 'Customers' }).getByRole('link').first().waitFor();
    await shoot(opened, `customers-${role}`);
    await page.getByRole('list', { name: 'Customers' }).getByRole('link', { name: /@/ }).first().click();
    await page.getByRole('heading', { name: 'Notes of colleagues' }).waitFor();
    await settled(page);
    const buttons = await page.getByRole('main').getByRole('button').allTextContents();
    assert.equal(buttons.includes('Block'), role === 'operator', buttons.join());
    assert.ok(!buttons.includes('Erase') && !buttons.includes('Export'), buttons.join());
    assert.equal(
      await page.getByRole('button', { name: 'New conversation' }).count(),
      role === 'operator' ? 1 : 0,
    );
    await page.keyboard.press('c');
    if (role === 'operator') await page.getByRole('dialog', { name: 'New conversation' }).waitFor();
    else assert.equal(await page.getByRole('dialog').count(), 0);
    await shoot(opened, `customer-${role}`);
    await page.keyboard.press('Escape');
    assert.deepEqual([...(await gravelyWrong(page)), ...complaints], []);
  }
});
