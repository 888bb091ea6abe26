import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { t } from '../messages/messages.ts';
import { IconButton } from './button.tsx';

/** A window along the edge: it takes the focus, Escape closes it. */
export function Drawer(props: { open: boolean; onClose(): void; title: string; children: ReactNode }) {
  const { open, onClose, title, children } = props;
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 right-0 z-40 w-80 max-w-[92vw] overflow-auto border-l border-line bg-panel p-3 shadow-xl"
        >
          <div className="mb-2 flex items-center justify-between">
            <Radix.Title className="font-semibold">{title}</Radix.Title>
            <IconButton label={t('common.close')} onClick={onClose}>
              <X size={16} aria-hidden />
            </IconButton>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
