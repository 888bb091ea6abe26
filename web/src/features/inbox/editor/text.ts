/** What stands in the editor as the plain text that is sent, and back. */

import { type Block, type Inline, readMarkdown } from '../../../../../src/kernel/markdown.ts';

interface Mark {
  type: string;
}
/** As ProseMirror has its documents in JSON. */
export interface DocNode {
  type?: string;
  text?: string;
  marks?: Mark[];
  attrs?: Record<string, unknown>;
  content?: DocNode[];
}

const signs: Readonly<Record<string, string>> = { code: '`', strike: '~~', italic: '*', bold: '**' };

/** Bold is `**bold**`, a list has dashes: as people write it in mails. Each paragraph is a line. */
export const toText = (node: DocNode): string => linesOf(node).join('\n');

function linesOf(node: DocNode): string[] {
  const children = node.content ?? [];
  const inside = () => children.flatMap(linesOf);
  switch (node.type) {
    case 'heading':
      return inline(children)
        .split('\n')
        .map((line) => `${'#'.repeat(Number(node.attrs?.level ?? 1))} ${line}`);
    case 'bulletList':
      return children.flatMap((item) => indented(item, '- '));
    case 'orderedList':
      return children.flatMap((item, at) => indented(item, `${Number(node.attrs?.start ?? 1) + at}. `));
    case 'blockquote':
      return inside().map((line) => (line ? `> ${line}` : '>'));
    case 'codeBlock':
      return ['```', ...inline(children).split('\n'), '```'];
    case 'horizontalRule':
      return ['---'];
    case 'paragraph':
      return inline(children).split('\n');
    default:
      return inside();
  }
}

const indented = (item: DocNode, sign: string): string[] =>
  (item.content ?? []).flatMap(linesOf).map((line, at) => (at === 0 ? sign : ' '.repeat(sign.length)) + line);

function inline(nodes: readonly DocNode[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'hardBreak') return '\n';
      return Object.entries(signs).reduce(
        (text, [name, sign]) =>
          node.marks?.some(({ type }) => type === name) ? `${sign}${text}${sign}` : text,
        node.text ?? '',
      );
    })
    .join('');
}

/** A text as it is, a paragraph a line: nothing in it means anything. */
export const fromText = (text: string): DocNode => ({
  type: 'doc',
  content: text
    .split('\n')
    .map((line) => ({ type: 'paragraph', ...(line && { content: [{ type: 'text', text: line }] }) })),
});

/** A text as it was written here: bold is bold again. What would not come out to the letter stays as it is. */
export const fromMarkdown = (text: string): DocNode => ({
  type: 'doc',
  content: readMarkdown(text).flatMap(({ block, lines }) => {
    const node = nodeOf(block);
    const source = lines.join('\n');
    return node && toText(node) === source ? [node] : (fromText(source).content ?? []);
  }),
});

/** Undefined for what the editor has none of: an item that begins with a list, signs that are both bold and code. */
function nodeOf(block: Block): DocNode | undefined {
  switch (block.kind) {
    case 'paragraph':
    case 'heading': {
      const content = block.content.flatMap((one) => textsOf(one, []));
      return {
        type: block.kind,
        ...(block.kind === 'heading' && { attrs: { level: block.level } }),
        ...(content.length > 0 && { content }),
      };
    }
    case 'list': {
      const items = block.items.map((item) =>
        item[0]?.kind === 'paragraph' ? nodeWith('listItem', item) : undefined,
      );
      if (!items.every((item) => item !== undefined)) return undefined;
      return block.start === null
        ? { type: 'bulletList', content: items }
        : { type: 'orderedList', attrs: { start: block.start }, content: items };
    }
    case 'quote':
      return nodeWith('blockquote', block.blocks);
    case 'code':
      return { type: 'codeBlock', ...(block.text && { content: [{ type: 'text', text: block.text }] }) };
    default:
      return { type: 'horizontalRule' };
  }
}

function nodeWith(type: string, blocks: readonly Block[]): DocNode | undefined {
  const content = blocks.map(nodeOf);
  return content.every((one) => one !== undefined) ? { type, content } : undefined;
}

function textsOf(one: Inline, marks: readonly Mark[]): DocNode[] {
  if (typeof one === 'string')
    return [{ type: 'text', text: one, ...(marks.length > 0 && { marks: [...marks] }) }];
  // In the editor code is nothing else beside.
  const within = one.mark === 'code' ? [{ type: 'code' }] : [...marks, { type: one.mark }];
  return one.content.flatMap((inner) => textsOf(inner, within));
}
