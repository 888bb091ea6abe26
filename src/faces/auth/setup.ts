/** `/setup`: the page that a new server's printed address leads to. A form and no script; what follows is in the app. */
import type { Context, Hono } from 'hono';
import type { FirstOwner } from '../../desk/first-owner.ts';
import { PosternError } from '../../kernel/errors.ts';
import { escaped, page } from '../page.ts';
import { readForm, signInByLink } from './pages.ts';
import type { AuthFacePorts } from './ports.ts';

/** Setting up a server that nobody owns. */
export interface Setup {
  isOpen(token: string): Promise<boolean>;
  /** @returns an address that signs the owner in. @throws {PosternError} */
  open(owner: FirstOwner): Promise<string>;
}

export function mountSetup(app: Hono, ports: AuthFacePorts & { setup: Setup }): void {
  const { setup, limits, clientOf } = ports;
  app.get('/setup', async (c) => {
    await limits.signIn(clientOf(c));
    const token = c.req.query('token') ?? '';
    return (await setup.isOpen(token)) ? formPage({ ...nothing, token }) : overPage();
  });
  app.post('/setup', async (c) => open(c, await readForm(c, ports), ports));
}

async function open(
  c: Context,
  form: URLSearchParams,
  ports: AuthFacePorts & { setup: Setup },
): Promise<Response> {
  const said = (name: string) => (form.get(name) ?? '').trim();
  const owner: FirstOwner = {
    token: form.get('token') ?? '',
    name: said('name'),
    email: said('email'),
    workspaceName: said('workspaceName'),
    slug: said('slug'),
  };
  try {
    const token = new URL(await ports.setup.open(owner)).searchParams.get('token')!;
    return (await signInByLink(c, ports, token, `/app/${owner.slug}/settings/start`)) ?? overPage();
  } catch (error) {
    if (!(error instanceof PosternError)) throw error;
    if (error.code === 'not_permitted') return overPage();
    return formPage(owner, error.message);
  }
}

const nothing = { name: '', email: '', workspaceName: '', slug: '' };

const field = (label: string, name: keyof FirstOwner, value: string, more: string): string =>
  `<label>${label}<input name="${name}" value="${escaped(value)}" required ${more}></label>`;

const formPage = (said: FirstOwner, refusal?: string): Response =>
  page(
    'Set up Postern',
    `<p>Nobody owns this server yet. What you say here makes your desk, and you its owner; the rest can wait.</p>${
      refusal ? `<p role="alert"><b>${escaped(refusal)}</b></p>` : ''
    }<form method="post" action="/setup"><input type="hidden" name="token" value="${escaped(said.token)}">${[
      field('Your name', 'name', said.name, 'maxlength="200" autocomplete="name" autofocus'),
      field('Your mail address', 'email', said.email, 'type="email" maxlength="254" autocomplete="username"'),
      field('Name of the desk', 'workspaceName', said.workspaceName, 'maxlength="200"'),
      field(
        'Its address here: lower-case letters, digits and hyphens',
        'slug',
        said.slug,
        'pattern="[a-z0-9][a-z0-9\\-]{0,62}" maxlength="63" autocapitalize="none" spellcheck="false"',
      ),
    ].join('')}<button>Make the desk</button></form>`,
    refusal ? 400 : 200,
  );

const overPage = (): Response =>
  page(
    'Set up Postern',
    '<p>This address was used, has expired, or never was one. Where nobody owns the server yet, it prints another when it starts.</p><p><a href="/sign-in">Sign in</a></p>',
    403,
  );
