import { useImperativeHandle, useRef } from 'react';
import type { WritingProps } from './writing.ts';

/** Stands where the editor will, so that what is typed meanwhile is not lost. `onFocus`: it has the focus now, or no more. */
export function Plain({
  ref,
  value,
  label,
  onChange,
  onSubmit,
  onFocus,
}: WritingProps & { onFocus(has: boolean): void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(ref, () => ({ focus: () => area.current?.focus() }), []);
  return (
    <textarea
      ref={area}
      value={value}
      aria-label={label}
      placeholder={label}
      rows={3}
      onFocus={() => onFocus(true)}
      onBlur={() => onFocus(false)}
      onChange={({ target }) => onChange(target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') area.current?.blur();
        if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
        event.preventDefault();
        onSubmit(event.shiftKey);
      }}
      className="w-full resize-y rounded-md border border-line bg-canvas p-2 placeholder:text-muted"
    />
  );
}
