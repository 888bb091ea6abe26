import type { Catalogue } from '../catalogue/registry.ts';
import { deriveAccount, deriveKey } from '../chains/secret.ts';
import type { Config } from '../config.ts';
import { createCounts, type DoorCounts } from '../door/counts.ts';
import { postgresDebts } from '../door/debts.ts';
import { createDoor } from '../door/door.ts';
import { createDrive } from '../door/drive.ts';
import { erasePurchases, exportPurchases } from '../door/erase.ts';
import { postgresLedger } from '../door/ledger.ts';
import { amountsPaid, walletRecords } from '../door/proposers.ts';
import { createReceipts } from '../door/receipts.ts';
import { takeDeliveryRequests } from '../door/requests.ts';
import { createSignIn } from '../door/sign-in.ts';
import { recordDecision } from '../door/standing.ts';
import { createShopfronts, payTosOf } from '../door/terms.ts';
import type { Door } from '../door/types.ts';
import { usedNonces } from '../door/used-nonces.ts';
import type { Snapshot } from '../faces/metrics/metrics.ts';
import { randomIds } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { systemTime } from '../kernel/time.ts';
import { beatLoop } from '../loops/beat.ts';
import { countsLoop } from '../loops/counts.ts';
import { reconcileLoop } from '../loops/reconcile.ts';
import { refundLoop } from '../loops/refunds.ts';
import { resumeLoop } from '../loops/resume.ts';
import { askBreaker } from '../mail/breaker.ts';
import { chooseModel } from '../model/choose.ts';
import type { Model } from '../model/model.ts';
import { sharing, workspacesOf } from '../store/database.ts';
import { type CataloguePorts, wholeCatalogue } from './catalogue.ts';
import { deskLoops } from './desk-loops.ts';
import { facilitatorOf } from './stations.ts';
import { glanceAt } from './treasury.ts';
import type { AtStop, World } from './world.ts';

/** The money path and the loops beside it. */
export async function runDoor(
  config: Config,
  publicUrl: string,
  log: Logger,
  world: World,
  treasury: Snapshot,
  atStop: AtStop,
): Promise<{ door: Door; counts: DoorCounts; catalogue: Catalogue }> {
  const { db, lifeline, secret, floatOf, svmFloatOf, chains, views, events } = world;
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
  const facts = { publicUrl, devnet: world.devnet !== undefined, treasury: glanceAt(treasury) };
  const catalogue = sold(model, { ledger, breaker, ...facilitator, ...facts });
  const counts = createCounts(db, time.now, (operation) => catalogue.has(operation));
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
    countsLoop({ counts, time, log, signal }),
    ...deskLoops({ ...world, ids, publicUrl, time, log, signal }),
  ];
  atStop(async () => {
    ending.abort();
    await Promise.allSettled(loops);
    await ledger.leave(processId).catch(() => {});
    await counts.flush().catch(() => {});
  });
  return { door, counts, catalogue };
}

const sold = (model: Model, door: CataloguePorts['door']): Catalogue =>
  wholeCatalogue({
    desk: {
      model,
      decided: (tx, decision) => recordDecision(tx, randomIds, decision),
      purchases: { exportPurchases, erasePurchases },
      proposers: { walletRecords, amountsPaid },
      publicUrl: door.publicUrl,
    },
    door,
  });
