/** Notes that name who is signed in: how many are new in the frame, and all of them along the edge. */
import { Link } from '@tanstack/react-router';
import { AtSign } from 'lucide-react';
import { useMemo, useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { useLive } from '../../api/live.ts';
import { invalidate, useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { sayRefused } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Drawer } from '../../components/drawer.tsx';
import { Badge, Empty, Time } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { actorName, usePeople } from '../inbox/people.ts';

type Mention = OutputOf<'list_mentions'>['mentions'][number];

/** What is told of tickets comes in bursts; they are asked for once for so long. */
const gatherMs = 1_000;

export function Mentions() {
  const { slug } = useWorkspace();
  const [open, setOpen] = useState(false);
  const { data } = useRead('list_mentions', { limit: 30 });
  useLive(slug, useRefreshing(slug));
  useActions([
    {
      id: 'mentions',
      title: t('mentions.title'),
      keys: 'g m',
      group: t('nav.group'),
      run: () => setOpen(true),
    },
  ]);
  const unseen = data?.unseen ?? 0;
  return (
    <>
      <IconButton
        label={unseen > 0 ? t('mentions.some', { count: unseen }) : t('mentions.title')}
        className="relative"
        onClick={() => setOpen(true)}
      >
        <AtSign size={18} aria-hidden />
        {unseen > 0 && (
          <span
            aria-hidden
            className="absolute -top-0.5 -right-0.5 min-w-4 rounded-full bg-accent px-1 text-center text-[10px] leading-4 font-semibold text-accent-ink"
          >
            {unseen > 99 ? '99+' : unseen}
          </span>
        )}
      </IconButton>
      <Drawer open={open} onClose={() => setOpen(false)} title={t('mentions.title')}>
        <All mentions={data?.mentions ?? []} onClose={() => setOpen(false)} />
      </Drawer>
    </>
  );
}

function useRefreshing(slug: string) {
  return useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      if (timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        void invalidate(slug, ['list_mentions']);
      }, gatherMs);
    };
    return { ticket: refresh, again: refresh };
  }, [slug]);
}

function All({ mentions, onClose }: { mentions: readonly Mention[]; onClose(): void }) {
  const { slug } = useWorkspace();
  const see = async (some: readonly Mention[]) => {
    const messageIds = some.filter(({ seen }) => !seen).map(({ messageId }) => messageId);
    if (messageIds.length === 0) return;
    try {
      await call(slug, 'mark_mentions_seen', { messageIds });
      await invalidate(slug, ['list_mentions']);
    } catch (error) {
      sayRefused(error);
    }
  };
  if (mentions.length === 0) return <Empty>{t('mentions.none')}</Empty>;
  return (
    <>
      {mentions.some(({ seen }) => !seen) && (
        <Button size="small" onClick={() => void see(mentions)}>
          {t('mentions.allSeen')}
        </Button>
      )}
      <ul className="mt-2 flex flex-col gap-1">
        {mentions.map((mention) => (
          <li key={mention.messageId}>
            <One
              mention={mention}
              onOpen={() => {
                onClose();
                void see([mention]);
              }}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function One({ mention, onOpen }: { mention: Mention; onOpen(): void }) {
  const { slug } = useWorkspace();
  const { nameOf } = usePeople();
  const { ticketId, number, subject, messageId, mentionedBy, at, seen } = mention;
  return (
    <Link
      to="/app/$workspace/inbox"
      params={{ workspace: slug }}
      search={{ view: 'all', ticket: ticketId }}
      hash={messageId}
      preload={false}
      onClick={onOpen}
      className={`block rounded-md border p-2 hover:bg-sunken ${seen ? 'border-line' : 'border-accent bg-accent-soft'}`}
    >
      <span className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 truncate font-medium">
          #{number} {subject}
        </span>
        {!seen && <Badge tone="accent">{t('mentions.new')}</Badge>}
      </span>
      <span className="flex justify-between gap-2 text-xs text-muted">
        <span className="truncate">{t('mentions.by', { name: actorName(mentionedBy, nameOf) })}</span>
        <Time at={at} />
      </span>
    </Link>
  );
}
