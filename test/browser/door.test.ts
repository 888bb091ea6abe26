import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomIds } from '../../src/kernel/ids.ts';
import { sleep } from '../../src/kernel/time.ts';
import { seedOwner } from '../../src/people/users.ts';
import {
  callTool,
  chainRpc,
  signPayment,
  startGround,
  startOnGround,
  startTestPostern,
  termsOf,
} from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { assertAccessible } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();

/** What the door tells an agent that has not paid yet is, to a browser's console, a failure. */
const told402 = /status of 402/;

async function openDoor(tab: string, options: Parameters<typeof openPage>[0] = {}): Promise<Opened> {
  const opened = await openPage(options);
  await signIn(opened, postern!);
  await opened.page.goto(`${postern!.url}/app/acme/door?tab=${tab}`);
  await opened.page.getByRole('heading', { name: 'Door', level: 1 }).waitFor();
  return opened;
}

async function buy(
  tool: string,
  input: Record<string, unknown>,
  wallet?: Awaited<ReturnType<NonNullable<typeof postern>['fundedWallet']>>,
) {
  const { url } = postern!;
  const payer = wallet ?? (await postern!.fundedWallet());
  const answer = await callTool(url, tool, input, await signPayment(payer, await termsOf(url, tool, input)));
  return { payer, body: answer.body };
}

test('a newcomer runs an agent, and sees the ticket and the cents', { skip }, async () => {
  const opened = await openDoor('try', { viewport: { width: 1280, height: 3400 } });
  const { page, complaints } = opened;
  await page.getByText(`curl -s ${postern!.url}/api/mcp/acme`).waitFor();
  await page.getByRole('button', { name: 'Run it' }).click();
  await page.getByText('Bought for $0.02.').waitFor();
  const steps = page.getByRole('list', { name: 'Steps' });
  assert.deepEqual(await steps.getByRole('heading').allTextContents(), [
    '1A wallet',
    '2The call, without paying',
    '3402: the terms',
    '4Play money',
    '5The signature',
    '6The same call, with the payment',
    '7Settled',
    '8Delivered, with a receipt',
  ]);
  // What is shown went over the wire: the terms' amount, the signature's type, the transaction that is in the books.
  await steps.getByText('"amount": "20000"').first().waitFor();
  await steps.getByText('TransferWithAuthorization').first().waitFor();
  const { transactionHash } = await postern!.db
    .selectFrom('settlements')
    .select('transactionHash')
    .executeTakeFirstOrThrow();
  await steps.getByText(transactionHash!).first().waitFor();
  await shoot(opened, 'door-try');
  await assertAccessible(opened);

  // The same agent proposes a reply; nobody gets it before it is approved, here, with the browser alone.
  await page.getByRole('button', { name: 'Have it draft a reply' }).click();
  await page.getByText('Bought for $0.06. Nothing was sent: it waits for your approval.').waitFor();
  assert.equal(await steps.getByRole('heading', { name: 'A wallet' }).count(), 0);
  await shoot(opened, 'door-try-reply');
  await assertAccessible(opened);
  await page.getByRole('link', { name: 'Approve it' }).click();
  await page.getByText('Thank you for trying this.').first().waitFor();
  await page.getByRole('button', { name: /^Approve/, disabled: false }).click();
  await page.getByText('Nothing waits.').waitFor();
  await shoot(opened, 'approvals-empty');
  const mail = await postern!.db.selectFrom('outbox').select(['rcptTo', 'body']).executeTakeFirstOrThrow();
  assert.match(mail.body, /^Thank you for trying this\./);
  assert.equal(mail.rcptTo, 'customer@example.com');
  await page.getByRole('link', { name: 'See how one comes about' }).click();
  await page.getByRole('link', { name: 'Activity' }).click();
  await page.getByText('$0.08').first().waitFor();
  await page.getByRole('img', { name: /Bought, by tool\. create_ticket: 1/ }).waitFor();
  await page.getByRole('img', { name: /Asked the price, by tool\. create_ticket: 1/ }).waitFor();
  await page.goBack();
  await page.goto(`${postern!.url}/app/acme/inbox?view=all`);
  await page.getByText('A first call through the door').first().waitFor();
  assert.deepEqual(
    complaints.filter((one) => !told402.test(one)),
    [],
  );
  assert.equal(complaints.length, 2);
});

