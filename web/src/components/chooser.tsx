/** A window with one thing to choose, found by typing. */
import { Command } from 'cmdk';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '../messages/messages.ts';
import { Dialog } from './dialog.tsx';

export interface Choice {
  id: string;
  label: string;
  hint?: string;
  /** It is so already. */
  chosen?: boolean;
  run(): void;
}

/** Said in the list itself: a list of choices that holds none would keep screen readers out. */
export const Nothing = ({ children }: { children: ReactNode }) => (
  <Command.Empty>
    <div
      role="option"
      aria-disabled
      aria-selected={false}
      tabIndex={-1}
      className="p-4 text-center text-muted"
    >
      {children}
    </div>
  </Command.Empty>
);

/** `onType`: the choices are asked for by what is typed, and not narrowed here. `more`: what stands below. */
export function Chooser(props: {
  title: string;
  placeholder: string;
  choices: readonly Choice[];
  onClose(): void;
  onType?(text: string): void;
  /** It stays open, for more than one choice. */
  stays?: boolean;
  none?: string;
  more?: ReactNode;
}) {
  const { title, placeholder, choices, onClose, onType, stays, none, more } = props;
  return (
    <Dialog open onClose={onClose} title={title}>
      <Command label={title} loop shouldFilter={!onType}>
        <Command.Input
          autoFocus
          placeholder={placeholder}
          {...(onType && { onValueChange: onType })}
          className="mb-2 h-9 w-full rounded-md border border-line bg-panel px-2 placeholder:text-muted"
        />
        <Command.List className="max-h-[45vh] overflow-auto" label={title}>
          <Nothing>{none ?? t('palette.none')}</Nothing>
          {choices.map(({ id, label, hint, chosen, run }) => (
            <Command.Item
              key={id}
              value={`${label} ${id}`}
              onSelect={() => {
                if (!stays) onClose();
                run();
              }}
              className="flex cursor-pointer items-center justify-between gap-3 rounded px-2 py-1.5 data-[selected=true]:bg-accent-soft"
            >
              <span className="flex min-w-0 items-center gap-2">
                {chosen && <Check size={14} aria-label={t('chooser.chosen')} />}
                <span className="truncate">{label}</span>
              </span>
              {hint && <span className="truncate text-xs text-muted">{hint}</span>}
            </Command.Item>
          ))}
        </Command.List>
      </Command>
      {more}
    </Dialog>
  );
}
