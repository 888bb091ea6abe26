/** U+0000, half surrogate pairs and broken percent-encodings at every route, signed in or not: refused, and never our fault. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { authRoutes } from '../../src/faces/auth/routes.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { signInOf } from '../../src/people/users.ts';
import { fakeApp } from '../fakes/app.ts';
import { startTestPostern } from '../postern.ts';

const { url, db } = await startTestPostern({ trustedProxies: ['127.0.0.1', '::1'] });
const origin = new URL(url).origin;

/** As they stand in an address: U+0000, a surrogate, overlong, cut off, no encoding at all, encoded twice. */
const inAddresses = ['%00', 'a%00b', '%ED%A0%80', '%C0%80', '%E0%A4', '%', '%2500'];
const inForms = ['%00', '%ED%A0%80', '%'];
const inBodies = ['\0', 'a\ud800b'];
/** Fields that some route reads, each with what it may well hold. */
const fields: Record<string, string> = {
  token: 'abc',
  password: 'correct horse battery',
  newPassword: 'correct horse battery',
  currentPassword: 'correct horse battery',
  email: 'ada@example.com',
  name: 'Ada',
  image: 'https://example.com/a.png',
  workspaceName: 'Desk',
  slug: 'desk',
  subject: 'Shutter',
  message: 'It is stuck.',
  website: '',
  score: 'good',
  comment: 'Thanks',
  invitationId: 'inv_1',
  id: 'psk_1',
  callbackURL: '/app',
  redirectTo: '/app',
  ticketId: 'tkt_1',
  doing: 'looking',
  address: '0x00',
  network: 'base-sepolia',
  query: 'shutter',
};
const queryFields = [
  'token',
  'callbackURL',
  'newUserCallbackURL',
  'errorCallbackURL',
  'workspace',
  'sent',
  'payment',
  'x',
];

const none = {} as never;
const ports = {
  auth: none,
  setup: none,
  ratings: none,
  contact: none,
  agents: none,
  devnet: none,
  desk: none,
};
/** Of the whole server, whatever is mounted: a new route is tried without a line here. */
const routes = [
  ...new Map(
    fakeApp(ports)
      .app.routes.filter(({ method, path }) => method !== 'OPTIONS' && path !== '/*')
      .flatMap(({ method, path }) =>
        (method === 'ALL' ? ['GET', 'POST'] : [method]).flatMap((each) =>
          named(path).map((one) => [each, one] as const),
        ),
      )
      .map((route) => [route.join(' '), route]),
  ).values(),
];

/** Where a route stands for many, each of them. */
function named(path: string): string[] {
  if (path === '/api/auth/*') return [path, ...Object.keys(authRoutes).map((route) => `/api/auth${route}`)];
  if (path.endsWith('/:workspace/:tool')) return [path, path.replace(':tool', 'create_ticket')];
  return [path];
}

const good = (path: string) =>
  path
    .replace(':workspace', 'acme')
    .replace(':token', 'a.b')
    .replace(/[:*]\w*/g, 'x');
/** The path with each of its parts bad in turn. */
const badPaths = (path: string): string[] =>
  inAddresses.flatMap((bad) => (path.match(/:\w+|\*/g) ?? []).map((part) => good(path.replace(part, bad))));
const badQueries = (path: string): string[] =>
  inAddresses.flatMap((bad) =>
    queryFields.map((field) => `${good(path)}?${field === 'token' ? '' : 'token=abc&'}${field}=${bad}`),
  );

/** Each body with one field that is bad, as JSON and as a form. */
function* badBodies(): Generator<[string, string]> {
  for (const bad of inBodies)
    for (const field of Object.keys(fields))
      yield ['application/json', JSON.stringify({ ...fields, [field]: bad })];
  for (const bad of inForms)
    for (const field of Object.keys(fields)) {
      const others = new URLSearchParams(Object.entries(fields).filter(([name]) => name !== field));
      yield ['application/x-www-form-urlencoded', `${others}&${field}=${bad}`];
    }
  for (const bad of inBodies) {
    yield ['application/json', JSON.stringify({ [bad]: bad, deep: [{ [bad]: bad }] })];
    yield ['application/json', JSON.stringify(bad)];
    yield [
      'application/json',
      JSON.stringify({
        jsonrpc: '2.0',
        id: bad,
        method: 'tools/call',
        params: { name: 'search_kb', arguments: { query: bad }, _meta: { [bad]: bad } },
      }),
    ];
  }
}

