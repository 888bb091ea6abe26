import { DropdownMenu as Radix } from 'radix-ui';
import { type ReactElement, useRef } from 'react';
import type { Action } from '../app/actions.tsx';
import { Kbd } from './kbd.tsx';

/** What a button offers, each with its key. `children`: the button, to which the focus goes back before anything is done. */
export function Menu({ actions, children }: { actions: readonly Action[]; children: ReactElement }) {
  const chosen = useRef<Action>(undefined);
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          sideOffset={4}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 overflow-auto rounded-md border border-line bg-raised p-1 shadow-xl"
          onCloseAutoFocus={() => {
            const { current } = chosen;
            chosen.current = undefined;
            if (current) setTimeout(current.run);
          }}
        >
          {actions.map((action) => (
            <Radix.Item
              key={action.id}
              textValue={action.title}
              onSelect={() => {
                chosen.current = action;
              }}
              className="flex cursor-pointer items-center justify-between gap-4 rounded px-2 py-1.5 outline-none data-[highlighted]:bg-accent-soft"
            >
              {action.title}
              {action.keys && <Kbd keys={action.keys} />}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
