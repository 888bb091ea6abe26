/** Which page is at which address. A page's code is fetched when it is first gone to. */
import { createRootRoute, createRoute, createRouter, notFound, redirect } from '@tanstack/react-router';
import { queryClient, sessionQuery } from '../api/queries.ts';
import { Loading } from '../components/page.tsx';
import { doorSearch } from '../features/door/search.ts';
import { helpSearch } from '../features/help/search.ts';
import { reportSearch } from '../features/reports/search.ts';
import { Choose } from './choose.tsx';
import { Failed, Nowhere, notMember } from './failed.tsx';
import { page } from './page-code.ts';
import { Root, Shell } from './shell.tsx';
import type { Workspace } from './workspace.ts';

const root = createRootRoute({ component: Root, notFoundComponent: Nowhere, errorComponent: Failed });

const choose = createRoute({
  getParentRoute: () => root,
  path: '/app',
  loader: () => queryClient.ensureQueryData(sessionQuery),
  component: Choose,
});

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/app/$workspace',
  loader: async ({ params }): Promise<Workspace> => {
    const { user, workspaces } = await queryClient.ensureQueryData(sessionQuery);
    const found = workspaces.find(({ slug }) => slug === params.workspace);
    if (!found) throw notFound({ data: notMember });
    return { ...found, user };
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => workspace,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/app/$workspace/inbox', params });
  },
});

const inbox = createRoute({
  getParentRoute: () => workspace,
  path: '/inbox',
  validateSearch: (search: Record<string, unknown>): { view?: string; q?: string; ticket?: string } => ({
    ...(typeof search.view === 'string' && { view: search.view }),
    ...(typeof search.q === 'string' && { q: search.q }),
    ...(typeof search.ticket === 'string' && { ticket: search.ticket }),
  }),
  component: page(() => import('../features/inbox/page.tsx'), 'InboxPage'),
});

const approvals = createRoute({
  getParentRoute: () => workspace,
  path: '/approvals',
  component: page(() => import('../features/approvals/page.tsx'), 'ApprovalsPage'),
});

const customers = createRoute({
  getParentRoute: () => workspace,
  path: '/customers',
  validateSearch: (search: Record<string, unknown>): { q?: string } =>
    typeof search.q === 'string' ? { q: search.q } : {},
  component: page(() => import('../features/customers/list.tsx'), 'CustomersPage'),
});

const customer = createRoute({
  getParentRoute: () => workspace,
  path: '/customers/$customer',
  component: page(() => import('../features/customers/page.tsx'), 'CustomerPage'),
});

const door = createRoute({
  getParentRoute: () => workspace,
  path: '/door',
  validateSearch: doorSearch,
  component: page(() => import('../features/door/page.tsx'), 'DoorPage'),
});

const articles = createRoute({
  getParentRoute: () => workspace,
  path: '/articles',
  validateSearch: helpSearch,
  component: page(() => import('../features/help/articles.tsx'), 'ArticlesPage'),
});

const issues = createRoute({
  getParentRoute: () => workspace,
  path: '/issues',
  validateSearch: helpSearch,
  component: page(() => import('../features/help/issues.tsx'), 'IssuesPage'),
});

const changelog = createRoute({
  getParentRoute: () => workspace,
  path: '/changelog',
  validateSearch: helpSearch,
  component: page(() => import('../features/help/changelog.tsx'), 'ChangelogPage'),
});

const reports = createRoute({
  getParentRoute: () => workspace,
  path: '/reports',
  validateSearch: reportSearch,
  component: page(() => import('../features/reports/page.tsx'), 'ReportsPage'),
});

const settings = createRoute({
  getParentRoute: () => workspace,
  path: '/settings',
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/app/$workspace/settings/$section', params: { ...params, section: 'desk' } });
  },
});

const settingsSection = createRoute({
  getParentRoute: () => settings,
  path: '/$section',
  component: page(() => import('../features/settings/page.tsx'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    choose,
    workspace.addChildren([
      home,
      inbox,
      approvals,
      customers,
      customer,
      door,
      articles,
      issues,
      changelog,
      reports,
      settings.addChildren([settingsHome, settingsSection]),
    ]),
  ]),
  defaultPendingComponent: Loading,
  defaultErrorComponent: Failed,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
