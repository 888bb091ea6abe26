/** Text that other people wrote: shown as it is. Addresses of pages become links; nothing else in it means anything. */
import type { ReactNode } from 'react';

const link = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

export function Text({ children }: { children: string }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of children.matchAll(link)) {
    const host = hostOf(found[0]);
    if (host === undefined) continue;
    parts.push(children.slice(at, found.index));
    parts.push(<Link key={found.index} address={found[0]} host={host} />);
    at = found.index + found[0].length;
  }
  parts.push(children.slice(at));
  return <div className="whitespace-pre-wrap break-words">{parts}</div>;
}

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
