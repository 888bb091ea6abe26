/** Numbers that are somebody's: cards, bank accounts, telephones. Found in folded text. */
import type { Folded } from './fold.ts';
import { type Span, spanOf } from './spans.ts';

/** Digits with what may stand between those of one number. */
const cardRun = /\d(?:[ \n.\-·]{0,3}\d){12,40}/g;

/** In a card's own groups whatever else may stand between, the same each time. */
const groupedCard =
  /(?<![\p{L}\p{N}])\d{4}(?:([/_|,;:]| ?[/|] ?|[,;] )\d{4}\1\d{4}\1\d{4}|([/_|,;:]| ?[/|] ?|[,;] )\d{6}\2\d{5})(?![\p{L}\p{N}])/gu;

/** Card numbers: a brand's length and beginning, and the check digit of Luhn. */
export function cardsIn(folded: Folded): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: run } of folded.text.matchAll(groupedCard))
    if (isCard(run.replace(/\D/g, ''))) spans.push(spanOf(folded, index, index + run.length, 'card'));
  for (const { index, 0: run } of folded.text.matchAll(cardRun)) {
    const places = [...run.matchAll(/\d/g)].map((digit) => digit.index);
    const digits = places.map((place) => run[place]).join('');
    const isEdge = (i: number) => i === 0 || i === places.length || places[i]! - places[i - 1]! > 1;
    for (let first = 0; first + 13 <= digits.length; first++) {
      if (!isEdge(first)) continue;
      const length = [19, 18, 17, 16, 15, 14, 13].find(
        (size) =>
          first + size <= digits.length && isEdge(first + size) && isCard(digits.slice(first, first + size)),
      );
      if (length === undefined) continue;
      spans.push(spanOf(folded, index + places[first]!, index + places[first + length - 1]! + 1, 'card'));
      first += length - 1;
    }
  }
  return spans;
}

const brands =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{15,18}|50\d{14,17})$/;

function isCard(digits: string): boolean {
  if (!brands.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const doubled = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 1 : 2);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const ibanRun = /(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}/gu;

/** IBANs, by their check digits. */
export function ibansIn(folded: Folded): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: run } of folded.text.matchAll(ibanRun))
    for (let length = run.length; length >= 15; length--)
      if (run[length - 1] !== ' ' && isIban(run.slice(0, length).replace(/[ -]/g, ''))) {
        spans.push(spanOf(folded, index, index + length, 'iban'));
        break;
      }
  return spans;
}

