/** Where one can go in a workspace. */
import { CheckCheck, Inbox, Settings } from 'lucide-react';
import type { Role } from '../api/call.ts';
import type { MessageKey } from '../messages/messages.ts';

export interface Destination {
  to: '/app/$workspace/inbox' | '/app/$workspace/approvals' | '/app/$workspace/settings';
  title: MessageKey;
  icon: typeof Inbox;
  /** Two keys that lead there. */
  keys: string;
  /** Who may see it. */
  least: Role;
}

export const destinations: readonly Destination[] = [
  { to: '/app/$workspace/inbox', title: 'nav.inbox', icon: Inbox, keys: 'g i', least: 'viewer' },
  { to: '/app/$workspace/approvals', title: 'nav.approvals', icon: CheckCheck, keys: 'g a', least: 'viewer' },
  { to: '/app/$workspace/settings', title: 'nav.settings', icon: Settings, keys: 'g s', least: 'viewer' },
];
