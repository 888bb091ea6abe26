/** What can be done with the one that is open, at the foot of its page and by keys. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { type Action, useActions } from '../../app/actions.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { t } from '../../messages/messages.ts';

export interface Deed {
  id: string;
  title: string;
  keys?: string;
  look?: 'primary' | 'danger';
  disabled?: boolean;
  /** It is asked once more whether it is meant. */
  sure?: string;
  run(): void;
}

export function Bar(props: { deeds: readonly (Deed | false)[]; moved?: boolean; onTake?(): void }) {
  const { moved, onTake } = props;
  const deeds = props.deeds.filter((deed) => deed !== false);
  const [asked, setAsked] = useState<Deed>();
  const start = (deed: Deed) => (deed.sure ? setAsked(deed) : deed.run());
  useDeeds(deeds, start);
  if (deeds.length === 0) return null;
  return (
    <div className="sticky bottom-0 mt-auto border-t border-line bg-canvas px-4 py-2">
      {moved && (
        <p role="alert" className="mb-2 flex flex-wrap items-center gap-2 text-warn">
          {t('help.moved')}
          <Button size="small" onClick={onTake}>
            {t('help.takeNew')}
          </Button>
        </p>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {deeds.map((deed) => (
          <Button
            key={deed.id}
            disabled={deed.disabled}
            {...(deed.look && { look: deed.look })}
            onClick={() => start(deed)}
          >
            {deed.title}
          </Button>
        ))}
      </div>
      <Dialog open={asked !== undefined} onClose={() => setAsked(undefined)} title={asked?.title ?? ''}>
        <p className="mb-3">{asked?.sure}</p>
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsked(undefined)}>{t('common.cancel')}</Button>
          <Button
            look="danger"
            onClick={() => {
              setAsked(undefined);
              asked?.run();
            }}
          >
            {asked?.title}
          </Button>
        </div>
      </Dialog>
    </div>
  );
}

/** The same by the keyboard and in the palette; the list there changes only when what is offered does. */
function useDeeds(deeds: readonly Deed[], start: (deed: Deed) => void): void {
  const latest = useRef({ deeds, start });
  useEffect(() => {
    latest.current = { deeds, start };
  });
  const offered = deeds
    .filter(({ disabled }) => !disabled)
    .map(({ id, title, keys = '' }) => `${id}\n${title}\n${keys}`)
    .join('\n\n');
  useActions(
    useMemo<readonly Action[]>(
      () =>
        (offered === '' ? [] : offered.split('\n\n')).map((one) => {
          const [id, title, keys] = one.split('\n') as [string, string, string];
          const run = () => {
            const deed = latest.current.deeds.find((each) => each.id === id);
            if (deed && !deed.disabled) latest.current.start(deed);
          };
          const group = t('help.group');
          return { id: `help-${id}`, title, group, run, ...(keys && { keys, whileTyping: true }) };
        }),
      [offered],
    ),
  );
}
