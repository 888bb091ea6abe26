/** What a workspace asks: its shopfront, made from its own rows and the catalogue, and kept for a moment. */
import { getAddress } from 'viem';
import type { Catalogue } from '../catalogue/registry.ts';
import { findNetwork, type Network } from '../chains/networks.ts';
import { invalidPayment, reasons } from '../facilitator/reasons.ts';
import { PosternError } from '../kernel/errors.ts';
import type { Clock } from '../kernel/time.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Events } from '../store/events.ts';
import type { Offer, Payment, Shopfront, Terms } from './types.ts';

/** The window of an authorization: time for a person to look at the terms, short enough to be void soon. */
export const maxTimeoutSeconds = 120;

export interface TermsPorts {
  db: Database;
  catalogue: Catalogue;
  events: Events;
  clock: Clock;
  /** Whether payments on this network are taken at all. */
  serves(network: Network): boolean;
  /** Whether a payment on this network to this payTo could be settled now. */
  available(network: Network, payTo: string): boolean;
  /** Who pays the network's fee, where a wallet must know it. */
  feePayer(network: Network): string | undefined;
}

/** How long a shopfront may lag behind its rows where a hint was lost. */
const freshMs = 2_000;

interface Kept {
  shopfront: Shopfront;
  fingerprint: string;
  readAt: number;
}

/**
 * Shopfronts by slug. A network that cannot settle now is left out of the terms.
 * The same object comes back while nothing changed, so that faces may keep what they computed from it.
 */
export function createShopfronts(ports: TermsPorts): (slug: string) => Promise<Shopfront> {
  const kept = new Map<string, Kept>();
  /** Reads under way: however many ask at once for what is stale, the database is asked once. */
  const reading = new Map<string, ReturnType<typeof readWorkspace>>();
  ports.events.on('workspace.changed', () => {
    kept.clear();
    reading.clear();
  });
  const read = (slug: string) => {
    const underWay = reading.get(slug);
    if (underWay) return underWay;
    const started = readWorkspace(ports.db, slug).finally(() => {
      if (reading.get(slug) === started) reading.delete(slug);
    });
    reading.set(slug, started);
    return started;
  };

  return async (slug) => {
    // Not every string may reach a query: Postgres takes no U+0000.
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(slug)) throw new PosternError('workspace_not_found');
    const known = kept.get(slug);
    const now = ports.clock();
    if (known && now - known.readAt < freshMs) return known.shopfront;
    const rows = await read(slug);
    if (!rows) {
      kept.delete(slug);
      throw new PosternError('workspace_not_found');
    }
    const served = rows.networks.filter(({ network }) => ports.serves(network));
    const open = openOf(ports, rows.networks);
    const fingerprint = JSON.stringify([
      rows.workspace,
      served.length > 0,
      [...rows.prices].map(String),
      open.map(({ network, payTo }) => [network.name, payTo]),
    ]);
    const shopfront =
      known?.fingerprint === fingerprint
        ? known.shopfront
        : {
            workspace: rows.workspace,
            takesPayments: served.length > 0,
            offers: makeOffers(ports, rows.prices, open),
          };
    kept.set(slug, { shopfront, fingerprint, readAt: now });
    return shopfront;
  };
}

/** A workspace's offers as its rows are inside the transaction, and as the networks are now. */
export async function readOffers(
  ports: OfferPorts,
  tx: Tx,
  workspaceId: string,
): Promise<ReadonlyMap<string, Offer>> {
  const { networks, prices } = await readAsked(tx, workspaceId);
  return makeOffers(ports, prices, openOf(ports, networks));
}

interface Accepted {
  network: Network;
  payTo: string;
}

type OfferPorts = Pick<TermsPorts, 'catalogue' | 'serves' | 'available' | 'feePayer'>;

const openOf = ({ serves, available }: OfferPorts, accepted: Accepted[]) =>
  accepted.filter(({ network, payTo }) => serves(network) && available(network, payTo));

function makeOffers(
  { catalogue, feePayer }: OfferPorts,
  prices: ReadonlyMap<string, bigint>,
  networks: readonly Accepted[],
): Map<string, Offer> {
  const offers = new Map<string, Offer>();
  for (const operation of catalogue.values()) {
    if (!operation.access.anonymous) continue;
    const priceAtomic = operation.price === null ? null : (prices.get(operation.name) ?? operation.price);
    const terms: Terms[] =
      priceAtomic === null
        ? []
        : networks.map(({ network, payTo }) => ({
            network,
            payTo,
            amountAtomic: priceAtomic,
            maxTimeoutSeconds,
            ...payersOf(feePayer(network)),
          }));
    offers.set(operation.name, { operation, priceAtomic, terms });
  }
  return offers;
}

const payersOf = (feePayer: string | undefined) => (feePayer === undefined ? {} : { feePayer });

async function readWorkspace(db: Database, slug: string) {
  const workspace = await db
    .selectFrom('workspaces')
    .select(['id', 'slug', 'name'])
    .where('slug', '=', slug)
    .executeTakeFirst();
  return workspace && { workspace, ...(await readAsked(db, workspace.id)) };
}

/** What a workspace asks, and where it is paid. */
async function readAsked(db: Database | Tx, workspaceId: string) {
  const [networks, prices] = await Promise.all([
    db
      .selectFrom('workspaceNetworks')
      .selectAll()
      .where('workspaceId', '=', workspaceId)
      .orderBy('network')
      .execute(),
    db.selectFrom('workspacePrices').selectAll().where('workspaceId', '=', workspaceId).execute(),
  ]);
  return {
    networks: accepted(networks),
    prices: new Map(prices.map(({ operation, priceAtomic }) => [operation, priceAtomic])),
  };
}

/** Where money goes in all workspaces together. */
export async function payTosOf(db: Database): Promise<Accepted[]> {
  const rows = await db.selectFrom('workspaceNetworks').select(['network', 'payTo']).distinct().execute();
  return accepted(rows);
}

/** A network that is no longer in the table is left out. */
const accepted = (rows: readonly { network: string; payTo: string }[]): Accepted[] =>
  rows.flatMap(({ network: name, payTo }) => {
    const network = findNetwork(name);
    return network ? [{ network, payTo: network.family === 'evm' ? getAddress(payTo) : payTo }] : [];
  });

/**
 * The terms that a payment is for, found by its network in what we ask now. What a v2 client says it accepted must be
 * those, to the letter; nothing of it is used.
 * @throws {PosternError} `invalid_payment`
 */
export function matchTerms(terms: readonly Terms[], { network, accepted }: Payment): Terms {
  const ours = terms.find((entry) => entry.network === network);
  if (!ours) throw invalidPayment(reasons.network, 'This network is not among the terms.');
  const agrees =
    accepted === undefined ||
    (accepted.scheme === 'exact' &&
      accepted.network === network.caip2 &&
      accepted.amount === ours.amountAtomic.toString() &&
      accepted.asset === network.asset &&
      accepted.payTo === ours.payTo);
  if (!agrees) throw invalidPayment(reasons.requirements, 'The accepted terms are not the ones asked for.');
  return ours;
}
