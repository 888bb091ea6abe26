import { getRouteApi } from '@tanstack/react-router';
import { Time } from '../../components/page.tsx';
import { dollars, t } from '../../messages/messages.ts';
import { type PurchaseLine, StateBadge, shortened, waits } from './shown.tsx';

const route = getRouteApi('/app/$workspace/door');

/** Purchases, a line each; each leads to all that is known of it. */
export function PurchaseTable({ purchases }: { purchases: readonly PurchaseLine[] }) {
  if (purchases.length === 0) return <p className="py-4 text-center text-muted">{t('purchase.none')}</p>;
  return (
    <ul className="rounded-lg border border-line bg-panel">
      {purchases.map((purchase) => (
        <li key={purchase.purchaseId} className="border-b border-line last:border-0 hover:bg-sunken">
          <route.Link
            to="."
            search={(before: object) => ({ ...before, tab: 'purchases', purchase: purchase.purchaseId })}
            className="block px-3 py-1.5"
          >
            <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <StateBadge state={purchase.state} />
              <span className="font-medium">{purchase.operation}</span>
              <span className="tabular-nums">{dollars(purchase.amountAtomic)}</span>
              <span className="hidden text-muted sm:inline">{purchase.network}</span>
              <span className="font-mono text-xs text-muted">{shortened(purchase.wallet)}</span>
              <span className="flex-1" />
              <span className="text-xs text-muted">
                <Time at={purchase.createdAt} />
              </span>
            </span>
            {(purchase.awaits ?? purchase.reason) && (
              <span className="block text-xs break-words text-muted">
                {waits(purchase) ?? purchase.reason}
              </span>
            )}
          </route.Link>
        </li>
      ))}
    </ul>
  );
}
