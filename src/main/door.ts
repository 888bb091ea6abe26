import { type Catalogue, createCatalogue } from '../catalogue/registry.ts';
import { deriveAccount, deriveKey } from '../chains/secret.ts';
import type { Config } from '../config.ts';
import { deskOperations } from '../desk/operations/index.ts';
import { postgresDebts } from '../door/debts.ts';
import { createDoor } from '../door/door.ts';
import { createDrive } from '../door/drive.ts';
import { erasePurchases, exportPurchases } from '../door/erase.ts';
import { postgresLedger } from '../door/ledger.ts';
import { doorOperations } from '../door/operations.ts';
import { createReceipts } from '../door/receipts.ts';
import { takeDeliveryRequests } from '../door/requests.ts';
import { createSignIn } from '../door/sign-in.ts';
import { recordDecision } from '../door/standing.ts';
import { createShopfronts, payTosOf } from '../door/terms.ts';
import type { Door } from '../door/types.ts';
import { usedNonces } from '../door/used-nonces.ts';
import { randomIds } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { systemTime } from '../kernel/time.ts';
import { beatLoop } from '../loops/beat.ts';
import { outboxLoop } from '../loops/outbox.ts';
import { reconcileLoop } from '../loops/reconcile.ts';
import { refundLoop } from '../loops/refunds.ts';
import { resumeLoop } from '../loops/resume.ts';
import { askBreaker } from '../mail/breaker.ts';
import { chooseModel } from '../model/choose.ts';
import { sharing, workspacesOf } from '../store/database.ts';
import { facilitatorOf } from './stations.ts';
import type { AtStop, World } from './world.ts';

const outboxIntervalMs = 500;

/** The money path and the loops beside it. */
export async function runDoor(
  config: Config,
  publicUrl: string,
  log: Logger,
  world: World,
  atStop: AtStop,
): Promise<{ door: Door; catalogue: Catalogue }> {
  const { db, lifeline, secret, floatOf, svmFloatOf, chains, views, events, smtp } = world;
  const time = systemTime;
  const ids = randomIds;
  const ending = new AbortController();
  const { signal } = ending;
  const processId = ids('prc');
  const ledger = postgresLedger(db, ids);
  const alive = postgresLedger(lifeline, ids);
  const beat = () => alive.beat(processId);
  await beat();
  const facilitator = facilitatorOf(config, world, log);
  // A payTo whose token account is missing is found and given one now, not when the first agent asks.
  for (const { network, payTo } of await payTosOf(db)) facilitator.available(network, payTo);
  await facilitator.open();

  const inWorkspace = workspacesOf(db);
  const model = await chooseModel(config.model, { inWorkspace, log });
  const breaker = askBreaker;
  const catalogue: Catalogue = createCatalogue([
    ...deskOperations({
      model,
      decided: (tx, decision) => recordDecision(tx, ids, decision),
      purchases: { exportPurchases, erasePurchases },
      catalogue: () => catalogue,
      publicUrl,
    }),
    ...doorOperations({ catalogue: () => catalogue, ledger, breaker, ...facilitator }),
  ]);
  const queued = (network: string) => events.emit('settlement.queued', network);
  const debts = postgresDebts(db, ids);
  const refunds = { debts, floatOf, svmFloatOf, facilitator, time, log, processId, queued };
  const receipts = createReceipts(deriveAccount(secret, 'receipts'), publicUrl);
  const inShared = sharing(inWorkspace);
  const path = { ...refunds, inWorkspace, inShared, ledger, breaker, facilitator, receipts, catalogue, ids };
  const drive = createDrive({ ...path, events, signal });
  const shopfront = createShopfronts({ db, catalogue, events, clock: time.now, ...facilitator });
  const signIn = createSignIn({
    publicUrl,
    key: deriveKey(secret, 'sign-in'),
    networks: chains.map(({ network }) => network),
    useOnce: usedNonces(db),
    clock: time.now,
    ids,
  });
  const door = createDoor({ ...path, shopfront, drive, signIn, events, patienceMs: config.patienceMs });

  const loops = [
    facilitator.run(signal),
    beatLoop({ beat, time, log, signal }),
    resumeLoop({ ledger, debts, drive, processId, time, log, signal }),
    refundLoop({ ...path, takeDeliveryRequests: () => takeDeliveryRequests(db), signal }),
    reconcileLoop({ db, views, time, log, signal }),
    outboxLoop({ db, smtp, time, log, signal, intervalMs: outboxIntervalMs }),
  ];
  atStop(async () => {
    ending.abort();
    await Promise.allSettled(loops);
    await ledger.leave(processId).catch(() => {});
  });
  return { door, catalogue };
}