test('an owner sees who bought what, and blocks a wallet with a reason', { skip }, async () => {
  const { url, db } = postern!;
  const about = { subject: 'It does not charge', body: 'The light blinks.' };
  const wallets = await Promise.all(Array.from({ length: 4 }, () => buy('create_ticket', about)));
  const { ticketId } = wallets[0]!.body as { ticketId: string };
  await buy('draft_reply', { ticketId, body: 'Clean the contacts.' }, wallets[0]!.payer);
  for (let i = 0; i < 5; i++) await callTool(url, i % 2 ? 'create_ticket' : 'no_such_tool', about);
  await seedPast();
  const opened = await openDoor('activity');
  const { page, complaints } = opened;
  await page.getByRole('img', { name: /Bought, by tool.*draft_reply: 2/ }).waitFor();
  await page.getByText('tool_not_found').waitFor();
  await page.getByRole('button', { name: '7 days' }).click();
  await page.getByRole('img', { name: /Asked the price, by tool.*create_ticket: \d{3}/ }).waitFor();
  await shoot(opened, 'door-activity');
  await page.getByText('As a table').first().click();
  await page.getByRole('rowheader').first().waitFor();
  await assertAccessible(opened);

  await page.keyboard.press('2');
  await page.getByRole('table', { name: 'Wallets' }).getByRole('link').first().waitFor();
  await shoot(opened, 'door-wallets');
  await assertAccessible(opened);
  await page.getByTitle(wallets[0]!.payer.address.toLowerCase()).click();
  await page.getByRole('heading', { name: wallets[0]!.payer.address.toLowerCase() }).waitFor();
  await page.keyboard.press('b');
  await page.getByRole('dialog').getByRole('textbox').fill('It writes nonsense.');
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click();
  await page.getByText('The wallet is blocked now.').waitFor();
  await page.getByText('It writes nonsense.').waitFor();
  await shoot(opened, 'door-wallet');
  await assertAccessible(opened);
  const row = await db
    .selectFrom('wallets')
    .select('standing')
    .where('address', '=', wallets[0]!.payer.address.toLowerCase())
    .executeTakeFirstOrThrow();
  assert.equal(row.standing, 'blocked');

  await page.keyboard.press('3');
  await page
    .getByRole('link', { name: /delivered draft_reply/ })
    .first()
    .click();
  await page.getByText('Settled', { exact: true }).waitFor();
  await shoot(opened, 'door-purchase');
  await assertAccessible(opened);
  await page.getByRole('link', { name: 'All purchases' }).click();
  await page.getByLabel('State').selectOption('owed');
  await page.getByText('No purchases.').waitFor();
  await page.getByLabel('State').selectOption('');
  await page
    .getByRole('link', { name: /delivered create_ticket/ })
    .first()
    .waitFor();
  await shoot(opened, 'door-purchases');
  await assertAccessible(opened);

  await page.keyboard.press('4');
  await page.getByText('chain answers').waitFor();
  await shoot(opened, 'door-treasury');
  await assertAccessible(opened);
  assert.deepEqual(complaints, []);
});

/** Some days on which strangers asked the price, before the hours in which these tests run. */
async function seedPast(): Promise<void> {
  const { db } = postern!;
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  const tools = ['create_ticket', 'draft_reply', 'send_reply', 'get_ticket_context'];
  const rows = Array.from({ length: 40 }, (_, i) => ({
    workspaceId: id,
    hour: new Date(Math.floor(Date.now() / 3_600_000 - 2 - i * 4) * 3_600_000),
    operation: tools[i % tools.length]!,
    reason: i % 7 === 6 ? 'over_cap' : 'challenged',
    count: BigInt(5 + ((i * 7) % 23)),
  }));
  await db.insertInto('doorCounts').values(rows).execute();
}

test('who only looks sees what comes through, and no wallet', { skip }, async () => {
  const { db } = postern!;
  const { id } = await db
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', 'acme')
    .executeTakeFirstOrThrow();
  const user = { id: randomIds('usr'), name: 'Vera', email: 'vera@acme.localhost' };
  await db
    .insertInto('users')
    .values({ ...user, emailVerified: true })
    .execute();
  await db
    .insertInto('members')
    .values({ workspaceId: id, userId: user.id, role: 'viewer', name: user.name, email: user.email })
    .execute();
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!, user.email);
  await page.goto(`${postern!.url}/app/acme/door?tab=wallets`);
  await page.getByRole('figure', { name: 'Bought, by tool' }).waitFor();
  const parts = page.getByRole('navigation', { name: 'Parts of this page' });
  assert.deepEqual(await parts.getByRole('link').allTextContents(), ['Activity', 'Try it as an agent']);
  assert.deepEqual(complaints, []);
});

