import { Fragment, type ReactNode } from 'react';
import { unturned } from './text.tsx';

/** Text with the places that were looked for marked: from, and up to, in UTF-16 units. Text, whatever it looks like. */
export function Highlighted({
  text,
  places,
}: {
  text: string;
  places: readonly (readonly [number, number])[];
}) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of places) {
    if (from < at) continue;
    parts.push(
      <Fragment key={from}>
        {unturned(text.slice(at, from))}
        <mark>{unturned(text.slice(from, to))}</mark>
      </Fragment>,
    );
    at = to;
  }
  return (
    <>
      {parts}
      {unturned(text.slice(at))}
    </>
  );
}
