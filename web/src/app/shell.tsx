/** The frame around every page: where one can go, the commands, what was just done. */
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Command, LogOut, SquarePen, SunMoon } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { signOut } from '../api/call.ts';
import { IconButton } from '../components/button.tsx';
import { Loading } from '../components/page.tsx';
import { closeConversation, startConversation, useConversation } from '../features/conversation/opened.ts';
import { Mentions } from '../features/mentions/mentions.tsx';
import { type MessageKey, t } from '../messages/messages.ts';
import { type Action, listenForKeys, useActions } from './actions.tsx';
import { type Destination, destinations } from './destinations.ts';
import { bringAll, dropAll } from './kept.ts';
import { Keys, Palette } from './palette.tsx';
import { Reach } from './reach.tsx';
import { applyTheme, switchTheme } from './theme.ts';
import { usePageTitle } from './title.ts';
import { Toasts, undoLast } from './toasts.tsx';
import { isAtLeast, useWorkspace } from './workspace.ts';

export function Root() {
  useEffect(applyTheme, []);
  useEffect(listenForKeys, []);
  return (
    <div className="flex h-full flex-col">
      <Toasts />
      <div className="min-h-0 flex-1">
        <Outlet />
      </div>
    </div>
  );
}

const leave = async () => {
  // What was written is brought to the server first, and then nothing of it stays in this browser.
  await Promise.race([bringAll(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
  await signOut().then(dropAll, () => undefined);
  window.location.assign('/sign-in');
};

const NewConversation = lazy(() =>
  import('../features/conversation/new.tsx').then((all) => ({ default: all.NewConversation })),
);

/** There `c` makes what the page is about. */
const madeByOwnKey: readonly string[] = ['articles', 'issues', 'changelog'];

type Shown = 'palette' | 'keys' | undefined;

export function Shell() {
  const { name, role } = useWorkspace();
  const [shown, setShown] = useState<Shown>();
  const conversation = useConversation();
  const open = useMemo(() => destinations.filter(({ least }) => isAtLeast(role, least)), [role]);
  useActions(useGeneral(open, setShown));
  usePageTitle(useTitleOfPage(), name);
  return (
    <div className="flex h-full flex-col-reverse sm:flex-row">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:p-2"
      >
        {t('app.skip')}
      </a>
      <Rail destinations={open} onPalette={() => setShown('palette')} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <Reach />
        <main id="content" className="min-h-0 min-w-0 flex-1 overflow-auto" tabIndex={-1}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Palette open={shown === 'palette'} onClose={() => setShown(undefined)} />
      {conversation && (
        <Suspense>
          <NewConversation to={conversation.to} onClose={closeConversation} />
        </Suspense>
      )}
      <Keys open={shown === 'keys'} onClose={() => setShown(undefined)} />
    </div>
  );
}

function useTitleOfPage(): string {
  const page = usePage();
  const own = ownTitles[page] ?? destinations.find(({ to }) => to.endsWith(`/${page}`))?.title;
  return own ? t(own) : '';
}

/** Of pages that share a destination. */
const ownTitles: Readonly<Record<string, MessageKey>> = {
  issues: 'help.issues',
  changelog: 'help.changelog',
};

const usePage = (): string => useLocation().pathname.split('/')[3] ?? '';

/** Down the side; along the foot where the window is narrow. */
function Rail(props: { destinations: readonly Destination[]; onPalette(): void }) {
  const { slug, role } = useWorkspace();
  const page = usePage();
  return (
    <nav
      aria-label={t('nav.main')}
      className="flex shrink-0 items-center justify-around border-t border-line bg-sunken p-1 sm:flex-col sm:justify-start sm:gap-1 sm:border-t-0 sm:border-r"
    >
      {props.destinations.map(({ to, title, icon: Icon, also }) => (
        <Link
          key={to}
          to={to}
          params={{ workspace: slug }}
          title={t(title)}
          aria-label={t(title)}
          {...(also?.includes(page) && { 'data-status': 'active' })}
          className="rounded-md px-1 py-2 text-muted hover:bg-panel sm:px-2 data-[status=active]:bg-panel data-[status=active]:text-accent"
        >
          <Icon size={18} aria-hidden />
        </Link>
      ))}
      <span className="hidden flex-1 sm:block" />
      <Mentions />
      {isAtLeast(role, 'operator') && (
        <IconButton label={t('conversation.new')} onClick={() => startConversation()}>
          <SquarePen size={18} aria-hidden />
        </IconButton>
      )}
      <IconButton label={t('nav.palette')} onClick={props.onPalette}>
        <Command size={18} aria-hidden />
      </IconButton>
      {/* Where there is little room it is among the commands alone. */}
      <IconButton label={t('nav.theme')} className="max-sm:hidden" onClick={switchTheme}>
        <SunMoon size={18} aria-hidden />
      </IconButton>
      <IconButton label={t('nav.signOut')} onClick={() => void leave()}>
        <LogOut size={18} aria-hidden />
      </IconButton>
    </nav>
  );
}

function useGeneral(open: readonly Destination[], show: (what: Shown) => void): readonly Action[] {
  const navigate = useNavigate();
  const { slug, role } = useWorkspace();
  const takesC = !madeByOwnKey.includes(usePage());
  const group = t('nav.general');
  return [
    ...(isAtLeast(role, 'operator')
      ? [
          {
            id: 'conversation',
            title: t('conversation.new'),
            ...(takesC && { keys: 'c' }),
            group,
            run: () => startConversation(),
          },
        ]
      : []),
    {
      id: 'palette',
      title: t('action.palette'),
      keys: 'mod+k',
      group,
      whileTyping: true,
      run: () => show('palette'),
    },
    { id: 'keys', title: t('action.keys'), keys: '?', group, run: () => show('keys') },
    { id: 'undo', title: t('action.undo'), keys: 'z', group, run: () => undoLast() },
    { id: 'theme', title: t('action.theme'), group, run: switchTheme },
    { id: 'sign-out', title: t('nav.signOut'), group, run: () => void leave() },
    ...open.map(({ to, title, keys }) => ({
      id: to,
      title: t(title),
      keys,
      group: t('nav.group'),
      run: () => void navigate({ to, params: { workspace: slug } }),
    })),
  ];
}
