/** Who works here, by their ids. */
import { useCallback } from 'react';
import { useRead } from '../../api/queries.ts';
import { useWorkspace } from '../../app/workspace.ts';
import { t } from '../../messages/messages.ts';

export function usePeople() {
  const { user } = useWorkspace();
  const { data } = useRead('list_members', {});
  const members = data?.members ?? [];
  const nameOf = useCallback(
    (userId: string | null): string =>
      userId === user.id
        ? t('ticket.you')
        : (members.find((member) => member.userId === userId)?.name ?? t('ticket.colleague')),
    [members, user.id],
  );
  return { members, nameOf };
}

export const shortWallet = (address: string): string =>
  address.length > 14 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;

/** An actor of history, as `operator:usr_…` says it. */
export function actorName(actor: string, nameOf: (userId: string) => string): string {
  const [kind, id = ''] = actor.split(/:(.*)/s);
  if (kind === 'operator') return nameOf(id);
  if (kind === 'wallet') return t('ticket.agent', { wallet: shortWallet(id) });
  if (kind === 'credential') return t('ticket.agent', { wallet: id });
  return kind === 'house' ? t('ticket.house') : t('ticket.customer');
}
