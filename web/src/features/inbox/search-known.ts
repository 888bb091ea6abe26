/** What a search's filters may be in this workspace. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { operationQuery, useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';
import { usePeople } from './people.ts';
import type { Known } from './search-syntax.ts';
import { priorities, statuses } from './values.ts';
import type { TicketLine } from './views.ts';

const channels = ['email', 'door', 'web', 'operator'] as const;
const keys = {
  'status:': t('search.status'),
  'assignee:': t('search.assignee'),
  'is:unassigned': t('search.unassigned'),
  'tag:': t('search.tag'),
  'from:': t('search.from'),
  'priority:': t('search.priority'),
  'team:': t('search.team'),
  'channel:': t('search.channel'),
  'after:': t('search.after'),
  'before:': t('search.before'),
};

/** `typed`: the filter that is being typed; nothing while no suggestion is shown. */
export function useKnown(
  lines: readonly TicketLine[],
  typed: { key: string; begun: string } | undefined,
): Known {
  const { members } = usePeople();
  const { data: teams } = useRead('list_teams', {});
  const tags = useTags(typed?.key === 'tag:' ? typed.begun : undefined);
  const customers = useCustomers(typed?.key === 'from:' ? typed.begun : undefined);
  return useMemo(
    () => ({
      statuses: Object.fromEntries([...statuses, 'snoozed' as const].map((one) => [one, t(`status.${one}`)])),
      priorities: Object.fromEntries(priorities.map((one) => [one, t(`priority.${one}`)])),
      channels: Object.fromEntries(channels.map((one) => [one, t(`channel.${one}`)])),
      tags: [...new Set([...tags, ...lines.slice(0, 500).flatMap((line) => line.tags)])].sort(),
      members: members.filter(({ role }) => role !== 'viewer'),
      teams: teams?.teams ?? [],
      customers,
      days: daysBefore(new Date()),
      assignees: { me: t('search.me'), nobody: t('search.unassigned') },
      keys,
    }),
    [members, teams, lines, tags, customers],
  );
}

const daysAgo = { 'search.today': 0, 'search.yesterday': 1, 'search.week': 7, 'search.month': 30 } as const;

/** As the server counts days, in UTC. */
function daysBefore(now: Date): Record<string, string> {
  const day = (ago: number) => new Date(now.getTime() - ago * 86_400_000).toISOString().slice(0, 10);
  return Object.fromEntries(
    (Object.keys(daysAgo) as (keyof typeof daysAgo)[]).map((key) => [day(daysAgo[key]), t(key)]),
  );
}

const asked = { staleTime: 60_000, placeholderData: keepPreviousData };

/** Tags that begin so, by name; `list_tags` begins behind what it is given. */
function useTags(typed: string | undefined): readonly string[] {
  const { slug } = useWorkspace();
  const begun = useSettled(typed)?.replace(/[^\p{L}\p{N}]+$/u, '');
  const input = { limit: 50, ...(begun && { after: begun }) };
  const { data } = useQuery({
    ...operationQuery(slug, 'list_tags', input),
    ...asked,
    enabled: begun !== undefined && /^[\p{L}\p{N}._-]{0,50}$/u.test(begun),
  });
  return useMemo(() => data?.tags.map(({ tag }) => tag) ?? [], [data]);
}

function useCustomers(typed: string | undefined) {
  const { slug } = useWorkspace();
  const begun = useSettled(typed)?.trim();
  const input = { limit: 8, ...(begun && { query: begun.slice(0, 200) }) };
  const { data } = useQuery({
    ...operationQuery(slug, 'list_customers', input),
    ...asked,
    enabled: begun !== undefined,
  });
  return useMemo(() => data?.customers ?? [], [data]);
}

/** The value when it has stood still for as long as it takes to type a letter. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 150);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
