import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { sessionQuery } from '../api/queries.ts';
import { Page, Panel } from '../components/page.tsx';
import { t } from '../messages/messages.ts';

/** Where to work; whoever is a member of one workspace only is there already. */
export function Choose() {
  const { workspaces } = useSuspenseQuery(sessionQuery).data;
  const [only] = workspaces;
  if (only && workspaces.length === 1)
    return <Navigate to="/app/$workspace/inbox" params={{ workspace: only.slug }} replace />;
  return (
    <Page title={t('choose.title')}>
      {workspaces.length === 0 && <p>{t('choose.none')}</p>}
      {workspaces.map(({ slug, name, role }) => (
        <Panel key={slug}>
          <Link to="/app/$workspace/inbox" params={{ workspace: slug }} className="font-semibold text-accent">
            {name}
          </Link>{' '}
          <span className="text-muted">{t('choose.asRole', { role })}</span>
        </Panel>
      ))}
    </Page>
  );
}
