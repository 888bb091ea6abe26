/** Every text of the app, by language. A language is one more object of this shape; what it lacks falls back to English. */
import { approvalMessages } from '../features/approvals/messages.ts';
import { conversationMessages } from '../features/conversation/messages.ts';
import { customerMessages } from '../features/customers/messages.ts';
import { doorMessages } from '../features/door/messages.ts';
import { helpMessages } from '../features/help/messages.ts';
import { inboxMessages } from '../features/inbox/messages.ts';
import { mentionMessages } from '../features/mentions/messages.ts';
import { reportMessages } from '../features/reports/messages.ts';
import { settingsMessages } from '../features/settings/messages.ts';
import { common } from './common.ts';

/** English, by feature: `t('inbox.empty')`. */
export const en = {
  ...common,
  ...inboxMessages,
  ...approvalMessages,
  ...conversationMessages,
  ...customerMessages,
  ...doorMessages,
  ...helpMessages,
  ...mentionMessages,
  ...reportMessages,
  ...settingsMessages,
} as const;

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Partial<Record<MessageKey, string>>>;

const languages: Readonly<Record<string, Messages>> = { en };

const language = navigator.languages.map((tag) => tag.split('-')[0]!).find((tag) => tag in languages) ?? 'en';
document.documentElement.lang = language;

/**
 * A text, with `{name}` replaced by its value. `{count|one|other}` picks by the language's plural rules:
 * `{count|# ticket|# tickets}`.
 */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text: string = languages[language]?.[key] ?? en[key];
  return text.replace(
    /\{(\w+)(?:\|([^{}|]*)\|([^{}|]*))?\}/g,
    (whole, name: string, one?: string, other?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one === undefined || other === undefined) return String(value);
      const form = plural.select(Number(value)) === 'one' ? one : other;
      return form.replace('#', number(Number(value)));
    },
  );
}

const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
export const number = (value: number): string => numbers.format(value);

const whole = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });

/** A time of the server's (ISO 8601, UTC) in the reader's zone, in full. */
export const fullTime = (iso: string): string => whole.format(new Date(iso));

/** The same as short as it can be told: the time today, the day this year, else the date. */
export function shortTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  return at.getFullYear() === now.getFullYear() ? day.format(at) : date.format(at);
}

/** The day that began at a time, in a zone: days of a workspace begin by its own. */
export const dayIn = (iso: string, timeZone: string): string =>
  new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone }).format(new Date(iso));

/** The hour and minute of a time, in the reader's zone. */
export const clockTime = (iso: string): string => clock.format(new Date(iso));

/** Atomic USDC (6 decimals) as dollars: `$0.06`. */
export function dollars(amountAtomic: string): string {
  const digits = amountAtomic.padStart(7, '0');
  const cents = digits.slice(-6).replace(/0{1,4}$/, '');
  return `$${number(Number(digits.slice(0, -6)))}.${cents}`;
}

/** A size of a file: `1.2 MB`. */
export function bytes(size: number): string {
  if (size < 1_000) return `${number(size)} B`;
  const [unit, of] = size < 1_000_000 ? ['kB', 1_000] : ['MB', 1_000_000];
  return `${number(Math.round((size / Number(of)) * 10) / 10)} ${unit}`;
}
