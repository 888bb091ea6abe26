/**
 * Text that people wrote, as text: none of it is taken for a page. Addresses of pages become links. What would turn the
 * letters after it around is shown in its place, and does nothing.
 */
import { createElement, Fragment, type ReactNode } from 'react';
import { type Block, type Inline, linksIn, readMarkdown } from '../../../../src/kernel/markdown.ts';

/** As it is: nothing in it means anything. */
export const Text = ({ children }: { children: string }) => (
  <div className="bidi whitespace-pre-wrap break-words">{linked(children)}</div>
);

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

/** What a colleague wrote with Markdown's short forms, as it stood where they wrote it. */
export const Written = ({ children }: { children: string }) => (
  <div className="written bidi whitespace-pre-wrap break-words">
    {blocks(readMarkdown(children).map(({ block }) => block))}
  </div>
);

/** One after the other: texts do not change where they are shown, so their parts need no names. */
const row = <T,>(all: readonly T[], shown: (one: T) => ReactNode): ReactNode =>
  createElement(Fragment, null, ...all.map(shown));

const linked = (text: string): ReactNode =>
  row(linksIn(text), (part) => (typeof part === 'string' ? unturned(part) : <Link {...part} />));

const blocks = (all: readonly Block[]): ReactNode => row(all, shownBlock);

function shownBlock(block: Block): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      // A line without words has its height all the same.
      return <p>{block.content.length > 0 ? words(block.content) : '\u200b'}</p>;
    case 'heading':
      return <p className="font-semibold">{words(block.content)}</p>;
    case 'code':
      return <pre className="whitespace-pre-wrap">{block.text}</pre>;
    case 'quote':
      return <blockquote>{blocks(block.blocks)}</blockquote>;
    case 'rule':
      return <hr className="my-2 border-line" />;
    default: {
      const items = row(block.items, (item) => <li>{blocks(item)}</li>);
      return block.start === null ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
  }
}

const tags = { bold: 'strong', italic: 'em', strike: 's', code: 'code' } as const;

const words = (all: readonly Inline[]): ReactNode =>
  row(all, (one) => {
    if (typeof one === 'string') return linked(one);
    const Tag = tags[one.mark];
    // An address in code is part of it.
    return <Tag>{one.mark === 'code' ? one.content.map(String) : words(one.content)}</Tag>;
  });

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
