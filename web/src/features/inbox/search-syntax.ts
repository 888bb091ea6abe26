/** What a search may be narrowed with, suggested for the word that is being typed. */

export interface Suggestion {
  /** What stands in the place of the word. */
  word: string;
  /** What it means. */
  hint: string;
}

/** What values the workspace has. */
export interface Known {
  statuses: Readonly<Record<string, string>>;
  priorities: Readonly<Record<string, string>>;
  channels: readonly string[];
  tags: readonly string[];
  members: readonly { userId: string; name: string }[];
  teams: readonly { teamId: string; name: string }[];
  /** By key, what each filter is for. */
  keys: Readonly<Record<string, string>>;
}

const most = 8;

/** From, and up to, where the word at the caret stands. */
export function wordAt(text: string, caret: number): [number, number] {
  const from = text.lastIndexOf(' ', caret - 1) + 1;
  const end = text.indexOf(' ', caret);
  return [from, end < 0 ? text.length : end];
}

/** For the word at the caret; nothing where it is no filter, nor the beginning of one. */
export function suggest(text: string, caret: number, known: Known): Suggestion[] {
  const [from, to] = wordAt(text, caret);
  const typed = text.slice(from, to).toLowerCase();
  const colon = typed.indexOf(':');
  if (colon < 0)
    return Object.entries(known.keys)
      .filter(([key]) => key.startsWith(typed))
      .map(([word, hint]) => ({ word, hint }))
      .slice(0, most + 2);
  const key = typed.slice(0, colon + 1);
  const begun = typed.slice(colon + 1);
  return valuesOf(key, known)
    .filter(({ word, hint }) => word.startsWith(begun) || ` ${hint.toLowerCase()}`.includes(` ${begun}`))
    .map(({ word, hint }) => ({ word: `${key}${word}`, hint }))
    .filter(({ word }) => word !== typed)
    .slice(0, most);
}

function valuesOf(key: string, known: Known): Suggestion[] {
  const named = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([word, hint]) => ({ word, hint }));
  switch (key) {
    case 'status:':
      return named(known.statuses);
    case 'priority:':
      return named(known.priorities);
    case 'channel:':
      return known.channels.map((word) => ({ word, hint: '' }));
    case 'tag:':
      return known.tags.map((word) => ({ word, hint: '' }));
    case 'assignee:':
      return [
        { word: 'me', hint: '' },
        { word: 'nobody', hint: '' },
        ...known.members.map(({ userId, name }) => ({ word: userId, hint: name })),
      ];
    case 'team:':
      return known.teams.map(({ teamId, name }) => ({ word: teamId, hint: name }));
    default:
      return [];
  }
}

/** The text with the word at the caret replaced, and where the caret stands then. A whole filter is followed by a space. */
export function complete(text: string, caret: number, word: string): { text: string; caret: number } {
  const [from, to] = wordAt(text, caret);
  const ended = word.endsWith(':') || word.endsWith('"') ? word : `${word} `;
  const after = text.slice(to);
  const rest = ended.endsWith(' ') ? after.trimStart() : after;
  return { text: `${text.slice(0, from)}${ended}${rest}`, caret: from + ended.length };
}
