import { sql } from 'kysely';
import { seedDemo } from '../../src/desk/demo.ts';
import { postgresLedger } from '../../src/door/ledger.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import type { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startPostgres } from '../../src/store/postgres.ts';
import { liftCaps } from '../../test/caps.ts';
import { newPurchase, someAddress } from '../../test/fakes/purchases.ts';
import { type Figure, type Measure, takeTurns } from '../bench.ts';
import { onFreshFolder } from '../folder.ts';
import { onDatabase } from '../ours.ts';
import { median, type Row } from '../table.ts';

const callers = 16;
const seconds = 3;
/** As a server has it. */
const poolSize = 20;

/**
 * The ledger's claims per second beside bare one-statement inserts, in one Postgres and of the same durability; each claim
 * by another wallet, known or new.
 */
export const claims: Figure = (bench) =>
  onFreshFolder(async (folder) => {
    const postgres = await startPostgres(folder);
    try {
      await postgres.ensureDatabase('postern');
      return await onDatabase(postgres.url('postern'), (db) => measureClaims(bench, db), { poolSize });
    } finally {
      await postgres.stop();
    }
  });

async function measureClaims(bench: Parameters<Figure>[0], db: Database): Promise<Row[]> {
  await migrate(db);
  const workspaceId = await seedDemo(db, randomIds, new Date());
  await liftCaps(db);
  await sql`create table bare_claims (like claims including all)`.execute(db);
  const ledger = postgresLedger(db, randomIds);
  const purchase = (payer: string) => newPurchase(workspaceId, payer);
  const claimAs =
    (payerOf: () => string): Measure =>
    (share) =>
      repeat(seconds * share, async () => {
        const claimed = await ledger.claim(purchase(payerOf()));
        return claimed.kind === 'claimed';
      });
  const rates = await takeTurns(bench, {
    bare: (share) => repeat(seconds * share, () => insertBare(db, purchase(someAddress()))),
    known: async (share) => {
      const known = await makeKnown(db, workspaceId);
      return claimAs(() => known.pop()!)(share);
    },
    fresh: claimAs(someAddress),
  });
  const rest = {
    unit: '/s',
    reference: rates.bare!,
    beside:
      'one insert of the same row into a copy of the claims table with its indexes; a claim also writes purchase, settlement and the wallet’s counters',
    aim: { timesReference: 0.7 },
    ceiling: { value: rates.bare!.median, what: 'the bare insert: it waits for the same disk' },
  };
  return [
    { figure: `claims of known wallets, ${callers} at once`, ours: rates.known!, ...rest },
    { figure: `claims of new wallets, ${callers} at once`, ours: rates.fresh!, ...rest },
  ];
}

/** Does the same again and again, several at once, and tells how often it succeeded. */
async function repeat(lastingSeconds: number, once: () => Promise<boolean>) {
  const latenciesMs: number[] = [];
  let failed = 0;
  const startedMs = performance.now();
  const one = async () => {
    while (performance.now() - startedMs < lastingSeconds * 1000) {
      const sentMs = performance.now();
      if (await once()) latenciesMs.push(performance.now() - sentMs);
      else failed += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  const counted = latenciesMs.length;
  const perSecond = (counted * 1000) / (performance.now() - startedMs);
  return { perSecond, counted, failed, p50Ms: median(latenciesMs) };
}

async function insertBare(db: Database, p: ReturnType<typeof newPurchase>): Promise<boolean> {
  const { rows } = await sql`
    insert into bare_claims (id, workspace_id, network, asset, payer, nonce, pay_to, amount_atomic, call_hash, signature,
      identifier, process_id)
    values (${p.id}, ${p.workspaceId}, ${p.network}, ${p.asset}, ${p.payer}, ${p.nonce}, ${p.payTo}, ${p.amountAtomic},
      ${p.callHash}, ${p.signature}, ${p.identifier}, ${p.processId})
    returning *`.execute(db);
  return rows.length === 1;
}

/** More wallets than one run can use up. */
const manyWallets = 30_000;

async function makeKnown(db: Database, workspaceId: string): Promise<string[]> {
  const addresses = Array.from({ length: manyWallets }, someAddress);
  await sql`insert into wallets (workspace_id, address, standing)
    select ${workspaceId}, address, 'known' from unnest(${addresses}::text[]) as address`.execute(db);
  return addresses;
}
