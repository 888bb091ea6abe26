/**
 * What the desk's people write with Markdown's short forms, read one way by the editor, the thread and the mail. A line is a
 * paragraph; there is no HTML, and no address hides behind other words.
 */

export type Mark = 'bold' | 'italic' | 'strike' | 'code';
export type Inline = string | { mark: Mark; content: readonly Inline[] };
export type Block =
  | { kind: 'paragraph'; content: readonly Inline[] }
  | { kind: 'heading'; level: number; content: readonly Inline[] }
  /** `start`: the first number; null where it has dashes. */
  | { kind: 'list'; start: number | null; items: readonly (readonly Block[])[] }
  | { kind: 'quote'; blocks: readonly Block[] }
  | { kind: 'code'; text: string }
  | { kind: 'rule' };

/** Deeper is text: whoever nests a thousand quotes wants something else. */
const deepest = 8;

/** A block, and the lines that it was read from. */
export interface Read {
  block: Block;
  lines: readonly string[];
}

/** Reads a text. Together the blocks' lines are the text. */
export const readMarkdown = (text: string): Read[] => readLines(text.split('\n'), deepest);

function readLines(lines: readonly string[], depth: number): Read[] {
  const read: Read[] = [];
  for (let at = 0; at < lines.length; ) {
    const found = blockAt(lines, at, depth);
    read.push(found);
    at += found.lines.length;
  }
  return read;
}

const blocksOf = (lines: readonly string[], depth: number): Block[] =>
  readLines(lines, depth).map(({ block }) => block);

function blockAt(lines: readonly string[], at: number, depth: number): Read {
  const line = lines[at]!;
  const nested =
    depth > 0 ? (codeAt(lines, at) ?? quoteAt(lines, at, depth) ?? listAt(lines, at, depth)) : null;
  if (nested) return nested;
  const [, signs, title] = /^(#{1,6}) (.*\S.*)$/.exec(line) ?? [];
  if (signs)
    return { block: { kind: 'heading', level: signs.length, content: inline(title!) }, lines: [line] };
  if (line === '---') return { block: { kind: 'rule' }, lines: [line] };
  return { block: { kind: 'paragraph', content: inline(line) }, lines: [line] };
}

function codeAt(lines: readonly string[], at: number): Read | null {
  if (lines[at] !== '```') return null;
  const end = lines.indexOf('```', at + 1);
  if (end < 0) return null;
  const text = lines.slice(at + 1, end).join('\n');
  return { block: { kind: 'code', text }, lines: lines.slice(at, end + 1) };
}

function quoteAt(lines: readonly string[], at: number, depth: number): Read | null {
  const own = whileTrue(lines, at, (line) => /^>( |$)/.test(line));
  if (own.length === 0) return null;
  const inside = own.map((line) => line.slice(2));
  return { block: { kind: 'quote', blocks: blocksOf(inside, depth - 1) }, lines: own };
}

function listAt(lines: readonly string[], at: number, depth: number): Read | null {
  const start = numberOf(lines[at]!);
  if (start === undefined) return null;
  const items: Block[][] = [];
  let end = at;
  for (let next = start; end < lines.length && numberOf(lines[end]!) === next; ) {
    const sign = next === null ? '- ' : `${next}. `;
    const rest = whileTrue(lines, end + 1, (line) => line.startsWith(' '.repeat(sign.length)));
    items.push(
      blocksOf(
        [lines[end]!, ...rest].map((line) => line.slice(sign.length)),
        depth - 1,
      ),
    );
    end += 1 + rest.length;
    if (next !== null) next++;
  }
  return { block: { kind: 'list', start, items }, lines: lines.slice(at, end) };
}

/** Of an item of a list its number; null where it has a dash, undefined where the line is none. */
function numberOf(line: string): number | null | undefined {
  if (line.startsWith('- ')) return null;
  const [, number] = /^(0|[1-9]\d{0,8})\. /.exec(line) ?? [];
  return number === undefined ? undefined : Number(number);
}

function whileTrue(lines: readonly string[], from: number, holds: (line: string) => boolean): string[] {
  let end = from;
  while (end < lines.length && holds(lines[end]!)) end++;
  return lines.slice(from, end);
}

/** An address is taken first, whatever stands in it. What is marked is bounded, or a text of signs alone would take minutes. */
const marked =
  /https?:\/\/[^\s*~`]+|`([^`]{1,1000})`|\*\*\*(?=\S)(.{1,1000}?)(?<=\S)\*\*\*|\*\*(?=[^\s*])(.{1,1000}?)(?<=\S)\*\*(?!\*)|~~(?=\S)(.{1,1000}?)(?<=\S)~~|(?<![\w*])\*(?=[^\s*])(.{1,1000}?)(?<=[^\s*])\*(?![\w*])/g;

function inline(text: string, depth = 4): Inline[] {
  if (depth === 0) return [text];
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, code, both, bold, strike, italic] = match;
    const inside = (mark: Mark, of: string): Inline => ({ mark, content: inline(of, depth - 1) });
    const one: Inline | undefined =
      code !== undefined
        ? { mark: 'code', content: [code] }
        : both !== undefined
          ? { mark: 'bold', content: [inside('italic', both)] }
          : bold !== undefined
            ? inside('bold', bold)
            : strike !== undefined
              ? inside('strike', strike)
              : italic !== undefined
                ? inside('italic', italic)
                : undefined;
    if (one === undefined) continue;
    if (match.index > at) found.push(text.slice(at, match.index));
    found.push(one);
    at = match.index + whole.length;
  }
  if (at < text.length) found.push(text.slice(at));
  return found;
}

const link = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

/** A text with the addresses of pages in it. */
export function linksIn(text: string): (string | { address: string; host: string })[] {
  const parts: (string | { address: string; host: string })[] = [];
  let at = 0;
  for (const { 0: address, index } of text.matchAll(link)) {
    if (!URL.canParse(address)) continue;
    if (index > at) parts.push(text.slice(at, index));
    parts.push({ address, host: new URL(address).host });
    at = index + address.length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}
