/** Addresses of mail, anybody's. Found in folded text. */
import type { Folded } from './fold.ts';
import { type Span, spanOf } from './spans.ts';

const local = "[\\p{L}\\p{N}.!#$%&'*+=?^_{|}~-]{1,64}";
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';

/** A line may end within each part of the domain. */
const plain = new RegExp(
  `(?:"[^"\\n]{1,64}"|${local})@(?:(?:${label}(?:\\n${label})?\\.){1,6}\\p{L}[\\p{L}\\p{N}-]{1,23}|localhost|\\[[\\d.]{7,15}\\])`,
  'gu',
);

/** `(at)`, `[@]`, `_at_`; bare it needs more beside it. */
const at =
  '(?:\\s{0,3}[(\\[{<*【]{1,2}\\s?(?:@|at|a|arroba|chiocciola|klammeraffe|malpa)\\s?[)\\]}>*】]{1,2}\\s{0,3}|[-_ ]at[-_ ]|\\s(?:arroba|chiocciola|klammeraffe|malpa)\\s|\\s{0,2}@\\s{0,2})';
const dot =
  '(?:\\s{0,2}[(\\[{<*【]{1,2}\\s?(?:\\.|dot|punkt|punto|point|kropka|ponto)\\s?[)\\]}>*】]{1,2}\\s{0,2}|[-_ ](?:dot|punkt|punto|point|kropka|ponto)[-_ ]|\\s?\\.\\s?)';
const word = '[\\p{L}\\p{N}][\\p{L}\\p{N}_+-]{0,30}';
const obfuscated = new RegExp(
  `(?<![\\p{L}\\p{N}.+_-])${word}(?:${dot}${word}){0,3}(${at})[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,30}(?:(${dot})\\p{L}{2,24}){1,3}(?![\\p{L}\\p{N}])`,
  'gu',
);

/** Addresses, also those spelled so that machines shall not read them. */
export function addressesIn(folded: Folded): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: match } of folded.text.matchAll(plain))
    spans.push(spanOf(folded, index, index + match.length, 'email'));
  for (const match of folded.text.matchAll(obfuscated))
    if (isMeant(match)) spans.push(spanOf(folded, match.index, match.index + match[0].length, 'email'));
  return spans;
}

/** A bare `at` before a plain dot is a sentence, or a name of a file: "look at example.com". */
const isMeant = ([whole, sign, point]: RegExpExecArray): boolean =>
  !/^[-_ ]at[-_ ]$/.test(sign!) || point!.trim() !== '.' || /dot|punkt|punto|point|kropka|ponto/.test(whole);
