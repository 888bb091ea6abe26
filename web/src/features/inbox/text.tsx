/** Text that other people wrote: shown as it is. Addresses of pages become links; nothing else in it means anything. */
import type { ReactNode } from 'react';

const link = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

export function Text({ children }: { children: string }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of children.matchAll(link)) {
    parts.push(children.slice(at, found.index));
    parts.push(
      <a
        key={found.index}
        href={found[0]}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-accent underline"
      >
        {found[0]}
      </a>,
    );
    at = found.index + found[0].length;
  }
  parts.push(children.slice(at));
  return <div className="whitespace-pre-wrap break-words">{parts}</div>;
}
