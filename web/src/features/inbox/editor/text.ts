/** What stands in the editor as the plain text that is sent, and back. */

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