test('it is whole in the dark, and on a small screen', { skip }, async () => {
  const dark = await openDoor('activity', {
    colorScheme: 'dark',
    viewport: { width: 1280, height: 1400 },
  });
  await dark.page.getByRole('img', { name: /Bought, by tool/ }).waitFor();
  await shoot(dark, 'door-activity-dark');
  await assertAccessible(dark);
  const small = await openDoor('activity', { viewport: { width: 360, height: 640 } });
  const { page } = small;
  const shown = {
    activity: () => page.getByRole('img', { name: /Bought, by tool/ }),
    wallets: () => page.getByRole('table', { name: 'Wallets' }),
    purchases: () => page.getByRole('link', { name: /delivered create_ticket/ }).first(),
    treasury: () => page.getByText('chain answers'),
    try: () => page.getByRole('button', { name: 'Run it' }),
  };
  for (const [key, [tab, what]] of Object.entries(shown).entries()) {
    await page.keyboard.press(String(key + 1));
    await page.waitForURL(new RegExp(`tab=${tab}`));
    await what().waitFor();
    await shoot(small, `door-360-${tab}`);
    const wide = await page.evaluate<number>('document.getElementById("content").scrollWidth');
    assert.ok(wide <= 360, `${tab} is ${wide} px wide`);
    await assertAccessible(small);
  }
  assert.deepEqual([...dark.complaints, ...small.complaints], []);
});

/** Paid and not delivered: its ticket was closed while the payment was on its way. @returns the purchase's id */
async function owedPurchase(): Promise<string> {
  const { db } = postern!;
  const { payer, body } = await buy('create_ticket', { subject: 'Mirror stuck', body: 'It stays up.' });
  const { ticketId } = body as { ticketId: string };
  await chainRpc(postern!, 'evm_setAutomine', [false]);
  const newest = () =>
    db
      .selectFrom('claims')
      .select(['id', 'state'])
      .where('payer', '=', payer.address.toLowerCase())
      .orderBy('createdAt', 'desc')
      .executeTakeFirstOrThrow();
  const first = await newest();
  const draft = buy('draft_reply', { ticketId, body: 'Turn it off and on.' }, payer);
  while ((await newest()).id === first.id) await sleep(20);
  await db.updateTable('tickets').set({ status: 'closed' }).where('id', '=', ticketId).execute();
  await chainRpc(postern!, 'evm_setAutomine', [true]);
  await chainRpc(postern!, 'evm_mine');
  await draft;
  const { id, state } = await newest();
  assert.equal(state, 'owed');
  return id;
}

test('what is owed is found, said why, and paid back by an owner', { skip }, async () => {
  await owedPurchase();
  const opened = await openDoor('purchases&show=owed');
  const { page, complaints } = opened;
  await page.getByRole('link', { name: /owed draft_reply/ }).click();
  await page.getByText(/^Owed: .*closed/).waitFor();
  await shoot(opened, 'door-owed');
  await assertAccessible(opened);
  await page.getByRole('button', { name: 'Pay back' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('The ticket was closed.');
  await page.getByRole('dialog').getByRole('button', { name: 'Pay back' }).click();
  await page.getByText('Paid back', { exact: true }).waitFor();
  await page.getByText('The ticket was closed.').waitFor();
  await shoot(opened, 'door-refunded');
  assert.deepEqual(complaints, []);
});

test('where money is real nothing is run, and all is said', { skip }, async () => {
  const ground = await startGround();
  const real = await startOnGround(ground);
  const { id } = await ground.db.selectFrom('workspaces').select('id').executeTakeFirstOrThrow();
  const owner = { email: 'owner@acme.localhost', name: 'Owner', now: new Date() };
  await seedOwner(ground.db, randomIds, id, owner);
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, { db: ground.db, url: real.url });
  await page.goto(`${real.url}/app/acme/door?tab=try`);
  await page.getByText(`curl -s ${real.url}/api/mcp/acme`).waitFor();
  await page.getByText('402: the terms').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Run it' }).count(), 0);
  assert.deepEqual(complaints, []);
});
