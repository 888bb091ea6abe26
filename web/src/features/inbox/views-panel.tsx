/** Beside the list: the views with how much each holds, and the making of new ones. */
import { getRouteApi } from '@tanstack/react-router';
import { Pencil, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { type Action, useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { IconButton } from '../../components/button.tsx';
import { number, t } from '../../messages/messages.ts';
import { ViewDialog } from './view-dialog.tsx';
import type { SavedView, View } from './views.ts';

const route = getRouteApi('/app/$workspace/inbox');

type Edited = { saved?: SavedView; query: string } | undefined;

/** `current`: none while one searches; `query`: what a new view is to begin with. */
export function ViewsPanel(props: { all: readonly View[]; current: string | undefined; query: string }) {
  const { all, current, query } = props;
  const { user, role } = useWorkspace();
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<Edited>();
  const go = (id: string) => void navigate({ search: { view: id } });
  const mayChange = ({ madeByMe }: SavedView) => madeByMe || isAtLeast(role, 'admin');
  useActions(
    useMemo<readonly Action[]>(() => {
      const group = t('inbox.views');
      return [
        { id: 'view:new', title: t('view.save'), group, run: () => setEdited({ query }) },
        ...all.map(({ id, title }) => ({
          id: `view:${id}`,
          title: t('view.go', { view: title }),
          group,
          run: () => void navigate({ search: { view: id } }),
        })),
      ];
    }, [all, query, navigate]),
  );
  return (
    <nav
      aria-label={t('inbox.views')}
      className="hidden w-44 shrink-0 overflow-auto border-r border-line p-2 lg:block"
    >
      <div className="mb-1 flex items-center justify-between pl-2">
        <h2 className="text-xs text-muted">{t('inbox.views')}</h2>
        <IconButton label={t('view.save')} onClick={() => setEdited({ query })}>
          <Plus size={14} aria-hidden />
        </IconButton>
      </div>
      {all.map((view) => (
        <div key={view.id} className="group flex items-center">
          <ViewLink view={view} isCurrent={view.id === current} onGo={() => go(view.id)} />
          {view.saved && mayChange(view.saved) && (
            <IconButton
              label={t('view.edit', { view: view.title })}
              className="size-6! opacity-60 hover:opacity-100 focus:opacity-100"
              onClick={() => setEdited({ saved: view.saved!, query: view.query })}
            >
              <Pencil size={12} aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      {edited && (
        <ViewDialog
          key={`${edited.saved?.viewId}`}
          {...edited}
          userId={user.id}
          onClose={() => setEdited(undefined)}
          onSaved={go}
        />
      )}
    </nav>
  );
}

function ViewLink({ view, isCurrent, onGo }: { view: View; isCurrent: boolean; onGo(): void }) {
  const { data } = useRead('count_tickets', { query: view.query }, { enabled: view.query !== '' });
  return (
    <button
      type="button"
      aria-current={isCurrent ? 'page' : undefined}
      onClick={onGo}
      className={`flex min-w-0 flex-1 justify-between gap-2 rounded-md px-2 py-1 text-left ${isCurrent ? 'bg-accent-soft font-medium' : 'hover:bg-sunken'}`}
    >
      <span className="truncate">{view.title}</span>
      {view.query && data && (
        <span className="text-xs leading-5 text-muted">
          {number(data.count)}
          {data.atLeast ? '+' : ''}
        </span>
      )}
    </button>
  );
}
