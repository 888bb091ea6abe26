/** Sign-in, by better-auth: password, magic link, passkey. What it is told here is all that is decided about it. */
import { passkey } from '@better-auth/passkey';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api';
import { magicLink } from 'better-auth/plugins';
import { z } from 'zod';
import { PosternError } from '../kernel/errors.ts';
import type { IdPrefix, Ids } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import type { Clock } from '../kernel/time.ts';
import type { Database } from '../store/database.ts';
import { acceptInvitation, invitationsFor, isInvited } from './invitations.ts';
import { findUser, hashToken, signInMinutes, signInUrl } from './users.ts';

/** A mail of the house's own, plain text. */
export interface HouseMail {
  to: string;
  subject: string;
  body: string;
}

export interface AuthPorts {
  db: Database;
  ids: Ids;
  clock: Clock;
  log: Logger;
  /** What the outside calls this server. */
  publicUrl: string;
  /** 32 bytes that cookies are signed with. */
  secret: Uint8Array;
  /** Puts a mail on its way. */
  mail(mail: HouseMail): Promise<void>;
}

/** The header that the face says the client's address in, for the list of sessions. Whatever a client sends there is dropped. */
export const clientHeader = 'x-postern-client';

const prefixes: Record<string, IdPrefix> = {
  user: 'usr',
  session: 'ses',
  account: 'acc',
  passkey: 'psk',
};

export type Auth = ReturnType<typeof createAuth>;

/** Whom a mailed or printed link would sign in; nobody where it was used or has expired. It spends nothing. */
export async function addressOfLink(auth: Auth, token: string, now: Date): Promise<string | undefined> {
  const { internalAdapter } = await auth.$context;
  const found = await internalAdapter.findVerificationValue(hashToken(token));
  return found && found.expiresAt > now ? (JSON.parse(found.value) as { email: string }).email : undefined;
}

/** How long a mailed address that sets a password works. */
const resetMinutes = 60;
const sessionDays = 7;
const daySeconds = 86_400;

export function createAuth(ports: AuthPorts) {
  const { db, ids, publicUrl } = ports;
  const origin = new URL(publicUrl).origin;
  return betterAuth({
    appName: 'Postern',
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret: Buffer.from(ports.secret).toString('hex'),
    telemetry: { enabled: false },
    logger: {
      // What callers do wrong it warns of.
      log: (level, message, err) =>
        level === 'error' ? ports.log.warn({ err }, message) : ports.log.debug(message),
    },
    trustedOrigins: [origin],
    database: { db, type: 'postgres' },
    user: { modelName: 'users' },
    // No cookie cache: a session is looked up each time, so that a revoked one ends at once.
    session: { modelName: 'sessions', expiresIn: sessionDays * daySeconds, updateAge: daySeconds },
    account: { modelName: 'accounts' },
    verification: {
      modelName: 'verifications',
      // Magic links are hashed by their plugin.
      storeIdentifier: { default: 'plain', overrides: { 'reset-password:': 'hashed' } },
    },
    // The face bounds requests, by the client's address as it knows it.
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      resetPasswordTokenExpiresIn: resetMinutes * 60,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({ user, token }) => mailReset(ports, user.email, token),
    },
    databaseHooks: { user: userHooks(ports) },
    advanced: {
      ...cookies(publicUrl),
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: [clientHeader] },
      database: { generateId: ({ model }) => ids(prefixes[model] ?? 'vrf') },
      // An answer takes as long for an address without an account as for one with.
      backgroundTasks: { handler: (task) => void task.catch(() => {}) },
    },
    plugins: [
      magicLink({
        expiresIn: signInMinutes * 60,
        storeToken: { type: 'custom-hasher', hash: async (token) => hashToken(token) },
        generateToken: () => ids('tok'),
        sendMagicLink: async ({ email, token }) => {
          void mailSignIn(ports, email, token).catch((error: unknown) =>
            ports.log.error({ err: error }, 'a sign-in could not be mailed'),
          );
        },
      }),
      passkey({
        rpName: 'Postern',
        rpID: new URL(publicUrl).hostname,
        origin,
        advanced: { webAuthnChallengeCookie: 'passkey' },
        schema: { passkey: { modelName: 'passkeys', fields: { credentialID: 'credentialId' } } },
      }),
      invitationEndpoints(ports),
    ],
  });
}

