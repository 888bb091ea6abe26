/** Pages of our own that mails lead to: a form, and hardly ever a script. */
import { hash } from 'node:crypto';
import type { Context } from 'hono';
import { errorTable, type PosternError } from '../kernel/errors.ts';
import { noStore, retryAfter } from './http-reply.ts';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem}h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.1rem}pre{overflow:auto;padding:.5rem;border:1px solid #88918f;border-radius:.375rem;font-size:.8rem}button,input,textarea{border:1px solid #88918f;border-radius:.375rem}button{background:#0f6b63;color:#fff;cursor:pointer}button.other{background:none;color:inherit}input,button,textarea{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.5rem 0}input[type=radio]{width:auto;margin-right:.5rem}fieldset{border:0;padding:0}fieldset label{display:block}.unseen{position:absolute;left:-99rem}[role=alert],.wrong{color:#b3261e}.wrong{margin:0 0 .5rem}[aria-invalid]{border:2px solid #b3261e}@media(prefers-color-scheme:dark){[role=alert],.wrong{color:#ff8a80}[aria-invalid]{border-color:#ff8a80}}:root{color-scheme:light dark}';

const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

/** For the page with a script: a file of ours, and what it asks is asked of us. */
export const scripted = {
  'Content-Security-Policy': `${policy}; script-src 'self'; connect-src 'self'`,
};

const headers = {
  ...noStore,
  'Content-Type': 'text/html; charset=utf-8',
  // The address holds a token: no page after this one is told it.
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
};

/** A page, kept by no cache. @param title text; @param body HTML, in which what comes from outside is escaped */
export const page = (
  title: string,
  body: string,
  status = 200,
  more: Readonly<Record<string, string>> = {},
): Response =>
  new Response(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><link rel="icon" href="/favicon.svg" type="image/svg+xml"><style>${style}</style><h1>${escaped(title)}</h1>${body}</html>\n`,
    { status, headers: { ...headers, ...more } },
  );

/** Whether a person's browser asks, for something to look at: programs take anything, or what they name. */
export const takesPages = (c: Context): boolean =>
  /\btext\/html\b/.test(c.req.header('accept') ?? '') && !/^\/(api|\.well-known)\//.test(c.req.path);

/** What was refused, as a page. */
export const refusedPage = (error: PosternError): Response => {
  const { http } = errorTable[error.code];
  return page(
    http === 404 ? 'Nothing is here' : 'This did not work',
    `<p role="alert">${escaped(error.message)}</p><p><a href="/app">Go to your desk</a></p>`,
    http,
    retryAfter(error),
  );
};

/** Text as HTML, between tags or in a quoted attribute. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
