import { type Ref, useEffect, useImperativeHandle, useState } from 'react';
import { t } from '../../../messages/messages.ts';
import type { Offer } from './writing.ts';

const most = 8;

/** Those that fit what was typed after the sign. */
export const offered = (offers: readonly Offer[], query: string): Offer[] => {
  const wanted = query.toLowerCase();
  return offers.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, most);
};

export interface OffersHandle {
  isOpen(): boolean;
  /** @returns whether the key was for the list */
  onKey(event: KeyboardEvent): boolean;
}

/** Above the editor, which keeps the focus and hands the keys on. */
export function Offers(props: {
  ref: Ref<OffersHandle>;
  offers: readonly Offer[];
  onChoose(offer: Offer): void;
}) {
  const { offers, onChoose } = props;
  const [at, setAt] = useState(0);
  const names = offers.map(({ id }) => id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is offered has changed
  useEffect(() => setAt(0), [names]);
  useImperativeHandle(
    props.ref,
    () => ({
      isOpen: () => offers.length > 0,
      onKey: ({ key }) => {
        if (offers.length === 0) return false;
        if (key === 'ArrowDown' || key === 'ArrowUp')
          setAt((before) => (before + (key === 'ArrowDown' ? 1 : -1) + offers.length) % offers.length);
        else if (key === 'Enter' || key === 'Tab') onChoose(offers[at] ?? offers[0]!);
        else return false;
        return true;
      },
    }),
    [offers, at, onChoose],
  );
  if (offers.length === 0) return null;
  return (
    <div
      role="listbox"
      aria-label={t('editor.offers')}
      className="absolute bottom-full left-0 z-20 mb-1 w-full max-w-md rounded-md border border-line bg-raised py-1 shadow-lg"
    >
      {offers.map((offer, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the editor has the keys
        // biome-ignore lint/a11y/useFocusableInteractive: the editor keeps the focus
        <div
          key={offer.id}
          role="option"
          aria-selected={index === at}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(offer)}
          className={`flex cursor-pointer justify-between gap-3 px-2 py-1 ${index === at ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
        >
          <span className="truncate font-medium">{offer.label}</span>
          {offer.hint && <span className="truncate text-xs leading-5 text-muted">{offer.hint}</span>}
        </div>
      ))}
    </div>
  );
}
