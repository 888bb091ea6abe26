/** Every page of the app, in one look. A file for each look, so that they share the time a file has with nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { startTestPostern, type TestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { buy, gravelyWrong, isOf, routesOfApp, walk } from './pages.ts';

/** Something is on every page: a ticket, a proposal, a purchase, a wallet. */
async function fill(postern: TestPostern): Promise<string> {
  const { payer, output } = await buy(postern, 'create_ticket', {
    subject: 'It does not charge',
    body: 'The light blinks.',
    email: 'ada@example.com',
  });
  const { ticketId } = output as { ticketId: string };
  await buy(postern, 'draft_reply', { ticketId, body: 'Clean the contacts.' }, payer);
  return ticketId;
}

/** Holds every page to axe, to the width of its window, and to a silent console. */
export function sweep(name: string, options: BrowserContextOptions): void {
  test(`every page is whole and accessible: ${name}`, { skip, timeout: 560_000 }, async () => {
    const postern = await startTestPostern();
    const ticketId = await fill(postern);
    const opened = await openPage(options);
    const { page, complaints } = opened;
    await signIn(opened, postern);
    const wrong: string[] = [];
    const routes = await routesOfApp();
    const fixed = routes.filter((route) => !route.includes('$'));
    const reached = await walk(page, postern.url, {
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
}
