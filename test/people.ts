/** Sign-in under test: the real HTTP face on a real port, a real Postgres, and browsers that keep cookies. */

import { join } from 'node:path';
import type { Caller } from '../src/catalogue/operation.ts';
import { perform } from '../src/catalogue/perform.ts';
import { clientsBehind } from '../src/faces/client-address.ts';
import { serve } from '../src/faces/http-serve.ts';
import { randomIds, randomSecret } from '../src/kernel/ids.ts';
import type { JsonObject } from '../src/kernel/json.ts';
import { systemClock } from '../src/kernel/time.ts';
import { enqueueHouseMail } from '../src/mail/outbox.ts';
import { openDesk } from '../src/main/desk.ts';
import { openSetup } from '../src/main/setup.ts';
import { type AuthPorts, createAuth } from '../src/people/auth.ts';
import { seedOwner, signInOf } from '../src/people/users.ts';
import { openDatabase, workspacesOf } from '../src/store/database.ts';
import { connectEvents } from '../src/store/events.ts';
import { holdPort } from '../src/store/postgres.ts';
import { catalogue } from './desk.ts';
import { fakeApp } from './fakes/app.ts';
import { atEnd, silent, testDatabaseUrl } from './harness.ts';

const databaseUrl = await testDatabaseUrl();
export const db = openDatabase({ url: databaseUrl, poolSize: 10, log: silent });
atEnd(() => db.destroy());
const { port, letGo } = await holdPort();
export const url = `http://localhost:${port}`;
export const now = () => new Date(systemClock());

export const authPorts: AuthPorts = {
  db,
  ids: randomIds,
  clock: systemClock,
  log: silent,
  publicUrl: url,
  secret: randomSecret(32),
  mail: (mail) => enqueueHouseMail(db, randomIds, url, mail, now()),
};
export const auth = createAuth(authPorts);
const ending = new AbortController();
/** Hints between who works the desk. */
export const events = await connectEvents(databaseUrl, silent);
atEnd(() => events.close());
const desk = {
  ...openDesk({ db, events }, auth, catalogue, ending.signal),
  bundle: join(import.meta.dirname, '../web/dist'),
};
await letGo();
const server = await serve({
  ...fakeApp({
    auth,
    desk,
    setup: openSetup({ db }, url),
    publicUrl: url,
    clientOf: clientsBehind(['127.0.0.1', '::1']),
  }),
  host: 'localhost',
  port,
});
atEnd(() => server.stop());
atEnd(async () => ending.abort());

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what a test asks
  body: any;
}

/** A browser on our own page, with its cookies. */
export interface Browser {
  cookies: Map<string, string>;
  request(path: string, init?: RequestInit): Promise<Answer>;
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** Its cookies as request headers. */
  headers(): Headers;
}

let addresses = 0;

/** Each has a network address of its own, unless one is given. */
export function browser(address = `198.51.100.${++addresses}`): Browser {
  const cookies = new Map<string, string>();
  const cookie = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', address);
    if (cookies.size > 0) headers.set('cookie', cookie());
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '' || /max-age=0/i.test(line)) cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text,
    };
  }
  return {
    cookies,
    request,
    get: (path) => request(`/api/auth${path}`),
    post: (path, body = {}, headers = {}) =>
      request(`/api/auth${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', origin: url, ...headers },
      }),
    headers: () => new Headers({ cookie: cookie() }),
  };
}

/** A workspace with an owner. */
export async function workspaceOf(slug: string) {
  const workspace = { id: randomIds('wsp'), slug, name: slug };
  await db.insertInto('workspaces').values(workspace).execute();
  const email = `owner@${slug}.example`;
  const ownerId = await seedOwner(db, randomIds, workspace.id, { email, name: 'The Owner', now: now() });
  return {
    workspace,
    email,
    ownerId,
    /** One operation, as the desk runs it. */
    call: (caller: Caller, name: string, input: JsonObject = {}): Promise<JsonObject> =>
      perform(
        { inWorkspace: workspacesOf(db) },
        { workspace, caller, ids: randomIds, now: now() },
        catalogue.get(name)!,
        input,
      ),
    owner: { kind: 'operator', id: ownerId, role: 'owner' } as const satisfies Caller,
  };
}

/** Sends a form as a browser does from a page of ours, which tells no origin. */
export const submit = (
  page: Browser,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  page.request(path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
  });

/** Follows a sign-in address as the page's form does. */
export async function follow(page: Browser, address: string): Promise<Answer> {
  const token = new URL(address).searchParams.get('token')!;
  return submit(page, '/sign-in/link', { token });
}

/** An address that signs a user in, once. */
export const signInFor = (email: string): Promise<string> =>
  signInOf({ db, ids: randomIds, publicUrl: url }, email, now());

/** A browser in which the user is signed in. */
export async function signedIn(email: string): Promise<Browser> {
  const page = browser();
  await follow(page, await signInFor(email));
  return page;
}

/** Mails to an address, the oldest first; waits until there are so many. */
export async function mailsTo(email: string, atLeast = 1) {
  for (let i = 0; ; i++) {
    const mails = await db
      .selectFrom('outbox')
      .selectAll()
      .where('rcptTo', '=', email)
      .orderBy('createdAt')
      .execute();
    if (mails.length >= atLeast || i === 1_000) return mails;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The address in a mail. */
export const linkIn = (body: string): string => /http\S+/.exec(body)![0];
