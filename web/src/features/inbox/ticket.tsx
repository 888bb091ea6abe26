import { PanelRight } from 'lucide-react';
import { useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { useActions } from '../../app/actions.tsx';
import { useThingTitle } from '../../app/title.ts';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { IconButton } from '../../components/button.tsx';
import { Drawer } from '../../components/drawer.tsx';
import { Loading } from '../../components/page.tsx';
import { Trouble } from '../../components/trouble.tsx';
import { t } from '../../messages/messages.ts';
import type { WholeTicket } from './changes.ts';
import { Composer } from './composer.tsx';
import { Context } from './context.tsx';
import { Header } from './header.tsx';
import { Others, usePresence } from './presence.tsx';
import { Strip } from './strip.tsx';
import { Thread } from './thread.tsx';
import { TicketActions } from './ticket-actions.tsx';

interface Around {
  /** Several tickets are selected: what is done is done with them. */
  bulk: boolean;
  knownTags: readonly string[];
  /** It is done with, and the next one is wanted. */
  onNext(): void;
  onOpen(ticketId: string): void;
}

/** One ticket, whole. */
export function Ticket({ ticketId, ...around }: Around & { ticketId: string }) {
  const { data: ticket, error, refetch } = useRead('get_ticket', { ticketId });
  return (
    <>
      {/* What is there stays: somebody may be writing. */}
      {error && <Trouble error={error} again={refetch} />}
      {ticket ? <Shown ticket={ticket} {...around} /> : !error && <Loading />}
    </>
  );
}

function Shown({ ticket, bulk, ...around }: Around & { ticket: WholeTicket }) {
  const { role } = useWorkspace();
  useThingTitle(`#${ticket.number} ${ticket.subject}`);
  const [typing, setTyping] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const seen = usePresence(ticket.ticketId, typing);
  const { data: customer } = useRead(
    'get_customer',
    { customerId: ticket.customerId ?? '' },
    { enabled: Boolean(ticket.customerId) },
  );
  const customerName = customer?.name ?? customer?.email ?? undefined;
  const unverified = Boolean(customer?.email) && !customer?.emailVerified;
  const works = isAtLeast(role, 'operator');
  useActions([
    { id: 'context', title: t('context.title'), keys: 'i', group: t('do.group'), run: () => setDrawer(true) },
  ]);
  return (
    <div className="flex min-h-0 flex-1">
      {works && !bulk && <TicketActions ticket={ticket} {...around} />}
      <article className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto">
        <Header ticket={ticket}>
          <IconButton label={t('context.title')} className="xl:hidden" onClick={() => setDrawer(true)}>
            <PanelRight size={16} aria-hidden />
          </IconButton>
        </Header>
        <Others seen={seen} />
        <Thread ticket={ticket} customerName={customerName} unverified={unverified} />
        <Strip key={ticket.ticketId} ticketId={ticket.ticketId} version={ticket.version} />
        {works && (
          <Composer
            ticket={ticket}
            customer={customer}
            customerName={customerName}
            onTyping={setTyping}
            onResolved={around.onNext}
          />
        )}
      </article>
      <aside
        aria-label={t('context.title')}
        className="hidden w-72 shrink-0 overflow-auto border-l border-line bg-panel p-3 xl:block"
      >
        <Context ticket={ticket} customer={customer} />
      </aside>
      <Drawer open={drawer} onClose={() => setDrawer(false)} title={t('context.title')}>
        <Context ticket={ticket} customer={customer} />
      </Drawer>
    </div>
  );
}
