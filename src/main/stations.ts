import type { Config } from '../config.ts';
import { httpFacilitator } from '../facilitator/evm/remote.ts';
import { evmStation } from '../facilitator/evm/station.ts';
import { createFacilitator, type Facilitator } from '../facilitator/facilitator.ts';
import { postgresBook } from '../facilitator/postgres-book.ts';
import { postgresSvmBook } from '../facilitator/svm/book.ts';
import { randomIds } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { systemTime } from '../kernel/time.ts';
import { svmStations } from './solana.ts';
import type { Ground } from './world.ts';

/** The facilitator on the chains there are, a station each. Nothing runs before it is opened. */
export function facilitatorOf(
  config: Config,
  { db, accounts, chains, svm, devnet, events }: Ground,
  log: Logger,
): Facilitator {
  const book = postgresBook(db);
  const ports = {
    book,
    accounts,
    gas: config.gas,
    remote: config.facilitator && httpFacilitator(config.facilitator.url, config.facilitator.token),
    events,
    time: systemTime,
    ids: randomIds,
    log,
    pollMs: devnet ? 40 : 500,
  };
  const dailyBudgetLamports = config.solanaBudgetLamports;
  return createFacilitator([
    ...chains.map((chain) => evmStation(ports, chain)),
    ...svmStations(svm, { ...ports, book: postgresSvmBook(db, book), dailyBudgetLamports }),
  ]);
}
