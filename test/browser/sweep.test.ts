/** Every page of the app, in the light, in the dark and on a small screen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { buy, gravelyWrong, isOf, routesOfApp, settled, walk } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

/** Something is on every page: a ticket, a proposal, a purchase, a wallet. */
async function fill(): Promise<{ ticketId: string }> {
  const { payer, output } = await buy(postern!, 'create_ticket', {
    subject: 'It does not charge',
    body: 'The light blinks.',
    email: 'ada@example.com',
  });
  const { ticketId } = output as { ticketId: string };
  await buy(postern!, 'draft_reply', { ticketId, body: 'Clean the contacts.' }, payer);
  return { ticketId };
}

const { ticketId } = postern ? await fill() : { ticketId: '' };

const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  small: { viewport: { width: 360, height: 640 } },
};

for (const [name, options] of Object.entries(looks))
  test(`every page is whole and accessible: ${name}`, { skip, timeout: 240_000 }, async () => {
    const opened = await openPage(options);
    const { page, complaints } = opened;
    await signIn(opened, postern!);
    const wrong: string[] = [];
    const routes = await routesOfApp();
    const fixed = routes.filter((route) => !route.includes('$'));
    const reached = await walk(page, postern!.url, {
      workspace: 'acme',
      from: [
        ...fixed,
        `/inbox?ticket=${ticketId}`,
        '/inbox?q=battery',
        '/inbox?view=snoozed',
        '/no-such-page',
      ],
      async look({ shape }) {
        wrong.push(...(await gravelyWrong(page)).map((finding) => `${shape}: ${finding}`));
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        if (wide > 0) wrong.push(`${shape}: ${wide} px wider than the window`);
        wrong.push(...complaints.splice(0).map((complaint) => `${shape}: ${complaint}`));
        await shoot(opened, `all-${name}${shape.replace(/[^\w]+/g, '-')}`);
      },
    });
    assert.deepEqual(wrong, []);
    const missed = routes.filter((route) => !reached.some((one) => isOf(route, one, 'acme')));
    assert.deepEqual(missed, [], 'no link leads there');
  });

test('the pages outside are accessible, and complain of nothing', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const wrong: string[] = [];
  const addresses = ['/sign-in', '/sign-in?token=tok_x', '/set-password?token=x'];
  const published = ['/acme/contact', '/acme/help', '/acme/issues', '/acme/changelog'];
  for (const path of published) if ((await fetch(`${postern!.url}${path}`)).ok) addresses.push(path);
  for (const path of addresses) {
    await page.goto(`${postern!.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    wrong.push(...(await gravelyWrong(page)).map((finding) => `${path}: ${finding}`));
    await shoot(opened, `outside${path.replace(/[^\w]+/g, '-')}`);
  }
  assert.deepEqual([...wrong, ...complaints], []);
});

test('who is not signed in is shown the way in, and no page', { skip }, async () => {
  const { page } = await openPage();
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.waitForURL(/\/sign-in/);
  await settled(page);
  await page.getByLabel('Your address').waitFor();
});
