/** Every page of the app, found as people find them: by the links. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { addMember } from '../../src/people/members.ts';
import { asSystem } from '../../src/store/database.ts';
import type { TestPostern } from '../postern.ts';
import { callTool, signPayment, termsOf } from '../postern.ts';
import { askedBy } from './asked.ts';
import type { Opened } from './browser.ts';

/** A page that was reached, and what is known of it. */
export interface Reached {
  /** Without the workspace, and with `:id` for what differs from ticket to ticket: `/inbox?view=open`. */
  shape: string;
  address: string;
}

/** An id, an address, or a wallet, in a path or a query. */
const isOne = /^(?:[a-z]{3}_\w+|0x\w+|\d+|.{24,})$/;

function shapeOf(address: URL, workspace: string): string {
  const path = address.pathname
    .slice(`/app/${workspace}`.length)
    .split('/')
    .map((part) => (isOne.test(part) ? ':id' : part))
    .join('/');
  const query = [...address.searchParams]
    .map(([name, value]) => `${name}=${isOne.test(value) ? ':id' : value}`)
    .sort()
    .join('&');
  return query ? `${path}?${query}` : path;
}

/** Waits until a page shows what it is about: it asks for nothing more, and says of nothing that it loads. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main, [role=alert], h1').first().waitFor();
  const asked = askedBy(page);
  // What arrives is drawn, and what is drawn may ask for more.
  for (let calm = 0; calm < 5; calm++) {
    if (asked.size > 0) calm = 0;
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
  }
  await page.getByText('Loading…').first().waitFor({ state: 'hidden' });
}

/** So many pages that differ only in what a query says are alike enough: views of a list, the weeks of a report. */
const alike = 6;

/** Goes to every page that links lead to, one of each shape, and has `look` look at it there. */
export async function walk(
  page: Page,
  url: string,
  {
    workspace,
    from,
    look,
  }: { workspace: string; from: readonly string[]; look(reached: Reached): Promise<void> },
): Promise<Reached[]> {
  const start = `${url}/app/${workspace}`;
  const waiting = from.map((path) => new URL(`${start}${path}`));
  const reached = new Map<string, Reached>();
  const kinds = new Map<string, number>();
  const tooMany = (shape: string): boolean => {
    const kind = shape.replace(/=[^&]*/g, '');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    return kinds.get(kind)! > alike;
  };
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const shape = shapeOf(next, workspace);
    if (reached.has(shape) || tooMany(shape)) continue;
    const one = { shape, address: next.href };
    reached.set(shape, one);
    await page.goto(next.href);
    await settled(page);
    await look(one);
    const links = await page
      .locator('a[href]')
      .evaluateAll((all: unknown[]) => (all as { href: string }[]).map(({ href }) => href));
    waiting.push(
      ...links
        .filter((link) => link.startsWith(`${start}/`))
        .map((link) => new URL(link.replace(/#.*$/, ''))),
    );
  }
  return [...reached.values()];
}

/** The paths of all routes within a workspace, as the router has them: `/inbox`, `/settings/$part`. */
export async function routesOfApp(): Promise<string[]> {
  const source = await readFile(new URL('../../web/src/app/router.tsx', import.meta.url), 'utf8');
  const routes = new Map<string, { parent: string; path: string }>();
  const shape = /const (\w+) = createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*path: '([^']*)'/g;
  for (const [, name, parent, path] of source.matchAll(shape))
    routes.set(name!, { parent: parent!, path: path! });
  assert.equal(routes.size, source.match(/createRoute\(/g)?.length, 'a route is written in another way');
  const whole = (name: string): string => {
    const route = routes.get(name);
    return route ? `${whole(route.parent)}${route.path}` : '';
  };
  const within = '/app/$workspace';
  return [...routes.keys()]
    .map(whole)
    .filter((path) => path.startsWith(`${within}/`) && !path.endsWith('/'))
    .map((path) => path.slice(within.length));
}

/** Whether a page of this shape is one of the route's. */
export const isOf = (route: string, { address }: Reached, workspace: string): boolean => {
  const pattern = route.replace(/[.*+?()[\]{}|^\\]/g, '\\$&').replace(/\$\w*/g, '[^/]+');
  return new RegExp(`^/app/${workspace}${pattern}$`).test(new URL(address).pathname);
};

/** What axe calls serious or critical on the page. */
export async function gravelyWrong(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** No finding that axe calls serious or critical. */
export const assertAccessible = async ({ page }: Opened, where?: string): Promise<void> =>
  assert.deepEqual(await gravelyWrong(page), [], where);

/** Buys one call with a new wallet, or with this one. @returns what it came to, and who paid */
export async function buy(
  { url, fundedWallet }: Pick<TestPostern, 'url' | 'fundedWallet'>,
  tool: string,
  input: Record<string, unknown>,
  wallet?: Awaited<ReturnType<TestPostern['fundedWallet']>>,
) {
  const payer = wallet ?? (await fundedWallet());
  const answer = await callTool(url, tool, input, await signPayment(payer, await termsOf(url, tool, input)));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return { payer, output: (answer.body.output ?? answer.body) as Record<string, string> };
}

/** Ada, who works at the demo desk too. */
export async function addColleague(
  { db }: Pick<TestPostern, 'db'>,
  role: 'viewer' | 'operator' | 'admin' = 'operator',
) {
  const email = `ada.${role}@acme.localhost`;
  const ada = { userId: `usr_ada_${role}`, name: 'Ada Lovelace', email };
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  await asSystem(db, async (tx) => {
    await tx
      .insertInto('users')
      .values({ id: ada.userId, name: ada.name, email, emailVerified: true })
      .execute();
    await addMember(tx, id, { ...ada, role, now: new Date() });
  });
  return ada;
}

/** The browser has a device that makes passkeys and signs in by them, without asking anybody. */
export async function giveAuthenticator(page: Page): Promise<void> {
  const devices = await page.context().newCDPSession(page);
  await devices.send('WebAuthn.enable');
  await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
