/** What changed in the product. */
import { z } from 'zod';
import { forAgents, forMembers, houseOperation, readOperation } from '../../../catalogue/operation.ts';
import { PosternError } from '../../../kernel/errors.ts';
import { addEntry, changeEntry, findEntry, listEntries } from '../../content/changelog.ts';
import {
  entryId,
  entryLine,
  entryLineOf,
  entryWhole,
  entryWholeOf,
  forReaders,
  forWriters,
  given,
  next,
  page,
  publish,
  text,
  title,
  version,
} from './shown.ts';

export const listChangelog = readOperation({
  name: 'list_changelog',
  title: 'List what changed',
  summary:
    'Lists what changed in this company’s product, the newest first. Free. Reach for it to see whether something is new, was changed or was fixed since a customer wrote. It shows published entries only, and says nothing of what is planned.',
  tier: 'read',
  access: forAgents('viewer'),
  price: null,
  input: z.strictObject({
    published: z
      .boolean()
      .optional()
      .describe('For members and the workspace’s own agents: only published ones, or only drafts.'),
    ...page,
  }),
  output: z.object({ entries: z.array(entryLine).describe('The entries, the newest first.'), next }),
  async read(scope, asked) {
    const { shown, ...rest } = await listEntries(scope, asked);
    return { entries: shown.map(entryLineOf), ...rest };
  },
});

export const getChangelogEntry = readOperation({
  name: 'get_changelog_entry',
  title: 'Read a changelog entry',
  summary: 'Returns an entry of the changelog with its whole text, published or not.',
  tier: 'read',
  access: forReaders,
  price: null,
  input: z.strictObject({ entryId }),
  output: entryWhole,
  async read(scope, { entryId: id }) {
    const entry = await findEntry(scope, id);
    if (!entry) throw new PosternError('not_found', 'No changelog entry has this id.');
    return entryWholeOf(entry);
  },
});

export const createChangelog = houseOperation({
  name: 'create_changelog',
  title: 'Draft a changelog entry',
  summary:
    'Writes a draft of a changelog entry, and returns its id. Reach for it when something that customers notice has changed. A member publishes it with `publish_changelog`; until then no one outside sees it.',
  tier: 'draft',
  access: forWriters,
  input: z.strictObject({ title, body: text }),
  output: entryWhole,
  commit: async (scope, input) => entryWholeOf(await addEntry(scope, input)),
});

export const updateChangelog = houseOperation({
  name: 'update_changelog',
  title: 'Change a changelog entry',
  summary:
    'Changes what is given of an entry and leaves the rest; at once, where it is published. Refused where it has changed since you read it.',
  tier: 'draft',
  access: forMembers('operator'),
  input: z.strictObject({ entryId, version, title: title.optional(), body: text.optional() }),
  output: entryWhole,
  commit: async (scope, { entryId: id, version: seen, ...change }) =>
    entryWholeOf(await changeEntry(scope, id, seen, given(change))),
});

export const publishChangelog = houseOperation({
  name: 'publish_changelog',
  title: 'Publish a changelog entry',
  summary:
    'Shows an entry to everyone, or withdraws it. Refused where it has changed since you read it: what is published has been read.',
  tier: 'send',
  access: forMembers('operator'),
  input: z.strictObject({ entryId, version, published: publish }),
  output: entryWhole,
  commit: async (scope, { entryId: id, version: seen, published }) =>
    entryWholeOf(await changeEntry(scope, id, seen, { published })),
});
