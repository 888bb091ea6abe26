/**
 * The pages that mails lead to: sign in, accept an invitation, set a password. They hold a form; sign-in alone has a script, for passkeys. A mail scanner that follows the link spends nothing:
 * the token is used by the form.
 */
import { readFileSync } from 'node:fs';
import { isAPIError } from 'better-auth/api';
import type { Context, Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import { systemClock } from '../../kernel/time.ts';
import { type Auth, addressOfLink } from '../../people/auth.ts';
import { readBytes, refuseUnfit } from '../http-body.ts';
import { noStore } from '../http-reply.ts';
import { escaped, page, scripted } from '../page.ts';
import { askAuth } from './ask.ts';
import type { AuthFacePorts } from './ports.ts';
import { isSameOrigin } from './same-origin.ts';

const maxFormBytes = 4096;

export function mountPages(app: Hono, ports: AuthFacePorts): void {
  const { auth, limits } = ports;
  app.get('/sign-in', (c) => {
    const token = c.req.query('token');
    return token === undefined ? signInPage(ports) : linkPage(auth, token);
  });
  app.post('/sign-in/link', async (c) => {
    const token = (await readForm(c, ports)).get('token') ?? '';
    return (await signInByLink(c, ports, token, '/welcome')) ?? usedPage();
  });
  app.post('/sign-in', async (c) => {
    const form = await readForm(c, ports);
    const email = form.get('email') ?? '';
    await limits.account('mail', email.toLowerCase());
    await said(() => auth.api.signInMagicLink({ body: { email }, headers: new Headers() }));
    return page(
      'Sign in',
      `<p>If this address may sign in, a mail with a link is on its way to it.</p>${keptNote(ports, email)}`,
    );
  });
  app.post('/sign-in/password', async (c) => signInByPassword(c, ports, await readForm(c, ports)));
  app.get('/sign-in.js', () => new Response(passkeyScript, { headers: scriptHeaders }));
  app.get('/welcome', (c) => welcome(c, ports));
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

/**
 * Whom the link signs in is said before anybody presses the button, for a link that somebody else sent signs in as them.
 * Pressing it is a write: no page but this one can have a browser do it.
 */
async function linkPage(auth: Auth, token: string): Promise<Response> {
  const email = await addressOfLink(auth, token, new Date(systemClock()));
  return email === undefined
    ? usedPage()
    : page(
        'Sign in',
        `<form method="post" action="/sign-in/link"><input type="hidden" name="token" value="${escaped(token)}"><button>Sign in as ${escaped(email)}</button></form>`,
      );
}

const usedPage = (): Response =>
  page(
    'Sign in',
    '<p role="alert">This link was used, has expired, or never was one.</p><p><a href="/sign-in">Sign in another way</a></p>',
    403,
  );

/**
 * Signs in by the token of a link and goes on to `next`, a path of ours; nothing where the token is worth nothing. For a form
 * of our own alone (`readForm`): another page could sign its visitors in as somebody else.
 */
export async function signInByLink(
  c: Context,
  ports: Pick<AuthFacePorts, 'auth' | 'publicUrl' | 'clientOf'>,
  token: string,
  next: string,
): Promise<Response | undefined> {
  const query = new URLSearchParams({ token });
  const answer = await askAuth(c, ports, `/magic-link/verify?${query}`, { method: 'GET' });
  return answer.ok ? onTo(next, answer) : undefined;
}

/** To a page of ours, with the session that was made. */
function onTo(next: string, answer: Response): Response {
  const headers = new Headers({ ...noStore, Location: next });
  for (const cookie of answer.headers.getSetCookie()) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 303, headers });
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

/** Every way in: by a password or a mailed link without a script, by a passkey with one. */
const signInPage = (
  ports: AuthFacePorts,
  { email = '', refusal, status = 200 }: { email?: string; refusal?: string; status?: number } = {},
): Response =>
  page(
    'Sign in',
    `${refusal ? `<p role="alert">${escaped(refusal)}</p>` : ''}<form method="post" action="/sign-in/password"><label>Your mail address<input type="email" name="email" value="${escaped(email)}" required autocomplete="username webauthn"></label><label>Your password<input type="password" name="password" maxlength="128" autocomplete="current-password"></label><button>Sign in</button><button class="other" formaction="/sign-in">Mail me a link instead</button></form><button type="button" class="other" id="passkey" hidden>Sign in with a passkey</button><p role="alert" id="passkey-said"></p>${keptNote(ports)}<script src="/sign-in.js" defer></script>`,
    status,
    scripted,
  );

/** Who waits for a mail that leads nowhere is told how to come in. */
const keptNote = ({ mailsLeave = true }: AuthFacePorts, email = 'you@example.com'): string =>
  mailsLeave
    ? ''
    : `<p>This server has no mail server set, so its mails stay on it. Ask who runs it for a link: <code>npx postern signin ${escaped(email)}</code> prints one.</p>`;

async function signInByPassword(c: Context, ports: AuthFacePorts, form: URLSearchParams): Promise<Response> {
  const email = form.get('email') ?? '';
  const password = form.get('password') ?? '';
  if (password === '')
    return signInPage(ports, {
      email,
      refusal: 'Write your password, or have a link mailed to you.',
      status: 422,
    });
  await ports.limits.account('password', email.toLowerCase());
  const answer = await askAuth(c, ports, '/sign-in/email', {
    method: 'POST',
    body: { email, password },
    // Whose page it was has been asked already.
    headers: { origin: new URL(ports.publicUrl).origin },
  });
  return answer.ok
    ? onTo('/welcome', answer)
    : signInPage(ports, { email, refusal: 'This is not the password of this address.', status: 401 });
}

const passkeyScript = readFileSync(new URL('passkey-page.js', import.meta.url), 'utf8');
const scriptHeaders = {
  ...noStore,
  'Content-Type': 'text/javascript; charset=utf-8',
  'X-Content-Type-Options': 'nosniff',
};

/** What waits for who is signed in to accept it; where nothing does, on to the desk. */
async function welcome(c: Context, ports: AuthFacePorts): Promise<Response> {
  const { auth } = ports;
  const { headers } = c.req.raw;
  const session = await auth.api.getSession({ headers });
  if (!session) return signInPage(ports, { status: 401 });
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
