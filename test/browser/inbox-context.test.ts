import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { callTool, signPayment, startTestPostern, termsOf } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { call, conversation, openTicket } from './inbox.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

/** A ticket that an agent opened, with a reply that it proposes. */
async function proposed(email = 'ada@example.com'): Promise<string> {
  const { url } = postern!;
  const wallet = await postern!.fundedWallet();
  const buy = async (tool: string, input: JsonObject) => {
    const payment = await signPayment(wallet, await termsOf(url, tool, input));
    const { status, body } = await callTool(url, tool, input, payment);
    assert.equal(status, 200, JSON.stringify(body));
    return (body.output ?? body) as JsonObject;
  };
  const question = { subject: 'It does not charge', body: 'The light blinks.', name: 'Ada', email };
  const ticketId = (await buy('create_ticket', question)).ticketId as string;
  await buy('draft_reply', { ticketId, body: 'Clean the contacts.' });
  return ticketId;
}

test('beside a ticket stands what agents paid, and what they propose is decided on there', {
  skip,
}, async () => {
  const ticketId = await proposed();
  const opened = await openPage({ viewport: { width: 1440, height: 900 } });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await openTicket(opened, postern!, ticketId);
  const beside = page.getByRole('complementary', { name: 'About this ticket' });
  await beside.getByText('$0.06').waitFor();
  await beside.getByText('$0.02').waitFor();
  await beside.getByText('draft_reply').waitFor();
  await beside.getByRole('textbox', { name: 'Add a note' }).fill('Prefers mail.');
  await beside.getByRole('button', { name: 'Save' }).click();
  await beside.getByText('Prefers mail.').waitFor();
  const strip = page.getByRole('region', { name: 'Waiting for approval' });
  await strip.getByText('Clean the contacts.').waitFor();
  await shoot(opened, 'inbox-strip');
  await assertAccessible(opened);
  await strip.getByRole('button', { name: 'Edit' }).click();
  await strip.getByRole('textbox').fill('Clean the contacts, please.');
  await strip.getByRole('button', { name: 'Approve as edited' }).click();
  await conversation(opened).getByText('Clean the contacts, please.').waitFor();
  await strip.waitFor({ state: 'detached' });
  await beside.getByText('approved', { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});

test('what is proposed is rejected with its reason, from the drawer of a small screen on', {
  skip,
}, async () => {
  const ticketId = await proposed('bob@example.com');
  const opened = await openPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await openTicket(opened, postern!, ticketId);
  await page.getByRole('button', { name: 'About this ticket' }).click();
  const drawer = page.getByRole('dialog', { name: 'About this ticket' });
  await drawer.getByText('$0.06').waitFor();
  await shoot(opened, 'inbox-360-drawer');
  await assertAccessible(opened);
  await drawer.getByRole('button', { name: 'Close' }).click();
  const strip = page.getByRole('region', { name: 'Waiting for approval' });
  await strip.getByRole('button', { name: 'Reject' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('We do not say this.');
  await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
  await strip.waitFor({ state: 'detached' });
  await shoot(opened, 'inbox-360-dark');
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  assert.ok(wide <= 360, `the page is ${wide} px wide`);
  const { state, reason } = await postern!.db
    .selectFrom('proposals')
    .select(['state', 'reason'])
    .where('ticketId', '=', ticketId)
    .executeTakeFirstOrThrow();
  assert.deepEqual([state, reason], ['rejected', 'We do not say this.']);
  assert.deepEqual(complaints, []);
});

test('nothing of it keeps people out, light or dark, in a dialog or writing', { skip }, async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const opened = await openPage({ colorScheme });
    const { page, complaints } = opened;
    await signIn(opened, postern!);
    await page.goto(`${postern!.url}/app/acme/inbox?view=all`);
    await page.getByRole('region', { name: 'Tickets' }).getByRole('button').first().waitFor();
    await assertAccessible(opened);
    await page.keyboard.press('/');
    await page.keyboard.type('st');
    await page.getByRole('option', { name: /^status:/ }).waitFor();
    await assertAccessible(opened);
    await page.getByRole('combobox').fill('');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.locator('.ProseMirror').waitFor();
    await assertAccessible(opened);
    await page.keyboard.press('n');
    // What was begun the first time is there again.
    await page.keyboard.type(' @');
    await page.getByRole('listbox', { name: 'Offered' }).waitFor();
    await assertAccessible(opened);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('x');
    await page.getByRole('region', { name: '1 selected' }).waitFor();
    await page.keyboard.press('h');
    await page.getByRole('dialog').waitFor();
    await shoot(opened, `inbox-snooze-${colorScheme}`);
    await assertAccessible(opened);
    assert.deepEqual(complaints, []);
  }
});

test('a viewer sees all of it and is offered nothing that they may not do', { skip }, async () => {
  const owner = await openPage();
  await signIn(owner, postern!);
  const opened = await openPage();
  const { db } = postern!;
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('users')
    .values({ id: 'usr_view', name: 'Vi', email: 'vi@acme.localhost', emailVerified: true })
    .execute();
  await db
    .insertInto('members')
    .values({ workspaceId: id, userId: 'usr_view', role: 'viewer', name: 'Vi', email: 'vi@acme.localhost' })
    .execute();
  await signIn(opened, postern!, 'vi@acme.localhost');
  const { tickets } = (await call(owner, 'list_tickets', {})) as { tickets: { ticketId: string }[] };
  await openTicket(opened, postern!, tickets[0]!.ticketId);
  const { page, complaints } = opened;
  for (const key of ['r', 'n', 'e', 'a', 't', 'h', 'm', 'x']) await page.keyboard.press(key);
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.equal(await page.locator('.ProseMirror').count(), 0);
  assert.equal(await page.getByRole('region', { name: /selected$/ }).count(), 0);
  assert.deepEqual(complaints, []);
});
