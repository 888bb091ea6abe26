import { getRouteApi } from '@tanstack/react-router';
import type { Role } from '../api/call.ts';

export interface Workspace {
  id: string;
  slug: string;
  name: string;
  /** Of who is signed in. */
  role: Role;
  user: { id: string; name: string; email: string };
}

const route = getRouteApi('/app/$workspace');

/** The workspace that is open, and who is signed in there. */
export const useWorkspace = (): Workspace => route.useLoaderData();

const ranks: readonly Role[] = ['viewer', 'operator', 'admin', 'owner'];

/** Whether a role may do what takes `least`. The server decides; this only spares people what would be refused. */
export const isAtLeast = (role: Role, least: Role): boolean => ranks.indexOf(role) >= ranks.indexOf(least);
