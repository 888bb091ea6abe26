/** What the three pages of the help centre share: tabs, a list, and beside it the one that is open. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Plus } from 'lucide-react';
import { Fragment, type ReactNode, useState } from 'react';
import type { InputOf, OutputOf } from '../../api/call.ts';
import { useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Empty, Loading } from '../../components/page.tsx';
import { type MessageKey, t } from '../../messages/messages.ts';
import { type Listing, usePages } from './use-pages.ts';

const tabs = [
  { to: '/app/$workspace/articles', title: 'help.articles' },
  { to: '/app/$workspace/issues', title: 'help.issues' },
  { to: '/app/$workspace/changelog', title: 'help.changelog' },
] as const;

type Tab = (typeof tabs)[number]['title'];

/** Opens another of the list, `new` for one that is not there yet, or none. */
export type Open = (id: string | undefined) => void;

interface Listed {
  id: string;
  title: string;
  /** Stands below the title. */
  about: ReactNode;
}

interface Filter<N extends Listing> {
  title: MessageKey;
  input: Omit<InputOf<N>, 'after' | 'limit'>;
}

export function Frame<N extends Listing>(props: {
  tab: Tab;
  /** What a new one is called. */
  newTitle: MessageKey;
  operation: N;
  /** Which of the list can be shown; the first at first. */
  filters: readonly [Filter<N>, ...Filter<N>[]];
  /** Picks them out of a page. */
  lines(page: OutputOf<N>): readonly Listed[];
  blank(open: Open): ReactNode;
  opened(id: string, open: Open): ReactNode;
}) {
  const { tab, newTitle, operation, filters, lines, blank, opened } = props;
  const { id: current } = useSearch({ strict: false });
  const [filter, setFilter] = useState(filters[0]);
  const list = usePages(operation, filter.input, lines);
  const onOpen = useOpen(tab);
  const writes = isAtLeast(useWorkspace().role, 'operator');
  useSteps(list.lines, current, onOpen, writes ? newTitle : undefined);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className={`border-b border-line bg-panel px-3 pt-2 md:block ${current ? 'hidden' : ''}`}>
        <h1 className="text-base font-semibold">{t('nav.help')}</h1>
        <Tabs current={tab} />
      </header>
      <div className="flex min-h-0 flex-1">
        <section
          aria-label={t(tab)}
          className={`min-h-0 w-full shrink-0 flex-col border-r border-line bg-panel md:flex md:w-72 xl:w-80 ${current ? 'hidden' : 'flex'}`}
        >
          <div className="flex items-center gap-2 border-b border-line p-2">
            <select
              aria-label={t('help.show')}
              value={filter.title}
              onChange={({ target }) =>
                setFilter(filters.find(({ title }) => title === target.value) ?? filters[0])
              }
              className="h-8 min-w-0 rounded-md border border-line bg-panel px-2"
            >
              {filters.map(({ title }) => (
                <option key={title} value={title}>
                  {t(title)}
                </option>
              ))}
            </select>
            {writes && (
              <Button className="ml-auto" onClick={() => onOpen('new')} aria-label={t(newTitle)}>
                <Plus size={16} aria-hidden /> {t('help.new')}
              </Button>
            )}
          </div>
          <Lines list={list} current={current} onOpen={onOpen} />
        </section>
        <div
          className={`min-h-0 min-w-0 flex-1 flex-col overflow-auto md:flex ${current ? 'flex' : 'hidden'}`}
        >
          {current && (
            <IconButton label={t('help.back')} className="m-1 md:hidden" onClick={() => onOpen(undefined)}>
              <ArrowLeft size={18} aria-hidden />
            </IconButton>
          )}
          <Fragment key={current}>
            {!current && <Empty>{t(writes ? 'help.pick' : 'help.pickOnly')}</Empty>}
            {current && (current === 'new' ? blank(onOpen) : opened(current, onOpen))}
          </Fragment>
        </div>
      </div>
    </div>
  );
}

function useOpen(tab: Tab): Open {
  const { slug } = useWorkspace();
  const navigate = useNavigate();
  const { to } = tabs.find(({ title }) => title === tab)!;
  return (id) => void navigate({ to, params: { workspace: slug }, search: id ? { id } : {} });
}

function Tabs({ current }: { current: Tab }) {
  const { slug } = useWorkspace();
  return (
    <nav aria-label={t('help.parts')} className="mt-1 flex gap-x-1">
      {tabs.map(({ to, title }) => (
        <Link
          key={to}
          to={to}
          params={{ workspace: slug }}
          aria-current={title === current ? 'page' : undefined}
          className={`-mb-px border-b-2 px-2 py-1.5 whitespace-nowrap ${title === current ? 'border-accent font-medium text-accent' : 'border-transparent text-muted hover:text-ink'}`}
        >
          {t(title)}
        </Link>
      ))}
    </nav>
  );
}

function Lines(props: {
  list: ReturnType<typeof usePages<Listing, Listed>>;
  current: string | undefined;
  onOpen: Open;
}) {
  const { list, current, onOpen } = props;
  if (list.error) return <p className="p-4 text-bad">{list.error.message}</p>;
  if (list.loading) return <Loading />;
  if (list.lines.length === 0) return <Empty>{t('help.empty')}</Empty>;
  return (
    <ul className="min-h-0 flex-1 overflow-auto">
      {list.lines.map(({ id, title, about }) => (
        <li key={id}>
          <button
            type="button"
            aria-current={id === current || undefined}
            onClick={() => onOpen(id)}
            className={`block w-full border-b border-line px-3 py-2 text-left ${id === current ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
          >
            <span className="line-clamp-2 font-medium break-words">{title}</span>
            <span className="mt-0.5 flex flex-wrap items-center gap-1.5 text-xs text-muted">{about}</span>
          </button>
        </li>
      ))}
      {list.more && (
        <li className="p-2 text-center">
          <Button onClick={list.loadMore}>{t('common.more')}</Button>
        </li>
      )}
    </ul>
  );
}

function useSteps(
  lines: readonly Listed[],
  current: string | undefined,
  onOpen: Open,
  newTitle: MessageKey | undefined,
): void {
  const group = t('help.group');
  const step = (by: 1 | -1) => {
    const at = lines.findIndex(({ id }) => id === current);
    const next = lines[at < 0 ? 0 : at + by];
    if (next) onOpen(next.id);
  };
  useActions([
    { id: 'help-next', title: t('help.next'), keys: 'j', repeats: true, group, run: () => step(1) },
    { id: 'help-previous', title: t('help.previous'), keys: 'k', repeats: true, group, run: () => step(-1) },
    ...(newTitle ? [{ id: 'help-new', title: t(newTitle), keys: 'c', group, run: () => onOpen('new') }] : []),
  ]);
}
