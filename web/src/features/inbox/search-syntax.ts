/** What a search may be narrowed with, suggested for the piece that is being typed. */

export interface Suggestion {
  /** What stands in the place of the piece. */
  word: string;
  /** What it means. */
  hint: string;
}

/** What values the workspace has; of tags and customers those that begin as what is typed. */
export interface Known {
  statuses: Readonly<Record<string, string>>;
  priorities: Readonly<Record<string, string>>;
  channels: Readonly<Record<string, string>>;
  tags: readonly string[];
  members: readonly { name: string; email: string }[];
  teams: readonly { name: string }[];
  customers: readonly { name: string | null; email: string | null }[];
  /** Days, as they are typed, and how people say them. */
  days: Readonly<Record<string, string>>;
  /** Whom nobody needs a name for: `me` and `nobody`. */
  assignees: Readonly<Record<string, string>>;
  /** By key, what each filter is for. */
  keys: Readonly<Record<string, string>>;
}

const most = 8;

/** As the server cuts a query: `from:"Ada Lovelace"` is one piece, and a quote without its end goes to the end. */
const pieces = /-?(?:[a-z]+:)?"[^"]*(?:"|$)|\S+/giu;

/** From, and up to, where the piece at the caret stands. */
export function pieceAt(text: string, caret: number): [number, number] {
  for (const { 0: piece, index } of text.matchAll(pieces))
    if (index <= caret && caret <= index + piece.length) return [index, index + piece.length];
  return [caret, caret];
}

/** The filter that is being typed, and how its value begins; no key for a word. In lower case, without quotes. */
export function typedAt(text: string, caret: number): { key: string; begun: string } {
  const typed = text.slice(...pieceAt(text, caret)).toLowerCase();
  const [, key = '', begun = ''] = /^([a-z]+:)?(.*)$/su.exec(typed)!;
  return { key, begun: begun.replaceAll('"', '') };
}

/** For the piece at the caret; nothing where it is no filter, nor the beginning of one or of a value. */
export function suggest(text: string, caret: number, known: Known): Suggestion[] {
  const { key, begun } = typedAt(text, caret);
  const typed = text.slice(...pieceAt(text, caret)).toLowerCase();
  if (key)
    return valuesOf(key, begun, known)
      .map(({ word, hint }) => ({ word: `${key}${quoted(word)}`, hint }))
      .filter(({ word }) => word.toLowerCase() !== typed)
      .slice(0, most);
  const named = Object.entries(known.keys).map(([word, hint]) => ({ word, hint }));
  if (typed === '') return named;
  // A value by itself finds its filter: "urg", "lens", "ada".
  const values = ['status:', 'priority:', 'tag:', 'assignee:', 'team:'].flatMap((one) =>
    begun.length < 2 || typed.startsWith('"') || typed.startsWith('-')
      ? []
      : valuesOf(one, begun, known).map(({ word, hint }) => ({ word: `${one}${quoted(word)}`, hint })),
  );
  return [...named.filter(({ word }) => word.startsWith(typed)), ...values].slice(0, most);
}

const quoted = (value: string): string => (/\s/.test(value) ? `"${value}"` : value);

/** Those whose value or meaning has a word that begins so. */
function valuesOf(key: string, begun: string, known: Known): Suggestion[] {
  const begins = ({ word, hint }: Suggestion) =>
    [word, hint].some((one) => ` ${one.toLowerCase()}`.includes(` ${begun}`));
  switch (key) {
    case 'status:':
      return named(known.statuses).filter(begins);
    case 'priority:':
      return named(known.priorities).filter(begins);
    case 'channel:':
      return named(known.channels).filter(begins);
    case 'tag:':
      return known.tags.map((word) => ({ word, hint: '' })).filter(({ word }) => word.startsWith(begun));
    case 'is:':
      return Object.entries(known.keys)
        .filter(([word]) => word.startsWith(`is:${begun}`))
        .map(([word, hint]) => ({ word: word.slice(3), hint }));
    case 'assignee:':
      return [...named(known.assignees), ...membersOf(known)].filter(begins);
    case 'team:':
      return known.teams.map(({ name }) => ({ word: name, hint: '' })).filter(begins);
    case 'from:':
      return customersOf(known);
    case 'after:':
    case 'before:':
      return named(known.days).filter(begins);
    default:
      return [];
  }
}

/** A hint that only says the word again is none. */
const named = (values: Readonly<Record<string, string>>): Suggestion[] =>
  Object.entries(values).map(([word, hint]) => ({ word, hint: hint === word ? '' : hint }));

/** By name; by address where two have the same. */
const membersOf = ({ members }: Known): Suggestion[] =>
  members.map(({ name, email }) =>
    members.filter((other) => other.name === name).length > 1 || name.includes('"')
      ? { word: email, hint: name }
      : { word: name, hint: email },
  );

/** By address, which is one person's; by name where there is none. */
const customersOf = ({ customers }: Known): Suggestion[] =>
  customers.flatMap(({ name, email }) => {
    if (email) return [{ word: email, hint: name ?? '' }];
    return name && !name.includes('"') ? [{ word: name, hint: '' }] : [];
  });

/** The text with the piece at the caret replaced, and where the caret stands then. A whole filter is followed by a space. */
export function complete(text: string, caret: number, word: string): { text: string; caret: number } {
  const [from, to] = pieceAt(text, caret);
  const ended = word.endsWith(':') ? word : `${word} `;
  const after = text.slice(to);
  const rest = ended.endsWith(' ') ? after.trimStart() : after;
  return { text: `${text.slice(0, from)}${ended}${rest}`, caret: from + ended.length };
}
