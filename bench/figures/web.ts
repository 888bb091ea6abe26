import type { Browser, BrowserContext, Page } from 'playwright-core';
import { randomIds } from '../../src/kernel/ids.ts';
import { signInOf } from '../../src/people/users.ts';
import { launch } from '../../test/browser/chromium.ts';
import type { Figure } from '../bench.ts';
import { onFreshFolder } from '../folder.ts';
import { databaseUrl, onDatabase, startPostern } from '../ours.ts';
import { seedTickets } from '../seed/tickets.ts';
import { measured, median, type Row } from '../table.ts';

const tickets = 200_000;
const loadsOfRun = 12;
const opensOfRun = 40;
const aims = { kilobytes: 250, firstListMs: 1_000, openMs: 150 };

/** What an operator waits for, measured in the browser, from nothing cached, before 200,000 tickets. */
export const web: Figure = (bench) =>
  onFreshFolder(async (folder) => {
    const server = await startPostern(folder);
    try {
      const url = await databaseUrl(folder);
      const signInAddress = await onDatabase(url, async (db) => {
        const workspace = await db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
        const now = new Date();
        await seedTickets({
          url,
          workspaceId: workspace.id,
          tickets: tickets * bench.scale,
          now: now.getTime(),
        });
        return signInOf(
          { db, ids: randomIds, publicUrl: server.address },
          'owner@acme.localhost',
          new Date(),
        );
      });
      await using browser = await launch();
      const state = await signedIn(browser, signInAddress);
      return await measureWeb(browser, state, `${server.address}/app/acme/inbox?view=all`, bench.runs);
    } finally {
      await server.stop();
    }
  });

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

async function signedIn(browser: Browser, address: string): Promise<State> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole('button').click();
  await page.waitForURL(/\/app/);
  const state = await context.storageState();
  await context.close();
  return state;
}

async function measureWeb(browser: Browser, state: State, inbox: string, runs: number): Promise<Row[]> {
  // The first load finds the server's own caches empty, and is no one's wait but the first's.
  await loadCold(browser, state, inbox, async () => {});
  const loads: number[][] = [];
  const opens: number[][] = [];
  const sizes: number[] = [];
  for (let run = 0; run < runs; run++) {
    const ofRun: number[] = [];
    for (let i = 0; i < loadsOfRun; i++)
      await loadCold(browser, state, inbox, async (page, firstListMs) => {
        ofRun.push(firstListMs);
        sizes.push(await page.evaluate<number>(kilobytesOfScripts));
        if (i === 0) opens.push(await page.evaluate<number[]>(openTickets(opensOfRun)));
      });
    loads.push(ofRun);
  }
  const row = (figure: string, unit: string, times: number[][], below: number): Row => ({
    figure: `web, ${figure}`,
    unit,
    ours: measured(times.map(median)),
    aim: { below },
    notes: [`slowest of ${times.flat().length}: ${Math.max(...times.flat()).toFixed(0)} ${unit}`],
  });
  return [
    {
      figure: 'web, JavaScript of the inbox, as sent',
      unit: 'KB',
      ours: measured(sizes),
      aim: { below: aims.kilobytes },
    },
    row(`first list of ${tickets} tickets, nothing cached`, 'ms', loads, aims.firstListMs),
    row('a ticket opened', 'ms', opens, aims.openMs),
  ];
}

/** Loads the inbox in a browser that has seen nothing of it but the sign-in. */
async function loadCold(
  browser: Browser,
  state: State,
  inbox: string,
  then: (page: Page, firstListMs: number) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ storageState: state, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watchForList);
  await page.goto(inbox, { waitUntil: 'commit' });
  const firstListMs = await page.evaluate<number>('window.firstList');
  await then(page, firstListMs);
  await context.close();
}

const rowOf = 'section[aria-label=Tickets] li';
const drawn = 'await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))';

/** Milliseconds from the beginning of the navigation until rows are there and were painted. */
const watchForList = `window.firstList = (async () => {
  for (;;) {
    ${drawn};
    if (!document.querySelector('${rowOf}')) continue;
    ${drawn};
    return performance.now();
  }
})();`;

/** What went over the wire, without headers. */
const kilobytesOfScripts = `performance.getEntriesByType('resource')
  .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
  .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0) / 1000`;

/** Goes from ticket to ticket by the key. @returns how long each took until its conversation was painted */
const openTickets = (count: number): string => `(async () => {
  const subject = () => document.querySelector('h1')?.textContent;
  const times = [];
  for (let i = 0; i < ${count}; i++) {
    const before = subject();
    const pressed = performance.now();
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
    for (;;) {
      ${drawn};
      if (subject() !== before && document.querySelector('ol[aria-label=Conversation] li')) break;
      if (performance.now() - pressed > 20_000) throw new Error('no ticket was opened');
    }
    ${drawn};
    times.push(performance.now() - pressed);
    // Nobody reads as fast as that: what the ticket before still asks for is done.
    await new Promise((done) => setTimeout(done, 150));
  }
  return times;
})()`;
