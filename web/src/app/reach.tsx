import { useEffect, useRef } from 'react';
import { readSession } from '../api/call.ts';
import { useLive } from '../api/live.ts';
import { queryClient } from '../api/queries.ts';
import { useReach } from '../api/reach.ts';
import { Button } from '../components/button.tsx';
import { t } from '../messages/messages.ts';
import { bringAll } from './kept.ts';
import { useWorkspace } from './workspace.ts';

/** So often one looks whether the server is back. */
const againMs = 5_000;

/** What comes of it is told by the call itself. */
const look = () => void readSession().catch(() => undefined);
const listener = { lost: look };

/** Says that the server is out of reach, or that the session has ended, for as long as it is so. */
export function Reach() {
  useLive(useWorkspace().slug, listener);
  const reach = useReach();
  const wasAway = useRef(false);
  useEffect(() => {
    if (reach === 'there') {
      if (!wasAway.current) return;
      wasAway.current = false;
      void queryClient.invalidateQueries();
      void bringAll();
      return;
    }
    wasAway.current = true;
    const timer = setInterval(look, againMs);
    window.addEventListener('focus', look);
    return () => {
      clearInterval(timer);
      window.removeEventListener('focus', look);
    };
  }, [reach]);
  if (reach === 'there') return null;
  return (
    <div
      role="alert"
      className="flex shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b border-bad bg-bad-soft px-4 py-1.5 text-bad"
    >
      <span className="min-w-0 flex-1">{t(reach === 'offline' ? 'reach.offline' : 'error.signedOut')}</span>
      {reach === 'signedOut' && (
        <a href="/sign-in" target="_blank" rel="noopener" className="font-medium underline">
          {t('error.signIn')}
        </a>
      )}
      <Button size="small" onClick={look}>
        {t('common.retry')}
      </Button>
    </div>
  );
}
