/** What can be done with the ticket that is open, each by a key, by the palette, and with an undoing. */
import { useState } from 'react';
import { useActions } from '../../app/actions.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { type MessageKey, t } from '../../messages/messages.ts';
import { type Change, useChange, type WholeTicket } from './changes.ts';
import { AssignChoice, SnoozeChoice, TagChoice } from './choices.tsx';
import { IssueChoice, MacroChoice, MergeChoice } from './ticket-choices.tsx';

export type Choosing = 'assign' | 'snooze' | 'tags' | 'macro' | 'merge' | 'issue';

interface Doing {
  ticket: WholeTicket;
  knownTags: readonly string[];
  /** It is done with, and the next one is wanted. */
  onNext(): void;
  onOpen(ticketId: string): void;
}

const choosers: readonly { id: Choosing; title: MessageKey; keys: string }[] = [
  { id: 'assign', title: 'do.assignTo', keys: 'a' },
  { id: 'snooze', title: 'do.snooze', keys: 'h' },
  { id: 'tags', title: 'do.tags', keys: 't' },
  { id: 'macro', title: 'do.macro', keys: 'm' },
  { id: 'merge', title: 'do.merge', keys: 'M' },
  { id: 'issue', title: 'do.issue', keys: 'l' },
];

/** Offers the actions, and shows what is chosen from. Not while several tickets are selected: the keys are for them then. */
export function TicketActions({ ticket, knownTags, onNext, onOpen }: Doing) {
  const { user } = useWorkspace();
  const change = useChange();
  const [open, setOpen] = useState<Choosing>();
  const set = (to: Change, done: string) => change(ticket, to, done);
  const { number } = ticket;
  const status = (to: 'open' | 'spam' | 'resolved') => {
    const done = to === 'resolved' ? t('done.resolved', { number }) : statusDone(number, to);
    void set({ status: to }, done);
    if (to !== 'open') onNext();
  };
  const group = t('do.group');
  useActions([
    { id: 'resolve', title: t('do.resolve'), keys: 'e', group, run: () => status('resolved') },
    ...choosers.map(({ id, title, keys }) => ({ id, title: t(title), keys, group, run: () => setOpen(id) })),
    {
      id: 'assign-me',
      title: t('do.assign'),
      group,
      run: () => void set({ assigneeId: user.id }, t('done.assigned')),
    },
    { id: 'reopen', title: t('do.reopen'), group, run: () => status('open') },
    { id: 'spam', title: t('do.spam'), keys: '!', group, run: () => status('spam') },
  ]);
  const onClose = () => setOpen(undefined);
  const what = `#${number}`;
  switch (open) {
    case 'assign':
      return <AssignChoice what={what} onClose={onClose} onAssign={(to, done) => void set(to, done)} />;
    case 'snooze':
      return (
        <SnoozeChoice
          what={what}
          onClose={onClose}
          onSnooze={(snoozedUntil) => {
            void set({ status: 'snoozed', snoozedUntil }, statusDone(number, 'snoozed'));
            onNext();
          }}
        />
      );
    case 'tags':
      return (
        <TagChoice
          what={what}
          known={knownTags}
          chosen={ticket.tags}
          onClose={onClose}
          onTag={(tag, add) =>
            void set(
              { tags: add ? [...ticket.tags, tag] : ticket.tags.filter((one) => one !== tag) },
              t('ticket.changed', { number }),
            )
          }
        />
      );
    case 'macro':
      return <MacroChoice ticket={ticket} onClose={onClose} />;
    case 'merge':
      return <MergeChoice ticket={ticket} onClose={onClose} onMerged={onOpen} />;
    case 'issue':
      return <IssueChoice ticket={ticket} onClose={onClose} />;
    default:
      return null;
  }
}

const statusDone = (number: number, status: 'open' | 'spam' | 'snoozed') =>
  t('done.status', { number, status: t(`status.${status}`) });
