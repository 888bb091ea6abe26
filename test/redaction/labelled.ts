/**
 * Texts with what must be masked between « and », in two rounds of other values, styles and contexts: the patterns were written
 * with the first, and the second was made afterwards and only measured. Telephone numbers are the examples that libphonenumber
 * has of every country; cards, accounts and keys are made by the rules of their makers, from a seed. negatives.json has
 * texts with nothing to mask.
 */
import { createHash } from 'node:crypto';
import { type CountryCode, getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import values from './values.json' with { type: 'json' };

const { barePhones, emails, obfuscated, passwords, morePasswords } = values;

export interface Labelled {
  class: string;
  /** What is to be masked stands between « and ». */
  text: string;
}

/** Deterministic, and as good as random. */
function random(seed: string, alphabet: string, length: number): string {
  let out = '';
  for (let i = 0; out.length < length; i++)
    for (const byte of createHash('sha256').update(`${seed}:${i}`).digest())
      if (byte < 256 - (256 % alphabet.length) && out.length < length)
        out += alphabet[byte % alphabet.length];
  return out;
}
const digits = '0123456789';
const hex = '0123456789abcdef';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const base62 = `${upper}${upper.toLowerCase()}${digits}`;
const base64 = `${base62}+/`;

const put = (context: string, value: string) => context.replace('_', `«${value}»`);
type Round = 1 | 2;
const across = (
  round: Round,
  name: string,
  contexts: readonly string[],
  texts: readonly string[],
): Labelled[] =>
  texts.map((value, i) => ({
    class: name,
    text: put(contexts[(i + 7 * (round - 1)) % contexts.length]!, value),
  }));

const phoneContexts = [
  'Please call me back on _ after five.',
  'You can reach me at _, best in the morning.',
  'Tel: _',
  'Mobile _ (no texts please)',
  'Regards,\nK. Berg\nPhone _\nSent from my iPhone',
  'Sie erreichen mich unter _.',
  'Bitte rufen Sie mich an: _',
  'Handy: _ oder per Mail',
  'Mon numéro de téléphone est le _, merci.',
  'Vous pouvez m’appeler au _ demain.',
  'Mi teléfono es _ y vivo en Sevilla.',
  'Llámame al _ por favor',
  'Proszę o telefon pod numer _ po 16.',
  'Tel. kom. _',
  'Il mio cellulare è _.',
  'Meu celular: _',
  'WhatsApp _ is quickest',
  'my new number is _',
  '> On Tuesday you wrote that I should ring _\n> and nobody answered.',
  'T: _ | W: www.northwind.test',
  'Fax _',
  'The courier wants a phone number, give him _ please',
];

const countries = getCountries();
const phones = (round: Round): string[] =>
  countries.flatMap((country: CountryCode, i) => {
    const number = getExampleNumber(country, examples);
    if (!number) return [];
    const styles = [
      number.formatInternational(),
      number.formatNational(),
      number.number,
      number.formatInternational().replaceAll(' ', '-'),
      number.formatInternational().replaceAll(' ', '.'),
      number.formatNational().replaceAll(/[ -]/g, ' '),
    ];
    return [styles[(i + 3 * (round - 1)) % styles.length]!];
  });
const bareContexts = [
  'Cheers\nNoa\n_',
  'Noa Lind\n_\nHarbour Street 4',
  'I am Noa, _, and my lens is stuck.',
  'Hi, _ - Noa',
  '> Noa Lind\n> _\n> Northwind Ltd',
  'We live upstairs. _. The bell says Lind.',
];

const emailContexts = [
  'My address is _.',
  'Write to _ please',
  'From: Noa Lind <_>',
  'mailto:_',
  '(_)',
  'noa: _; thanks',
  'Am 3. Mai schrieb Noa <_>:',
  '> Cc: _\n> Subject: lens',
  'E-Mail:_',
  'Kontakt _ oder hier',
  'account "_" is locked',
  'I signed up as _, but never got the mail.',
];

function luhn(prefix: string, length: number, seed: string): string {
  const body = prefix + random(seed, digits, length - prefix.length - 1);
  for (const last of digits) {
    const number = body + last;
    let sum = 0;
    for (let i = 0; i < number.length; i++) {
      const digit = Number(number[number.length - 1 - i]) * (i % 2 ? 2 : 1);
      sum += digit > 9 ? digit - 9 : digit;
    }
    if (sum % 10 === 0) return number;
  }
  throw new Error('no check digit');
}
const grouped = (number: string, separator: string) => number.replace(/(\d{4})(?=\d)/g, `$1${separator}`);
const brands: [string, number][] = [
  ['4', 16],
  ['4', 13],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['65', 16],
  ['36', 14],
  ['3530', 16],
  ['62', 16],
  ['62', 19],
  ['4', 19],
];
const cards = (round: Round) =>
  Array.from({ length: 56 }, (_, i) => {
    const [prefix, length] = brands[i % brands.length]!;
    const number = luhn(prefix, length, `card ${round} ${i}`);
    const amex = (separator: string) =>
      number.replace(/^(\d{4})(\d{6})(\d{5})$/, `$1${separator}$2${separator}$3`);
    const styles = [
      number,
      grouped(number, ' '),
      grouped(number, '-'),
      grouped(number, '.'),
      grouped(number, '\u00a0'),
      grouped(number, ' - '),
      grouped(number, '\u2013'),
    ];
    return length === 15 && i % 2 ? amex(' ') : styles[(i + round - 1) % 7]!;
  });
const cardContexts = [
  'You charged my card _ twice.',
  'Card number: _',
  'Visa _ 12/27',
  '_',
  'paid with _, cvc on request',
  'Kartennummer _ ist abgelaufen',
  'numéro de carte _.',
  '> card: _\n> name: N. Lind',
  'The card ending... well, _ is the whole of it',
  'karta _',
];

const ibanLengths: [string, string][] = [
  ['DE', '#'.repeat(18)],
  ['PL', '#'.repeat(24)],
  ['FR', `${'#'.repeat(10)}${'A'.repeat(11)}${'#'.repeat(2)}`],
  ['GB', `AAAA${'#'.repeat(14)}`],
  ['NL', `AAAA${'#'.repeat(10)}`],
  ['ES', '#'.repeat(20)],
  ['IT', `A${'#'.repeat(22)}`],
  ['BE', '#'.repeat(12)],
  ['NO', '#'.repeat(11)],
  ['MT', `AAAA${'#'.repeat(23)}`],
];
function iban(country: string, form: string, seed: string): string {
  const letters = random(`${seed} l`, upper, form.length);
  const numbers = random(`${seed} d`, digits, form.length);
  const bban = [...form].map((char, i) => (char === '#' ? numbers[i] : letters[i])).join('');
  let rest = 0;
  for (const char of `${bban}${country}00`)
    for (const digit of String(Number.parseInt(char, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return `${country}${String(98 - rest).padStart(2, '0')}${bban}`;
}
const ibans = (round: Round) =>
  Array.from({ length: 30 }, (_, i) => {
    const [country, form] = ibanLengths[i % ibanLengths.length]!;
    const whole = iban(country, form, `iban ${round} ${i}`);
    return [whole, whole.replace(/(.{4})(?=.)/g, '$1 '), whole.toLowerCase()][Math.floor(i / 10)]!;
  });

const b64 = (text: string) => Buffer.from(text).toString('base64url');
const jwt = (seed: string) =>
  `${b64('{"alg":"HS256","typ":"JWT"}')}.${b64(`{"sub":"${seed}"}`)}.${random(seed, `${base62}-_`, 43)}`;
const pem = (kind: string, seed: string) => {
  const lines = random(seed, base64, 192).match(/.{64}/g)!;
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----`;
};
const makers: ((seed: string) => string)[] = [
  (s) => `sk_live_${random(s, base62, 24)}`,
  (s) => `sk_test_${random(s, base62, 99)}`,
  (s) => `rk_live_${random(s, base62, 24)}`,
  (s) => `sk-${random(s, base62, 48)}`,
  (s) => `sk-proj-${random(s, `${base62}-_`, 80)}`,
  (s) => `sk-ant-api03-${random(s, `${base62}-_`, 93)}`,
  (s) => `ghp_${random(s, base62, 36)}`,
  (s) => `gho_${random(s, base62, 36)}`,
  (s) => `github_pat_${random(s, base62, 22)}_${random(`${s}2`, base62, 59)}`,
  (s) => `glpat-${random(s, base62, 20)}`,
  (s) => `xoxb-${random(s, digits, 12)}-${random(`${s}2`, base62, 24)}`,
  (s) => `AKIA${random(s, `${upper}234567`, 16)}`,
  (s) => `ASIA${random(s, `${upper}234567`, 16)}`,
  (s) => random(s, base64, 40),
  (s) => `AIza${random(s, `${base62}-_`, 35)}`,
  (s) => `ya29.${random(s, `${base62}-_`, 60)}`,
  (s) => `SG.${random(s, `${base62}-_`, 22)}.${random(`${s}2`, `${base62}-_`, 43)}`,
  (s) => `npm_${random(s, base62, 36)}`,
  (s) => `pypi-${random(s, `${base62}-_`, 80)}`,
  (s) => `hf_${random(s, base62, 34)}`,
  (s) => `dop_v1_${random(s, hex, 64)}`,
  (s) => `shpat_${random(s, hex, 32)}`,
  (s) => `whsec_${random(s, base62, 32)}`,
  (s) => `mcp_${random(s, base62, 32)}`,
  (s) => `key-${random(s, hex, 32)}`,
  jwt,
  (s) => pem('RSA PRIVATE KEY', s),
  (s) => pem('OPENSSH PRIVATE KEY', s),
  (s) => pem('PRIVATE KEY', s),
  (s) => random(s, hex, 32),
  (s) => random(s, hex, 64),
  (s) => `${random(s, base64, 43)}=`,
  (s) => random(s, base62, 32),
  (s) => random(s, base62, 24),
  (s) => `${random(s, digits, 9)}:${random(`${s}2`, `${base62}-_`, 35)}`,
  (s) => `sq0atp-${random(s, base62, 22)}`,
];
const keys = (round: Round) =>
  Array.from({ length: makers.length * 2 }, (_, i) => makers[i % makers.length]!(`key ${round} ${i}`));
const keyContexts = [
  'I use the key _ and get 401.',
  'API key: _',
  'export TOKEN=_',
  '"token": "_"',
  'it prints _ and stops',
  '_',
  '> _',
  'My integration sends _ in the header.',
  'Here is what is in the config: _',
];

/** Other people, of the same habits. */
const others = (texts: readonly string[]) =>
  texts.map((text) =>
    text.replaceAll('noa', 'mirek').replaceAll('example', 'fjordline').replaceAll('lind', 'kow'),
  );

/** What must be masked. */
export const labelled = (round: Round): readonly Labelled[] => {
  const people = round === 1 ? (texts: readonly string[]) => texts : others;
  return [
    ...across(round, 'phone, with a word', phoneContexts, phones(round)),
    ...across(round, 'phone, bare', bareContexts, barePhones),
    ...across(round, 'email', emailContexts, people(emails)),
    ...across(
      round,
      'email, obfuscated',
      emailContexts.slice(0, 3).concat('I am _ by the way'),
      people(obfuscated),
    ),
    ...across(round, 'card', cardContexts, cards(round)),
    ...across(round, 'iban', ['IBAN: _', 'Refund to _ please.', 'Konto _', '_'], ibans(round)),
    ...across(round, 'key', keyContexts, keys(round)),
    ...(round === 1 ? passwords : morePasswords).map((text) => ({ class: 'password', text })),
  ];
};
