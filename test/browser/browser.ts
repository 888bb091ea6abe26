/** The desk in a real browser: Debian's Chromium, against a whole Postern. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { randomIds } from '../../src/kernel/ids.ts';
import { signInOf } from '../../src/people/users.ts';
import { atEnd } from '../harness.ts';
import type { TestPostern } from '../postern.ts';
import { askedBy } from './asked.ts';
import { executablePath, launch } from './chromium.ts';

/** For `test(…, { skip })`: why there is no browser here. CI installs one, and may not skip. */
export const skip = executablePath || process.env.POSTERN_CI ? false : 'no chromium on the PATH';

let started: Promise<Browser> | undefined;

async function launchForTests(): Promise<Browser> {
  const browser = await launch();
  atEnd(() => browser.close());
  return browser;
}

/** A page of its own cookies, and what its console said that it should not. */
export interface Opened {
  page: Page;
  /** Errors and warnings of the page, of scripts and of the policy. */
  complaints: string[];
}

/** Opens a browser window with cookies of its own. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Opened> {
  started ??= launchForTests();
  const context = await (await started).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  await hold(context);
  const page = await context.newPage();
  // From the first request on: see `settled`.
  askedBy(page);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints };
}

/**
 * Has requests held for routes from the first one on: of a page that gets its first route later, Chromium still lets some by
 * that are made just after it. With POSTERN_TEST_LATENCY, what a page asks for comes up to so many milliseconds later: a test
 * that goes on before what it waits for is there fails then, and not one day in CI.
 */
async function hold(context: BrowserContext): Promise<void> {
  const most = Number(process.env.POSTERN_TEST_LATENCY ?? 0);
  await context.route(most > 0 ? /^(?!.*\/api\/v1\/live)/ : /^none:/, async (route) => {
    await setTimeout(Math.random() * most);
    // A page that is gone by then asks for nothing.
    await route.fallback().catch(() => undefined);
  });
}

/** Signs in as people do: the address, and the button on its page. */
export async function signIn(
  { page }: Opened,
  { db, url }: Pick<TestPostern, 'db' | 'url'>,
  email = 'owner@acme.localhost',
): Promise<void> {
  await page.goto(await signInOf({ db, ids: randomIds, publicUrl: url }, email, new Date()));
  await page.getByRole('button').click();
  await page.waitForURL(/\/(welcome|app)/);
}

const folder = join(import.meta.dirname, '../../screenshots');

/** Keeps what the page looks like as `screenshots/NAME.png`. */
export async function shoot({ page }: Opened, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  // On a busy machine Chromium may have no picture at hand.
  await page.screenshot({ path }).catch(() => page.screenshot({ path }));
}