/** No open registration, whatever way in is added; and names that can be shown. */
const userHooks = ({ db, clock }: AuthPorts): UserHooks => ({
  create: {
    before: async (user) => {
      if (!(await isInvited(db, user.email, new Date(clock()))))
        throw new APIError('FORBIDDEN', { message: 'This address is not invited.' });
      return { data: { ...user, name: personName(user.name || user.email) } };
    },
  },
  update: {
    before: async (user) => {
      // Nothing shows one, and it could be any text.
      if (user.image) throw new APIError('BAD_REQUEST', { message: 'There are no pictures of people.' });
      return { data: { ...user, ...(user.name !== undefined && { name: personName(user.name) }) } };
    },
  },
});
type UserHooks = NonNullable<NonNullable<BetterAuthOptions['databaseHooks']>['user']>;

/** One line, as everywhere at the desk: it stands in lists, mails and terminals. */
function personName(name: string): string {
  if (name.trim() === '' || name.length > 200 || /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(name))
    throw new APIError('BAD_REQUEST', { message: 'A name is one line of up to 200 characters.' });
  return name;
}

/**
 * `__Host-` keeps a cookie to this very host and to https. Over plain http, which is a developer's own machine, browsers
 * take no such cookie, so there it goes without.
 */
function cookies(publicUrl: string) {
  const secure = new URL(publicUrl).protocol === 'https:';
  return {
    // It would put `__Secure-` before the name.
    useSecureCookies: false,
    cookiePrefix: secure ? '__Host-postern' : 'postern',
    defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax' as const, path: '/' },
  };
}

/** Mails only whom an account or an invitation waits for; who asks is told the same either way. */
async function mailSignIn(
  { db, clock, mail, publicUrl }: AuthPorts,
  to: string,
  token: string,
): Promise<void> {
  if (!(await findUser(db, to)) && !(await isInvited(db, to, new Date(clock())))) return;
  await mail({
    to,
    subject: 'Sign in to Postern',
    body: `Open this address within ${signInMinutes} minutes to sign in. It works once.\n\n${signInUrl(publicUrl, token)}\n\nIf you did not ask for it, ignore this mail: nobody is signed in without it.\n`,
  });
}

async function mailReset({ mail, publicUrl }: AuthPorts, to: string, token: string): Promise<void> {
  await mail({
    to,
    subject: 'Set your Postern password',
    body: `Open this address within ${resetMinutes} minutes to set a password. It works once, and ends all your sessions.\n\n${publicUrl}/set-password?token=${encodeURIComponent(token)}\n\nIf you did not ask for it, ignore this mail: nothing changes without it.\n`,
  });
}

/** `GET /invitations` and `POST /invitations/accept` for whoever is signed in. */
function invitationEndpoints({ db, ids, clock }: AuthPorts) {
  const now = () => new Date(clock());
  return {
    id: 'invitations',
    endpoints: {
      listOwnInvitations: createAuthEndpoint(
        '/invitations',
        { method: 'GET', use: [sessionMiddleware] },
        async (ctx) => {
          const { user } = ctx.context.session;
          const invitations = user.emailVerified ? await invitationsFor(db, user, now()) : [];
          return ctx.json({ invitations });
        },
      ),
      acceptOwnInvitation: createAuthEndpoint(
        '/invitations/accept',
        {
          method: 'POST',
          use: [sessionMiddleware],
          body: z.strictObject({ invitationId: z.string().max(64) }),
        },
        async (ctx) => {
          const { user } = ctx.context.session;
          if (!user.emailVerified)
            throw new APIError('FORBIDDEN', { message: 'Sign in by a mailed link once.' });
          const accepted = { id: ctx.body.invitationId, user, now: now() };
          try {
            return ctx.json(await acceptInvitation(db, ids, accepted));
          } catch (error) {
            if (!(error instanceof PosternError)) throw error;
            throw new APIError('NOT_FOUND', { code: error.code, message: error.message });
          }
        },
      ),
    },
  };
}
