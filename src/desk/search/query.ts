/** What people type to find tickets: `status:open from:ada@example.com "exact words" -word`. Any text is a query. */

export interface TicketFilters {
  status: string[];
  priority: string[];
  channel: string[];
  tag: string[];
  /** Operators' ids; `me` and `nobody` are left for the caller to resolve. */
  assignee?: string;
  team?: string;
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
  /** Found letter for letter, but for case. */
  phrases: string[];
  /** None may be found. */
  without: string[];
}

const statuses = ['open', 'pending', 'snoozed', 'resolved', 'closed', 'spam'];
const priorities = ['low', 'normal', 'high', 'urgent'];
const channels = ['email', 'door', 'web', 'operator'];

/** `key:"several words"`, `-"a phrase"`, `"a phrase"`, or what stands between spaces. A quote without its end goes to the end. */
const token = /(-?)(?:([a-z]+):)?"([^"]*)(?:"|$)|\S+/giu;

/** Reads a query. Never fails: what is no filter is a word. */
export function parseTicketQuery(text: string): TicketQuery {
  const query: TicketQuery = {
    words: [],
    phrases: [],
    without: [],
    status: [],
    priority: [],
    channel: [],
    tag: [],
  };
  for (const match of text.slice(0, 500).matchAll(token)) {
    const [whole, minus, key, quoted] = match;
    if (quoted !== undefined) {
      const phrase = quoted.trim();
      if (phrase === '' || (key && setFilter(query, key.toLowerCase(), phrase))) continue;
      if (minus) query.without.push(phrase);
      else query.phrases.push(phrase);
      continue;
    }
    const named = /^([a-z]+):(\S+)$/iu.exec(whole);
    if (named && setFilter(query, named[1]!.toLowerCase(), named[2]!)) continue;
    if (/^#\d{1,15}$/.test(whole)) query.number = BigInt(whole.slice(1));
    else if (/^-[\p{L}\p{N}]/u.test(whole)) query.without.push(whole.slice(1));
    else query.words.push(whole);
  }
  return query;
}

/** @returns whether it is a filter, with a value that it knows. */
function setFilter(query: TicketQuery, key: string, value: string): boolean {
  const lower = value.toLowerCase();
  const among = (known: readonly string[], into: string[]) => known.includes(lower) && into.push(lower) > 0;
  switch (key) {
    case 'status':
      return among(statuses, query.status);
    case 'priority':
      return among(priorities, query.priority);
    case 'channel':
      return among(channels, query.channel);
    case 'tag':
      query.tag.push(lower);
      return true;
    case 'assignee':
      query.assignee = value;
      return true;
    case 'is':
      if (lower !== 'unassigned') return false;
      query.assignee = 'nobody';
      return true;
    case 'team':
      query.team = value;
      return true;
    case 'from':
      query.from = value;
      return true;
    case 'number':
      if (!/^#?\d{1,15}$/.test(value)) return false;
      query.number = BigInt(value.replace('#', ''));
      return true;
    case 'after':
    case 'before':
      return setDay(query, key, value);
    default:
      return false;
  }
}

function setDay(query: TicketQuery, key: 'after' | 'before', value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== value) return false;
  query[key] = day;
  return true;
}

/** Whether there is anything to look for in text; filters alone are a list. */
export const hasText = ({ words, phrases, without }: TicketQuery): boolean =>
  words.length + phrases.length + without.length > 0;

/** Whether it asks for more than text. */
export const hasFilter = ({ words, phrases, without, ...filters }: TicketQuery): boolean =>
  Object.values(filters).some((value) => (Array.isArray(value) ? value.length > 0 : value !== undefined));

/** The same query with another tag in the place of one; nothing else of it changes. */
export function withTagRenamed(text: string, from: string, to: string): string {
  return text.replace(token, (whole, _minus, key?: string, quoted?: string) => {
    const [name, value] =
      quoted === undefined ? (/^([a-z]+):(\S+)$/iu.exec(whole)?.slice(1) ?? []) : [key, quoted.trim()];
    return name?.toLowerCase() === 'tag' && value?.toLowerCase() === from ? `tag:${to}` : whole;
  });
}
