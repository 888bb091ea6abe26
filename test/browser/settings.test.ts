import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

const sections = {
  desk: 'Desk',
  members: 'Members and teams',
  hours: 'Hours and due times',
  rules: 'Rules',
  replies: 'Saved replies',
  macros: 'Macros',
  tags: 'Tags',
  door: 'Networks and prices',
  caps: 'Caps and standing',
  agents: 'Agents’ credentials',
  you: 'You',
  audit: 'Audit log',
  start: 'First steps',
} as const;
type Section = keyof typeof sections;

async function go({ page }: Opened, section: Section): Promise<void> {
  await page.goto(`${postern!.url}/app/acme/settings/${section}`);
  await page.getByRole('heading', { level: 1, name: sections[section] }).waitFor();
  await page.locator('main [role=status]').first().waitFor({ state: 'detached' });
}

async function opened(options: Parameters<typeof openPage>[0] = {}): Promise<Opened> {
  const one = await openPage(options);
  await signIn(one, postern!);
  return one;
}

test('each part is there, in light and dark and 360 px wide, and can be read by all', { skip }, async () => {
  const tall = { width: 1280, height: 1400 };
  const looks = {
    '': await opened({ viewport: tall }),
    '-dark': await opened({ viewport: tall, colorScheme: 'dark' }),
    '-360': await opened({ viewport: { width: 360, height: 1200 } }),
  };
  for (const section of Object.keys(sections) as Section[])
    for (const [look, one] of Object.entries(looks)) {
      await go(one, section);
      await shoot(one, `settings-${section}${look}`);
      await assertAccessible(one, `${section}${look}`);
      const wide = await one.page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(wide <= one.page.viewportSize()!.width, `${section}${look} is ${wide} px wide`);
    }
  assert.deepEqual(
    Object.values(looks).flatMap(({ complaints }) => complaints),
    [],
  );
});
