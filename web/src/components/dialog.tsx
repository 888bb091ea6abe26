import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef } from 'react';

/** A window above the page: it takes the focus and gives it back, Escape closes it. */
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
  const opener = useRef<Element>(null);
  const shown = useRef(false);
  // Before anything in the window takes the focus by itself.
  if (open && !shown.current) opener.current = document.activeElement;
  shown.current = open;
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // Unless what was done in it put the focus elsewhere.
            if (document.activeElement === document.body) (opener.current as HTMLElement | null)?.focus();
          }}
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
