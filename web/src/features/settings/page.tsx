/** Settings: a list of parts, and the one that is open. */
import { getRouteApi, Link, Navigate, useNavigate } from '@tanstack/react-router';
import { Suspense, useMemo } from 'react';
import { type Action, useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Loading } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { groups, type SectionName, sectionNames, sections } from './sections.ts';

const route = getRouteApi('/app/$workspace/settings/$section');

export function SettingsPage() {
  const { slug, role } = useWorkspace();
  const { section } = route.useParams();
  const open = useMemo(() => sectionNames.filter((name) => isAtLeast(role, sections[name].least)), [role]);
  const navigate = useNavigate();
  useActions(
    useMemo<readonly Action[]>(
      () =>
        open.map((name) => ({
          id: `settings-${name}`,
          title: `${t('nav.settings')}: ${t(`settings.${name}`)}`,
          group: t('nav.settings'),
          run: () =>
            void navigate({
              to: '/app/$workspace/settings/$section',
              params: { workspace: slug, section: name },
            }),
        })),
      [open, navigate, slug],
    ),
  );
  const shown = open.find((name) => name === section);
  if (!shown)
    return (
      <Navigate
        to="/app/$workspace/settings/$section"
        params={{ workspace: slug, section: open.includes('desk') ? 'desk' : 'you' }}
        replace
      />
    );
  const { Shown } = sections[shown];
  return (
    <div className="flex h-full min-h-0 flex-col md:flex-row">
      <SideList open={open} shown={shown} />
      <div className="min-h-0 min-w-0 flex-1 overflow-auto">
        <div className="mx-auto w-full max-w-3xl p-4">
          <h1 className="mb-4 text-xl font-semibold">{t(`settings.${shown}`)}</h1>
          <Suspense fallback={<Loading />}>
            <Shown key={shown} />
          </Suspense>
        </div>
      </div>
    </div>
  );
}

/** The one that is open is seen, wherever the list was scrolled to. */
const intoView = (link: HTMLElement | null) => link?.scrollIntoView({ block: 'nearest', inline: 'center' });

/** Down the side; where the window is narrow a line above that one moves along. */
function SideList({ open, shown }: { open: readonly SectionName[]; shown: SectionName }) {
  const { slug } = useWorkspace();
  return (
    <nav
      aria-label={t('nav.settings')}
      className="flex shrink-0 gap-1 overflow-x-auto border-b border-line bg-panel p-2 md:w-52 md:flex-col md:overflow-auto md:border-r md:border-b-0"
    >
      {groups.map((group) => {
        const names = open.filter((name) => sections[name].group === group);
        if (names.length === 0) return null;
        return (
          <div key={group} className="flex shrink-0 gap-1 md:mb-2 md:flex-col md:gap-0">
            <h2 className="hidden px-2 py-1 text-xs text-muted md:block">{t(`settings.group.${group}`)}</h2>
            {names.map((name) => (
              <Link
                key={name}
                ref={name === shown ? intoView : undefined}
                to="/app/$workspace/settings/$section"
                params={{ workspace: slug, section: name }}
                className="rounded-md px-2 py-1 whitespace-nowrap hover:bg-sunken data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-accent"
              >
                {t(`settings.${name}`)}
              </Link>
            ))}
          </div>
        );
      })}
    </nav>
  );
}
