/**
 * Which addresses a text names: links, as mail programs, browsers and readers find them, and addresses of mail. Of bare words the
 * public suffix list says which may be a host: `acme.com`, and neither `node.js` nor `report.pdf`.
 */
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';

/** Two links are the same if their hosts and rests are. */
export interface Link {
  /** As DNS knows it: lower case, punycode, an IP address as browsers read it, without `www.` */
  host: string;
  /** Port, path, query and fragment as written, without what ends a sentence. */
  rest: string;
  /** The host as it is written. */
  written: string;
}

/** In the order in which they stand. */
export interface Addresses {
  links: Link[];
  /** Whole: `local@host`, in lower case, the host as in links. */
  mails: string[];
}

/** Every address that one could go or write to who reads the text, in whatever program. */
export function addressesIn(text: string): Addresses {
  const found: Addresses = { links: [], mails: [] };
  for (const reading of readingsOf(text)) {
    const mails = mailsIn(reading);
    found.mails.push(...mails.map(({ address }) => address));
    found.links.push(...linksIn(reading, new Set(mails.map(({ at }) => at))));
  }
  return found;
}

/**
 * What is invisible, and the marks of bold, ends an address for some programs and is nothing to others and to the eye; browsers
 * decode what is escaped.
 */
function readingsOf(text: string): Set<string> {
  const forms = [text, text.replace(/(?:%[\da-f]{2})+/gi, decoded)].map((form) =>
    unspelled(form.replace(compatible, (char) => char.normalize('NFKC'))),
  );
  return new Set(
    forms.flatMap((form) => [
      form.replace(invisible, ' '),
      form.replace(invisible, '').replace(/[*~`]/g, ''),
    ]),
  );
}

/** Signs that stand for others, as full-width letters and dots do. */
const compatible = /[\p{Changes_When_NFKC_Casefolded}--\p{ASCII}]/gv;
const invisible = /[[\p{Default_Ignorable_Code_Point}\p{Cc}]--[\t\n\r]]/gv;

/** But for what would end the link. */
function decoded(escaped: string): string {
  try {
    const text = decodeURIComponent(escaped);
    return /[\s<>"]/.test(text) ? escaped : text;
  } catch {
    return escaped;
  }
}

/** `bob (at) evil [.] com` as it is meant. */
const unspelled = (text: string): string =>
  text
    .replaceAll('\u3002', '.')
    .replace(/\s{0,2}[[({]\s?(?:@|at)\s?[\])}]\s{0,2}/gi, '@')
    .replace(/\s{0,2}[[({]\s?(?:\.|dot)\s?[\])}]\s{0,2}/gi, '.');

const label = '[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_-]{0,62}';
/** No more than a host may have. */
const name = `${label}(?:\\.${label}){0,126}`;
const names = new RegExp(name, 'gu');
/** What may stand before the @ of an address. */
const local = "[\\p{L}\\p{M}\\p{N}.!#$%&'*+=?^_`{|}~-]";
const mail = new RegExp(`(?<!${local})(${local}+)@(?=(${name}))`, 'gu');
const schemes = /(?:https?|ftps?|wss?)$/i;
const rest = /(?::\d{1,5}(?!\d))?(?:[/?#\\][^\s<>"]{0,1000})?/y;
const goesOn = /:\d|[/?#\\][^\s<>"]/y;
/** What ends a sentence or closes a bracket, and no name. */
const closing = /[[\p{Po}\p{Pe}\p{Pf}~`\|]--[#%\&@\\]]/v;
/** What no program ends a link at. */
const inPath = /^[/\\.~%=&?#:@+$-]*$/;
/** Scripts that are written without blanks: an address may be in the middle of a word. */
const unspaced =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

/** @param ats where the @ of addresses of mail is */
function linksIn(text: string, ats: ReadonlySet<number>): Link[] {
  const links = [...text.matchAll(/:[/\\]{2,}(\[[\da-f:.]{2,50}\])/gi)].map((match) => linkOf(match[1]!, ''));
  let [word, end] = ['', 0];
  /** Of what stands without a blank: whether a host may still follow an @, and whether there was one. */
  let run = { authority: false, host: false };
  for (const match of text.matchAll(names)) {
    const gap = text.slice(end, match.index);
    if (/[\s<>"]/.test(gap)) run = { authority: false, host: false };
    else run.host &&= inPath.test(gap);
    const manner = mannerOf(gap, word, run.authority);
    run.authority = manner === 'scheme' || (run.authority && !/[/\\?#]/.test(gap));
    [word, end] = [match[0], match.index + match[0].length];
    const isScheme = manner === 'scheme';
    const isPath = manner === 'path' && run.host;
    const isMail = ats.has(end) || (ats.has(match.index - 1) && text[end] !== '/');
    if (isScheme ? ats.has(end) && !word.includes('.') : isPath || isMail) continue;
    const isHost = isScheme || /^www\d?\./i.test(word);
    const hosts = isHost ? [word] : hostsOf(word, manner === 'slashes' || isAt(goesOn, text, end));
    for (const host of hosts) links.push(linkOf(host, word.endsWith(host) ? restAt(text, end) : ''));
    run.host ||= hosts.length > 0;
  }
  return links;
}

/** How the word after a gap comes: as a host for certain, after two slashes, in a path, or just so. */
function mannerOf(gap: string, before: string, inAuthority: boolean) {
  if (/^:[/\\]{2,}$/.test(gap) || (/^:[/\\]?$/.test(gap) && schemes.test(before))) return 'scheme';
  if (gap.endsWith('@') && inAuthority) return 'scheme';
  if (/[/\\]{2}$/.test(gap)) return 'slashes';
  return /[/\\]$/.test(gap) ? 'path' : 'bare';
}

function mailsIn(text: string): { address: string; at: number }[] {
  return [...text.matchAll(mail)].flatMap(({ 1: before, 2: word, index }) =>
    hostsOf(word!, true).map((host) => ({
      address: `${mailbox(before!)}@${linkOf(host, '').host}`,
      at: index + before!.length,
    })),
  );
}

/** Without quotes, stars and words before it that are not its own. */
const mailbox = (text: string): string => {
  const own = text.replace(/^['*`~|{}=]+/, '');
  const glued = unspaced.test(own) ? /[\w.+-]+$/.exec(own.slice(-64))?.[0] : undefined;
  return (glued ?? own).toLowerCase();
};

/**
 * What of a word is a host, up to its last public suffix: mostly one or none. Of a script without blanks also what is in ASCII.
 * @param meant where it can only be a host; then names that the house or the documentation of others uses are, too
 */
function hostsOf(word: string, meant: boolean): string[] {
  if (!word.includes('.')) return [];
  const host = upToSuffix(word, meant);
  if (host && !unspaced.test(word)) return [host];
  const inside = [...word.matchAll(/[a-z\d][a-z\d-]*(?:\.[a-z\d-]+)+/gi)].map(([ascii]) =>
    upToSuffix(ascii, meant),
  );
  return [...new Set([host, ...inside])].filter((found) => found !== undefined);
}

const reserved = new Set(['example', 'test', 'invalid', 'local', 'localhost', 'internal']);

function upToSuffix(word: string, meant: boolean): string | undefined {
  if (meant && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(word)) return word;
  const labels = word.split('.');
  for (let i = labels.length - 1; i > 0; i--) {
    const last = /^xn--/i.test(labels[i]!) ? labels[i]! : labels[i]!.split(/[-_]/, 1)[0]!;
    if (meant && reserved.has(last.toLowerCase())) return [...labels.slice(0, i), last].join('.');
    if (!isSuffix(last)) continue;
    const registrable = parse(
      asciiOf([...labels.slice(Math.max(0, i - 4), i), last].join('.')),
      options,
    ).domain;
    if (registrable) return [...labels.slice(0, i), last].join('.');
  }
  return undefined;
}

const options = { extractHostname: false };
const isSuffix = (label: string): boolean =>
  /^[^\d]/.test(label) && parse(`x.${label.toLowerCase()}`, options).isIcann === true;

const linkOf = (written: string, rest: string): Link => ({
  host: asciiOf(written).replace(/^www\.(?=.*\.)/, ''),
  rest,
  written,
});

const asciiOf = (host: string): string => domainToASCII(host) || host.toLowerCase();

function isAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

function restAt(text: string, at: number): string {
  rest.lastIndex = at;
  const whole = rest.exec(text)?.[0] ?? '';
  let end = whole.length;
  while (closing.test(whole.charAt(end - 1))) end--;
  return whole.slice(0, end);
}
