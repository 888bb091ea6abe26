/** What is masked of a text: where, and as what. */
import type { Folded } from './fold.ts';

/** What a mask says: `[name]`. */
export const kinds = ['name', 'email', 'phone', 'card', 'iban', 'key'] as const;
export type Kind = (typeof kinds)[number];

export interface Span {
  /** UTF-16 units of the source, from and up to. */
  from: number;
  to: number;
  kind: Kind;
}

/** What is looked for in folded text. */
export interface Pattern {
  kind: Kind;
  /** With the flag `g`; made when it is first asked for. */
  pattern(): RegExp;
  /** As `lettersOf` makes them: the text's hold these wherever the pattern is found. */
  needle: string;
}

/** A stretch of folded text, as the source has it. */
export const spanOf = ({ from, to }: Folded, start: number, end: number, kind: Kind): Span => ({
  from: from[start]!,
  to: to[end - 1]!,
  kind,
});

/** Every place of every pattern; they may overlap. */
export function placesOf(folded: Folded, patterns: readonly Pattern[]): Span[] {
  const spans: Span[] = [];
  // Most texts do not hold most values: to look for letters costs little beside looking for all that may stand between them.
  const letters = lettersOf(folded.text);
  for (const { kind, pattern, needle } of patterns)
    if (letters.includes(needle))
      for (const { index, 0: match } of folded.text.matchAll(pattern()))
        if (match !== '') spans.push(spanOf(folded, index, index + match.length, kind));
  return spans;
}

/** Letters and digits alone; those that may be taken for each other are one. */
export const lettersOf = (folded: string): string =>
  folded.replace(/[^\p{L}\p{N}]+/gu, '').replace(/[hvuyνηυ]/g, 'n');

/** The source with masks in the place of the spans. Of those that overlap one mask is made, named for the longest. */
export function masked(source: string, spans: readonly Span[]): string {
  const sorted = spans.toSorted((a, b) => a.from - b.from || b.to - a.to);
  let out = '';
  let done = 0;
  for (let i = 0; i < sorted.length; ) {
    const { from } = sorted[i]!;
    let longest = sorted[i]!;
    let { to } = longest;
    for (i++; i < sorted.length && sorted[i]!.from < to; i++) {
      const next = sorted[i]!;
      if (next.to - next.from > longest.to - longest.from) longest = next;
      to = Math.max(to, next.to);
    }
    out += `${source.slice(done, from)}[${longest.kind}]`;
    done = to;
  }
  return out + source.slice(done);
}
