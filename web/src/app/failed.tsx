import { Refusal } from '../api/call.ts';
import { queryClient } from '../api/queries.ts';
import { Button } from '../components/button.tsx';
import { Panel } from '../components/page.tsx';
import { t } from '../messages/messages.ts';
import { fetchPages } from './page-code.ts';

/** What stands in the place of a page that failed. Who is not signed in is sent to do so. */
export function Failed({ error, reset }: { error: unknown; reset?: () => void }) {
  if (error instanceof Refusal && error.code === 'unauthorized') {
    window.location.assign('/sign-in');
    return null;
  }
  const again = () => {
    void queryClient.invalidateQueries();
    void fetchPages().then(() => reset?.());
  };
  return (
    <div className="mx-auto max-w-lg p-6">
      <Panel title={t('error.title')}>
        <p className="mb-3" role="alert">
          {(error as Error).message}
        </p>
        <Button onClick={again}>{t('common.retry')}</Button>
      </Panel>
    </div>
  );
}

/** Why there is no page: the workspace is none of theirs, if it is one. */
export const notMember = 'notMember';

export const Nowhere = ({ data }: { data?: unknown }) => (
  <main className="mx-auto max-w-lg p-6">
    <Panel title={t(data === notMember ? 'error.notMember' : 'error.nowhere')}>
      <a href="/app" className="text-accent underline">
        {t('nav.workspaces')}
      </a>
    </Panel>
  </main>
);
