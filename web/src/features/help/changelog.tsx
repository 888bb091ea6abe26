/** The changelog: what customers notice, written by members and agents, published by members. */
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey, queryClient, useRead } from '../../api/queries.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Badge, Loading, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import { Bar, type Deed } from './bar.tsx';
import { Filter, Frame } from './frame.tsx';
import { isComplete, TextEditor, type Written } from './text-editor.tsx';
import { useChanging, useDraft } from './use-draft.ts';
import { usePages } from './use-pages.ts';

const route = getRouteApi('/app/$workspace/changelog');

type Entry = OutputOf<'get_changelog_entry'>;
const touches = ['list_changelog', 'get_changelog_entry'] as const;

const shown = [
  { value: 'all', title: 'help.all' },
  { value: 'drafts', title: 'help.drafts' },
  { value: 'published', title: 'help.published' },
] as const;

type Show = (typeof shown)[number]['value'];

export function ChangelogPage() {
  const { id } = route.useSearch();
  const navigate = route.useNavigate();
  const [show, setShow] = useState<Show>('all');
  const list = usePages(
    'list_changelog',
    show === 'all' ? {} : { published: show === 'published' },
    ({ entries }) => entries,
  );
  const open = useCallback(
    (next: string | undefined) => void navigate({ search: next ? { id: next } : {} }),
    [navigate],
  );
  return (
    <Frame
      tab="help.changelog"
      newTitle="help.newEntry"
      filter={<Filter<Show> value={show} options={shown} onChange={setShow} />}
      list={{
        ...list,
        lines: list.lines.map((entry) => ({
          id: entry.entryId,
          title: entry.title,
          about: <State {...entry} />,
        })),
      }}
      current={id}
      onOpen={open}
    >
      {id === 'new' ? <NewEntry onOpen={open} /> : id && <OpenEntry key={id} id={id} onOpen={open} />}
    </Frame>
  );
}

const State = ({ publishedAt }: Pick<Entry, 'publishedAt'>) =>
  publishedAt ? (
    <>
      <Badge tone="good">{t('help.isPublished')}</Badge>
      <Time at={publishedAt} />
    </>
  ) : (
    <Badge>{t('help.isDraft')}</Badge>
  );

function NewEntry({ onOpen }: { onOpen(id: string): void }) {
  const { slug } = useWorkspace();
  const [written, setWritten] = useState<Written>({ title: '', body: '' });
  const { busy, change } = useChanging();
  const add = (publish: boolean) =>
    void change(
      async () => {
        const { entryId, version } = await call(slug, 'create_changelog', written);
        try {
          if (publish) await call(slug, 'publish_changelog', { entryId, version });
        } finally {
          // It is there whatever became of its publishing.
          onOpen(entryId);
        }
      },
      t(publish ? 'help.nowPublished' : 'help.saved'),
      touches,
    );
  const disabled = busy || !isComplete(written);
  const deeds: Deed[] = [
    { id: 'save', title: t('help.saveDraft'), keys: 'mod+s', disabled, run: () => add(false) },
    { id: 'publish', title: t('help.publish'), look: 'primary', disabled, run: () => add(true) },
  ];
  return (
    <>
      <div className="p-4">
        <h2 className="mb-3 text-base font-semibold">{t('help.newEntry')}</h2>
        <TextEditor value={written} onChange={setWritten} readOnly={false} />
      </div>
      <Bar deeds={deeds} moved={false} onTake={() => {}} />
    </>
  );
}

function OpenEntry({ id, onOpen }: { id: string; onOpen(id: string | undefined): void }) {
  const { data, error } = useRead('get_changelog_entry', { entryId: id });
  if (error) return <p className="p-4 text-bad">{error.message}</p>;
  return data ? <EntryDetail entry={data} onOpen={onOpen} /> : <Loading />;
}

function EntryDetail({ entry, onOpen }: { entry: Entry; onOpen(id: string | undefined): void }) {
  const { slug, role } = useWorkspace();
  const { nameOf } = usePeople();
  const draft = useDraft(entry);
  const { busy, change } = useChanging();
  const writes = isAtLeast(role, 'operator');
  const { entryId, publishedAt } = entry;
  const published = publishedAt !== null;
  const { written, version, isChanged } = draft;
  const keep = (after: Entry) => {
    queryClient.setQueryData(operationKey(slug, 'get_changelog_entry', { entryId }), after);
    draft.settle(after);
    return after;
  };
  const save = async () => keep(await call(slug, 'update_changelog', { entryId, version, ...written }));
  const publish = async () => {
    const seen = isChanged ? (await save()).version : version;
    keep(await call(slug, 'publish_changelog', { entryId, version: seen, published: !published }));
  };
  const discard = async () => {
    await call(slug, 'discard_draft', { id: entryId, version });
    onOpen(undefined);
  };
  const disabled = busy || !isComplete(written) || draft.moved;
  const deeds: Deed[] = [
    ...(published
      ? []
      : [
          {
            id: 'discard',
            title: t('help.discard'),
            look: 'danger' as const,
            sure: t('help.discardSure'),
            disabled: busy,
            run: () => void change(discard, t('help.discarded'), ['list_changelog']),
          },
        ]),
    {
      id: 'publish',
      title: t(published ? 'help.withdraw' : 'help.publish'),
      disabled: disabled || (published && isChanged),
      ...(!published && { look: 'primary' as const }),
      run: () => void change(publish, t(published ? 'help.nowWithdrawn' : 'help.nowPublished'), touches),
    },
    {
      id: 'save',
      title: t('help.save'),
      keys: 'mod+s',
      ...(published && { look: 'primary' as const }),
      disabled: disabled || !isChanged,
      run: () => void change(save, t(published ? 'help.savedLive' : 'help.saved'), touches),
    },
  ];
  return (
    <>
      <div className="p-4">
        <div className="mb-3 flex flex-wrap items-center gap-2 text-xs text-muted">
          <State publishedAt={publishedAt} />
          <span>{actorName(entry.author, nameOf)}</span>
        </div>
        <TextEditor
          value={written}
          onChange={draft.setWritten}
          readOnly={!writes}
          about={publishedAt && <Time at={publishedAt} />}
        />
      </div>
      <Bar deeds={writes ? deeds : []} moved={draft.moved} onTake={draft.take} />
    </>
  );
}
