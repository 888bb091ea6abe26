/** What the desk shares: its contact page, with everybody; a view, with the workspace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';

const postern = skip ? undefined : await startTestPostern();
const sizes = {
  light: {},
  dark: { colorScheme: 'dark' },
  small: { viewport: { width: 360, height: 740 } },
} as const;

async function assertAccessible({ page }: Opened): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id),
    [],
  );
}

test('the contact page is turned off and on in the settings, and says so', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/settings/desk`);
  const panel = page.locator('section').filter({ hasText: 'Contact page' });
  const link = panel.getByRole('link', { name: `${postern!.url}/acme/contact` });
  await link.waitFor();
  await panel.getByLabel('Let anybody write in by a public page').uncheck();
  await panel.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await link.waitFor({ state: 'detached' });
  assert.equal((await fetch(`${postern!.url}/acme/contact`)).status, 404);
  for (const [name, options] of Object.entries(sizes)) {
    const other = await openPage(options);
    await other.page.goto(`${postern!.url}/acme/contact`);
    await other.page.getByText('takes no messages by a contact page').waitFor();
    await shoot(other, `contact-off-${name}`);
    await assertAccessible(other);
    await other.page.context().close();
  }
  await panel.getByLabel('Let anybody write in by a public page').check();
  await panel.getByRole('button', { name: 'Save' }).click();
  await link.waitFor();
  assert.equal((await fetch(`${postern!.url}/acme/contact`)).status, 200);
  await page.goto(`${postern!.url}/app/acme/settings/audit`);
  await page
    .getByText(/contactPage/)
    .first()
    .waitFor();
  for (const [name, options] of Object.entries(sizes)) {
    const other = await openPage(options);
    await signIn(other, postern!);
    await other.page.goto(`${postern!.url}/app/acme/settings/desk`);
    await other.page.getByText('Let anybody write in').scrollIntoViewIfNeeded();
    await shoot(other, `settings-contact-${name}`);
    await assertAccessible(other);
    await other.page.context().close();
  }
  assert.deepEqual(complaints, []);
});

test('a view of one’s own is shared afterwards and taken back, by who may', { skip }, async () => {
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/inbox`);
  const views = page.getByRole('navigation', { name: 'Views' });
  await views.getByRole('button', { name: 'Save a view' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Spam only');
  await dialog.getByLabel('Filters').fill('status:spam');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const isShared = async () =>
    (
      await postern!.db
        .selectFrom('views')
        .select('ownerId')
        .where('name', '=', 'Spam only')
        .executeTakeFirstOrThrow()
    ).ownerId === null;
  for (const shared of [true, false, true]) {
    await views.getByRole('button', { name: 'Change the view Spam only' }).click();
    const box = dialog.getByLabel('Everybody of the workspace sees it');
    assert.equal(await box.isChecked(), !shared);
    await box.setChecked(shared);
    if (shared) await shoot(opened, 'view-shared');
    await assertAccessible(opened);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await isShared(), shared);
  }

  // An admin changes the rest of what another made, and cannot have it for themselves; an operator has no pencil.
  const { id } = await postern!.db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
  for (const role of ['admin', 'operator'] as const) {
    const email = `${role}@acme.localhost`;
    const user = { id: `usr_${role}`, name: role, email, emailVerified: true };
    await postern!.db.insertInto('users').values(user).execute();
    const member = { workspaceId: id, userId: user.id, role, name: role, email };
    await postern!.db.insertInto('members').values(member).execute();
    const other = await openPage();
    await signIn(other, postern!, email);
    await other.page.goto(`${postern!.url}/app/acme/inbox`);
    const panel = other.page.getByRole('navigation', { name: 'Views' });
    await panel.getByRole('button', { name: /^Spam only/ }).waitFor();
    const pencil = panel.getByRole('button', { name: 'Change the view Spam only' });
    assert.equal(await pencil.count(), role === 'admin' ? 1 : 0);
    if (role === 'admin') {
      await pencil.click();
      await other.page.getByRole('dialog').getByLabel('Name').fill('Only spam');
      assert.equal(await other.page.getByRole('dialog').getByRole('checkbox').count(), 0);
      await other.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await panel.getByRole('button', { name: /^Only spam/ }).waitFor();
      await postern!.db.updateTable('views').set({ name: 'Spam only' }).execute();
    }
    assert.deepEqual(other.complaints, []);
  }
  assert.deepEqual(complaints, []);
});
