/** The changelog: what customers notice, written by members and agents, published by members. */
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey, useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Badge, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import { Frame, type Open } from './frame.tsx';
import { liveDeeds } from './live-deeds.ts';
import { Blank, Detail, draftOrPublish, Opened } from './one.tsx';
import { useChanging, useDraft } from './use-draft.ts';

type Entry = OutputOf<'get_changelog_entry'>;

const touches = ['list_changelog', 'get_changelog_entry'] as const;

export const ChangelogPage = () => (
  <Frame
    tab="help.changelog"
    newTitle="help.newEntry"
    operation="list_changelog"
    filters={[
      { title: 'help.all', input: {} },
      { title: 'help.drafts', input: { published: false } },
      { title: 'help.published', input: { published: true } },
    ]}
    lines={({ entries }) =>
      entries.map(({ entryId, title, publishedAt }) => ({
        id: entryId,
        title,
        about: <State publishedAt={publishedAt} />,
      }))
    }
    blank={(open) => <NewEntry onOpen={open} />}
    opened={(id, open) => <OpenEntry id={id} onOpen={open} />}
  />
);

const State = ({ publishedAt }: Pick<Entry, 'publishedAt'>) =>
  publishedAt ? (
    <>
      <Badge tone="good">{t('help.isPublished')}</Badge>
      <Time at={publishedAt} />
    </>
  ) : (
    <Badge>{t('help.isDraft')}</Badge>
  );

function NewEntry({ onOpen }: { onOpen: Open }) {
  const { slug } = useWorkspace();
  const ways = draftOrPublish({
    async create(written) {
      const { entryId, version } = await call(slug, 'create_changelog', written);
      return { id: entryId, version };
    },
    publish: ({ id, version }) => call(slug, 'publish_changelog', { entryId: id, version }),
    onOpen,
  });
  return <Blank title="help.newEntry" {...{ ways, touches }} />;
}

const OpenEntry = ({ id, onOpen }: { id: string; onOpen: Open }) => (
  <Opened read={useRead('get_changelog_entry', { entryId: id })}>
    {(entry) => <EntryDetail entry={entry} onOpen={onOpen} />}
  </Opened>
);

function EntryDetail({ entry, onOpen }: { entry: Entry; onOpen: Open }) {
  const { slug } = useWorkspace();
  const { nameOf } = usePeople();
  const { entryId, publishedAt } = entry;
  const published = publishedAt !== null;
  const draft = useDraft(entry, operationKey(slug, 'get_changelog_entry', { entryId }));
  const { written, version, settle } = draft;
  const deeds = liveDeeds({
    draft,
    changing: useChanging(),
    published,
    touches,
    save: async () => settle(await call(slug, 'update_changelog', { entryId, version, ...written })),
    publish: async (seen) =>
      settle(await call(slug, 'publish_changelog', { entryId, version: seen, published: !published })),
    discard:
      !published &&
      (async () => {
        await call(slug, 'discard_draft', { id: entryId, version });
        draft.forget();
        onOpen(undefined);
      }),
  });
  return (
    <Detail
      {...{ draft, deeds }}
      about={
        <>
          <State publishedAt={publishedAt} />
          <span>{actorName(entry.author, nameOf)}</span>
        </>
      }
      aboutPreview={publishedAt && <Time at={publishedAt} />}
    />
  );
}
