/** The search field, with what narrows a search suggested while one types. */
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { t } from '../../messages/messages.ts';
import { useKnown } from './search-known.ts';
import { complete, suggest, typedAt } from './search-syntax.ts';
import type { TicketLine } from './views.ts';

export function Search(props: {
  ref: Ref<{ focus(): void }>;
  query: string;
  lines: readonly TicketLine[];
  onSearch(query: string): void;
}) {
  // What is typed after a search is a piece of its own.
  const [text, setText] = useState(props.query && `${props.query} `);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const known = useKnown(props.lines, open ? typedAt(text, caret) : undefined);
  const found = open ? suggest(text, caret, known) : [];
  useImperativeHandle(props.ref, () => ({ focus: () => field.current?.focus() }), []);
  const take = (word: string) => {
    const next = complete(text, caret, word);
    // At once, or the caret would jump back behind what is typed meanwhile.
    flushSync(() => {
      setText(next.text);
      setCaret(next.caret);
      setAt(-1);
    });
    field.current?.setSelectionRange(next.caret, next.caret);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === 'Escape') {
      // A search field would be emptied.
      event.preventDefault();
      if (found.length === 0) field.current?.blur();
      setOpen(false);
    } else if ((key === 'ArrowDown' || key === 'ArrowUp') && found.length > 0) {
      event.preventDefault();
      setAt((before) => (before + (key === 'ArrowDown' ? 1 : -1) + found.length + 1) % (found.length + 1));
    } else if ((key === 'Tab' || key === 'Enter') && found[at]) {
      event.preventDefault();
      take(found[at].word);
    }
  };
  return (
    <form
      aria-label={t('do.search')}
      className="relative border-b border-line p-2"
      onSubmit={(event) => {
        event.preventDefault();
        setOpen(false);
        props.onSearch(text.trim());
        field.current?.blur();
      }}
    >
      <input
        ref={field}
        type="search"
        role="combobox"
        value={text}
        maxLength={500}
        autoComplete="off"
        aria-label={t('inbox.search')}
        aria-expanded={found.length > 0}
        aria-controls={id}
        aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
        placeholder={t('inbox.searchHint')}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart ?? 0)}
        onChange={({ target }) => {
          setText(target.value);
          setCaret(target.selectionStart ?? target.value.length);
          setOpen(true);
          setAt(-1);
        }}
        onKeyDown={onKeyDown}
        className="h-8 w-full rounded-md border border-line bg-canvas px-2 placeholder:text-muted"
      />
      <div
        id={id}
        role="listbox"
        aria-label={t('search.suggestions')}
        hidden={found.length === 0}
        className="absolute inset-x-2 top-11 z-20 rounded-md border border-line bg-raised py-1 shadow-lg"
      >
        {found.map(({ word, hint }, index) => (
          // The field has the keys of it.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has them
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
          <div
            key={word}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(word)}
            className={`flex cursor-pointer justify-between gap-3 px-2 py-1 ${index === at ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
          >
            <code className="max-w-full shrink-0 truncate">{word}</code>
            <span className="min-w-0 truncate text-xs leading-5 text-muted">{hint}</span>
          </div>
        ))}
      </div>
    </form>
  );
}
