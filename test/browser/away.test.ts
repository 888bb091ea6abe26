/** The server is away, or knows one no longer: it is said, what is shown stays, and the console is silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { call, newTicket, openTicket } from './inbox.ts';
import { addColleague, assertAccessible, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const alert = ({ page }: Opened) => page.getByRole('alert');
const away = /^The server cannot be reached/;

/** What scripts threw and nobody caught, or said to the console; what the browser itself says of the net is left out. */
const faults = ({ complaints }: Opened) =>
  complaints.filter((one) => !/net::ERR|Failed to load resource/.test(one));

async function endSessions(email: string): Promise<void> {
  const { id } = await postern!.db
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  await postern!.db.deleteFrom('sessions').where('userId', '=', id).execute();
}

test('who is not signed in is sent to do so, who asks for what is not is told, and neither is an error', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  await page.goto(`${postern!.url}/app`);
  await page.waitForURL(/sign-in/);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.waitForURL(/sign-in/);
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/customers/cus_none`);
  await alert(opened).waitFor();
  assert.deepEqual(opened.complaints, []);
});

test('what is done while the server is away is said not to be done, by its number', { skip }, async () => {
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!);
  const { ticketId, number } = await newTicket(postern!, { subject: 'Done in vain' });
  await openTicket(opened, postern!, ticketId);
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.keyboard.press('e');
  await page.getByText(new RegExp(`^#${number} was not changed, as far as is known`)).waitFor();
  await alert(opened).getByText(away).waitFor();
  await shoot(opened, 'away');
  await page.unroute('**/api/v1/**');
  await alert(opened).waitFor({ state: 'detached' });
  const { status } = await call(opened, 'get_ticket', { ticketId });
  assert.equal(status, 'open');
  assert.deepEqual(faults(opened), []);
});

test('a page whose code cannot be fetched is an error of that page alone, and comes with the server', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.getByRole('region', { name: 'Tickets' }).waitFor();
  await page.route('**/*', (route) => route.abort());
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  const again = page.getByRole('main').getByRole('button', { name: 'Try again' });
  await again.waitFor();
  await shoot(opened, 'away-page');
  // In vain, at first: neither the page's code nor the server is reached.
  const failed: string[] = [];
  page.on('requestfailed', (request) => failed.push(new URL(request.url()).pathname));
  await again.click();
  const inVain = () => {
    const code = failed.findIndex((path) => path.startsWith('/assets/'));
    return code >= 0 && failed.includes('/api/v1/session', code);
  };
  for (const end = Date.now() + 60_000; !inVain(); await page.waitForEvent('requestfailed'))
    assert.ok(Date.now() < end, `nothing was asked in vain but ${failed.join(', ')}`);
  await again.waitFor();
  await page.unroute('**/*');
  await again.click();
  await page.getByRole('heading', { name: 'Reports' }).waitFor();
  await alert(opened).waitFor({ state: 'detached' });
  assert.deepEqual(faults(opened), []);
});

test('a session that ends is said while one types, and the page of who signs in beside it goes on', {
  skip,
}, async () => {
  const { email } = await addColleague(postern!);
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!, email);
  const { ticketId } = await newTicket(postern!, { subject: 'The session ends' });
  await openTicket(opened, postern!, ticketId);
  await settled(page);
  await endSessions(email);
  // Nothing is done: the stream says so.
  await alert(opened)
    .getByText(/^Your session has ended/)
    .waitFor({ timeout: 60_000 });
  await shoot(opened, 'away-signed-out');
  await assertAccessible(opened);
  await page.keyboard.press('r');
  await page.keyboard.type('Not yet.');
  await page.keyboard.press('Control+Enter');
  const beside = { page: await page.context().newPage(), complaints: [] as string[] };
  await signIn(beside, postern!, email);
  await beside.page.close();
  await alert(opened).waitFor({ state: 'detached' });
  await page.locator('.ProseMirror').getByText('Not yet.').waitFor();
  assert.deepEqual(faults(opened), []);
});

test('who is no member any more is told what they send is not sent, and nothing is thrown', {
  skip,
}, async () => {
  const { email, userId } = await addColleague(postern!, 'admin');
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!, email);
  const { ticketId } = await newTicket(postern!, { subject: 'No member' });
  await openTicket(opened, postern!, ticketId);
  await page.keyboard.press('n');
  await page.keyboard.type('Too late.');
  await postern!.db.deleteFrom('members').where('userId', '=', userId).execute();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('status').getByText(/./).first().waitFor();
  await settled(page);
  assert.deepEqual(faults(opened), []);
});

test('a server that is gone is said with no key pressed, in light, dark and on a phone', {
  skip,
}, async () => {
  const opened = await openPage();
  const { page } = opened;
  await signIn(opened, postern!);
  const { ticketId } = await newTicket(postern!, { subject: 'Gone' });
  await openTicket(opened, postern!, ticketId);
  await settled(page);
  await postern!.stop();
  await alert(opened).getByText(away).waitFor();
  await shoot(opened, 'away-server');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 360, height: 740 });
  await shoot(opened, 'away-server-360-dark');
  await assertAccessible(opened);
  assert.deepEqual(faults(opened), []);
});
