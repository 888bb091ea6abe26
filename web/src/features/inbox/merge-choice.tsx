/** Which ticket this one goes into; asked once more, for it does not come back. */
import { useState } from 'react';
import { call, type OutputOf } from '../../api/call.ts';
import { invalidate, useRead } from '../../api/queries.ts';
import { say } from '../../app/toasts.tsx';
import { useWorkspace } from '../../app/workspace.ts';
import { Button } from '../../components/button.tsx';
import { Chooser } from '../../components/chooser.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { t } from '../../messages/messages.ts';
import { refreshTickets, type WholeTicket } from './changes.ts';
import { inTurn, ownSince } from './in-turn.ts';

type Found = OutputOf<'search_tickets'>['tickets'][number];

interface Merging {
  ticket: WholeTicket;
  onClose(): void;
  onMerged(into: string): void;
}

export function MergeChoice({ ticket, onClose, onMerged }: Merging) {
  const [typed, setTyped] = useState('');
  const [intoId, setIntoId] = useState<string>();
  const { data: customer } = useRead(
    'get_customer',
    { customerId: ticket.customerId ?? '' },
    { enabled: Boolean(ticket.customerId) },
  );
  const customerName = customer?.name ?? customer?.email ?? undefined;
  const query = typed.trim() || (customerName ?? '') || 'status:open';
  const { data } = useRead('search_tickets', { query, limit: 20 });
  const into = data?.tickets.find(({ ticketId }) => ticketId === intoId);
  if (into) return <MergeSure {...{ ticket, customerName, into, onClose, onMerged }} />;
  return (
    <Chooser
      title={t('merge.title', { number: ticket.number })}
      placeholder={t('merge.placeholder')}
      none={t(!data ? 'common.loading' : typed.trim() ? 'inbox.nothingFound' : 'merge.type')}
      stays
      onClose={onClose}
      onType={setTyped}
      choices={(data?.tickets ?? [])
        .filter(({ ticketId }) => ticketId !== ticket.ticketId)
        .map((found) => ({
          id: found.ticketId,
          label: `#${found.number} ${found.subject}`,
          ...(found.customerName && { hint: found.customerName }),
          run: () => setIntoId(found.ticketId),
        }))}
    />
  );
}

/** Whether who reads the one from then on is surely who wrote the other: the server looks closer, and has the last word. */
const isOneCustomer = (ticket: WholeTicket, into: Found): boolean =>
  Boolean(ticket.customerId) && ticket.customerId === into.customerId && into.channel !== 'door';

function MergeSure(props: Merging & { customerName: string | undefined; into: Found }) {
  const { ticket, customerName, into, onClose, onMerged } = props;
  const { slug } = useWorkspace();
  const [across, setAcross] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const ids = [ticket.ticketId, into.ticketId];
  const isOne = isOneCustomer(ticket, into);
  const merge = async () => {
    setBusy(true);
    try {
      await inTurn(ids, () =>
        call(slug, 'merge_tickets', {
          from: ticket.ticketId,
          fromVersion: ownSince(ticket.ticketId, ticket.version),
          into: into.ticketId,
          intoVersion: ownSince(into.ticketId, into.version),
          acrossCustomers: across,
        }),
      );
      onClose();
      say(t('merge.done', { number: into.number }));
      onMerged(into.ticketId);
    } catch (error) {
      // The server says which by the names of its fields.
      const numbers = { from: ticket.number, into: into.number };
      const text = (error as Error).message;
      setRefusal(text.replace(/^(from|into)\b/, (which) => `#${numbers[which as 'from' | 'into']}`));
      await invalidate(slug, ['search_tickets']);
    } finally {
      setBusy(false);
      void refreshTickets(slug, ids);
    }
  };
  const someone = t('context.none');
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('merge.title', { number: ticket.number })}
      description={t('merge.sure', { from: ticket.number, into: into.number })}
    >
      <p className="mb-3 font-medium break-words">
        #{into.number} {into.subject}
      </p>
      {!isOne && (
        <div className="mb-3 rounded-md border border-warn bg-warn-soft p-2 break-words">
          <p>
            #{ticket.number}: <bdi>{customerName ?? someone}</bdi>
          </p>
          <p>
            #{into.number}: <bdi>{into.customerName ?? someone}</bdi>
          </p>
          <p className="mt-1">{t('merge.others', { into: into.number })}</p>
          <label className="mt-2 flex items-center gap-2">
            <input type="checkbox" checked={across} onChange={({ target }) => setAcross(target.checked)} />
            {t('merge.across')}
          </label>
        </div>
      )}
      {refusal && (
        <p role="alert" className="mb-3 break-words text-bad">
          {refusal}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="danger" disabled={busy || !(isOne || across)} onClick={() => void merge()}>
          {t('do.merge')}
        </Button>
      </div>
    </Dialog>
  );
}
