/** A mail's text as a page, beside the text itself: what was written bold is bold, and nothing else of it is more than text. */
import { type Block, type Inline, linksIn, readMarkdown } from '../kernel/markdown.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The whole page: no styles but that spaces stay, nothing that is fetched. Undefined where it would say no more than the text. */
export function htmlOf(text: string): string | undefined {
  const read = readMarkdown(text.replace(/\r\n?/g, '\n')).map(({ block }) => block);
  const isPlain = read.every(
    (block) => block.kind === 'paragraph' && block.content.every((one) => typeof one === 'string'),
  );
  if (isPlain) return undefined;
  return `<!doctype html><html><head><meta charset="utf-8"></head><body><div style="white-space:pre-wrap">${blocks(read)}</div></body></html>`;
}

const blocks = (all: readonly Block[]): string => all.map(blockHtml).join('');

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<div>${inline(block.content) || '<br>'}</div>`;
    case 'heading':
      return `<div><b>${inline(block.content)}</b></div>`;
    case 'code':
      return `<pre>${escaped(block.text)}</pre>`;
    case 'quote':
      return `<blockquote>${blocks(block.blocks)}</blockquote>`;
    case 'rule':
      return '<hr>';
    default: {
      const items = block.items.map((item) => `<li>${blocks(item)}</li>`).join('');
      return block.start === null ? `<ul>${items}</ul>` : `<ol start="${block.start}">${items}</ol>`;
    }
  }
}

const tags = { bold: 'b', italic: 'i', strike: 's', code: 'code' } as const;

const inline = (all: readonly Inline[]): string =>
  all
    .map((one) => {
      if (typeof one === 'string') return linked(one);
      const inside = one.mark === 'code' ? escaped(one.content.join('')) : inline(one.content);
      return `<${tags[one.mark]}>${inside}</${tags[one.mark]}>`;
    })
    .join('');

/** An address that names a user reads as another host than it leads to: it stays text. */
const linked = (text: string): string =>
  linksIn(text)
    .map((part) => {
      if (typeof part === 'string') return escaped(part);
      const shown = escaped(part.address);
      return new URL(part.address).username ? shown : `<a href="${shown}">${shown}</a>`;
    })
    .join('');
