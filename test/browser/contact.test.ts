import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startTestPostern } from '../postern.ts';
import { openPage, shoot, skip } from './browser.ts';

for (const [look, options] of [
  ['light', {}],
  ['dark-360', { colorScheme: 'dark', viewport: { width: 360, height: 800 } }],
] as const)
  test(`a customer writes in without JavaScript, in the ${look}`, { skip }, async () => {
    const postern = await startTestPostern();
    const opened = await openPage({ ...options, javaScriptEnabled: false });
    const { page, complaints } = opened;
    await page.goto(`${postern.url}/acme/contact`);
    await page.getByLabel('Your email address').fill('ada@example.com');
    await page.getByLabel('What is it about?').fill('Fog in the lens');
    await page.getByLabel('Your message').fill('It came this morning.\nWhat can I do?');
    const unseen = await page.locator('[name=website]').boundingBox();
    assert.ok(unseen!.x + unseen!.width < 0, 'people see no field for machines');
    await shoot(opened, `contact-${look}`);
    // A browser is quicker than a person; what it typed is still there each time.
    for (let tries = 0; tries < 200 && !page.url().includes('sent='); tries++) {
      assert.equal(
        await page.getByLabel('Your message').inputValue(),
        'It came this morning.\nWhat can I do?',
      );
      await page.getByRole('button', { name: 'Send' }).click();
      if (tries === 0) await shoot(opened, `contact-refused-${look}`);
    }
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    await shoot(opened, `contact-thanks-${look}`);
    const { number } = await postern.db
      .selectFrom('tickets')
      .select('number')
      .where('channel', '=', 'web')
      .where('subject', '=', 'Fog in the lens')
      .executeTakeFirstOrThrow();
    await page.getByText(`#${number}`).waitFor();
    assert.deepEqual(
      complaints.filter((one) => !/status of 400/.test(one)),
      [],
    );
    // What looks for barriers is a script itself.
    const again = await openPage({ ...options, bypassCSP: true });
    await again.page.goto(`${postern.url}/acme/contact`);
    const { violations } = await new AxeBuilder({ page: again.page }).analyze();
    assert.deepEqual(
      violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id),
      [],
    );
  });