let clients = 0;
/** Each request comes from an address of its own, so that nothing is refused for being too much. */
function nextClient(): string {
  clients++;
  return `10.${clients >> 16}.${(clients >> 8) & 255}.${clients & 255}`;
}

async function session(): Promise<string> {
  const address = new URL(
    await signInOf({ db, ids: randomIds, publicUrl: url }, 'owner@acme.localhost', new Date()),
  );
  const token = address.searchParams.get('token')!;
  const { headers } = await fetch(`${url}/sign-in/link`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'x-forwarded-for': nextClient(), 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token }),
  });
  assert.ok(headers.getSetCookie().length > 0, 'signed in');
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

async function ask(path: string, init: RequestInit, cookie?: string): Promise<number> {
  const headers = {
    origin,
    'x-forwarded-for': nextClient(),
    'x-postern-workspace': 'acme',
    ...(cookie && { cookie }),
    ...(init.headers as Record<string, string>),
  };
  const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init, headers });
  await response.body?.cancel();
  return response.status;
}

/** Where it makes a difference who is signed in. */
const knowsMembers = (path: string) => /^\/(api\/auth|api\/v1|welcome)/.test(path);

for (const who of ['nobody', 'a member'] as const)
  describe(`unfit text of ${who}`, () => {
    for (const [method, path] of routes.filter(([, path]) => who === 'nobody' || knowsMembers(path)))
      test(`${method} ${path}`, async () => {
        const cookie = who === 'nobody' ? undefined : await session();
        const faults: string[] = [];
        const tryOne = async (address: string, init: RequestInit) => {
          const status = await ask(address, init, cookie);
          if (status >= 500 && status !== 503) faults.push(`${status} ${address} ${String(init.body ?? '')}`);
        };
        const body = method === 'POST' ? { body: '{}' } : {};
        const addresses = [...badPaths(path), ...badQueries(path)];
        for (let at = 0; at < addresses.length; at += 20)
          await Promise.all(
            addresses.slice(at, at + 20).map((address) => tryOne(address, { method, ...body })),
          );
        // Whoever is nobody is heard by none of these.
        const heard = method === 'POST' && (who === 'a member' || !path.startsWith('/api/v1/'));
        const bodies = heard ? [...badBodies()] : [];
        for (let at = 0; at < bodies.length; at += 20)
          await Promise.all(
            bodies
              .slice(at, at + 20)
              .map(([type, text]) =>
                tryOne(good(path), { method, headers: { 'content-type': type }, body: text }),
              ),
          );
        assert.deepEqual(faults, []);
      });
  });

describe('what is refused is said to be the caller’s', () => {
  const refused: [string, string, string?][] = [
    ['GET', '/acme%00/contact'],
    ['POST', '/acme%00/contact', 'subject=a'],
    ['GET', '/x%00/rate/a.b'],
    ['POST', '/set-password', 'token=%00&password=correct-horse-battery'],
    ['POST', '/api/auth/reset-password', JSON.stringify({ token: '\0', newPassword: 'correct horse' })],
    ['GET', '/api/v1/live?workspace=%00'],
    ['POST', '/api/v1/presence', JSON.stringify({ ticketId: '\0', doing: 'looking' })],
    ['POST', '/api/auth/revoke-session', JSON.stringify({ token: '\0' })],
    ['POST', '/api/auth/passkey/delete-passkey', JSON.stringify({ id: '\0' })],
  ];
  for (const [method, path, body] of refused)
    test(`${method} ${path}`, async () => {
      const status = await ask(path, { method, ...(body && { body }) }, await session());
      assert.ok([400, 404, 422].includes(status), String(status));
    });
});
