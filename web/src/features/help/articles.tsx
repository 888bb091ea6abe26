/** Articles of the help centre: written here or by agents, published by members. */
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey, queryClient, useRead } from '../../api/queries.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Badge, Loading, Panel, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import { Bar, type Deed } from './bar.tsx';
import { Filter, Frame } from './frame.tsx';
import { Differences, isComplete, TextEditor, type Written } from './text-editor.tsx';
import { useChanging, useDraft } from './use-draft.ts';
import { usePages } from './use-pages.ts';

const route = getRouteApi('/app/$workspace/articles');

type Article = OutputOf<'get_article'>;
type Line = OutputOf<'list_articles'>['articles'][number];

const shown = [
  { value: 'all', title: 'help.all' },
  { value: 'waiting', title: 'help.waiting' },
  { value: 'published', title: 'help.published' },
] as const;

type Show = (typeof shown)[number]['value'];

export function ArticlesPage() {
  const { id } = route.useSearch();
  const navigate = route.useNavigate();
  const [show, setShow] = useState<Show>('all');
  const list = usePages(
    'list_articles',
    show === 'all' ? {} : { waiting: show === 'waiting' },
    ({ articles }) => articles,
  );
  const open = useCallback(
    (next: string | undefined) => void navigate({ search: next ? { id: next } : {} }),
    [navigate],
  );
  return (
    <Frame
      tab="help.articles"
      newTitle="help.newArticle"
      filter={<Filter<Show> value={show} options={shown} onChange={setShow} />}
      list={{
        ...list,
        lines: list.lines.map((line) => ({
          id: line.articleId,
          title: line.title,
          about: <State {...line} />,
        })),
      }}
      current={id}
      onOpen={open}
    >
      {id === 'new' ? <NewArticle onOpen={open} /> : id && <OpenArticle key={id} id={id} onOpen={open} />}
    </Frame>
  );
}

const State = ({ published, waiting, updatedAt }: Pick<Line, 'published' | 'waiting' | 'updatedAt'>) => (
  <>
    {published ? <Badge tone="good">{t('help.isPublished')}</Badge> : <Badge>{t('help.isDraft')}</Badge>}
    {published && waiting && <Badge tone="warn">{t('help.isWaiting')}</Badge>}
    <Time at={updatedAt} />
  </>
);

function NewArticle({ onOpen }: { onOpen(id: string): void }) {
  const { slug } = useWorkspace();
  const [written, setWritten] = useState<Written>({ title: '', body: '' });
  const { busy, change } = useChanging();
  const add = (publish: boolean) =>
    void change(
      async () => {
        const { articleId, version } = await call(slug, 'create_kb', written);
        try {
          if (publish) await call(slug, 'publish_article', { articleId, version });
        } finally {
          // It is there whatever became of its publishing.
          onOpen(articleId);
        }
      },
      t(publish ? 'help.nowPublished' : 'help.saved'),
      ['list_articles', 'get_article'],
    );
  const disabled = busy || !isComplete(written);
  const deeds: Deed[] = [
    { id: 'save', title: t('help.saveDraft'), keys: 'mod+s', disabled, run: () => add(false) },
    { id: 'publish', title: t('help.publish'), look: 'primary', disabled, run: () => add(true) },
  ];
  return (
    <>
      <div className="p-4">
        <h2 className="mb-3 text-base font-semibold">{t('help.newArticle')}</h2>
        <TextEditor value={written} onChange={setWritten} readOnly={false} />
      </div>
      <Bar deeds={deeds} moved={false} onTake={() => {}} />
    </>
  );
}

function OpenArticle({ id, onOpen }: { id: string; onOpen(id: string | undefined): void }) {
  const { data, error } = useRead('get_article', { articleId: id });
  if (error) return <p className="p-4 text-bad">{error.message}</p>;
  return data ? <ArticleDetail article={data} onOpen={onOpen} /> : <Loading />;
}

function ArticleDetail({ article, onOpen }: { article: Article; onOpen(id: string | undefined): void }) {
  const { role } = useWorkspace();
  const { nameOf } = usePeople();
  const draft = useDraft({ ...(article.draft ?? article), version: article.version });
  const writes = isAtLeast(role, 'operator');
  const deeds = useArticleDeeds(article, draft, onOpen);
  const { title, body } = article;
  const isWaiting = article.published && article.draft !== null;
  return (
    <>
      <div className="p-4">
        <div className="mb-3 flex flex-wrap items-center gap-2 text-xs text-muted">
          <State {...article} />
          <span className="break-all">
            {t('help.address')}: {article.slug}
          </span>
        </div>
        {isWaiting && article.draft && (
          <Panel title={t('help.proposed', { name: actorName(article.draft.author, nameOf) })}>
            <Differences before={{ title, body }} after={draft.written} />
          </Panel>
        )}
        <TextEditor value={draft.written} onChange={draft.setWritten} readOnly={!writes} />
      </div>
      <Bar deeds={writes ? deeds : []} moved={draft.moved} onTake={draft.take} />
    </>
  );
}

function useArticleDeeds(
  article: Article,
  draft: ReturnType<typeof useDraft>,
  onOpen: (id: string | undefined) => void,
): readonly Deed[] {
  const { slug } = useWorkspace();
  const { busy, change } = useChanging();
  const { articleId } = article;
  const { written, version, isChanged } = draft;
  const waits = !article.published || article.draft !== null || isChanged;
  const keep = (after: Article) => {
    queryClient.setQueryData(operationKey(slug, 'get_article', { articleId }), after);
    draft.settle({ ...(after.draft ?? after), version: after.version });
    return after;
  };
  const save = async () =>
    isChanged ? keep(await call(slug, 'update_kb', { articleId, version, ...written })) : { version };
  const publish = async (published: boolean, seen: number) =>
    keep(await call(slug, 'publish_article', { articleId, version: seen, published }));
  const touches = ['list_articles', 'get_article'] as const;
  const disabled = busy || !isComplete(written) || draft.moved;
  const discard = async () => {
    await call(slug, 'discard_draft', { id: articleId, version });
    if (!article.published) return onOpen(undefined);
    const after = await call(slug, 'get_article', { articleId });
    keep(after);
  };
  return [
    ...(waits && (article.draft || !article.published)
      ? [
          {
            id: 'discard',
            title: t('help.discard'),
            look: 'danger' as const,
            sure: t('help.discardSure'),
            disabled: busy,
            run: () => void change(discard, t('help.discarded'), ['list_articles']),
          },
        ]
      : []),
    ...(article.published
      ? [
          {
            id: 'withdraw',
            title: t('help.withdraw'),
            disabled: busy || isChanged,
            run: () => void change(() => publish(false, version), t('help.nowWithdrawn'), touches),
          },
        ]
      : []),
    {
      id: 'save',
      title: t('help.saveDraft'),
      keys: 'mod+s',
      disabled: disabled || !isChanged,
      run: () => void change(save, t('help.saved'), touches),
    },
    ...(waits
      ? [
          {
            id: 'publish',
            title: t(article.published ? 'help.publishChange' : 'help.publish'),
            look: 'primary' as const,
            disabled,
            run: () =>
              void change(async () => publish(true, (await save()).version), t('help.nowPublished'), touches),
          },
        ]
      : []),
  ];
}
