/** The door's page: what agents did, who they are, what was paid, and how it works. */
import { getRouteApi } from '@tanstack/react-router';
import { useActions } from '../../app/actions.tsx';
import { isAtLeast, useWorkspace } from '../../app/workspace.ts';
import { Page } from '../../components/page.tsx';
import { t } from '../../messages/messages.ts';
import { ActivityTab } from './activity.tsx';
import { PurchasesTab } from './purchases.tsx';
import { type Tab, tabs } from './search.ts';
import { TreasuryTab } from './treasury.tsx';
import { TryTab } from './try.tsx';
import { WalletsTab } from './wallets.tsx';

const route = getRouteApi('/app/$workspace/door');

const pages: Record<Tab, () => React.ReactNode> = {
  activity: ActivityTab,
  wallets: WalletsTab,
  purchases: PurchasesTab,
  treasury: TreasuryTab,
  try: TryTab,
};

/** Wallets and money are for who may change them. */
const forAdmins: ReadonlySet<Tab> = new Set(['wallets', 'purchases', 'treasury']);

export function DoorPage() {
  const { role } = useWorkspace();
  const open = tabs.filter((tab) => !forAdmins.has(tab) || isAtLeast(role, 'admin'));
  const search = route.useSearch();
  const tab = open.find((one) => one === search.tab) ?? 'activity';
  const navigate = route.useNavigate();
  useActions(
    open.map((one, at) => ({
      id: `door-${one}`,
      title: t(`door.show.${one}`),
      keys: String(at + 1),
      group: t('nav.door'),
      run: () => void navigate({ search: { tab: one } }),
    })),
  );
  const Shown = pages[tab];
  return (
    <Page title={t('nav.door')}>
      <nav aria-label={t('door.parts')} className="mb-4 flex flex-wrap gap-x-1 border-b border-line">
        {open.map((one) => (
          <route.Link
            key={one}
            to="."
            search={{ tab: one }}
            aria-current={one === tab ? 'page' : undefined}
            className={`-mb-px border-b-2 px-3 py-1.5 whitespace-nowrap ${one === tab ? 'border-accent font-medium text-accent' : 'border-transparent text-muted hover:text-ink'}`}
          >
            {t(`door.tab.${one}`)}
          </route.Link>
        ))}
      </nav>
      <Shown />
    </Page>
  );
}
