import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWorkspace } from '../app/workspace.ts';

/** To where a ticket is read. */
export const TicketLink = (props: { ticketId: string; className?: string; children: ReactNode }) => (
  <Link
    to="/app/$workspace/inbox"
    params={{ workspace: useWorkspace().slug }}
    search={{ view: 'all', ticket: props.ticketId }}
    className={`text-accent ${props.className ?? ''}`}
  >
    {props.children}
  </Link>
);
