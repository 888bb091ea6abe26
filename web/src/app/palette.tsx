/** ⌘K: everything that can be done here, found by typing; and `?`: all of it with its keys. */
import { Command } from 'cmdk';
import { X } from 'lucide-react';
import { IconButton } from '../components/button.tsx';
import { Nothing } from '../components/chooser.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Kbd } from '../components/kbd.tsx';
import { t } from '../messages/messages.ts';
import { type Action, useOffered } from './actions.tsx';

const grouped = (actions: readonly Action[]): [string, Action[]][] => {
  const groups = new Map<string, Action[]>();
  for (const action of actions) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  return [...groups];
};

interface Opened {
  open: boolean;
  onClose(): void;
}

export function Palette({ open, onClose }: Opened) {
  const actions = useOffered();
  return (
    <Dialog open={open} onClose={onClose} title={t('palette.title')}>
      <Command label={t('palette.title')} loop>
        <Command.Input
          autoFocus
          placeholder={t('palette.placeholder')}
          className="mb-2 h-9 w-full rounded-md border border-line bg-panel px-2"
        />
        <Command.List className="max-h-[55vh] overflow-auto">
          <Nothing>{t('palette.none')}</Nothing>
          {grouped(actions).map(([group, items]) => (
            <Command.Group key={group} heading={group} className="text-xs text-muted">
              {items.map((action) => (
                <Command.Item
                  key={action.id}
                  value={`${action.title} ${action.id}`}
                  onSelect={() => {
                    onClose();
                    action.run();
                  }}
                  className="flex cursor-pointer items-center justify-between rounded px-2 py-1.5 text-sm text-ink data-[selected=true]:bg-accent-soft"
                >
                  {action.title}
                  {action.keys && <Kbd keys={action.keys} />}
                </Command.Item>
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

export function Keys({ open, onClose }: Opened) {
  const actions = useOffered().filter(({ keys }) => keys);
  return (
    <Dialog open={open} onClose={onClose} title={t('keys.title')} wide>
      {/* Something to hold the focus: what is higher than the window is scrolled by keys. */}
      <span className="absolute top-3 right-3">
        <IconButton label={t('keys.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </span>
      <div className="grid gap-4 sm:grid-cols-2">
        {grouped(actions).map(([group, items]) => (
          <section key={group}>
            <h3 className="mb-1 text-xs text-muted">{group}</h3>
            <dl>
              {items.map(({ id, title, keys }) => (
                <div key={id} className="flex justify-between gap-4 py-0.5">
                  <dt>{title}</dt>
                  <dd>
                    <Kbd keys={keys!} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <section className="mt-4 border-t border-line pt-3 text-xs text-muted" aria-label={t('action.undo')}>
        <p className="mb-1">{t('keys.undo')}</p>
        <p>{t('keys.noUndo')}</p>
      </section>
    </Dialog>
  );
}
