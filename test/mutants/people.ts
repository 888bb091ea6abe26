/** Who signs in, by what, and what they may give to others. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source.
import type { Kept } from './mutant.ts';

export const people: readonly Kept[] = [
  {
    promise: 'sign-in: nobody gets in who is not invited, and nobody guesses',
    lines: [
      {
        file: 'src/people/auth.ts',
        text: 'if (!(await isInvited(db, user.email, new Date(clock()))))',
        replacement: "if (user.email === '')",
        test: 'test/scenarios/sign-in.test.ts',
        named: 'a stranger gets no account',
      },
      {
        file: 'src/people/auth.ts',
        text: 'if (!(await findUser(db, to)) && !(await isInvited(db, to, new Date(clock())))) return;',
        replacement: 'void [findUser, db, clock];',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'a stranger gets no account',
      },
      {
        file: 'src/faces/auth/routes.ts',
        text: `if (route.bounded === 'password' || route.bounded === 'mail')
`,
        replacement: `if (route.bounded === undefined && body)
`,
        test: 'test/scenarios/sign-in.test.ts',
        named: 'passwords are not guessed',
      },
      {
        file: 'src/faces/auth/routes.ts',
        text: 'if (route.bounded) await limits.signIn(client);',
        replacement: '',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'an address has so many tries a minute',
      },
      {
        file: 'src/people/auth.ts',
        text: "session: { modelName: 'sessions', expiresIn",
        replacement:
          "session: { cookieCache: { enabled: true, maxAge: 300 }, modelName: 'sessions', expiresIn",
        test: 'test/scenarios/sign-in.test.ts',
        named: 'are listed and revoked',
      },
      {
        file: 'src/people/auth.ts',
        text: 'revokeSessionsOnPasswordReset: true,',
        replacement: '',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'all end where a password is set anew',
      },
      {
        file: 'src/people/auth.ts',
        text: 'hash: async (token) => hashToken(token)',
        replacement: 'hash: async (token) => token',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'by a mailed link, once',
      },
      {
        file: 'src/people/auth.ts',
        text: "overrides: { 'reset-password:': 'hashed' }",
        replacement: '',
        test: 'test/scenarios/sign-in.test.ts',
        named: 'by password',
      },
    ],
  },
  {
    promise:
      'roles: the role that an operation takes is asked for, and only owners decide about owners and admins',
    lines: [
      {
        file: 'src/catalogue/permission.ts',
        text: 'roles.indexOf(caller.role) >= roles.indexOf(access.role)',
        replacement: 'roles.indexOf(caller.role) >= 0',
        test: 'test/permissions.test.ts',
        named: 'create_ticket',
      },
      {
        file: 'src/people/members.ts',
        text: "if (giver !== 'owner' && given.some((role) => role === 'owner' || role === 'admin'))",
        replacement: "if (giver === 'viewer')",
        test: 'test/scenarios/people.test.ts',
        named: 'roles: who may give and take which',
      },
      {
        file: 'src/people/invitations.ts',
        text: 'if (replaced) assertMayGive(by.role, replaced.role);',
        replacement: '',
        test: 'test/scenarios/people.test.ts',
        named: 'an admin replaces no invitation',
      },
      {
        file: 'src/people/invitations.ts',
        text: 'assertMayGive(by.role, cancelled.role);',
        replacement: '',
        test: 'test/scenarios/people.test.ts',
        named: 'an admin replaces no invitation',
      },
      {
        file: 'src/people/members.ts',
        text: "if (role !== 'owner' && member.role === 'owner' && owners.length === 1)",
        replacement: 'if (owners.length === 0)',
        test: 'test/scenarios/people.test.ts',
        named: 'the last owner stays',
      },
      {
        file: 'src/people/members.ts',
        text: `.orderBy('userId')
    .forUpdate()
`,
        replacement: `.orderBy('userId')
`,
        test: 'test/scenarios/people.test.ts',
        named: 'the last owner stays',
      },
      {
        file: 'migrations/0012_people.sql',
        text: 'grant select, update, delete on members to postern_workspace;',
        replacement: 'grant select, insert, update, delete on members to postern_workspace;',
        test: 'test/scenarios/isolation.test.ts',
        named: 'of its own a workspace changes no audit log',
      },
    ],
  },
  {
    promise: 'invitations: one ends with the right of who sent it',
    lines: [
      {
        file: 'src/people/members.ts',
        text: 'await endInvitations(tx, workspaceId, { userId, role }, by);',
        replacement: '',
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation ends with the right of who sent it',
      },
      {
        file: 'src/people/members.ts',
        text: 'await endInvitations(tx, workspaceId, { userId, role: undefined }, by);',
        replacement: '',
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation ends with the right of who sent it',
      },
      {
        file: 'src/people/invitations.ts',
        text: 'if (!(await senderStillMay(tx, id))) throw none();',
        replacement: 'void senderStillMay;',
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation ends with the right of who sent it',
      },
    ],
  },
  {
    promise: 'tokens: invitations, the first owner’s address, links and forms are good once, and for a while',
    lines: [
      {
        file: 'src/people/invitations.ts',
        text: `.where('email', '=', user.email.toLowerCase())
      .where('state', '=', 'pending')`,
        replacement: ".where('email', '=', user.email.toLowerCase())",
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation is mailed, taken up by its address alone, once',
      },
      {
        file: 'src/people/invitations.ts',
        text: `.where('email', '=', user.email.toLowerCase())
      .where('state', '=', 'pending')`,
        replacement: ".where('state', '=', 'pending')",
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation is mailed, taken up by its address alone, once',
      },
      {
        file: 'src/people/invitations.ts',
        text: `.where('expiresAt', '>', now)
      .returning(['workspaceId', 'role'])`,
        replacement: ".returning(['workspaceId', 'role'])",
        test: 'test/scenarios/people.test.ts',
        named: 'an invitation that expired',
      },
      {
        file: 'src/people/auth.ts',
        text: `if (!user.emailVerified)
            throw new APIError('FORBIDDEN', { message: 'Sign in by a mailed link once.' });`,
        replacement: '',
        test: 'test/scenarios/people.test.ts',
        named: 'an address that nobody has proven',
      },
      {
        file: 'src/people/auth.ts',
        text: 'user.emailVerified ? await invitationsFor(db, user, now()) : []',
        replacement: 'await invitationsFor(db, user, now())',
        test: 'test/scenarios/people.test.ts',
        named: 'an address that nobody has proven',
      },
      {
        file: 'src/desk/first-owner.ts',
        text: 'return row !== undefined && !(await hasOwner(db));',
        replacement: 'return row !== undefined;',
        test: 'test/scenarios/first-owner.test.ts',
        named: 'nobody takes over an account that is there',
      },
      {
        file: 'src/desk/first-owner.ts',
        text: "await sql`select pg_advisory_xact_lock(hashtextextended('postern.setup', 0))`.execute(tx);",
        replacement: 'void sql;',
        test: 'test/scenarios/first-owner.test.ts',
        named: 'of all who come at once',
      },
      {
        file: 'src/desk/first-owner.ts',
        text: `.where('identifier', '=', identifierOf(token))
    .where('expiresAt', '>', now)`,
        replacement: ".where('identifier', '=', identifierOf(token))",
        test: 'test/scenarios/first-owner.test.ts',
        named: 'nothing but an address that was printed lately',
      },
      {
        file: 'src/desk/first-owner.ts',
        text: `if (await findUser(tx, email))
      throw new PosternError('conflict', 'This address has an account: sign in with it, or use another.');`,
        replacement: 'void findUser;',
        test: 'test/scenarios/first-owner.test.ts',
        named: 'nobody takes over an account that is there',
      },
      {
        file: 'src/desk/first-owner.ts',
        text: '`${prefix}${hashToken(token)}`',
        replacement: '`${prefix}${token}`',
        test: 'test/scenarios/first-owner.test.ts',
        named: 'nothing but an address that was printed lately',
      },
      {
        file: 'src/faces/auth/setup.ts',
        text: 'await limits.signIn(clientOf(c));',
        replacement: '',
        test: 'test/scenarios/first-owner.test.ts',
        named: 'who guesses is not heard for long',
      },
      {
        file: 'src/desk/operations/contact.ts',
        text: 'if (known) return { ticketId: id, number: Number(known.number), status: known.status };',
        replacement: '',
        test: 'src/faces/site/contact.test.ts',
        named: 'the same form sent twice',
      },
      {
        file: 'src/desk/operations/contact.ts',
        text: 'await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 0))`.execute(tx);',
        replacement: 'void sql;',
        test: 'src/faces/site/contact.test.ts',
        named: 'who sends while the same is being sent waits',
      },
      {
        file: 'src/desk/contact-forms.ts',
        text: "if (more.length > 0 || !isMac(signature, mac('form', workspaceId, when, nonce))) return 'stale';",
        replacement: "if (more.length > 0) return 'stale';",
        test: 'src/faces/site/contact.test.ts',
        named: 'machines are told to send again',
      },
      {
        file: 'src/desk/contact-forms.ts',
        text: "return age < minMs ? 'early' : age <= maxMs ? 'good' : 'stale';",
        replacement: "return age <= maxMs ? 'good' : 'stale';",
        test: 'src/faces/site/contact.test.ts',
        named: 'machines are told to send again',
      },
      {
        file: 'src/faces/site/contact.ts',
        text: "if (said('website') !== '')",
        replacement: "if (said('website') === '-')",
        test: 'src/faces/site/contact.test.ts',
        named: 'machines are told to send again',
      },
      {
        file: 'src/faces/site/contact.ts',
        text: 'await limits.contact(clientOf(c), workspace);',
        replacement: '',
        test: 'src/faces/site/contact.test.ts',
        named: 'one address floods neither itself nor others',
      },
      {
        file: 'src/desk/operations/contact.ts',
        text: "status: blocked ? 'spam' : 'open',",
        replacement: "status: 'open',",
        test: 'src/faces/site/contact.test.ts',
        named: 'naming the address of a known customer',
      },
      {
        file: 'src/desk/contact-forms.ts',
        text: "if (stateOf(workspace.id, token) !== 'good')",
        replacement: "if (token === 'none')",
        test: 'src/faces/site/contact.test.ts',
        named: 'machines are told to send again',
      },
      {
        file: 'src/desk/teamwork/ratings.ts',
        text: 'return said.length === expected.length && timingSafeEqual(said, expected) ? id : undefined;',
        replacement: 'return said.length === expected.length ? id : undefined;',
        test: 'src/faces/site/rating.test.ts',
        named: 'a link that is none of ours',
      },
      {
        file: 'src/desk/teamwork/ratings.ts',
        text: "if (!takesAnswer(before, now)) throw new PosternError('conflict', 'No answer is taken any more.');",
        replacement: '',
        test: 'src/faces/site/rating.test.ts',
        named: 'an answer can be changed for a week',
      },
    ],
  },
];
