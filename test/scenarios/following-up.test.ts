/** What an agent pays for, and what it hears of it afterwards: at the running server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { registerExactEvmScheme } from '@x402/evm/exact/client';
import { appendPaymentIdentifierToExtensions } from '@x402/extensions/payment-identifier';
import { createSIWxPayload, encodeSIWxHeader } from '@x402/extensions/sign-in-with-x';
import { wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { sql } from 'kysely';
import type { LocalAccount } from 'viem';
import { perform } from '../../src/catalogue/perform.ts';
import { createWorkspace } from '../../src/desk/workspaces.ts';
import { commandCatalogue } from '../../src/faces/cli/operator-scope.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { workspacesOf } from '../../src/store/database.ts';
import { callTool, signPayment, startTestPostern, termsOf } from '../postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const { db, url } = postern;
const { id, slug, name } = await db
  .selectFrom('workspaces')
  .select(['id', 'slug', 'name'])
  .where('slug', '=', 'acme')
  .executeTakeFirstOrThrow();

/** As a member. */
const work = (operation: string, input: JsonObject) =>
  perform(
    { inWorkspace: workspacesOf(db) },
    {
      workspace: { id, slug, name },
      caller: { kind: 'operator', id: 'usr_1', role: 'operator' },
      ids: randomIds,
      now: new Date(),
    },
    commandCatalogue(randomIds).get(operation)!,
    input,
  );

async function pay(wallet: LocalAccount, tool: string, body: Record<string, unknown>) {
  const payment = await signPayment(wallet, await termsOf(url, tool, body));
  const answer = await callTool(url, tool, body, payment);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return { ...answer, payment, purchaseId: answer.headers.get('postern-purchase')! };
}

const followUp = async (purchaseId: string) => {
  const { status, body } = await callTool(url, 'get_purchase', { purchaseId });
  assert.equal(status, 200, JSON.stringify(body));
  return body as JsonObject & { proposal?: JsonObject };
};

const ticketOf = async (wallet: LocalAccount) =>
  (await pay(wallet, 'create_ticket', { subject: 'Fog', body: 'Zymurgical fog.' })).body.ticketId as string;

test('what became of a queued call is told with the reviewer’s reason, to who holds the purchase’s id', async () => {
  const wallet = await postern.fundedWallet();
  const ticketId = await ticketOf(wallet);
  const { issueId } = await work('create_issue', { title: 'Fog in lenses', body: 'Known.' });
  const asked = { ticketId, issueId };
  const { body: quoted } = await callTool(url, 'quote', {
    tool: 'link_issue',
    arguments: asked,
    wallet: wallet.address,
  });
  assert.deepEqual([quoted.outcome, quoted.priceUsd, quoted.wanted], ['queues', '0.03', undefined]);
  const { body, purchaseId, payment } = await pay(wallet, 'link_issue', asked);
  assert.equal(body.outcome, 'queued');

  const waiting = await followUp(purchaseId);
  assert.deepEqual(waiting.proposal, { proposalId: body.proposalId, state: 'waiting' });
  assert.deepEqual(
    [waiting.state, waiting.operation, waiting.amountUsd, waiting.payer, waiting.network],
    ['delivered', 'link_issue', '0.03', wallet.address.toLowerCase(), 'eip155:84532'],
  );
  assert.match(String(waiting.transaction), /^0x[0-9a-f]{64}$/);

  await work('reject_proposal', { proposalId: body.proposalId as string, reason: 'Another lens.' });
  const { proposal } = await followUp(purchaseId);
  assert.deepEqual([proposal!.state, proposal!.reason], ['rejected', 'Another lens.']);
  assert.ok(!JSON.stringify(await followUp(purchaseId)).includes('ymurgical'), 'no ticket text');

  // The attack: authorization and arguments are public or easily known. Fails without `private` on link_issue.
  const repeated = await callTool(url, 'link_issue', asked, payment);
  assert.equal(repeated.headers.get('postern-purchase'), null);
  assert.ok(!JSON.stringify(repeated.body).includes(purchaseId), JSON.stringify(repeated.body));
});

test('an approved resolution is told as approved', async () => {
  const wallet = await postern.fundedWallet();
  const ticketId = await ticketOf(wallet);
  const { body, purchaseId } = await pay(wallet, 'propose_resolution', { ticketId });
  await work('approve_proposal', { proposalId: body.proposalId as string });
  const { proposal } = await followUp(purchaseId);
  assert.equal(proposal!.state, 'approved');
  assert.equal((await work('get_ticket', { ticketId })).status, 'resolved');
  const { body: quoted } = await callTool(url, 'quote', {
    tool: 'propose_resolution',
    arguments: { ticketId },
    wallet: wallet.address,
  });
  // Which wallet opened a ticket is told to nobody, for anybody may name one.
  assert.deepEqual([quoted.wanted, quoted.reason], [undefined, 'not_found']);
});

