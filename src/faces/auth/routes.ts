/** `/api/auth/*`: better-auth's handler, and in front of it what it leaves to us: which routes there are, origins, bounds. */
import type { Context, Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { jsonIn, readBytes, refuseUnfit } from '../http-body.ts';
import { refusal, wrongMethod } from '../http-reply.ts';
import { askAuth } from './ask.ts';
import { leadsHere } from './leads-here.ts';
import { mountPages } from './pages.ts';
import type { AuthFacePorts } from './ports.ts';
import { isSameOrigin } from './same-origin.ts';

interface Route {
  method: 'GET' | 'POST';
  /** It tries a secret, or costs a row: bounded by the client's address, by the account too where the body names one. */
  bounded?: 'password' | 'mail' | 'try';
}

const get = { method: 'GET' } as const;
const post = { method: 'POST' } as const;

/**
 * What is served of better-auth. The rest, which is much, is not there: it could be a way round an operation, or, as
 * `/magic-link/verify` is by GET, of who would sign others in as himself; `POST /sign-in/link` is in its place.
 */
export const authRoutes: Readonly<Record<string, Route>> = {
  '/sign-in/email': { ...post, bounded: 'password' },
  '/sign-in/magic-link': { ...post, bounded: 'mail' },
  '/sign-out': post,
  '/get-session': get,
  '/list-sessions': get,
  '/revoke-session': post,
  '/revoke-sessions': post,
  '/revoke-other-sessions': post,
  '/update-user': post,
  '/change-password': { ...post, bounded: 'try' },
  '/request-password-reset': { ...post, bounded: 'mail' },
  '/reset-password': { ...post, bounded: 'try' },
  '/passkey/generate-register-options': { ...get, bounded: 'try' },
  '/passkey/verify-registration': post,
  '/passkey/generate-authenticate-options': { ...get, bounded: 'try' },
  '/passkey/verify-authentication': { ...post, bounded: 'try' },
  '/passkey/list-user-passkeys': get,
  '/passkey/update-passkey': post,
  '/passkey/delete-passkey': post,
  '/invitations': get,
  '/invitations/accept': post,
};

/** Where a browser is sent afterwards. */
const endsAt = ['callbackURL', 'newUserCallbackURL', 'errorCallbackURL', 'redirectTo'] as const;

const base = '/api/auth';
const maxAuthBytes = 16 * 1024;

/** Mounts sign-in, before the preflight that opens everything else to all pages: no other page may call this. */
export function mountAuth(app: Hono, ports: AuthFacePorts): void {
  app.options(`${base}/*`, () => refusal('not_permitted'));
  app.all(`${base}/*`, (c) => answer(c, ports));
  mountPages(app, ports);
}

async function answer(c: Context, ports: AuthFacePorts): Promise<Response> {
  const { publicUrl, limits, clientOf } = ports;
  const path = c.req.path.slice(base.length);
  const route = Object.hasOwn(authRoutes, path) ? authRoutes[path]! : undefined;
  if (!route) throw new PosternError('not_found', `Nothing is at ${c.req.path}.`);
  if (c.req.method !== route.method) return wrongMethod(route.method);
  if (route.method === 'POST' && !isSameOrigin(c.req.raw.headers, new URL(publicUrl).origin))
    throw new PosternError('not_permitted', 'Only a page of this server may call this.');
  if (route.bounded) await limits.signIn(clientOf(c));
  const body = route.method === 'POST' ? await readObject(c.req.raw) : undefined;
  if (route.bounded === 'password' || route.bounded === 'mail')
    await limits.account(route.bounded, String(body?.email ?? '').toLowerCase());

  for (const name of endsAt)
    for (const address of [...(c.req.queries(name) ?? []), body?.[name] ?? '/'])
      if (!leadsHere(String(address), new URL(publicUrl).origin))
        throw new PosternError('not_permitted', `${name} must be an address of this server.`);

  const { search } = new URL(c.req.url);
  return askAuth(c, ports, `${path}${search}`, { method: route.method, ...(body && { body }) });
}

async function readObject(request: Request): Promise<JsonObject> {
  const bytes = await readBytes(request, maxAuthBytes);
  if (bytes.length === 0) return {};
  const body = jsonIn(bytes);
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new PosternError('invalid_request', 'The body must be an object.');
  refuseUnfit(body);
  return body;
}
