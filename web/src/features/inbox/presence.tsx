/** Who else looks at or types in the ticket, as they tell it every few seconds. */
import { useEffect, useMemo, useState } from 'react';
import { tellPresence } from '../../api/call.ts';
import { type Presence, useLive } from '../../api/live.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { usePeople } from './people.ts';

const tellMs = 8_000;
/** Who has not said it again is gone. */
const forgetMs = 20_000;

type Seen = ReadonlyMap<string, { doing: Presence['doing']; at: number }>;

/** Tells the others, for as long as the ticket is shown. @returns who else is there */
export function usePresence(ticketId: string, typing: boolean): Seen {
  const { slug, user } = useWorkspace();
  const [seen, setSeen] = useState<Seen>(new Map());
  useEffect(() => {
    const tell = () => {
      if (document.visibilityState === 'visible')
        void tellPresence(slug, ticketId, typing ? 'typing' : 'looking');
      const now = performance.now();
      setSeen((before) => new Map([...before].filter(([, { at }]) => now - at < forgetMs)));
    };
    tell();
    const timer = setInterval(tell, tellMs);
    return () => clearInterval(timer);
  }, [slug, ticketId, typing]);
  useEffect(() => () => void tellPresence(slug, ticketId, 'left'), [slug, ticketId]);
  useLive(
    slug,
    useMemo(
      () => ({
        presence: ({ ticketId: where, userId, doing }) => {
          if (where !== ticketId || userId === user.id) return;
          setSeen((before) => {
            const after = new Map(before);
            if (doing === 'left') after.delete(userId);
            else after.set(userId, { doing, at: performance.now() });
            return after;
          });
        },
      }),
      [ticketId, user.id],
    ),
  );
  return seen;
}

export function Others({ seen }: { seen: Seen }) {
  const { nameOf } = usePeople();
  const names = (doing: Presence['doing']) =>
    [...seen].filter(([, one]) => one.doing === doing).map(([userId]) => nameOf(userId));
  const [typing, looking] = [names('typing'), names('looking')];
  if (typing.length + looking.length === 0) return null;
  return (
    <p role="status" className="bg-warn-soft px-4 py-1 text-xs text-warn">
      {typing.length > 0
        ? t('people.typing', { names: typing.join(', ') })
        : t('people.looking', { names: looking.join(', ') })}
    </p>
  );
}
