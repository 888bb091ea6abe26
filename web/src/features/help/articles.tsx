/** Articles of the help centre: written here or by agents, published by members. */
import { call, type OutputOf } from '../../api/call.ts';
import { operationKey, useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Badge, Panel, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';
import type { Deed } from './bar.tsx';
import { Frame, type Open } from './frame.tsx';
import { Blank, Detail, draftOrPublish, Opened } from './one.tsx';
import { Differences } from './text-editor.tsx';
import { useChanging, useDraft } from './use-draft.ts';

type Article = OutputOf<'get_article'>;

const touches = ['list_articles', 'get_article'] as const;

export const ArticlesPage = () => (
  <Frame
    tab="help.articles"
    newTitle="help.newArticle"
    operation="list_articles"
    filters={[
      { title: 'help.all', input: {} },
      { title: 'help.waiting', input: { waiting: true } },
      { title: 'help.published', input: { waiting: false } },
    ]}
    lines={({ articles }) =>
      articles.map((line) => ({ id: line.articleId, title: line.title, about: <State {...line} /> }))
    }
    blank={(open) => <NewArticle onOpen={open} />}
    opened={(id, open) => <OpenArticle id={id} onOpen={open} />}
  />
);

const State = ({ published, waiting, updatedAt }: Pick<Article, 'published' | 'waiting' | 'updatedAt'>) => (
  <>
    {published ? <Badge tone="good">{t('help.isPublished')}</Badge> : <Badge>{t('help.isDraft')}</Badge>}
    {published && waiting && <Badge tone="warn">{t('help.isWaiting')}</Badge>}
    <Time at={updatedAt} />
  </>
);

function NewArticle({ onOpen }: { onOpen: Open }) {
  const { slug } = useWorkspace();
  const ways = draftOrPublish({
    async create(written) {
      const { articleId, version } = await call(slug, 'create_kb', written);
      return { id: articleId, version };
    },
    publish: ({ id, version }) => call(slug, 'publish_article', { articleId: id, version }),
    onOpen,
  });
  return <Blank title="help.newArticle" {...{ ways, touches }} />;
}

const OpenArticle = ({ id, onOpen }: { id: string; onOpen: Open }) => (
  <Opened read={useRead('get_article', { articleId: id })}>
    {(article) => <ArticleDetail article={article} onOpen={onOpen} />}
  </Opened>
);

/** What is written on: what waits, where something does. */
const textOf = (article: Article) => article.draft ?? article;

function ArticleDetail({ article, onOpen }: { article: Article; onOpen: Open }) {
  const { slug } = useWorkspace();
  const { nameOf } = usePeople();
  const { articleId, title, body } = article;
  const draft = useDraft(article, operationKey(slug, 'get_article', { articleId }), textOf);
  return (
    <Detail
      draft={draft}
      deeds={useArticleDeeds(article, draft, onOpen)}
      about={
        <>
          <State {...article} />
          <span className="break-all">
            {t('help.address')}: {article.slug}
          </span>
        </>
      }
      above={
        article.published &&
        article.draft && (
          <Panel title={t('help.proposed', { name: actorName(article.draft.author, nameOf) })}>
            <Differences before={{ title, body }} after={draft.written} />
          </Panel>
        )
      }
    />
  );
}

function useArticleDeeds(
  { articleId, published, draft: waiting }: Article,
  { written, version, isChanged, isReady, settle, forget }: ReturnType<typeof useDraft<Article>>,
  onOpen: Open,
): readonly (Deed | false)[] {
  const { slug } = useWorkspace();
  const { busy, change } = useChanging();
  const save = async () =>
    isChanged ? settle(await call(slug, 'update_kb', { articleId, version, ...written })) : { version };
  const publish = async () => {
    const seen = await save();
    settle(await call(slug, 'publish_article', { articleId, version: seen.version }));
  };
  const withdraw = async () =>
    settle(await call(slug, 'publish_article', { articleId, version, published: false }));
  const discard = async () => {
    await call(slug, 'discard_draft', { id: articleId, version });
    forget();
    if (published) settle(await call(slug, 'get_article', { articleId }));
    else onOpen(undefined);
  };
  return [
    (!published || waiting !== null) && {
      id: 'discard',
      title: t('help.discard'),
      look: 'danger',
      sure: t('help.discardSure'),
      disabled: busy,
      run: () => void change(discard, t('help.discarded'), ['list_articles']),
    },
    published && {
      id: 'withdraw',
      title: t('help.withdraw'),
      disabled: busy || isChanged,
      run: () => void change(withdraw, t('help.nowWithdrawn'), touches),
    },
    {
      id: 'save',
      title: t('help.saveDraft'),
      keys: 'mod+s',
      disabled: busy || !isReady || !isChanged,
      run: () => void change(save, t('help.saved'), touches),
    },
    (!published || waiting !== null || isChanged) && {
      id: 'publish',
      title: t(published ? 'help.publishChange' : 'help.publish'),
      look: 'primary',
      disabled: busy || !isReady,
      run: () => void change(publish, t('help.nowPublished'), touches),
    },
  ];
}
