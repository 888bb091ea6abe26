/**
 * The two pages that mails lead to. They hold a form and no script. A mail scanner that follows the link spends nothing:
 * the token is used by the form.
 */
import { hash } from 'node:crypto';
import { APIError } from 'better-auth/api';
import type { Hono } from 'hono';
import { PosternError } from '../../kernel/errors.ts';
import { readBytes } from '../http-body.ts';
import { noStore } from '../http-reply.ts';
import type { AuthFacePorts } from './ports.ts';
import { isSameOrigin } from './same-origin.ts';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}input,button{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.5rem 0}';

const headers = {
  ...noStore,
  'Content-Type': 'text/html; charset=utf-8',
  // The address holds a token: no page after this one is told it.
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'X-Content-Type-Options': 'nosniff',
};

const maxFormBytes = 4096;

export function mountPages(app: Hono, { auth, publicUrl, limits, clientOf }: AuthFacePorts): void {
  const { origin } = new URL(publicUrl);
  app.get('/sign-in', (c) =>
    page(
      'Sign in',
      `<form action="/api/auth/magic-link/verify"><input type="hidden" name="token" value="${escaped(c.req.query('token') ?? '')}"><input type="hidden" name="callbackURL" value="/"><button>Sign in to Postern</button></form>`,
    ),
  );
  app.get('/set-password', (c) => passwordPage(c.req.query('token') ?? ''));
  app.post('/set-password', async (c) => {
    // Under `no-referrer` a browser says the origin of its form as `null`; where it is from it says in Sec-Fetch-Site.
    const fromHere = c.req.header('origin') === 'null' && c.req.header('sec-fetch-site') === 'same-origin';
    if (!fromHere && !isSameOrigin(c.req.raw.headers, origin))
      throw new PosternError('not_permitted', 'Only a page of this server may call this.');
    await limits.signIn(clientOf(c));
    const form = new URLSearchParams(new TextDecoder().decode(await readBytes(c.req.raw, maxFormBytes)));
    const token = form.get('token') ?? '';
    try {
      await auth.api.resetPassword({ body: { token, newPassword: form.get('password') ?? '' } });
    } catch (error) {
      if (error instanceof APIError) return passwordPage(token, error.message);
      throw error;
    }
    return page('Password set', '<p>The password is set, and all your sessions have ended.</p>');
  });
}

const passwordPage = (token: string, refusal?: string): Response =>
  page(
    'Set a password',
    `${refusal ? `<p>${escaped(refusal)}</p>` : ''}<form method="post" action="/set-password"><input type="hidden" name="token" value="${escaped(token)}"><label>New password, at least 10 characters<input type="password" name="password" minlength="10" maxlength="128" required autocomplete="new-password"></label><button>Set the password</button></form>`,
    refusal ? 400 : 200,
  );

const page = (title: string, body: string, status = 200): Response =>
  new Response(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style><h1>${title}</h1>${body}</html>\n`,
    { status, headers },
  );

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
