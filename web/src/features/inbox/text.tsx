/**
 * Text that other people wrote: shown as it is. Addresses of pages become links; nothing else in it means anything. What
 * would turn the letters after it around is shown in its place, and does nothing.
 */
import { Fragment, type ReactNode } from 'react';

const link = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

export function Text({ children }: { children: string }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of children.matchAll(link)) {
    const host = hostOf(found[0]);
    if (host === undefined) continue;
    parts.push(
      <Fragment key={`before ${found.index}`}>{unturned(children.slice(at, found.index))}</Fragment>,
    );
    parts.push(<Link key={found.index} address={found[0]} host={host} />);
    at = found.index + found[0].length;
  }
  parts.push(<Fragment key="rest">{unturned(children.slice(at))}</Fragment>);
  return <div className="whitespace-pre-wrap break-words">{parts}</div>;
}

/** Text of one line, likewise. */
export const unturned = (text: string): ReactNode[] =>
  text.split(/([\u202d\u202e])/).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text do not move
      <span key={at} className="mx-0.5 rounded border border-warn bg-warn-soft px-1 text-xs text-warn">
        {part === '\u202e' ? 'U+202E' : 'U+202D'}
      </span>
    ),
  );

const hostOf = (address: string): string | undefined =>
  URL.canParse(address) ? new URL(address).host : undefined;

/** Where it leads is said beside it, unless it begins with just that: `https://bank.example@evil.example` does not. */
function Link({ address, host }: { address: string; host: string }) {
  const plain = [`https://${host}`, `http://${host}`].some(
    (start) => address === start || address.startsWith(`${start}/`),
  );
  return (
    <>
      <a
        href={address}
        title={host}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-accent underline"
      >
        {address}
      </a>
      {!plain && <span className="ml-1 rounded bg-sunken px-1 text-xs text-muted">{host}</span>}
    </>
  );
}
