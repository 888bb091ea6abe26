import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { signInOf } from '../../src/people/users.ts';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, skip } from './browser.ts';
import { gravelyWrong, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

test('the pages outside are accessible, and complain of nothing', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  const wrong: string[] = [];
  const { db, url } = postern!;
  const link = await signInOf({ db, ids: randomIds, publicUrl: url }, 'owner@acme.localhost', new Date());
  const addresses = ['/sign-in', link.slice(url.length), '/set-password?token=x'];
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
