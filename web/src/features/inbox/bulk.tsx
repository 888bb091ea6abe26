/** What can be done with several tickets at once: the same keys as for one. */
import { useState } from 'react';
import { useActions } from '../../app/actions.tsx';
import { Button } from '../../components/button.tsx';
import { Kbd } from '../../components/kbd.tsx';
import { t } from '../../messages/messages.ts';
import { type BulkChange, useBulkChange } from './bulk-changes.ts';
import { AssignChoice, SnoozeChoice, TagChoice } from './choices.tsx';
import type { TicketLine } from './views.ts';

type Open = 'assign' | 'snooze' | 'tags' | undefined;

export function BulkBar({ chosen, onDone }: { chosen: readonly TicketLine[]; onDone(): void }) {
  const changeMany = useBulkChange();
  const [open, setOpen] = useState<Open>();
  const count = chosen.length;
  const what = t('inbox.selected', { count });
  const change = (to: BulkChange, done: string) => {
    void changeMany(chosen, to, done);
    onDone();
  };
  const status = (to: 'resolved' | 'open' | 'spam') =>
    change({ status: to }, t('bulk.status', { count, status: t(`status.${to}`) }));
  const group = t('bulk.group');
  useActions([
    { id: 'bulk:resolve', title: t('bulk.resolve'), keys: 'e', group, run: () => status('resolved') },
    { id: 'bulk:assign', title: t('do.assignTo'), keys: 'a', group, run: () => setOpen('assign') },
    { id: 'bulk:snooze', title: t('do.snooze'), keys: 'h', group, run: () => setOpen('snooze') },
    { id: 'bulk:tags', title: t('do.tags'), keys: 't', group, run: () => setOpen('tags') },
    { id: 'bulk:spam', title: t('do.spam'), keys: '!', group, run: () => status('spam') },
    { id: 'bulk:reopen', title: t('do.reopen'), group, run: () => status('open') },
    { id: 'bulk:none', title: t('bulk.none'), keys: 'Escape', group, run: onDone },
  ]);
  const tags = [...new Set(chosen.flatMap((line) => line.tags))].sort();
  const onClose = () => setOpen(undefined);
  return (
    <section
      aria-label={what}
      className="flex flex-wrap items-center gap-1.5 border-b border-line bg-accent-soft p-2"
    >
      <span className="flex-1 font-medium">{what}</span>
      <Button size="small" onClick={() => setOpen('assign')}>
        {t('do.assignTo')} <Kbd keys="a" />
      </Button>
      <Button size="small" onClick={() => setOpen('tags')}>
        {t('do.tags')} <Kbd keys="t" />
      </Button>
      <Button size="small" onClick={() => setOpen('snooze')}>
        {t('do.snooze')} <Kbd keys="h" />
      </Button>
      <Button size="small" onClick={() => status('resolved')}>
        {t('bulk.resolve')} <Kbd keys="e" />
      </Button>
      {open === 'assign' && <AssignChoice what={what} onClose={onClose} onAssign={change} />}
      {open === 'snooze' && (
        <SnoozeChoice
          what={what}
          onClose={onClose}
          onSnooze={(snoozedUntil) =>
            change(
              { status: 'snoozed', snoozedUntil },
              t('bulk.status', { count, status: t('status.snoozed') }),
            )
          }
        />
      )}
      {open === 'tags' && (
        <TagChoice
          what={what}
          known={tags}
          chosen={tags.filter((tag) => chosen.every((line) => line.tags.includes(tag)))}
          onClose={onClose}
          onTag={(tag, add) =>
            change(add ? { addTags: [tag] } : { removeTags: [tag] }, t('bulk.tagged', { count }))
          }
        />
      )}
    </section>
  );
}
