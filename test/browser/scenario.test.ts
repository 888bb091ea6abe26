/** From a customer's question to a mail, with an agent paid in between: what Postern is for, in a browser. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sleep } from '../../src/kernel/time.ts';
import { type Eml, readEml } from '../../src/mail/eml.ts';
import { startTestPostern } from '../postern.ts';
import { type Opened, openPage, shoot, signIn, skip } from './browser.ts';
import { buy, gravelyWrong, routesOfApp, settled } from './pages.ts';

const postern = skip ? undefined : await startTestPostern();
const subject = 'My K7 does not charge';
const question = { subject, body: 'The light blinks, and then it is dark.', email: 'ada@example.com' };

/** A customer who knows nothing but the address of the contact page, without JavaScript. */
async function writeIn(): Promise<void> {
  const { page, complaints } = await openPage({ javaScriptEnabled: false });
  await page.goto(`${postern!.url}/acme/contact`);
  await page.getByLabel(/name/i).first().fill('Ada Lovelace');
  await page
    .getByLabel(/address|e-?mail/i)
    .first()
    .fill(question.email);
  await page
    .getByLabel(/subject|about/i)
    .first()
    .fill(question.subject);
  await page.getByRole('textbox').last().fill(question.body);
  const thanks = page.getByRole('heading', { name: 'Thank you' });
  // Who writes as fast as a machine is asked to send once more.
  for (let attempt = 0; attempt < 50 && !(await thanks.isVisible()); attempt++) {
    await page.getByRole('button').first().click();
    await page.waitForLoadState();
  }
  await thanks.waitFor();
  assert.deepEqual(
    complaints.filter((one) => !/status of 400/.test(one)),
    [],
  );
}

/** Where nobody can write in by themselves, an operator files what was said on the telephone. */
const fileIt = ({ page }: Opened) =>
  page.evaluate(
    `fetch('/api/v1/create_ticket', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-postern-workspace': 'acme' },
      body: JSON.stringify(${JSON.stringify(question)}),
    }).then((answer) => answer.json())`,
  );

async function mailTo(address: string): Promise<Eml> {
  const folder = join(postern!.dataFolder, 'mail');
  for (let attempt = 0; attempt < 200; attempt++) {
    for (const name of await readdir(folder).catch(() => []))
      if (name.endsWith('.eml')) {
        const mail = readEml(await readFile(join(folder, name), 'latin1'));
        if (mail.to.includes(address)) return mail;
      }
    await sleep(50);
  }
  throw new Error(`no mail to ${address}`);
}

test('a customer asks, an agent is paid to draft, an operator edits and sends', { skip }, async () => {
  const { url, db } = postern!;
  const operator = await openPage();
  const { page, complaints } = operator;
  await signIn(operator, postern!);
  await page.goto(`${url}/app/acme/inbox`);
  await page.getByRole('region', { name: 'Tickets' }).waitFor();
  if ((await fetch(`${url}/acme/contact`)).ok) await writeIn();
  else await fileIt(operator);
  // It is there without anybody asking for it.
  await page.getByRole('region', { name: 'Tickets' }).getByText(subject).click();
  await page.getByRole('list', { name: 'Conversation' }).getByText(question.body).waitFor();

  await db.updateTable('deskSettings').set({ agentsSee: 'all' }).execute();
  const { id: ticketId } = await db
    .selectFrom('tickets')
    .select('id')
    .where('subject', '=', subject)
    .executeTakeFirstOrThrow();
  const { payer } = await buy(postern!, 'draft_reply', { ticketId, body: 'Clean the contacts.' });

  await page.getByRole('link', { name: 'Approvals' }).click();
  await page.getByRole('heading', { name: /1 waits/ }).waitFor();
  const proposal = page.getByRole('article', { name: 'What is proposed' });
  await proposal.getByText(question.body).first().waitFor();
  await proposal
    .getByText(`${payer.address.toLowerCase().slice(0, 6)}`)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page
    .getByRole('textbox', { name: 'What is proposed' })
    .fill('Clean the contacts, dear Ada, with a dry cloth.');
  await shoot(operator, 'scenario-edited');
  await page.getByRole('button', { name: 'Approve as edited' }).click();
  await page.getByText('Approved and done.').waitFor();

  const mail = await mailTo(question.email);
  assert.match(mail.body, /Clean the contacts, dear Ada, with a dry cloth\./);
  assert.match(mail.subject, new RegExp(subject));
  await page.goto(`${url}/app/acme/inbox?view=all&ticket=${ticketId}`);
  await page.getByRole('list', { name: 'Conversation' }).getByText('dear Ada').waitFor();

  if ((await routesOfApp()).includes('/door')) {
    await page.goto(`${url}/app/acme/door`);
    await page.getByText('$0.06').first().waitFor();
    await settled(page);
    assert.deepEqual(await gravelyWrong(page), []);
    await shoot(operator, 'scenario-door');
  }
  const paid = await db.selectFrom('claims').select('amountAtomic').execute();
  assert.deepEqual(
    paid.map(({ amountAtomic }) => String(amountAtomic)),
    ['60000'],
  );
  assert.deepEqual(complaints, []);
});