function isIban(text: string): boolean {
  if (text.length < 15 || text.length > 34) return false;
  let rest = 0;
  for (const char of text.slice(4) + text.slice(0, 4))
    for (const digit of String(Number.parseInt(char, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

const phoneRun = /(?<![\p{L}\p{N}.,/#=-])\+?\(?\+?\d(?:[ \n().\-/·]{0,3}\d){5,18}/gu;
/** Words that a telephone number follows. */
const called =
  /(?:\b(?:phone|tel|tele?fon\w*|telephone|mobile?|mobil\w*|mob|movil|cell\w*|celular|handy\w*|fax|gsm|portable|call\w*|ring|dial|reach\w*|text(?:ed)?|sms|whatsapp|wa|viber|signal|telegram|anruf\w*|ruf\w*|erreich\w*|ruckruf\w*|appel\w*|joindre|llam\w*|contact\w*|dzwon\w*|zadzwon\w*|komork\w*|chiam\w*|cellulare|lig\w*|ligue|bel|bellen|hotline|t|m|p|f)\b|电话|電話|手机|手機|携帯|тел|☎|📞|📱|전화|هاتف|phone)[^\n\d]{0,24}$/u;
/** Words that another number follows. */
const otherwise =
  /(?:\b(?:order\w*|invoice\w*|tickets?|case|ref\w*|id|sku|serial\w*|s\/n|sn|imei|isbn|ean|upc|gtin|article|artikel\w*|part|model|version|build|rma|po|tracking|parcel|shipment|waybill|bestell\w*|rechnung\w*|auftrag\w*|sendung\w*|kunden\w*|commande|facture|pedido|factura|ordine|fattura|zamowien\w*|faktur\w*|nip|vat|regon|pesel|iban|bic|konto\w*|account|customer|transaction\w*|booking|reservation|confirmation|policy|claim|batch|lot|item|code|block|commit|page|line|row|error|code|pnr|docket|consignment|reference|purchase|barcode|asset|firmware|licen[cs]e|user|port|height|width|size|pixels|bytes|timestamp|epoch|at)\b|#|№|\bno\.|\bnr\.?|\bn[°o]\.?)[^\n\p{L}\d]{0,4}(?:(?:number|no|nr|num|numero|id|code)\b[^\n\p{L}\d]{0,4})?(?:is|was|:)?[ :#]{0,3}$/u;

/** Of what, these words do not say; where no other does, of a telephone. */
const numbered = /\b(?:number|nummer|numer\w*|numero)\b[^\n\d]{0,12}$/;

const extension = /^,?\s{0,2}(?:ext(?:ension)?|extn|x|dw|durchwahl|wewn?|poste|int|#)[. :]{0,2}\d{1,6}(?!\d)/;

/** Telephone numbers: by their form, and by the words before them. */
export function phonesIn(folded: Folded): Span[] {
  const { text } = folded;
  const spans: Span[] = [];
  for (const { index, 0: run } of text.matchAll(phoneRun)) {
    const end = endOf(run);
    const number = run.slice(0, end);
    const more = extension.exec(text.slice(index + end, index + end + 24))?.[0].length ?? 0;
    const before = text.slice(Math.max(0, index - 48), index);
    const after = text.slice(index + end + more, index + end + more + 12);
    if (isPhone(number, before, after)) spans.push(spanOf(folded, index, index + end + more, 'phone'));
  }
  return spans;
}

/** Only behind a `+` may a line end within the number, once; elsewhere the next line is another one. */
function endOf(run: string): number {
  const first = run.indexOf('\n');
  if (first < 0) return run.length;
  const second = run.indexOf('\n', first + 1);
  const end = run.startsWith('+') && run.slice(0, first).replace(/\D/g, '').length < 9 ? second : first;
  const kept = end < 0 ? run : run.slice(0, end);
  return kept.replace(/\D+$/, '').length;
}

function isPhone(number: string, before: string, after: string): boolean {
  const digits = number.replace(/\D/g, '');
  if (digits.length < 6 || digits.length > 17 || /^[\p{L}]/u.test(after)) return false;
  if (number.startsWith('+') || number.startsWith('(+')) return digits.length >= 7;
  if (isDated(number) || isMoney(before, after)) return false;
  if (called.test(before)) return digits.length <= 15;
  if (otherwise.test(before)) return false;
  if (numbered.test(before)) return digits.length >= 7 && digits.length <= 12;
  if (/^00[1-9]/.test(digits)) return digits.length >= 10 && digits.length <= 16;
  return hasForm(number, digits);
}

const isDated = (number: string): boolean =>
  /^(?:(?:19|20)\d\d[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ](?:19|20)\d\d)(?:\D|$)/.test(
    number,
  ) ||
  /^(?:19|20)\d\d\D{1,3}(?:19|20)\d\d$/.test(number) ||
  /^(?:19|20)\d\d(?:0\d|1[0-2])(?:[0-2]\d|3[01])(?:\D?\d{4}|\D?\d{6})?$/.test(number) ||
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(number);

const isMoney = (before: string, after: string): boolean =>
  /(?:[$€£¥₹₽]|\b(?:usd|eur|gbp|pln|chf|jpy|inr|rs|kc))[ .]?$/.test(before) ||
  /^(?:[.,]\d\d)?\s?(?:[$€£¥₹₽%]|(?:usd|eur|gbp|pln|zl|chf|jpy|inr|kr|usdc|km|kg|mb|gb|ms|px|bytes|points|users|items)\b)/.test(
    after,
  );

/** How numbers of many countries are written, told by the lengths of their groups. */
const forms: readonly RegExp[] = [
  // North America, with and without the 1.
  /^(?:1 )?[2-9]\d\d [2-9]\d\d \d{4}$/,
  // Behind a trunk 0.
  /^0\d{1,5}(?: \d{2,8}){1,5}$/,
  /^0[1-9]\d{7,9}$/,
  // In threes, in twos, and threes before twos.
  /^[2-9]\d\d \d{3} \d{3}$/,
  /^\d{2,3}(?: \d{2,3}){3,4}$/,
  /^\d{1,3} \d{3,4} \d{4}$/,
  /^\d{2,3} \d{3} \d{2} \d{2}$/,
  /^[6-9]\d{4} \d{5}$/,
  /^\d{2} \d{5} \d{4}$/,
  // Mobile numbers of China, India, Russia and North America, in one piece.
  /^(?:1[3-9]\d{9}|[6-9]\d{9}|8?9\d{9}|[2-9]\d\d[2-9]\d{6})$/,
];

function hasForm(number: string, digits: string): boolean {
  // A prefix in brackets: what else is written so?
  if (/^\(?\d?[ -]?\(0?\d{2,5}\)/.test(number)) return digits.length >= 8 && digits.length <= 12;
  if (digits.length < 8 || digits.length > 12) return false;
  const separators = new Set(number.replace(/[\d()]/g, '').split(''));
  // An address of the network, a version, a sum of thousands.
  if (separators.has('.') && /^\d{1,3}(?:\.\d{3})+$/.test(number)) return false;
  const groups = number.replace(/\D+/g, ' ').trim();
  return forms.some((form) => form.test(groups));
}
