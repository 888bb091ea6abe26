/** What people type to find tickets: `status:open from:ada@example.com "exact words" -word`. Any text is a query. */
import { fold, splitsSigns } from './fold.ts';

export interface TicketFilters {
  status: string[];
  priority: string[];
  channel: string[];
  tag: string[];
  /** Any of them: operators' ids; `me` and `nobody` are left for the caller to resolve. */
  assignee: string[];
  /** Any of them. */
  team: string[];
  /** An address, or the beginning of a name. */
  from?: string;
  /** Opened at or after, and before; days in UTC. */
  after?: Date;
  before?: Date;
  number?: bigint;
}

export interface TicketQuery extends TicketFilters {
  /** All must be found. */
  words: string[];
  /** Found letter for letter, but for case and accents. */
  phrases: string[];
  /** None may be found. */
  without: string[];
}

/** A piece of a query that looks like a filter and is none; it was taken as words. */
export interface Misread {
  /** As it was typed. */
  piece: string;
  /** What stands before the colon, lower case. */
  key: string;
  /** With a minus before it, which only words take. */
  refused: boolean;
}

interface Filter {
  /** What its value may be, for people and agents to read. */
  takes: string;
  /** @returns whether it is a value that the filter knows. */
  set(query: TicketQuery, value: string): boolean;
}

const listed = (values: readonly string[]): string => `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

const oneOf = (key: 'status' | 'priority' | 'channel', known: readonly string[]): Filter => ({
  takes: listed(known),
  set: (query, value) => known.includes(value.toLowerCase()) && query[key].push(value.toLowerCase()) > 0,
});

const day = (key: 'after' | 'before'): Filter => ({
  takes: 'a day, such as 2026-01-31',
  set(query, value) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
    const date = new Date(`${value}T00:00:00Z`);
    if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== value) return false;
    query[key] = date;
    return true;
  },
});

const any = (takes: string, set: (query: TicketQuery, value: string) => unknown): Filter => ({
  takes,
  set(query, value) {
    set(query, value);
    return true;
  },
});

/** What a search is narrowed with, by what stands before the colon. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['status', oneOf('status', ['open', 'pending', 'snoozed', 'resolved', 'closed', 'spam'])],
  ['priority', oneOf('priority', ['low', 'normal', 'high', 'urgent'])],
  ['channel', oneOf('channel', ['email', 'door', 'web', 'operator'])],
  ['tag', any('a tag', (query, value) => query.tag.push(value.toLowerCase()))],
  [
    'assignee',
    any('me, nobody, or who has it by name, address or id', (query, value) => query.assignee.push(value)),
  ],
  [
    'is',
    {
      takes: 'unassigned',
      set: (query, value) => value.toLowerCase() === 'unassigned' && query.assignee.push('nobody') > 0,
    },
  ],
  ['team', any('a team by name or id', (query, value) => query.team.push(value))],
  [
    'from',
    any('an address, or how a name begins', (query, value) => {
      query.from = value;
    }),
  ],
  [
    'number',
    {
      takes: 'a number, such as 12',
      set(query, value) {
        if (!/^#?\d{1,15}$/.test(value)) return false;
        query.number = BigInt(value.replace('#', ''));
        return true;
      },
    },
  ],
  ['after', day('after')],
  ['before', day('before')],
]);

/** `key:"several words"`, `-"a phrase"`, `"a phrase"`, or what stands between spaces. A quote without its end goes to the end. */
const token = /(-?)(?:([a-z]+):)?"([^"]*)(?:"|$)|\S+/giu;

/** Reads a query. Never fails: what is no filter is words, and `misread` says which of them look like one. */
export function readTicketQuery(text: string): { query: TicketQuery; misread: Misread[] } {
  const query: TicketQuery = {
    words: [],
    phrases: [],
    without: [],
    status: [],
    priority: [],
    channel: [],
    tag: [],
    assignee: [],
    team: [],
  };
  const misread: Misread[] = [];
  for (const match of text.slice(0, 500).matchAll(token)) {
    const [piece, minus, quotedKey, quoted] = match;
    const [, refusal, unquotedKey, plain] = /^(-?)([a-z]+):(.*)$/iu.exec(piece) ?? [];
    const key = (quotedKey ?? (quoted === undefined ? unquotedKey : undefined))?.toLowerCase();
    const value = quoted?.trim() ?? plain ?? '';
    if (key) {
      const refused = Boolean(minus || refusal);
      if (!refused && value !== '' && filters.get(key)?.set(query, value)) continue;
      if (looksLikeFilter(key, value)) misread.push({ piece, key, refused });
    }
    if (quoted === undefined) addWord(query, piece);
    else if (minus && value !== '') query.without.push(key ? `${key}:${value}` : value);
    else if (value !== '') query.phrases.push(value);
  }
  return { query, misread };
}

/** The same, without what was misread. */
export const parseTicketQuery = (text: string): TicketQuery => readTicketQuery(text).query;

function addWord(query: TicketQuery, word: string): void {
  if (/^#\d{1,15}$/.test(word)) query.number = BigInt(word.slice(1));
  else if (/^-[\p{L}\p{N}]/u.test(word)) query.without.push(word.slice(1));
  else query.words.push(word);
}

/** What stands before a colon in addresses, and in the subjects of mails. */
const beforeColons = new Set('mailto tel sms urn data geo localhost re fw fwd aw wg'.split(' '));

/** One of ours, with whatever value; or of nobody's that is written as ours are: no address, path, `std::sort` or smiley. */
const looksLikeFilter = (key: string, value: string): boolean =>
  filters.has(key) || (key.length > 1 && !beforeColons.has(key) && /^[\p{L}\p{N}#@-]/u.test(value));

/** Whether there is anything to look for in text; filters alone are a list. */
export const hasText = ({ words, phrases, without }: TicketQuery): boolean =>
  words.length + phrases.length + without.length > 0;

/** Whether a word is several to the index, which must follow each other: `AC-55934`, `AC55934`, `1.2.3`, `日本`; but no whole address. */
export function hasParts(word: string): boolean {
  const folded = fold(word);
  return (
    (splitsSigns(folded) ||
      /[\p{L}\p{N}][./@_]+[\p{L}\p{N}]|\d[-+:]+[\p{L}\p{N}]|\p{L}[-+]+\d|\p{L}\d{4,}(?![\p{L}\p{N}_])/u.test(
        folded,
      )) &&
    !/^[^\s@]+@[^\s@]+\.[\p{L}\p{N}]+$/u.test(folded)
  );
}

/** The same query with another tag in the place of one; nothing else of it changes. */
export function withTagRenamed(text: string, from: string, to: string): string {
  return text.replace(token, (whole, _minus, key?: string, quoted?: string) => {
    const [name, value] =
      quoted === undefined ? (/^([a-z]+):(\S+)$/iu.exec(whole)?.slice(1) ?? []) : [key, quoted.trim()];
    return name?.toLowerCase() === 'tag' && value?.toLowerCase() === from ? `tag:${to}` : whole;
  });
}
