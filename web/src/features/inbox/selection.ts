/** Which tickets are selected: one by one, a stretch from where one was, or all that is loaded. */
import { useCallback, useMemo, useState } from 'react';
import type { TicketLine } from './views.ts';

export interface Selection {
  selected: ReadonlySet<string>;
  /** Those of the list that are selected, as they are now. */
  chosen: readonly TicketLine[];
  toggle(ticketId: string): void;
  add(ticketIds: readonly string[]): void;
  clear(): void;
}

const none: ReadonlySet<string> = new Set();

/** @param of the list that is selected in: of another one nothing is */
export function useSelection(lines: readonly TicketLine[], of: string): Selection {
  const [selected, setSelected] = useState<ReadonlySet<string>>(none);
  const [within, setWithin] = useState(of);
  if (within !== of) {
    setWithin(of);
    setSelected(none);
  }
  const toggle = useCallback((ticketId: string) => {
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(ticketId)) after.add(ticketId);
      return after;
    });
  }, []);
  const add = useCallback(
    (ticketIds: readonly string[]) => setSelected((before) => new Set([...before, ...ticketIds])),
    [],
  );
  const clear = useCallback(() => setSelected(none), []);
  const chosen = useMemo(
    () => (selected.size === 0 ? [] : lines.filter(({ ticketId }) => selected.has(ticketId))),
    [lines, selected],
  );
  return { selected, chosen, toggle, add, clear };
}
