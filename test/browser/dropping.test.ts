/** What came to nothing by what the desk did itself is dropped, in the queue and on its ticket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { call, openTicket } from './inbox.ts';
import { assertAccessible, buy } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

/** A reply that waits, and the ticket that it would answer. */
async function proposed(body: string) {
  const { payer, output } = await buy(postern!, 'create_ticket', {
    subject: body,
    body: 'The light blinks.',
  });
  await buy(postern!, 'draft_reply', { ticketId: output.ticketId, body }, payer);
  return output.ticketId!;
}

const resolve = async (opened: Opened, ticketId: string) => {
  const { version } = await call(opened, 'get_ticket', { ticketId });
  await call(opened, 'update_ticket', { ticketId, version: version!, status: 'resolved' });
};
const states = async () =>
  (await postern!.db.selectFrom('proposals').select('state').orderBy('createdAt').execute()).map(
    ({ state }) => state,
  );
const drop = (opened: Opened) => opened.page.getByRole('button', { name: /^Drop/, disabled: false });

test('a proposal whose ticket is done with is dropped by a key, and counts for nobody', {
  skip,
}, async () => {
  const done = await proposed('Clean the first contacts.');
  const waits = await proposed('Clean the second contacts.');
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await resolve(opened, done);
  await page.goto(`${postern!.url}/app/acme/approvals`);
  await drop(opened).waitFor();
  await page.getByText(/^Over\? Drop it/).waitFor();
  await assertAccessible(opened);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await shoot(opened, `approvals-drop-${colorScheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await shoot(opened, 'approvals-drop-small');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press('d');
  await page.getByText('Dropped. It counts for nobody.').waitFor();
  await page.getByText('Clean the second contacts.').first().waitFor();
  assert.equal(await drop(opened).count(), 0, 'what can be decided on is not dropped');
  await page.keyboard.press('d');
  assert.deepEqual(await states(), ['dropped', 'waiting']);

  await resolve(opened, waits);
  await openTicket(opened, postern!, waits);
  const strip = page.getByRole('region', { name: 'Waiting for approval' });
  await shoot(opened, 'strip-drop');
  await assertAccessible(opened);
  await strip.getByRole('button', { name: 'Drop' }).click();
  await page.getByText('Dropped. It counts for nobody.').waitFor();
  await strip.waitFor({ state: 'detached' });
  assert.deepEqual(await states(), ['dropped', 'dropped']);
  const wallets = await postern!.db
    .selectFrom('wallets')
    .select(['proposalsApproved', 'proposalsRejected'])
    .execute();
  for (const wallet of wallets) assert.deepEqual(wallet, { proposalsApproved: 0, proposalsRejected: 0 });
  assert.deepEqual(complaints, []);
});
