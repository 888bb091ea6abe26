/** How values that are stored for a customer look in text: names and their parts, addresses and theirs. */
import { fold } from './fold.ts';
import { ofName } from './names.ts';
import type { Kind, Pattern } from './spans.ts';
import { bounded, joined, needleOf, notLetter, type Sought, spelled, umlauted } from './spelling.ts';

/** What is stored for the customers of a ticket. */
export interface Known {
  names: readonly string[];
  /** Addresses, whole. */
  emails: readonly string[];
}

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

/** A long local part with other separators than its own, or none. */
const separated = (local: string): string =>
  local.replace(/[^\p{L}\p{N}]/gu, '').length < 5
    ? spelled(local)
    : joined(local.match(/[._+'-]+|[^._+'-]/gu) ?? [], (part) =>
        /^[._+'-]/.test(part) ? `(?:[._+' -]|=?\\n){0,${part.length + 4}}` : undefined,
      );
