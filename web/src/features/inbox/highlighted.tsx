import type { ReactNode } from 'react';

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
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, to)}</mark>);
    at = to;
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}
