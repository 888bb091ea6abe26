import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTool, signPayment, startTestPostern, termsOf } from '../postern.ts';
import { openPage, shoot, signIn, skip } from './browser.ts';

const postern = skip ? undefined : await startTestPostern();

/** An agent opens a ticket and proposes a reply to it, and pays for both. */
async function propose(body: string): Promise<void> {
  const { url } = postern!;
  const wallet = await postern!.fundedWallet();
  const buy = async (tool: string, input: Record<string, unknown>) => {
    const answer = await callTool(
      url,
      tool,
      input,
      await signPayment(wallet, await termsOf(url, tool, input)),
    );
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const question = { subject: 'It does not charge', body: 'The light blinks.', email: 'ada@example.com' };
  const ticket = await buy('create_ticket', question);
  const { ticketId } = (ticket.output ?? ticket) as { ticketId: string };
  await buy('draft_reply', { ticketId, body });
}

test('twenty proposals are worked by the keyboard in two minutes', { skip }, async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => propose(`Clean the contacts, and try port ${i}.`)));
  const opened = await openPage();
  const { page, complaints } = opened;
  await signIn(opened, postern!);
  await page.goto(`${postern!.url}/app/acme/approvals`);
  await page.getByRole('heading', { name: /20 wait/ }).waitFor();
  await page.getByText('paid $0.06').waitFor();
  await page.getByText('2 purchases, 0 approved, 0 rejected').waitFor();
  await page.getByText('address not verified').waitFor();
  await shoot(opened, 'approvals');
  const started = performance.now();
  for (let left = 20; left > 0; left--) {
    if (left % 5 === 0) {
      await page.keyboard.press('x');
      await page.getByRole('textbox').fill('We do not say this.');
      await page.keyboard.press('Enter');
    } else if (left % 5 === 1) {
      await page.keyboard.press('e');
      await page.getByRole('textbox').press('End');
      await page.keyboard.type(' Best, Acme');
      if (left === 16) await shoot(opened, 'approvals-edited');
      await page.keyboard.press('Control+Enter');
    } else await page.keyboard.press('y');
    if (left > 1) await page.getByRole('heading', { name: new RegExp(`${left - 1} waits?`) }).waitFor();
  }
  await page.getByText('Nothing waits.').waitFor();
  const seconds = (performance.now() - started) / 1000;
  console.log(`twenty proposals in ${seconds.toFixed(1)} s`);
  assert.ok(seconds < 120);
  const proposals = await postern!.db.selectFrom('proposals').select(['state', 'editedArguments']).execute();
  const count = (state: string) => proposals.filter((one) => one.state === state).length;
  assert.deepEqual([count('approved'), count('rejected')], [16, 4]);
  assert.equal(proposals.filter(({ editedArguments }) => editedArguments).length, 4);
  assert.deepEqual(complaints, []);
});
