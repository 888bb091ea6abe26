/** What can be done with the one that is open, at the foot of its page and by keys. */
import { useState } from 'react';
import { useActions } from '../../app/actions.tsx';
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

export function Bar(props: {
  deeds: readonly (Deed | false)[];
  /** It has changed under what is written. */
  moved?: boolean;
  /** What is written was written before, and not saved. */
  back?: boolean;
  /** Throws what is written away. */
  onTake?(): void;
}) {
  const { moved, back, onTake } = props;
  const deeds = props.deeds.filter((deed) => deed !== false);
  const [asked, setAsked] = useState<Deed>();
  const start = (deed: Deed) => (deed.sure ? setAsked(deed) : deed.run());
  useActions(
    deeds
      .filter(({ disabled }) => !disabled)
      .map((deed) => ({
        id: `help-${deed.id}`,
        title: deed.title,
        group: t('help.group'),
        run: () => start(deed),
        ...(deed.keys && { keys: deed.keys, whileTyping: true }),
      })),
  );
  if (deeds.length === 0) return null;
  return (
    <div className="sticky bottom-0 mt-auto border-t border-line bg-canvas px-4 py-2">
      {(moved || back) && (
        <p role="alert" className="mb-2 flex flex-wrap items-center gap-2 text-warn">
          {t(moved ? 'help.moved' : 'help.isBack')}
          <Button size="small" onClick={onTake}>
            {t(moved ? 'help.takeNew' : 'help.forget')}
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
