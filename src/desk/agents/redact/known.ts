/** How values that are stored for a customer look in text: names and their parts, addresses and theirs. */
import { fold } from './fold.ts';
import type { Kind, Pattern } from './spans.ts';

/** What is stored for the customers of a ticket. */
export interface Known {
  names: readonly string[];
  /** Addresses, whole. */
  emails: readonly string[];
}

/**
 * Whose value is looked for wrote it, and may have written the text as well. So of every text a pattern has one reading only:
 * what may be left out stands in one class with all that may stand in its place. Two that could take the same sign would be
 * tried in every combination, which a long value never ends.
 */

/** Within a value a line may end, with a hyphen where a word was divided. */
const gap = '(?:[-=]?\\n)?';
/** The same beside one of these signs, which is then the value's own. */
const gapBeside = (signs: string): string =>
  signs.includes('-')
    ? signs.includes('=')
      ? '\\n?'
      : '(?:=?\\n)?'
    : signs.includes('=')
      ? '(?:-?\\n)?'
      : gap;
const notLetter = { before: '(?<!\\p{L})', after: '(?!\\p{L})' };
const notDigit = { before: '(?<!\\d)', after: '(?!\\d)' };
/** Where no space stands between words, a word begins anywhere. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Between a name's first and last word these say nothing of whose it is, and languages are full of them. */
const particles = new Set(
  'a al af av bin da das de del della den der di do dos du e el et i ibn la las le les lo los of the und van vom von y zu zum zur'.split(
    ' ',
  ),
);
const titles = new Set('mr mrs ms mx dr prof sir herr frau mme mlle sr sra senor senora pan pani'.split(' '));
/** Of an address's local part; whoever reads mail there, it is not their name. */
const roles = new Set(
  'abuse account accounts accounting admin all billing bot buchhaltung careers contact contacto contato customer customers desk dev email enquiries feedback finance hello help helpdesk hola home info inbox invoice invoices jobs kontakt legal mail mailbox mailer marketing me media news newsletter noreply notification notifications office online order orders payment payments post postmaster press privacy reply returns root sales security service services shop spam staff store support system team tech test the user web webmaster work'.split(
    ' ',
  ),
);
/** Whose domains say nothing of who has an address there. */
const providers =
  /^(?:gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|rocketmail|icloud|me|mac|aol|gmx|web|t-online|freenet|mail|email|inbox|list|bk|yandex|ya|proton|protonmail|pm|tuta|tutanota|zoho|fastmail|hey|qq|163|126|sina|naver|daum|hanmail|wp|o2|onet|interia|orange|free|laposte|sfr|wanadoo|libero|virgilio|tiscali|seznam|centrum|comcast|att|verizon|btinternet|sky|virginmedia|bigpond|rediffmail|uol|bol|terra|ziggo|kpn|telenet|bluewin)\.[a-z]{2,4}(?:\.[a-z]{2})?$/;

/** Every way in which the stored values are looked for; the text is folded. */
export function patternsOf({ names, emails }: Known): Pattern[] {
  const sources = new Map<string, Omit<Pattern, 'pattern'>>();
  const add = (kind: Kind, sought: Sought[]) => {
    for (const [source, word] of sought) sources.set(source, { kind, needle: needleOf(word) });
  };
  for (const email of [...emails, ...names.filter((name) => name.includes('@'))])
    add('email', ofEmail(email.trim()));
  // A word of a name that is one of the address as well is a name.
  for (const name of names) add('name', ofName(name));
  return [...sources].map(([source, rest]) => {
    let made: RegExp | undefined;
    return { ...rest, pattern: () => (made ??= new RegExp(source, 'gu')) };
  });
}

/** What is looked for, and the word that it begins with. */
type Sought = [source: string, word: string];

/** Letters that are there wherever the word is, however it is written; its `e` behind a vowel may not be. */
const needleOf = (word: string): string => word.replace(/[^\p{L}\p{N}]/gu, '').split(/(?<=[aou])e/)[0]!;

