/** Credentials of the workspace's own agents, which call at `/api/mcp` and pay nothing. */
import { z } from 'zod';
import { forMembers, houseOperation, readOperation, type Scope } from '../../../catalogue/operation.ts';
import { permissionOf } from '../../../catalogue/permission.ts';
import type { Catalogue } from '../../../catalogue/registry.ts';
import { PosternError } from '../../../kernel/errors.ts';
import {
  type Credential,
  createCredential,
  defaultDailyReplies,
  getCredential,
  grantTool,
  listCredentials,
  revokeCredential,
  withdrawTool,
} from '../../../people/credentials.ts';
import { line, reference } from '../../fields.ts';
import { changerOf } from '../people/changer.ts';
import { limit } from '../search/shown.ts';

const credentialId = reference.describe('Id of the credential, as `list_credentials` returns it.');
const tool = line(64).describe('Name of the tool.');

const fields = {
  credentialId: z.string().describe('Id of the credential.'),
  name: z.string().describe('Its name.'),
  dailyReplies: z.int().describe('Replies that it may send in a day of the desk’s time zone.'),
};
const credentialOutput = z.object({
  ...fields,
  state: z.enum(['in_use', 'revoked']).describe('Whether it opens the door.'),
  grantedTools: z.array(z.string()).describe('Tools that it was raised to, beside those that need no grant.'),
  repliesToday: z.int().describe('Replies that it has sent today.'),
  createdBy: z.string().describe('Who made it, as the audit log says it.'),
  createdAt: z.iso.datetime().describe('When, UTC.'),
  lastUsedAt: z.iso.datetime().nullable().describe('When it was last used, UTC, to the minute.'),
  revokedAt: z.iso.datetime().nullable().describe('When it was revoked, UTC.'),
});
const credentialOf = ({ id, granted, createdAt, lastUsedAt, revokedAt, ...credential }: Credential) => ({
  ...credential,
  credentialId: id,
  state: revokedAt ? ('revoked' as const) : ('in_use' as const),
  grantedTools: granted,
  createdAt: createdAt.toISOString(),
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  revokedAt: revokedAt?.toISOString() ?? null,
});

const shown = async ({ tx, workspace, now }: Scope, id: string) =>
  credentialOf(await getCredential(tx, workspace.id, id, now));

export const listCredentialsOperation = readOperation({
  name: 'list_credentials',
  title: 'List the credentials',
  summary:
    'Lists the credentials of the workspace’s own agents, the newest first, revoked ones too: what each was raised to, what it has sent today, when it was last used. Never a secret.',
  tier: 'read',
  access: forMembers('admin'),
  price: null,
  input: z.strictObject({
    after: reference.optional().describe('`next` of the page before this one.'),
    limit,
  }),
  output: z.object({
    credentials: z.array(credentialOutput).describe('The newest first.'),
    next: z.string().optional().describe('For the next page; absent on the last.'),
  }),
  async read({ tx, workspace, now }, { after, limit: most }) {
    const found = await listCredentials(tx, workspace.id, { limit: most + 1, after, now });
    return {
      credentials: found.slice(0, most).map(credentialOf),
      ...(found.length > most ? { next: found[most - 1]!.id } : {}),
    };
  },
});

export const createCredentialOperation = houseOperation({
  name: 'create_credential',
  title: 'Make a credential',
  summary:
    'Makes a credential for an agent of your own and returns its secret, this once: only a hash of it is kept. The agent sends it to /api/mcp as a bearer token and pays nothing. It reads, and it drafts; what it would send becomes a proposal, until `grant_tool` raises it to a tool.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({
    name: line(200).describe('What the team knows it by.'),
    dailyReplies: z
      .int()
      .min(0)
      .max(100_000)
      .default(defaultDailyReplies)
      .describe(
        `Replies that it may send in a day of the desk’s time zone; ${defaultDailyReplies} if left out.`,
      ),
  }),
  output: z.object({
    ...fields,
    secret: z.string().describe('The secret. It is shown this once; who has it is the agent.'),
  }),
  async commit(scope, input) {
    const { tx, workspace, now } = scope;
    const { id, secret } = await createCredential(tx, workspace.id, { ...input, now }, changerOf(scope));
    return { ...input, credentialId: id, secret };
  },
});

/** @param catalogue what can be granted */
export const grantToolOperation = (catalogue: () => Catalogue) =>
  houseOperation({
    name: 'grant_tool',
    title: 'Raise a credential to a tool',
    summary:
      'Lets a credential use one tool that it may not use by itself, or whose calls would become proposals: from now on they act. One tool at a time.',
    tier: 'draft',
    access: forMembers('admin'),
    input: z.strictObject({ credentialId, tool }),
    output: credentialOutput,
    prepare: async (_scope, grant) => {
      assertGrantable(catalogue(), grant.tool);
      return grant;
    },
    async commit(scope, grant) {
      const { tx, workspace, now } = scope;
      await grantTool(tx, workspace.id, { ...grant, now }, changerOf(scope));
      return shown(scope, grant.credentialId);
    },
  });

/** @throws {PosternError} `not_found` for no tool; `invalid_arguments` for one that no credential may use, or each may. */
function assertGrantable(catalogue: Catalogue, name: string): void {
  const operation = catalogue.get(name);
  if (!operation) throw new PosternError('not_found', `There is no tool named ${JSON.stringify(name)}.`);
  if (operation.access.credential === false)
    throw new PosternError(
      'invalid_arguments',
      `tool: ${name} is the work of members; no credential may use it.`,
    );
  if (permissionOf({ kind: 'credential', id: '', granted: [] }, operation) === 'acts')
    throw new PosternError('invalid_arguments', `tool: ${name} needs no grant; every credential may use it.`);
}

export const withdrawToolOperation = houseOperation({
  name: 'withdraw_tool',
  title: 'Take a tool back from a credential',
  summary: 'Takes back what `grant_tool` gave, at once: a call that has not committed yet is refused.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ credentialId, tool }),
  output: credentialOutput,
  async commit(scope, grant) {
    await withdrawTool(scope.tx, scope.workspace.id, grant, changerOf(scope));
    return shown(scope, grant.credentialId);
  },
});

export const revokeCredentialOperation = houseOperation({
  name: 'revoke_credential',
  title: 'Revoke a credential',
  summary:
    'Ends a credential at once and for good: a call that has not committed yet is refused. What it did stays, and what it proposed goes on waiting.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ credentialId }),
  output: credentialOutput,
  async commit(scope, input) {
    const { tx, workspace, now } = scope;
    await revokeCredential(tx, workspace.id, { ...input, now }, changerOf(scope));
    return shown(scope, input.credentialId);
  },
});
