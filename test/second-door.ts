/** The second door under test: the real HTTP face on a real port over a real Postgres. */
import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { type Caller, houseOperation } from '../src/catalogue/operation.ts';
import { clientsBehind } from '../src/faces/client-address.ts';
import { serve } from '../src/faces/http-serve.ts';
import { createLimits } from '../src/faces/limits.ts';
import { randomIds } from '../src/kernel/ids.ts';
import { sleep, systemClock } from '../src/kernel/time.ts';
import { catalogue, desk, open } from './desk.ts';
import { fakeApp, unlimited } from './fakes/app.ts';
import { atEnd, silent } from './harness.ts';

export const acme = await desk('acme');
export const { db } = acme;
export const admin: Caller = { kind: 'operator', id: 'usr_admin', role: 'admin' };

/** One more than the desk has, for what goes wrong in ways that no operation does. */
const broken = houseOperation({
  ...{ name: 'break', title: 'Break', summary: 'Breaks.', tier: 'draft' },
  access: { anonymous: false, credential: 'tier', role: 'operator' },
  input: catalogue.get('search_kb')!.input,
  output: catalogue.get('search_kb')!.output,
  commit: async () => {
    throw new Error('something of ours broke');
  },
});

let ahead = 0;
/** Sets the door's clock ahead of the one on the wall. */
export const setAhead = (ms: number) => {
  ahead = ms;
};
const limits = createLimits({
  settings: { ...unlimited, credentialRequests: 40 },
  ids: randomIds,
  log: silent,
});
export const face = fakeApp({
  agents: {
    db,
    catalogue: new Map([...catalogue, ['break', broken]]),
    ids: randomIds,
    clock: () => systemClock() + ahead,
  },
  limits,
  clientOf: clientsBehind(['127.0.0.1', '::1']),
});
const server = await serve({ ...face, host: 'localhost', port: 0 });
atEnd(() => server.stop());
export const url = `http://localhost:${server.port}`;

let callers = 0;
/** POSTs to the second door; each from an address of its own, unless one is given. */
export async function post(body: unknown, headers: Record<string, string> = {}, path = '/api/mcp') {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'x-forwarded-for': `198.51.100.${++callers % 250}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what a test asks
  const said = JSON.parse(text || 'null') as any;
  return { status: response.status, headers: response.headers, text, body: said };
}

export const rpc = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 7, method, params });
export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** One tool, as the credential's agent calls it. @returns the tool's result */
export async function call(secret: string, name: string, input: object) {
  const { status, body, text } = await post(rpc('tools/call', { name, arguments: input }), bearer(secret));
  assert.equal(status, 200, text);
  assert.ok(body.result, text);
  return body.result;
}

/** A new credential, raised to these tools. */
export async function credential(name: string, ...granted: string[]) {
  const { credentialId, secret } = await acme.call(admin, 'create_credential', { name });
  for (const tool of granted) await acme.call(admin, 'grant_tool', { credentialId: credentialId!, tool });
  return { credentialId: String(credentialId), secret: String(secret) };
}

/** A ticket whose customer has written in. */
export async function ticketOf(): Promise<string> {
  const { ticketId } = await open(acme, { email: `${randomIds('cus')}@example.com` });
  const ticket = db.selectFrom('tickets').select('customerId').where('id', '=', String(ticketId));
  await db.updateTable('customers').set({ emailVerified: true }).where('id', '=', ticket).execute();
  return String(ticketId);
}

/** All that is to be mailed about a ticket. */
export const mailsAbout = (ticketId: string) =>
  db.selectFrom('outbox').selectAll().where('ticketId', '=', ticketId).execute();
/** The ticket's messages. */
export const messagesOf = (ticketId: string) =>
  db.selectFrom('messages').selectAll().where('ticketId', '=', ticketId).execute();

/** Until so many wait for a lock in this database. */
export async function waiting(atLeast = 1): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows.length >= atLeast) return;
    await sleep(20);
  }
  assert.fail('nobody waits');
}
