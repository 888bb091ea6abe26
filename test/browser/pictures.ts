/** `npm run pictures`: what the README shows, of the demo workspace on a day with agents at the door. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, signIn } from './browser.ts';
import { buy, routesOfApp, settled } from './pages.ts';

const folder = join(import.meta.dirname, '../../docs/pictures');
const viewport = { width: 1200, height: 720 };
const postern = await startTestPostern();
const { url, db } = postern;

const asked = [
  ['Battery grip for K7 does not fit my Mark II', undefined],
  [
    'Autofocus hunts with the 100-400 at short distance',
    'Set the limiter switch of the lens to 3 m and update its firmware to 1.4: with the old one it hunts below 5 m. Does it happen with the limiter at FULL, too?',
  ],
  [
    'K3 fell into the sea',
    'Please send it to us in a padded box and do not charge the battery: we open it, and tell you what it would cost before anything is done.',
  ],
  ['Wrong strap in the box', 'We are sorry. The right strap is on its way; please keep the other one.'],
] as const;

async function ticketLike(words: string): Promise<string> {
  const { id } = await db
    .selectFrom('tickets')
    .select('id')
    .where('subject', 'ilike', `${words.slice(0, 14)}%`)
    .executeTakeFirstOrThrow();
  return id;
}

async function take({ page }: Opened, path: string, name: string): Promise<void> {
  await page.goto(`${url}/app/acme${path}`);
  await settled(page);
  // What is under no pointer and has no focus.
  await page.mouse.move(0, 0);
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test('pictures', async () => {
  await db.updateTable('deskSettings').set({ agentsSee: 'all' }).execute();
  const wallet = await postern.fundedWallet();
  for (const [about, body] of asked) {
    const ticketId = await ticketLike(about);
    await buy(postern, 'draft_reply', { ticketId, ...(body && { body }) }, wallet);
  }
  await buy(postern, 'create_ticket', { subject: 'Lens hood for the 24-70?', body: 'Which one fits?' });
  const light = await openPage({ viewport, colorScheme: 'light' });
  await signIn(light, postern);
  await take(light, `/inbox?ticket=${await ticketLike('K3 fell into')}`, 'inbox');
  await take(light, '/approvals', 'approvals');
  const dark = await openPage({ viewport, colorScheme: 'dark' });
  await signIn(dark, postern);
  const hasDoor = (await routesOfApp()).includes('/door');
  await take(dark, hasDoor ? '/door' : `/inbox?ticket=${await ticketLike('Autofocus')}`, 'dark');
});
