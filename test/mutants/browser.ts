/** What a page may do, whoever wrote what stands on it. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const browser: readonly Kept[] = [
  {
    promise: 'CSRF: a page of another origin does nothing in the name of who is signed in',
    lines: [
      {
        file: 'src/faces/desk/operations.ts',
        text: 'if (!isSameOrigin(headers, new URL(publicUrl).origin))',
        replacement: "if (publicUrl === '')",
        test: 'test/scenarios/members.test.ts',
        named: 'only from a page of our own',
      },
      {
        file: 'src/faces/auth/routes.ts',
        text: "if (route.method === 'POST' && !isSameOrigin(c.req.raw.headers, new URL(publicUrl).origin))",
        replacement: "if (publicUrl === '')",
        test: 'test/scenarios/sign-in.test.ts',
        named: 'other pages are refused',
      },
      {
        file: 'src/faces/auth/pages.ts',
        text: 'if (!fromHere && !isSameOrigin(c.req.raw.headers, new URL(publicUrl).origin))',
        replacement: "if (publicUrl === '' && fromHere)",
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation is taken up on the pages',
      },
      {
        file: 'src/faces/auth/same-origin.ts',
        text: "!headers.has('cookie') && ",
        replacement: '',
        test: 'test/scenarios/members.test.ts',
        named: 'only from a page of our own',
      },
      {
        file: 'src/faces/desk/operations.ts',
        text: "app.options('/api/v1/*', () => refusal('not_permitted'));",
        replacement: 'void refusal;',
        test: 'test/scenarios/members.test.ts',
        named: 'only from a page of our own',
      },
      {
        file: 'src/faces/auth/routes.ts',
        text: "app.options(`${base}/*`, () => refusal('not_permitted'));",
        replacement: '',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'other pages are refused',
      },
    ],
  },
  {
    promise: 'cookies: of this host alone, over https, and no script’s',
    lines: [
      {
        file: 'src/people/auth.ts',
        text: "cookiePrefix: secure ? '__Host-postern' : 'postern',",
        replacement: "cookiePrefix: 'postern',",
        test: 'test/scenarios/sign-in.test.ts',
        named: 'over https cookies are held to this host',
      },
      {
        file: 'src/people/auth.ts',
        text: 'httpOnly: true,',
        replacement: 'httpOnly: false,',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'over https cookies are held to this host',
      },
      {
        file: 'src/people/auth.ts',
        text: "sameSite: 'lax' as const",
        replacement: "sameSite: 'none' as const",
        test: 'test/scenarios/sign-in.test.ts',
        named: 'over https cookies are held to this host',
      },
    ],
  },
  {
    promise: 'pages: a policy with a nonce of the page’s own, and what people wrote is text',
    lines: [
      {
        file: 'src/faces/desk/bundle.ts',
        text: "const nonce = randomSecret(16).toString('base64');",
        replacement: "const nonce = Buffer.alloc(16).toString('base64'); void randomSecret;",
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: "`style-src 'self' 'nonce-${nonce}'`,",
        replacement: "`style-src 'self' 'unsafe-inline'`,",
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: '"script-src \'self\'",',
        replacement: "\"script-src 'self' 'unsafe-inline'\",",
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: '"frame-ancestors \'none\'",',
        replacement: '',
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: '"base-uri \'none\'",',
        replacement: '',
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: '"connect-src \'self\'",',
        replacement: '"connect-src *",',
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: '"form-action \'self\'",',
        replacement: '',
        test: 'src/faces/desk/bundle.test.ts',
        named: 'each page has a nonce of its own',
      },
      {
        file: 'src/faces/desk/bundle.ts',
        text: 'const known = type && /^[\\w.-]+$/.test(name);',
        replacement: 'const known = type;',
        test: 'src/faces/desk/bundle.test.ts',
        named: 'nothing beside the files of the build',
      },
      {
        file: 'src/faces/page.ts',
        text: "default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'",
        replacement: "style-src 'unsafe-inline'; img-src 'self'${hash('sha256', style).slice(64)}",
        test: 'src/faces/site/contact.test.ts',
        named: 'the page runs no script',
      },
      {
        file: 'src/faces/page.ts',
        text: 'text.replace(/[&<>"\']/g, (character) => `&#${character.charCodeAt(0)};`);',
        replacement: 'text;',
        test: 'src/faces/site/contact.test.ts',
        named: 'what was typed comes back as text',
      },
      {
        file: 'src/faces/page.ts',
        text: "'Referrer-Policy': 'no-referrer',",
        replacement: '',
        test: 'src/faces/site/rating.test.ts',
        named: 'the page shows the company and nothing',
      },
    ],
  },
  {
    promise: 'live: a stream tells nothing of another workspace, nor to who is signed out',
    lines: [
      {
        file: 'src/faces/desk/live.ts',
        text: `if (key.startsWith(\`\${workspaceId}/\`))
`,
        replacement: `if (key !== '')
`,
        test: 'test/scenarios/members.test.ts',
        named: 'a stream tells what moves in its workspace',
      },
      {
        file: 'src/faces/desk/live.ts',
        text: 'if (!still) return end();',
        replacement: '',
        test: 'src/faces/desk/live.test.ts',
        named: 'a stream of who was signed out ends',
      },
      {
        file: 'src/faces/desk/live.ts',
        text: 'if (streams >= maxStreams)',
        replacement: 'if (streams < 0)',
        test: 'src/faces/desk/live.test.ts',
        named: 'a member has so many streams at once',
      },
      {
        file: 'src/main/desk.ts',
        text: 'if (!(await findTicket(tx, workspace.id, ticketId)))',
        replacement: "if (ticketId === '')",
        test: 'test/scenarios/members.test.ts',
        named: 'who looks at what is told of a ticket',
      },
      {
        file: 'src/faces/desk/live.ts',
        text: 'if (key === `${workspaceId}/${memberId}`) end();',
        replacement: 'void key;',
        test: 'test/scenarios/live.test.ts',
        named: 'a member who is removed is told nothing more',
      },
    ],
  },
];
