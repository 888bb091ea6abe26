/** What the three pages of the help centre share: tabs, a list, and beside it the one that is open. */
import { Link } from '@tanstack/react-router';
import { ArrowLeft, Plus } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { type Action, useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Empty, Loading } from '../../components/page.tsx';
import { type MessageKey, t } from '../../messages/messages.ts';

const tabs = [
  { to: '/app/$workspace/articles', title: 'help.articles' },
  { to: '/app/$workspace/issues', title: 'help.issues' },
  { to: '/app/$workspace/changelog', title: 'help.changelog' },
] as const;

export type Tab = (typeof tabs)[number]['title'];

export interface Listed {
  id: string;
  title: string;
  /** Stands below the title. */
  about: ReactNode;
}

export function Frame(props: {
  tab: Tab;
  /** What a new one is called. */
  newTitle: MessageKey;
  filter: ReactNode;
  list: {
    lines: readonly Listed[];
    more: boolean;
    loading: boolean;
    error: Error | null;
    loadMore(): void;
  };
  current: string | undefined;
  onOpen(id: string | undefined): void;
  children: ReactNode;
}) {
  const { tab, newTitle, filter, list, current, onOpen, children } = props;
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
            {filter}
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
          {current ? children : <Empty>{t('help.pick')}</Empty>}
        </div>
      </div>
    </div>
  );
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

function Lines({ list, current, onOpen }: Pick<Parameters<typeof Frame>[0], 'list' | 'current' | 'onOpen'>) {
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

/** Which of the list are shown. */
export function Filter<T extends string>(props: {
  value: T;
  options: readonly { value: T; title: MessageKey }[];
  onChange(value: T): void;
}) {
  return (
    <select
      aria-label={t('help.show')}
      value={props.value}
      onChange={({ target }) => props.onChange(target.value as T)}
      className="h-8 min-w-0 rounded-md border border-line bg-panel px-2"
    >
      {props.options.map(({ value, title }) => (
        <option key={value} value={value}>
          {t(title)}
        </option>
      ))}
    </select>
  );
}

function useSteps(
  lines: readonly Listed[],
  current: string | undefined,
  onOpen: (id: string) => void,
  newTitle: MessageKey | undefined,
): void {
  useActions(
    useMemo<readonly Action[]>(() => {
      const group = t('help.group');
      const step = (by: 1 | -1) => {
        const at = lines.findIndex(({ id }) => id === current);
        const next = lines[at < 0 ? 0 : at + by];
        if (next) onOpen(next.id);
      };
      return [
        { id: 'help-next', title: t('help.next'), keys: 'j', group, run: () => step(1) },
        { id: 'help-previous', title: t('help.previous'), keys: 'k', group, run: () => step(-1) },
        ...(newTitle
          ? [{ id: 'help-new', title: t(newTitle), keys: 'c', group, run: () => onOpen('new') }]
          : []),
      ];
    }, [lines, current, onOpen, newTitle]),
  );
}
