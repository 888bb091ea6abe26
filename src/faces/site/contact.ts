/**
 * `/{workspace}/contact`: a form for everybody, and no script. It needs no protection against other pages that send it: there
 * is no cookie, nobody is signed in, and what another page can have a browser send it can as well send by itself. What bounds
 * it are limits by address and workspace. Nothing is mailed to the address that is given.
 */
import type { Context, Hono } from 'hono';
import type { ContactForms, OpenForm, Written } from '../../desk/contact-forms.ts';
import { body, email, personName, subject } from '../../desk/fields.ts';
import { isReserved } from '../../desk/workspaces.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { ClientOf } from '../client-address.ts';
import { readBytes } from '../http-body.ts';
import { noStore } from '../http-reply.ts';
import type { Limits } from '../limits.ts';
import { escaped, page } from '../page.ts';

interface ContactPorts {
  contact: ContactForms;
  limits: Limits;
  clientOf: ClientOf;
}

const maxMessage = 20_000;
/** A message of nothing but the widest characters, each byte of them escaped, and the lines beside it. */
const maxFormBytes = 256 * 1024;

type Typed = Record<'name' | 'email' | 'subject' | 'message', string>;
const nothing: Typed = { name: '', email: '', subject: '', message: '' };
type Wrong = Partial<Record<keyof Typed | 'form', string>>;

export function mountContact(app: Hono, { contact, limits, clientOf }: ContactPorts): void {
  app.get('/:workspace/contact', async (c, next) => {
    const workspace = c.req.param('workspace');
    if (isReserved(workspace)) return next();
    return orNowhere(async () => {
      const proof = c.req.query('sent');
      if (proof === undefined) return form(await contact.open(workspace), nothing, {});
      const { company, number } = await contact.numberOf(workspace, proof);
      return number === undefined
        ? form(await contact.open(workspace), nothing, {})
        : page('Thank you', thanks(company, number));
    });
  });
  app.post('/:workspace/contact', async (c, next) => {
    const workspace = c.req.param('workspace');
    if (isReserved(workspace)) return next();
    return orNowhere(async () => {
      await limits.read(clientOf(c));
      return receive(c, workspace, { contact, limits, clientOf });
    });
  });
}

async function receive(
  c: Context,
  workspace: string,
  { contact, limits, clientOf }: ContactPorts,
): Promise<Response> {
  const sent = new URLSearchParams(new TextDecoder().decode(await readBytes(c.req.raw, maxFormBytes)));
  // A browser sends the end of a line as two characters.
  const said = (field: string) => (sent.get(field) ?? '').replaceAll('\r\n', '\n');
  const typed: Typed = {
    name: said('name'),
    email: said('email').trim(),
    subject: said('subject'),
    message: said('message'),
  };
  const opened = await contact.open(workspace, said('token'));
  const refuse = (wrong: Wrong, status = 400, headers = {}) => form(opened, typed, wrong, status, headers);
  const wrong = wrongIn(typed);
  if (Object.keys(wrong).length > 0) return refuse(wrong);
  if (said('website') !== '')
    return refuse({ form: 'The field that is not shown must stay empty. Please send it again.' });
  if (opened.state === 'early') return refuse({ form: 'That was very quick. Please send it again.' });
  if (opened.state === 'stale')
    return refuse({ form: 'This page was open for long. Your text is still here; please send it again.' });
  try {
    await limits.contact(clientOf(c), workspace);
    const { proof } = await contact.send(workspace, opened.token, writtenIn(typed));
    const Location = `/${workspace}/contact?sent=${encodeURIComponent(proof)}`;
    return new Response(null, { status: 303, headers: { ...noStore, Location } });
  } catch (error) {
    if (!(error instanceof PosternError) || error.code !== 'rate_limited') throw error;
    const { retryAfterSeconds = 60 } = error.data as { retryAfterSeconds?: number };
    return refuse(
      { form: 'Too many messages came from here. Please try again later; your text is still here.' },
      429,
      {
        'Retry-After': String(retryAfterSeconds),
      },
    );
  }
}

const writtenIn = ({ name, email: address, subject: about, message }: Typed): Written => ({
  ...(name.trim() !== '' && { name }),
  email: address,
  subject: about,
  body: message,
});

/** By the fields of the operation, in words for people. */
function wrongIn({ name, email: address, subject: about, message }: Typed): Wrong {
  const line = 'in one line of up to 200 characters.';
  return {
    ...(name.trim() !== '' &&
      !personName.safeParse(name).success && { name: `Please write your name ${line}` }),
    ...(!email.safeParse(address).success && { email: 'Please write an address, such as ada@example.com.' }),
    ...(!subject.safeParse(about).success && { subject: `Please say what it is about ${line}` }),
    ...((message.length > maxMessage || !body.safeParse(message).success) && {
      message: `Please write your message, in up to ${maxMessage} characters.`,
    }),
  };
}

function form(opened: OpenForm, typed: Typed, wrong: Wrong, status = 200, headers = {}): Response {
  const input = (field: keyof Typed, label: string, attributes: string) =>
    labelled(
      field,
      label,
      wrong,
      (rest) => `<input name="${field}" value="${escaped(typed[field])}" ${attributes}${rest}>`,
    );
  const alert =
    wrong.form ??
    (Object.keys(wrong).length > 0 ? 'Something is missing; see below. Your text is still here.' : '');
  return page(
    `Contact ${opened.company}`,
    `${alert && `<p role="alert">${escaped(alert)}</p>`}<form method="post" accept-charset="utf-8"><input type="hidden" name="token" value="${escaped(opened.token)}">${input('name', 'Your name (optional)', 'maxlength="200" autocomplete="name"')}${input('email', 'Your email address', 'type="email" maxlength="254" required autocomplete="email"')}${input('subject', 'What is it about?', 'maxlength="200" required')}${labelled('message', 'Your message', wrong, (rest) => `<textarea name="message" rows="8" maxlength="${maxMessage}" required${rest}>\n${escaped(typed.message)}</textarea>`)}<div class="unseen" aria-hidden="true"><label>Leave this empty<input name="website" tabindex="-1" autocomplete="off"></label></div><button>Send</button></form><p>A person reads this and answers by mail. Nothing is mailed to you before that.</p>`,
    status,
    headers,
  );
}

const labelled = (
  field: keyof Typed,
  label: string,
  wrong: Wrong,
  control: (attributes: string) => string,
): string => {
  const why = wrong[field];
  const attributes = ` id="${field}"${why ? ` aria-invalid="true" aria-describedby="${field}-wrong"` : ''}`;
  return `<label for="${field}">${label}</label>${control(attributes)}${why ? `<p class="wrong" id="${field}-wrong">${why}</p>` : ''}`;
};

const thanks = (company: string, number: string): string =>
  `<p>Your message is with ${escaped(company)} as <strong>#${escaped(number)}</strong>.</p><p>A person reads it and answers by mail. There is no confirmation by mail, so keep the number.</p>`;

/** People come here, so what is refused is a page as well. */
async function orNowhere(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PosternError)) throw error;
    if (error.code === 'workspace_not_found')
      return page('Nothing is here', '<p>Nobody is at this address.</p>', 404);
    if (error.code === 'not_found')
      return page(
        'No contact page',
        `<p>${escaped(error.message)} Please write to them another way.</p>`,
        404,
      );
    if (error.code === 'body_too_large')
      return page('Too long', '<p>Your message is too long. Go back, and shorten it.</p>', 413);
    throw error;
  }
}
