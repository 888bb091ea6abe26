/** What stands under an operator's mails. */
import { actorOf, type Scope } from '../../catalogue/operation.ts';
import { PosternError } from '../../kernel/errors.ts';
import { roleOf } from '../../people/members.ts';

/** What a signature may name. */
export const signatureVariables = ['operator.name', 'workspace.name'] as const;

const variable = /\{\{([^{}]*)\}\}/g;
/** Of a message, as the database has it. */
const maxBody = 50_000;

/** The caller's signature as they wrote it. */
export async function signatureOf({ tx, workspace, caller }: Scope): Promise<string | undefined> {
  if (caller.kind !== 'operator') return undefined;
  const row = await tx
    .selectFrom('signatures')
    .select('body')
    .where('workspaceId', '=', workspace.id)
    .where('userId', '=', caller.id)
    .executeTakeFirst();
  return row?.body;
}

/**
 * Sets the caller's own; null takes it away.
 * @throws {PosternError} `invalid_arguments` for a variable that there is not; `not_found` for who is no member
 */
export async function setSignature(scope: Scope, signature: string | null): Promise<void> {
  const { tx, workspace, caller } = scope;
  if (caller.kind !== 'operator' || !(await roleOf(tx, workspace.id, caller.id)))
    throw new PosternError('not_found', `${actorOf(caller)} is no member of this workspace.`);
  const unknown = [...(signature ?? '').matchAll(variable)].find(
    ([, name]) => !(signatureVariables as readonly string[]).includes(name!.trim()),
  );
  if (unknown)
    throw new PosternError(
      'invalid_arguments',
      `signature: there is no ${unknown[0]}; there is {{operator.name}} and {{workspace.name}}.`,
    );
  const own = { workspaceId: workspace.id, userId: caller.id };
  if (signature === null)
    await tx
      .deleteFrom('signatures')
      .where('workspaceId', '=', own.workspaceId)
      .where('userId', '=', own.userId)
      .execute();
  else
    await tx
      .insertInto('signatures')
      .values({ ...own, body: signature })
      .onConflict((conflict) => conflict.columns(['workspaceId', 'userId']).doUpdateSet({ body: signature }))
      .execute();
}

/** The caller's signature as a mail has it, its variables filled in. A value is text, whatever it looks like. */
export async function renderedSignature(scope: Scope): Promise<string | undefined> {
  const signature = await signatureOf(scope);
  if (signature === undefined) return undefined;
  const { tx, workspace, caller } = scope;
  const member = await tx
    .selectFrom('members')
    .select('name')
    .where('workspaceId', '=', workspace.id)
    .where('userId', '=', (caller as { id: string }).id)
    .executeTakeFirst();
  const values: Record<string, string> = {
    'operator.name': member?.name ?? '',
    'workspace.name': workspace.name,
  };
  return signature.replace(variable, (whole, name: string) => values[name.trim()] ?? whole);
}

/**
 * A text with the caller's signature under it, unless it stands there already.
 * @throws {PosternError} `invalid_arguments` where the two are too long for a message
 */
export async function signed(scope: Scope, body: string): Promise<string> {
  const signature = await renderedSignature(scope);
  if (!signature || `\n${body.trimEnd()}`.endsWith(`\n${signature.trimEnd()}`)) return body;
  // Mail programs know what follows `-- ` for a signature (RFC 3676, 4.3).
  const whole = `${body}${body.endsWith('\n') ? '\n' : '\n\n'}-- \n${signature}`;
  if ([...whole].length > maxBody)
    throw new PosternError('invalid_arguments', 'body: too long with your signature under it.');
  return whole;
}
