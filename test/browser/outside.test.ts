import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { signInOf } from '../../src/people/users.ts';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';
import { gravelyWrong, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

test('the pages outside are accessible, and complain of nothing', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const wrong: string[] = [];
  const { db, url } = postern!;
  const link = await signInOf({ db, ids: randomIds, publicUrl: url }, 'owner@acme.localhost', new Date());
  const addresses = ['/', '/sign-in', link.slice(url.length), '/set-password?token=x'];
  const published = ['/acme/contact', '/acme/help', '/acme/issues', '/acme/changelog'];
  for (const path of published) if ((await fetch(`${postern!.url}${path}`)).ok) addresses.push(path);
  for (const path of addresses) {
    await page.goto(`${postern!.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    wrong.push(...(await gravelyWrong(page)).map((finding) => `${path}: ${finding}`));
    await shoot(opened, `outside${path.replace(/=tok_.*/, '').replace(/[^\w]+/g, '-')}`);
  }
  assert.deepEqual([...wrong, ...complaints], []);
});

test('who is not signed in is shown the way in, and no page', { skip }, async () => {
  const { page } = await openPage();
  await page.goto(`${postern!.url}/app/acme/inbox`);
  await page.waitForURL(/\/sign-in/);
  await settled(page);
  await page.getByLabel('Your mail address').waitFor();
});

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

test('an address that leads nowhere says so to people, and as before to programs', { skip }, async () => {
  const { url } = postern!;
  const opened = await openPage();
  const { page } = opened;
  await page.goto(`${url}/no/such/page`);
  await page.getByRole('heading', { name: 'Nothing is here' }).waitFor();
  await shoot(opened, 'outside-nowhere');
  await page.goto(url);
  assert.equal(await page.locator('link[rel=icon]').getAttribute('href'), '/favicon.svg');
  await page.getByRole('link', { name: 'Go to your desk' }).click();
  await page.waitForURL(/\/sign-in/);
  for (const path of ['/favicon.ico', '/favicon.svg'])
    assert.equal((await fetch(url + path)).headers.get('content-type'), 'image/svg+xml');
  const asked = await fetch(`${url}/no/such/page`);
  assert.deepEqual([asked.status, await codeOf(asked)], [404, 'not_found']);
  const api = await fetch(`${url}/api/nothing`, { headers: { accept: 'text/html' } });
  assert.equal(await codeOf(api), 'not_found');
  const front = await fetch(url);
  assert.match(front.headers.get('content-type')!, /text\/plain/);
  assert.equal(front.headers.get('vary'), 'Accept');
  assert.match(await front.text(), /For people: .*\/app/);
});

test('a workspace that is none of theirs opens no other one', { skip }, async () => {
  const opened = await openPage();
  await signIn(opened, postern!);
  const { page, complaints } = opened;
  await page.goto(`${postern!.url}/app/nope/inbox`);
  await page.getByText('You are no member of a workspace of this address.').waitFor();
  assert.match(page.url(), /\/app\/nope\/inbox/);
  await page.goto(`${postern!.url}/app/acme/nope`);
  await page.getByText('There is no page at this address.').waitFor();
  await page.getByRole('link', { name: 'Workspaces' }).click();
  await page.waitForURL(/\/app\/acme\/inbox/);
  assert.deepEqual(complaints, []);
});
