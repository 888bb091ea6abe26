import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

/** A window above the page: it takes the focus, Escape closes it. */
export function Dialog(props: {
  open: boolean;
  onClose(): void;
  title: string;
  /** Said to who does not see it, too; left out where the title says it all. */
  description?: string;
  children: ReactNode;
  wide?: boolean;
}) {
  const { open, onClose, title, description, children, wide } = props;
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={`fixed top-[10vh] left-1/2 z-40 max-h-[80vh] w-[92vw] -translate-x-1/2 overflow-auto rounded-lg border border-line bg-raised p-4 shadow-xl ${wide ? 'max-w-3xl' : 'max-w-lg'}`}
        >
          <Radix.Title className="mb-2 text-base font-semibold">{title}</Radix.Title>
          {description && <Radix.Description className="mb-3 text-muted">{description}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
