/** What is chosen for one ticket or many: who, until when, which tags. */
import { useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { type Choice, Chooser } from '../../components/chooser.tsx';
import { fullTime, t } from '../../messages/messages.ts';
import { usePeople } from './people.ts';
import { snoozeTimes } from './snooze-times.ts';

interface Chosen {
  /** Said in the heading: `#12`, or how many. */
  what: string;
  onClose(): void;
}

export function AssignChoice(
  props: Chosen & {
    onAssign(to: { assigneeId: string | null } | { teamId: string | null }, done: string): void;
  },
) {
  const { user } = useWorkspace();
  const { members } = usePeople();
  const { data } = useRead('list_teams', {});
  const { onAssign, onClose, what } = props;
  const to = (assigneeId: string | null, label: string, done: string): Choice => ({
    id: assigneeId ?? 'nobody',
    label,
    run: () => onAssign({ assigneeId }, done),
  });
  const choices = [
    to(user.id, t('assign.me'), t('done.assigned', { what })),
    ...members
      .filter(({ role, userId }) => role !== 'viewer' && userId !== user.id)
      .map(({ userId, name }) => to(userId, name, t('done.assignedTo', { what, name }))),
    to(null, t('ticket.nobody'), t('done.assignedTo', { what, name: t('ticket.nobody') })),
    ...(data?.teams ?? []).map(({ teamId, name }) => ({
      id: teamId,
      label: name,
      hint: t('ticket.team'),
      run: () => onAssign({ teamId }, t('done.assignedTo', { what, name })),
    })),
  ];
  return (
    <Chooser
      title={t('assign.title', { what })}
      placeholder={t('assign.placeholder')}
      choices={choices}
      onClose={onClose}
    />
  );
}

export function SnoozeChoice(props: Chosen & { onSnooze(until: string): void }) {
  const { what, onClose, onSnooze } = props;
  const [own, setOwn] = useState('');
  const choices = snoozeTimes(new Date()).map(({ key, at }) => ({
    id: key,
    label: t(key),
    hint: fullTime(at.toISOString()),
    run: () => onSnooze(at.toISOString()),
  }));
  const more = (
    <form
      className="mt-3 flex items-end gap-2 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        onClose();
        onSnooze(new Date(own).toISOString());
      }}
    >
      <label className="flex-1">
        <span className="mb-1 block text-xs text-muted">{t('snooze.own')}</span>
        <input
          type="datetime-local"
          required
          value={own}
          onChange={({ target }) => setOwn(target.value)}
          className="h-8 w-full rounded-md border border-line bg-panel px-2"
        />
      </label>
      <Button type="submit" disabled={own === ''}>
        {t('do.snooze')}
      </Button>
    </form>
  );
  return (
    <Chooser
      title={t('snooze.title', { what })}
      placeholder={t('snooze.placeholder')}
      choices={choices}
      onClose={onClose}
      more={more}
    />
  );
}

/** As tags are written: lower case, no spaces. */
export const tagOf = (typed: string): string => typed.trim().toLowerCase().replace(/\s+/g, '-');

export function TagChoice(
  props: Chosen & {
    /** Tags that there are, and which of them all of the tickets have. */
    known: readonly string[];
    chosen: readonly string[];
    onTag(tag: string, add: boolean): void;
  },
) {
  const { what, known, chosen, onClose, onTag } = props;
  const [typed, setTyped] = useState('');
  const tag = tagOf(typed);
  const shown = [...new Set([...chosen, ...known])].filter((one) => one.includes(tag));
  const choices: Choice[] = shown.map((one) => ({
    id: one,
    label: one,
    chosen: chosen.includes(one),
    run: () => onTag(one, !chosen.includes(one)),
  }));
  if (tag && !shown.includes(tag))
    choices.push({ id: `new ${tag}`, label: t('tags.new', { tag }), run: () => onTag(tag, true) });
  return (
    <Chooser
      title={t('tags.title', { what })}
      placeholder={t('tags.placeholder')}
      choices={choices}
      onType={setTyped}
      onClose={onClose}
      none={t('tags.none')}
    />
  );
}
