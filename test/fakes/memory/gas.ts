/** What of the book is about gas, in memory: what its statements in src/facilitator/postgres-gas.ts say, and the failures. */
import {
  type Account,
  type Book,
  type GasCost,
  type GasFailure,
  mostGasFailures,
} from '../../../src/facilitator/book.ts';
import type { Session } from './database.ts';
import type { Statement } from './statement.ts';

export function memoryGas(
  session: Session,
): Pick<Book, 'burnt' | 'barred' | 'uncounted' | 'countGas' | 'gasSpent'> {
  return {
    burnt: (failures) => session.run((s) => burnt(s, failures)),
    barred: () => session.run(barred),
    uncounted: (account, limit) => session.run((s) => uncounted(s, account, limit)),
    countGas: (network, costs) => session.run((s) => countGas(s, network, costs)),
    gasSpent: (network) => session.run((s) => gasSpent(s, network)),
  };
}

const dayMs = 86_400_000;
const today = (s: Statement) => new Date(Math.floor(s.now.getTime() / dayMs) * dayMs);

function burnt(s: Statement, failures: readonly GasFailure[]): void {
  for (const { settlementId, transactionHash } of failures) {
    const payer = s.get('settlements', settlementId)?.payer;
    if (payer) s.insert('gasFailures', { settlementId, transactionHash, payer, failedAt: s.now });
  }
}

/** Payers that made too many transactions fail within a day. */
export function barred(s: Statement): string[] {
  const recent = s.all('gasFailures', ({ failedAt }) => failedAt.getTime() > s.now.getTime() - dayMs);
  return [...Map.groupBy(recent, ({ payer }) => payer)]
    .filter(([, mine]) => mine.length >= mostGasFailures)
    .map(([payer]) => payer);
}

function uncounted(s: Statement, { network, sender }: Account, limit: number): string[] {
  const mine = s.all('relayerTransactions', (row) => row.network === network && row.sender === sender);
  const counted = new Set(
    mine.flatMap(({ feeWei, accountNonce }) => (feeWei === null ? [] : [accountNonce])),
  );
  return mine
    .filter(({ state, feeWei, minedAt, accountNonce }) => {
      const recent = minedAt !== null && minedAt.getTime() > s.now.getTime() - 600_000;
      return state === 'mined' && feeWei === null && recent && !counted.has(accountNonce);
    })
    .sort((a, b) => a.minedAt!.getTime() - b.minedAt!.getTime())
    .slice(0, limit)
    .map(({ hash }) => hash);
}

function countGas(s: Statement, network: string, costs: readonly GasCost[]): void {
  let sum = 0n;
  let counted = 0;
  for (const { hash, gasUsed, feeWei } of costs)
    for (const row of s.all('relayerTransactions', (row) => row.hash === hash && row.network === network)) {
      if (row.feeWei !== null) continue;
      s.put('relayerTransactions', {
        ...row,
        gasUsed,
        feeWei: String(feeWei),
        minedAt: row.minedAt ?? s.now,
      });
      sum += feeWei;
      counted++;
    }
  if (counted === 0) return;
  const dayAt = today(s);
  const before = BigInt(s.get('gasDays', network, dayAt.getTime())?.spentWei ?? 0);
  s.put('gasDays', { network, dayAt, spentWei: String(before + sum) });
}

function gasSpent(s: Statement, network: string): bigint {
  const spent = BigInt(s.get('gasDays', network, today(s).getTime())?.spentWei ?? 0);
  const underWay = new Map<string, bigint>();
  for (const { sender, accountNonce, gasLimit, maxFeeWei } of s.all(
    'relayerTransactions',
    (row) => row.network === network && row.state === 'stored',
  )) {
    const key = `${sender} ${accountNonce}`;
    const most = gasLimit * maxFeeWei;
    if (most > (underWay.get(key) ?? 0n)) underWay.set(key, most);
  }
  return [...underWay.values()].reduce((sum, most) => sum + most, spent);
}
