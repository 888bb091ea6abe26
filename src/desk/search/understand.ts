/** What a caller typed, as the rest of the search takes it. */
import type { Scope } from '../../catalogue/operation.ts';
import { listMembers } from '../../people/members.ts';
import { listTeams } from '../../people/teams.ts';
import { isStranger } from '../agents/visibility.ts';
import { hintsOf, mostHints, named } from './hints.ts';
import { readTicketQuery, type TicketQuery } from './query.ts';
import { strangersFilters } from './strangers.ts';

export interface Understood {
  query: TicketQuery;
  /** What of it is no filter though it looks like one, and what it may be. */
  hints: string[];
}

/** Members and teams may be named as people call them, by who may list them: names are told to nobody else. */
export async function understand(
  scope: Pick<Scope, 'tx' | 'workspace' | 'caller'>,
  typed: string,
): Promise<Understood> {
  const { query, misread } = readTicketQuery(typed);
  const { tx, workspace, caller } = scope;
  if (isStranger(caller)) return { query, hints: hintsOf(misread, strangersFilters) };
  const hints = hintsOf(misread);
  if (caller.kind === 'credential')
    return few(query, [...hints, ...notIds('assignee', query.assignee), ...notIds('team', query.team)]);
  const assignee = await idsOf('assignee', query.assignee, async () =>
    (await listMembers(tx, workspace.id)).map(({ userId, name, email }) => ({ id: userId, name, email })),
  );
  const team = await idsOf('team', query.team, () => listTeams(tx, workspace.id));
  return few({ ...query, assignee: assignee.ids, team: team.ids }, [
    ...hints,
    ...assignee.hints,
    ...team.hints,
  ]);
}

const few = (query: TicketQuery, hints: string[]): Understood => ({
  query,
  hints: [...new Set(hints)].slice(0, mostHints),
});

interface Named {
  id: string;
  name: string;
  email?: string;
}

/** Of whom each value is the id, the name or the address, or else how the name begins. What is nobody's stays as it is. */
async function idsOf(
  key: 'assignee' | 'team',
  values: readonly string[],
  list: () => Promise<readonly Named[]>,
): Promise<{ ids: string[]; hints: string[] }> {
  if (values.every(isId)) return { ids: [...values], hints: [] };
  const known = await list();
  const hints: string[] = [];
  const ids = values.flatMap((value) => {
    if (isId(value)) return [value];
    const lower = value.toLowerCase();
    const exact = known.filter(
      ({ id, name, email }) => id === value || name.toLowerCase() === lower || email?.toLowerCase() === lower,
    );
    const found = exact.length > 0 ? exact : known.filter(({ name }) => name.toLowerCase().startsWith(lower));
    if (found.length > 0) return found.map(({ id }) => id);
    hints.push(`${named(`${key}:${value}`)} is ${key === 'team' ? 'no team' : 'nobody'} of this workspace.`);
    return [value];
  });
  return { ids, hints };
}

/** As `kernel/ids.ts` makes them, though whoever it was may be gone; and whom everybody may name. */
const isId = (value: string): boolean => /^(me|nobody|(usr|crd|tea)_\w+)$/.test(value);

const notIds = (key: string, values: readonly string[]): string[] =>
  values
    .filter((value) => !isId(value))
    .map((value) => `${named(`${key}:${value}`)} is no id: agents name people and teams by their ids.`);
