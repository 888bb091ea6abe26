/**
 * docs/permissions.md, cell by cell: every operation is called as every caller. Members as the desk runs them, credentials
 * over HTTP at the second door, wallets and strangers at the first, where wallets pay on a real chain.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LocalAccount } from 'viem';
import { type CallerName, callers, pageOf, readPage, standings, tableIn } from '../docs/permissions.ts';
import { type Caller, isPriced, type Operation, roles } from '../src/catalogue/operation.ts';
import { perform } from '../src/catalogue/perform.ts';
import { PosternError } from '../src/kernel/errors.ts';
import { randomIds } from '../src/kernel/ids.ts';
import { workspacesOf } from '../src/store/database.ts';
import { unserved } from './owed.ts';
import { argumentsFor, make, type World } from './permissions.ts';
import { callTool, signPayment, startTestPostern, termsOf } from './postern.ts';

const postern = await startTestPostern();
after(() => postern.stop());
const { db, url, catalogue } = postern;
const workspace = await db
  .selectFrom('workspaces')
  .select(['id', 'slug', 'name'])
  .where('slug', '=', 'acme')
  .executeTakeFirstOrThrow();
const world: World = { db, catalogue, workspace };
const page = await readPage();
const expected = tableIn(page);

/** What a call came to: done, refused for who calls, or let in and then refused for what was asked. */
type Came = { how: 'done' } | { how: 'refused' } | { how: 'let in'; why: string };
const done: Came = { how: 'done' };
const refused: Came = { how: 'refused' };

/** Operations for which `argumentsFor` knows nothing that can be carried out: that they are let in has to do. */
const onlyLetIn = new Set<string>(['set_pay_to']);
const carriedOut = new Set<string>();

type Ask = (operation: Operation) => Promise<Came>;
const asking = new Map<CallerName, Ask>();

for (const role of roles) {
  const caller: Caller = { kind: 'operator', id: `usr_${role}`, role };
  asking.set(role, async (operation) => {
    const setting = { workspace, caller, ids: randomIds, now: new Date() };
    const input = await argumentsFor(world, operation, caller);
    try {
      await perform({ inWorkspace: workspacesOf(db) }, setting, operation, input);
      return done;
    } catch (error) {
      if (!(error instanceof PosternError)) throw error;
      return error.code === 'not_permitted' ? refused : { how: 'let in', why: error.message };
    }
  });
}

before(async () => {
  for (const raised of [false, true]) {
    const name = raised ? 'raised' : 'plain';
    const made = await make(world, 'create_credential', { name, dailyReplies: 1_000 });
    const granted: string[] = [];
    for (const tool of raised ? catalogue.keys() : [])
      await make(world, 'grant_tool', { credentialId: made.credentialId!, tool })
        .then(() => granted.push(tool))
        .catch((error) =>
          assert.ok(error instanceof PosternError && error.code === 'invalid_arguments', error),
        );
    const caller: Caller = { kind: 'credential', id: String(made.credentialId), granted };
    asking.set(raised ? 'credential, granted' : 'credential', (operation) =>
      askSecondDoor(operation, caller, String(made.secret)),
    );
  }
  for (const standing of standings) {
    const wallet = await postern.fundedWallet();
    const address = wallet.address.toLowerCase();
    await db
      .insertInto('wallets')
      .values({ workspaceId: workspace.id, address, standing, standingByHand: true })
      .execute();
    asking.set(`${standing} wallet`, (operation) => askDoor(operation, { kind: 'wallet', address }, wallet));
  }
  asking.set('anonymous', (operation) => askDoor(operation, { kind: 'anonymous' }));
});

async function askSecondDoor(operation: Operation, caller: Caller, secret: string): Promise<Came> {
  const params = { name: operation.name, arguments: await argumentsFor(world, operation, caller) };
  const response = await fetch(`${url}/api/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  assert.equal(response.status, 200, operation.name);
  const { result } = (await response.json()) as {
    result: { isError?: boolean; structuredContent: { error: { code: string; detail: string } } };
  };
  if (!result.isError) return done;
  const { code, detail } = result.structuredContent.error;
  return code === 'not_permitted' ? refused : { how: 'let in', why: detail };
}

async function askDoor(operation: Operation, caller: Caller, wallet?: LocalAccount): Promise<Came> {
  const { name } = operation;
  const input = await argumentsFor(world, operation, caller);
  const pays = wallet && operation.access.anonymous && isPriced(operation);
  const payment = pays ? await signPayment(wallet, await termsOf(url, name, input)) : undefined;
  const { status, body } = await callTool(url, name, input, payment);
  if (status === 200) return done;
  const code = String(body.code ?? body.error);
  if (status === 404 && code === 'tool_not_found') return refused;
  // Without a payment the terms are told, and nothing else happens.
  if (status === 402 && !pays) return refused;
  if (status === 403 && code === 'wallet_blocked') return refused;
  return { how: 'let in', why: JSON.stringify(body) };
}

/** How many proposals wait of this very call: what an operation queues is itself. */
const queuedOf = async ({ name }: Operation) =>
  Number(
    (
      await db
        .selectFrom('proposals')
        .select((eb) => eb.fn.countAll().as('count'))
        .where('operation', '=', name)
        .executeTakeFirstOrThrow()
    ).count,
  );
/** How many payments were claimed; what a call is about may be one that was put there. */
const claims = async () =>
  (await db.selectFrom('claims').select('id').where('network', '<>', unserved).execute()).length;

/** Calls, and says what it came to as the page does. */
async function cellOf(operation: Operation, caller: CallerName): Promise<string> {
  const queuedBefore = await queuedOf(operation);
  const paidBefore = await claims();
  const came = await asking.get(caller)!(operation);
  const queued = (await queuedOf(operation)) > queuedBefore;
  const paid = (await claims()) > paidBefore;
  if (came.how === 'refused') {
    assert.deepEqual(
      [queued, paid],
      [false, false],
      `${operation.name}: ${caller} was refused, and it did something`,
    );
    return 'refused';
  }
  if (came.how === 'done') carriedOut.add(operation.name);
  else
    assert.ok(
      onlyLetIn.has(operation.name),
      `${operation.name}: ${caller} was let in, and it could not be carried out (see test/permissions.ts): ${came.why}`,
    );
  return `${paid ? 'pays+' : ''}${queued ? 'queues' : 'acts'}`;
}

test('the page is what the catalogue says, and has a row for all that the server can do', () => {
  assert.equal(page, pageOf(catalogue), 'run: node docs/permissions.ts, and read what changed');
  assert.deepEqual([...expected.keys()], [...catalogue.keys()]);
  assert.deepEqual(Object.keys(expected.get('search_kb')!), [...callers]);
});

for (const operation of catalogue.values())
  test(operation.name, async () => {
    const came: Record<string, string> = {};
    for (const caller of callers) came[caller] = await cellOf(operation, caller);
    assert.deepEqual(came, expected.get(operation.name));
  });

test('each operation was carried out for somebody, but for those that say why not', () => {
  const not = [...catalogue.keys()].filter((name) => !carriedOut.has(name));
  assert.deepEqual(new Set(not), onlyLetIn);
});
