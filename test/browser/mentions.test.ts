import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, newTicket } from './inbox.ts';
import { addColleague, gravelyWrong, settled } from './pages.ts';

test('who is mentioned is told at once, and led to the note', { skip }, async () => {
  const postern = await startTestPostern();
  const ada = await addColleague(postern);
  const { ticketId } = await newTicket(postern, { subject: 'The strap broke', name: 'Bob' });
  const [owner, opened] = [await openPage(), await openPage()];
  await signIn(owner, postern);
  await signIn(opened, postern, ada.email);
  const { page, complaints } = opened;
  await page.goto(`${postern.url}/app/acme/reports`);
  await settled(page);
  await page.getByRole('button', { name: 'Mentions', exact: true }).waitFor();
  for (let i = 0; i < 12; i++) await call(owner, 'add_note', { ticketId, body: `Note ${i}.\n\n\n\n\n.` });
  await call(owner, 'add_note', { ticketId, body: 'Ada, is it under guarantee?', mentions: [ada.userId] });
  await call(owner, 'add_note', { ticketId, body: 'Nobody in particular.' });
  const badge = page.getByRole('button', { name: 'Mentions, 1 new' });
  await badge.waitFor();
  await shoot(opened, 'mentions-badge');
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  const one = page.getByRole('dialog', { name: 'Mentions' }).getByRole('link', { name: /The strap broke/ });
  await one.waitFor();
  assert.deepEqual(await gravelyWrong(page), []);
  await shoot(opened, 'mentions');
  await one.click();
  const note = conversation(opened).getByRole('listitem').filter({ hasText: 'under guarantee?' });
  await note.waitFor();
  await page.getByRole('button', { name: 'Mentions', exact: true }).waitFor();
  const inView = await note.evaluate((item: unknown) => {
    const { top, bottom } = (
      item as { getBoundingClientRect(): { top: number; bottom: number } }
    ).getBoundingClientRect();
    return top >= 0 && bottom <= 800;
  });
  assert.equal(inView, true);
  await shoot(opened, 'mentions-opened');
  // Who was not named hears nothing of it.
  await owner.page.goto(`${postern.url}/app/acme/inbox?view=all`);
  await settled(owner.page);
  await owner.page.getByRole('button', { name: 'Mentions', exact: true }).click();
  await owner.page.getByText('Nobody has mentioned you yet.').waitFor();
  assert.deepEqual([...complaints, ...owner.complaints], []);
});