test('a proposal that came too late is dropped, told as that, and leaves the wallet’s record as it was', async () => {
  const wallet = await postern.fundedWallet();
  const ticketId = await ticketOf(wallet);
  const { body, purchaseId } = await pay(wallet, 'draft_reply', { ticketId, body: 'Wipe it.' });
  const { version } = await work('get_ticket', { ticketId });
  await work('update_ticket', { ticketId, version: version!, status: 'resolved' });
  const record = async () =>
    (await fetch(`${url}/api/wallets/${wallet.address}?workspace=acme`)).json() as Promise<JsonObject>;
  const { proposalsApproved, proposalsRejected, standing, strikes } = await record();
  await work('drop_proposal', { proposalId: body.proposalId as string });
  const { proposal } = await followUp(purchaseId);
  assert.deepEqual([proposal!.state, proposal!.reason], ['dropped', undefined]);
  const after = await record();
  assert.deepEqual(
    [after.proposalsApproved, after.proposalsRejected, after.standing, after.strikes],
    [proposalsApproved, proposalsRejected, standing, strikes],
  );
});

test('a purchase is known in its own workspace only, and no id tells whether it might be one', async () => {
  const wallet = await postern.fundedWallet();
  const { purchaseId } = await pay(wallet, 'create_issue', { title: 'Rust', body: 'On screws.' });
  const other = await createWorkspace(db, randomIds, { slug: 'other', name: 'Other' });
  const elsewhere = await fetch(`${url}/api/x402/tools/other/get_purchase`, {
    method: 'POST',
    body: JSON.stringify({ purchaseId }),
  });
  assert.equal(elsewhere.status, 404);
  // The function behind it runs as its owner, who sees every workspace: it has a filter of its own.
  const hashes = (workspaceId: string) =>
    workspacesOf(db)(workspaceId, async (tx) => {
      const { rows } = await sql<{
        paid: string | null;
      }>`select paid from purchase_transactions(${purchaseId})`.execute(tx);
      return rows[0]?.paid ?? null;
    });
  assert.equal(await hashes(other.id), null);
  assert.match((await hashes(id)) ?? '', /^0x/);
  assert.equal((await callTool(url, 'get_purchase', { purchaseId: randomIds('pur') })).status, 404);
  assert.equal((await callTool(url, 'get_purchase', { purchaseId: 'x' })).status, 422);
  const own = await followUp(purchaseId);
  assert.deepEqual([own.state, own.proposal], ['delivered', undefined]);
});

test('what is not a stranger’s to write is not on sale', async () => {
  for (const tool of ['create_kb', 'update_kb', 'create_changelog', 'publish_issue', 'unlink_issue']) {
    const { status, body } = await callTool(url, tool, {});
    assert.deepEqual([status, body.code], [404, 'tool_not_found'], tool);
  }
});

const guide = await readFile(new URL('../../docs/agents.md', import.meta.url), 'utf8');
/** The guide's code, block by block, as it runs in a function of these names. @returns what the last line gives a name to */
const inGuide = (at: number, given: Record<string, unknown>, gives: string) => {
  const [, code] = [...guide.matchAll(/```js\n([\s\S]*?)```/g)][at]!;
  const lines = code!.split('\n').filter((line) => !line.startsWith('import '));
  const run = new Function(...Object.keys(given), `return (async () => { ${lines.join('\n')}\n${gives} })()`);
  return run(...Object.values(given));
};
const clients = { registerExactEvmScheme, wrapFetchWithPayment, x402Client };

test('the five lines of docs/agents.md pay for a call', async () => {
  const names = { ...clients, account: await postern.fundedWallet(), server: url, workspace: slug };
  await inGuide(0, names, '');
  const { count } = await db
    .selectFrom('claims')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('payer', '=', names.account.address.toLowerCase())
    .where('state', '=', 'delivered')
    .executeTakeFirstOrThrow();
  assert.equal(Number(count), 1);
});

test('a payment named as docs/agents.md says is known again, whichever payment comes with it', async () => {
  const account = await postern.fundedWallet();
  const given = { ...clients, account, appendPaymentIdentifierToExtensions };
  const payNamed = (await inGuide(1, given, 'return payNamed;')) as typeof fetch;
  const ask = async () => {
    const body = JSON.stringify({ subject: 'Named', body: 'Fog.' });
    const answer = await payNamed(`${url}/api/x402/tools/${slug}/create_ticket`, { method: 'POST', body });
    return { status: answer.status, purchaseId: answer.headers.get('postern-purchase') };
  };
  const first = await ask();
  assert.equal(first.status, 200);
  assert.ok(first.purchaseId);
  assert.deepEqual(await ask(), first);
});

test('who signs in as docs/agents.md says reads again what was paid for without an identifier', async () => {
  const account = await postern.fundedWallet();
  const input = { ticketId: await ticketOf(account) };
  const { payment, purchaseId } = await pay(account, 'get_ticket_context', input);
  const { body: answer } = await callTool(url, 'get_ticket_context', input, payment);
  assert.equal(answer.withheld, true);
  const given = { createSIWxPayload, encodeSIWxHeader, account, answer };
  const headers = (await inGuide(2, given, 'return headers;')) as Record<string, string>;
  const again = await fetch(`${url}/api/x402/tools/${slug}/get_ticket_context`, {
    method: 'POST',
    headers: { ...headers, 'payment-signature': payment },
    body: JSON.stringify(input),
  });
  assert.equal(again.headers.get('postern-purchase'), purchaseId);
  assert.match(await again.text(), /Zymurgical/);
});