/** The whole of it, also joined, set apart, or with its last word first; and each of its words. */
function ofName(name: string): Sought[] {
  const text = fold(
    name.normalize('NFC').replace(/[äöüøÄÖÜØ]/g, (letter) => `${fold(letter).text}e`),
  ).text.trim();
  const words = text.match(/[\p{L}\p{N}](?:[\p{L}\p{N}']*[\p{L}\p{N}])?/gu) ?? [];
  if (words.length === 0) return text === '' ? [] : [[spelled(text.replace(/\s+/g, '')), '']];
  const titled = words.length > 1 && titles.has(words[0]!);
  const own = titled ? words.slice(1) : words;
  const whole = (order: readonly string[]): Sought => [
    bounded(order.map((word) => umlauted(word)).join('[^\\p{L}\\p{N}]{0,4}'), order.join('')),
    order[0]!,
  ];
  return [
    whole(own),
    ...(own.length > 1 ? [whole([own.at(-1)!, ...own.slice(0, -1)])] : []),
    ...own
      .filter((word, i) => tells(word, i, own))
      .map((word): Sought => [bounded(umlauted(word), word), word]),
  ];
}

/** Whether a word of a name is looked for by itself. */
function tells(word: string, at: number, words: readonly string[]): boolean {
  if (words.length === 1) return true;
  if (/^[\p{N}']+$/u.test(word)) return false;
  const inner = at > 0 && at < words.length - 1;
  if (inner && particles.has(word)) return false;
  return word.length > 1 || spaceless.test(word);
}

/** Whole, with `at` and `dot` in whatever clothes; its local part, and the words of it; and the domain, where it is somebody's own. */
function ofEmail(email: string): Sought[] {
  const text = fold(email).text;
  const cut = text.lastIndexOf('@');
  if (cut < 1) return text === '' ? [] : [[bounded(spelled(text), text), text]];
  const [local, domain] = [text.slice(0, cut), text.slice(cut + 1)];
  const base = local.split('+')[0]!;
  const name = domain.split('.')[0]!;
  const locals = [...new Set([local, base])].filter((part) => part.length > 1 && !roles.has(part));
  const parts = local.split(/[^\p{L}]+/u).filter((part) => part.length > 2 && !roles.has(part));
  return [
    [spelled(local) + at + ofDomain(domain), local],
    // The domain may be cut short.
    ...(name === '' ? [] : [[`${spelled(local)}@${spelled(name)}${notLetter.after}`, local] as Sought]),
    ...locals.map((part): Sought => [bounded(separated(part), part), part]),
    ...parts.map((part): Sought => [bounded(umlauted(part), part), part]),
    ...(providers.test(domain) ? [] : [ownDomain(domain)]),
  ];
}

const ownDomain = (domain: string): Sought => [
  `(?<![\\p{L}\\p{N}-])${ofDomain(domain)}${notLetter.after}`,
  domain.split('.')[0]!,
];

/** What is no letter or digit beside a dot may be one of the signs that the dot is dressed in. */
const ofDomain = (domain: string): string =>
  domain
    .split('.')
    .map((label) => label.match(/[\p{L}\p{N}](?:.*[\p{L}\p{N}])?/u)?.[0] ?? '')
    .filter((label) => label !== '')
    .map(spelled)
    .join(dot);

const opens = '[\\s(\\[{<"\'*_=-]{0,6}';
const closes = '[\\s)\\]}>"\'*_=-]{0,6}';
const at = `${opens}(?:@|at|a|arroba|chiocciola|klammeraffe|malpa)${closes}`;
const dot = `${opens}(?:\\.|dot|punkt|punto|point|kropka|ponto)${closes}`;

/** A short word is one only where none goes on; a long one is found within others, too: an account may be called `xlovelace99`. */
function bounded(source: string, word: string): string {
  if (spaceless.test(word)) return source;
  if (/^\p{N}+$/u.test(word)) return notDigit.before + source + notDigit.after;
  const letters = word.replace(/[^\p{L}\p{N}]/gu, '').length;
  return letters < 5 ? `${notLetter.before}${source}(?:'?s)?${notLetter.after}` : source;
}

const escaped = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Letter by letter; apostrophes may be left out. */
const spelled = (text: string): string =>
  joined(text.match(/'+|[^']/gu) ?? [], (part, before) =>
    part.startsWith("'") ? `(?:'|${before === '-' ? '' : '-?'}\\n|=\\n){0,${part.length + 2}}` : undefined,
  );

/** Each part as it is, with a gap between, or as `loosely` has it, which is then instead of both gaps. */
function joined(
  parts: readonly string[],
  loosely: (part: string, before: string | undefined) => string | undefined,
): string {
  let source = '';
  let isLoose = true;
  for (const [i, part] of parts.entries()) {
    const loose = loosely(part, parts[i - 1]);
    if (loose === undefined && !isLoose) source += gapBeside(`${parts[i - 1]}${part}`);
    source += loose ?? escaped(part);
    isLoose = loose !== undefined;
  }
  return source;
}

/** `ü` is also written `ue`, and `ue` may have been one. */
const umlauted = (word: string): string =>
  spelled(word)
    .replaceAll(`a${gap}e`, `a(?:${gap}e)?`)
    .replaceAll(`o${gap}e`, `o(?:${gap}e)?`)
    .replaceAll(`u${gap}e`, `u(?:${gap}e)?`);

/** A long local part with other separators than its own, or none. */
const separated = (local: string): string =>
  local.replace(/[^\p{L}\p{N}]/gu, '').length < 5
    ? spelled(local)
    : joined(local.match(/[._+'-]+|[^._+'-]/gu) ?? [], (part) =>
        /^[._+'-]/.test(part) ? `(?:[._+' -]|=?\\n){0,${part.length + 4}}` : undefined,
      );
