/**
 * The pages that mails lead to: sign in, accept an invitation, set a password. They hold a form and no script. A mail scanner that follows the link spends nothing:
 * the token is used by the form.
 */
import { isAPIError } from 'better-auth/api';
import type { Context, Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import type { Auth } from '../../people/auth.ts';
import { readBytes, refuseUnfit } from '../http-body.ts';
import { noStore } from '../http-reply.ts';
import { escaped, page } from '../page.ts';
import type { AuthFacePorts } from './ports.ts';
import { isSameOrigin } from './same-origin.ts';

const maxFormBytes = 4096;

export function mountPages(app: Hono, ports: AuthFacePorts): void {
  const { auth, limits } = ports;
  app.get('/sign-in', (c) =>
    c.req.query('token') === undefined
      ? page('Sign in', addressForm)
      : page(
          'Sign in',
          `<form action="/api/auth/magic-link/verify"><input type="hidden" name="token" value="${escaped(c.req.query('token') ?? '')}"><input type="hidden" name="callbackURL" value="/welcome"><button>Sign in to Postern</button></form>`,
        ),
  );
  app.post('/sign-in', async (c) => {
    const form = await readForm(c, ports);
    const email = form.get('email') ?? '';
    await limits.account('mail', email.toLowerCase());
    await said(() => auth.api.signInMagicLink({ body: { email }, headers: new Headers() }));
    return page('Sign in', '<p>If this address may sign in, a mail with a link is on its way to it.</p>');
  });
  app.get('/welcome', (c) => welcome(c, auth));
  app.post('/welcome', async (c) => {
    const invitationId = (await readForm(c, ports)).get('invitationId') ?? '';
    const headers = c.req.raw.headers;
    await said(() => auth.api.acceptOwnInvitation({ body: { invitationId }, headers }));
    return new Response(null, { status: 303, headers: { ...noStore, Location: '/welcome' } });
  });
  app.get('/set-password', (c) => passwordPage(c.req.query('token') ?? ''));
  app.post('/set-password', async (c) => {
    const form = await readForm(c, ports);
    const token = form.get('token') ?? '';
    try {
      await auth.api.resetPassword({ body: { token, newPassword: form.get('password') ?? '' } });
    } catch (error) {
      if (isAPIError(error)) return passwordPage(token, error.message);
      throw error;
    }
    return page('Password set', '<p>The password is set, and all your sessions have ended.</p>');
  });
}

/** A form of a page of ours, counted. @throws {PosternError} `not_permitted` from another page; `rate_limited`, `invalid_request` */
export async function readForm(
  c: Context,
  { publicUrl, limits, clientOf }: Omit<AuthFacePorts, 'auth'>,
): Promise<URLSearchParams> {
  // Under `no-referrer` a browser says the origin of its form as `null`; where it is from it says in Sec-Fetch-Site.
  const fromHere = c.req.header('origin') === 'null' && c.req.header('sec-fetch-site') === 'same-origin';
  if (!fromHere && !isSameOrigin(c.req.raw.headers, new URL(publicUrl).origin))
    throw new PosternError('not_permitted', 'Only a page of this server may call this.');
  await limits.signIn(clientOf(c));
  const form = new URLSearchParams(new TextDecoder().decode(await readBytes(c.req.raw, maxFormBytes)));
  refuseUnfit([...form.values()]);
  return form;
}

/** A refusal of better-auth's in our own words. */
async function said<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isAPIError(error)) throw error;
    throw new PosternError(error.statusCode === 401 ? 'unauthorized' : 'invalid_request', error.message);
  }
}

const addressForm =
  '<form method="post" action="/sign-in"><label>Your address<input type="email" name="email" required autocomplete="username"></label><button>Mail me a link</button></form>';

/** What waits for who is signed in to accept it; where nothing does, on to the desk. */
async function welcome(c: Context, auth: Auth): Promise<Response> {
  const { headers } = c.req.raw;
  const session = await auth.api.getSession({ headers });
  if (!session) return page('Sign in', addressForm, 401);
  const { invitations } = await auth.api.listOwnInvitations({ headers });
  if (invitations.length === 0)
    return new Response(null, { status: 303, headers: { ...noStore, Location: '/app' } });
  const forms = invitations.map(
    ({ id, name, role }) =>
      `<form method="post" action="/welcome"><input type="hidden" name="invitationId" value="${escaped(id)}"><button>Join ${escaped(name)} as ${role}</button></form>`,
  );
  return page('Welcome', `<p>You are signed in as ${escaped(session.user.email)}.</p>${forms.join('')}`);
}

const passwordPage = (token: string, refusal?: string): Response =>
  page(
    'Set a password',
    `${refusal ? `<p>${escaped(refusal)}</p>` : ''}<form method="post" action="/set-password"><input type="hidden" name="token" value="${escaped(token)}"><label>New password, at least 10 characters<input type="password" name="password" minlength="10" maxlength="128" required autocomplete="new-password"></label><button>Set the password</button></form>`,
    refusal ? 400 : 200,
  );
