/** What the window is called: what is open, where, and the app. */
import { useEffect } from 'react';
import { t } from '../messages/messages.ts';

const said = { thing: '', page: '', desk: '' };

function say(change: Partial<typeof said>): void {
  Object.assign(said, change);
  const { thing, page, desk } = said;
  document.title = [thing || page, desk, t('app.name')].filter(Boolean).join(' · ');
}

/** The page, in a workspace. */
export const usePageTitle = (page: string, desk: string): void =>
  useEffect(() => say({ page, desk }), [page, desk]);

/** What of the page is open, for as long as it is. */
export const useThingTitle = (thing: string): void =>
  useEffect(() => {
    say({ thing });
    return () => say({ thing: '' });
  }, [thing]);
