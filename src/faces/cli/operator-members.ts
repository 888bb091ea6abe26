/** Members of a workspace, invitations, and sign-in for who runs the server. */
import { parseArgs } from 'node:util';
import type { Role } from '../../catalogue/operation.ts';
import { perform } from '../../catalogue/perform.ts';
import { findWorkspace } from '../../desk/workspaces.ts';
import { PosternError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { isInvited, pendingInvitations } from '../../people/invitations.ts';
import { listMembers } from '../../people/members.ts';
import { revokeSessions, sessionsOf } from '../../people/sessions.ts';
import { findUser, signInMinutes, signInOf } from '../../people/users.ts';
import { workspacesOf } from '../../store/database.ts';
import type { OperatorCommand, OperatorContext } from './operator-command.ts';
import { commandCatalogue, inScope, operator } from './operator-scope.ts';
import { oneLine, stamp } from './operator-text.ts';
import { UsageError } from './terminal.ts';

const string = { type: 'string' } as const;

/** @throws {UsageError} with how the command is used */
function parse(args: string[], usage: string, needed: 0 | 1) {
  try {
    const options = { workspace: string, role: string, revoke: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length === needed) return { ...values, first: positionals[0] ?? '' };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
  throw new UsageError(usage);
}

export const membersCommand: OperatorCommand = {
  summary: 'members: who works the desk, and who is invited',
  async run(args, context) {
    const { workspace = context.workspace } = parse(args, 'members [--workspace <slug>]', 0);
    await inScope(context, workspace, async ({ tx, workspace }) => {
      const members = await listMembers(tx, workspace.id);
      const invitations = await pendingInvitations(tx, workspace.id, context.now);
      if (members.length + invitations.length === 0) context.print('No members.');
      for (const { userId, role, email, name } of members)
        context.print(`${userId}  ${role.padEnd(8)}  ${oneLine(email)}  ${oneLine(name)}`);
      for (const { id, role, email, expiresAt } of invitations)
        context.print(`${id}  ${role.padEnd(8)}  ${oneLine(email)}  invited, until ${stamp(expiresAt)}`);
    });
  },
};

const inviteUsage = 'invite <email> [--role viewer|operator|admin|owner] [--workspace <slug>]';

export const inviteCommand: OperatorCommand = {
  summary:
    'invite <email> [--role <role>]: invite somebody to work the desk, as operator unless it says otherwise',
  async run(args, context) {
    const { first: email, role = 'operator', workspace = context.workspace } = parse(args, inviteUsage, 1);
    const invited = await call(context, workspace, 'invite_member', { email, role: role as Role });
    context.print(`Invited ${oneLine(String(invited.email))} as ${invited.role}; the mail is in the outbox.`);
    context.print(`To sign in without the mail: postern signin ${oneLine(String(invited.email))}`);
  },
};

/** One operation as the house's own hand. */
async function call(
  context: OperatorContext,
  slug: string,
  name: string,
  input: JsonObject,
): Promise<JsonObject> {
  const { db, ids, now, publicUrl } = context;
  const workspace = await findWorkspace(db, slug);
  const operation = commandCatalogue(ids, publicUrl).get(name)!;
  return perform(
    { inWorkspace: workspacesOf(db) },
    { workspace, caller: operator, ids, now },
    operation,
    input,
  );
}

export const signinCommand: OperatorCommand = {
  summary: 'signin <email>: print an address that signs a member in, once',
  async run(args, { db, ids, now, publicUrl = 'http://localhost:4020', print }) {
    const { first: email } = parse(args, 'signin <email>', 1);
    if (!(await findUser(db, email)) && !(await isInvited(db, email, now)))
      throw new PosternError('not_found', `${oneLine(email)} has no account and no invitation.`);
    print(await signInOf({ db, ids, publicUrl }, email, now));
    print(`It works once, within ${signInMinutes} minutes.`);
  },
};

export const sessionsCommand: OperatorCommand = {
  summary: 'sessions <email> [--revoke]: where a member is signed in; --revoke ends it all at once',
  async run(args, { db, now, print }) {
    const { first: email, revoke = false } = parse(args, 'sessions <email> [--revoke]', 1);
    const user = await findUser(db, email);
    if (!user) throw new PosternError('not_found', `${oneLine(email)} has no account.`);
    if (revoke) return print(`Ended ${await revokeSessions(db, user.id)} sessions of ${oneLine(email)}.`);
    const sessions = await sessionsOf(db, user.id, now);
    if (sessions.length === 0) print('No sessions.');
    for (const { createdAt, expiresAt, ipAddress, userAgent } of sessions)
      print(
        `${stamp(createdAt)}  until ${stamp(expiresAt)}  ${oneLine(ipAddress ?? '')}  ${oneLine(userAgent ?? '')}`,
      );
  },
};
