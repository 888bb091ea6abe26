import { sql } from 'kysely';
import { z } from 'zod';
import { forMembers, houseOperation } from '../../../catalogue/operation.ts';
import { audit } from '../../../store/audit.ts';
import { line } from '../../fields.ts';
import { changerOf } from './changer.ts';

export const renameWorkspace = houseOperation({
  name: 'rename_workspace',
  title: 'Rename the desk',
  summary: 'Changes the name that customers and agents read. Its address stays.',
  tier: 'draft',
  access: forMembers('admin'),
  input: z.strictObject({ name: line(200).describe('The new name, one line of up to 200 characters.') }),
  output: z.object({
    slug: z.string().describe('Its address.'),
    name: z.string().describe('Its name.'),
  }),
  async commit(scope, { name }) {
    const { tx, workspace } = scope;
    const by = changerOf(scope);
    const { slug } = workspace;
    if (name === workspace.name) return { slug, name };
    await tx.updateTable('workspaces').set({ name }).where('id', '=', workspace.id).execute();
    await audit(tx, by.ids, {
      workspaceId: workspace.id,
      actor: by.actor,
      action: 'workspace.renamed',
      subject: null,
      reason: '',
      details: { from: workspace.name, to: name },
    });
    // Shopfronts are kept for a moment in every process.
    await sql`select pg_notify('postern', ${`workspace.changed:${workspace.id}`})`.execute(tx);
    return { slug, name };
  },
});
