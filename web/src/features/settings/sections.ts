/** The parts of the settings, in the order in which they are listed. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { Role } from '../../api/call.ts';

interface Section {
  /** Who finds something to do there. */
  least: Role;
  group: 'desk' | 'door' | 'house';
  Shown: LazyExoticComponent<ComponentType>;
}

/** A section's code is fetched when it is first gone to. */
const section = (
  group: Section['group'],
  least: Role,
  load: () => Promise<{ Section: ComponentType }>,
): Section => ({
  group,
  least,
  Shown: lazy(async () => ({ default: (await load()).Section })),
});

export const sections = {
  desk: section('desk', 'admin', () => import('./desk.tsx')),
  members: section('desk', 'viewer', () => import('./members.tsx')),
  hours: section('desk', 'admin', () => import('./hours.tsx')),
  rules: section('desk', 'admin', () => import('./rules.tsx')),
  replies: section('desk', 'operator', () => import('./replies.tsx')),
  macros: section('desk', 'operator', () => import('./macros.tsx')),
  tags: section('desk', 'admin', () => import('./tags.tsx')),
  door: section('door', 'admin', () => import('./door.tsx')),
  caps: section('door', 'admin', () => import('./caps.tsx')),
  agents: section('door', 'admin', () => import('./agents.tsx')),
  you: section('house', 'viewer', () => import('./you.tsx')),
  audit: section('house', 'admin', () => import('./audit.tsx')),
  start: section('house', 'admin', () => import('./start.tsx')),
} satisfies Record<string, Section>;

export type SectionName = keyof typeof sections;
export const sectionNames = Object.keys(sections) as SectionName[];
export const groups = ['desk', 'door', 'house'] as const;
