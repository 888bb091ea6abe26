import { useMemo } from 'react';
import { differences } from './difference.ts';

/** What was taken out of a text, and what was put in. */
export function Changed({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => differences(before, after), [before, after]);
  return pieces.map(({ kind, text }, at) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: pieces have no other name
    if (kind === 'same') return <span key={at}>{text}</span>;
    return kind === 'in' ? (
      <ins key={at} className="bg-accent-soft text-accent no-underline">
        {text}
      </ins>
    ) : (
      <del key={at} className="bg-bad-soft text-bad">
        {text}
      </del>
    );
    // biome-ignore-end lint/suspicious/noArrayIndexKey: pieces have no other name
  });
}
