/** Where one can go in a workspace. */
import { BookOpen, ChartColumn, CheckCheck, DoorOpen, Inbox, Settings, Users } from 'lucide-react';
import type { Role } from '../api/call.ts';
import type { MessageKey } from '../messages/messages.ts';

export interface Destination {
  to:
    | '/app/$workspace/inbox'
    | '/app/$workspace/approvals'
    | '/app/$workspace/customers'
    | '/app/$workspace/door'
    | '/app/$workspace/articles'
    | '/app/$workspace/reports'
    | '/app/$workspace/settings';
  title: MessageKey;
  icon: typeof Inbox;
  /** Two keys that lead there. */
  keys: string;
  /** Pages that belong to it, too. */
  also?: readonly string[];
  /** Who may see it. */
  least: Role;
}

export const destinations: readonly Destination[] = [
  { to: '/app/$workspace/inbox', title: 'nav.inbox', icon: Inbox, keys: 'g i', least: 'viewer' },
  { to: '/app/$workspace/approvals', title: 'nav.approvals', icon: CheckCheck, keys: 'g a', least: 'viewer' },
  { to: '/app/$workspace/customers', title: 'nav.customers', icon: Users, keys: 'g c', least: 'viewer' },
  { to: '/app/$workspace/door', title: 'nav.door', icon: DoorOpen, keys: 'g d', least: 'viewer' },
  {
    to: '/app/$workspace/articles',
    title: 'nav.help',
    icon: BookOpen,
    keys: 'g h',
    also: ['issues', 'changelog'],
    least: 'viewer',
  },
  { to: '/app/$workspace/reports', title: 'nav.reports', icon: ChartColumn, keys: 'g r', least: 'viewer' },
  { to: '/app/$workspace/settings', title: 'nav.settings', icon: Settings, keys: 'g s', least: 'viewer' },
];
