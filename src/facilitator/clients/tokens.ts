/**
 * Tokens of the facilitator that stands alone. A token names the addresses its settlements may pay, and what they may
 * cost in gas; it is shown once, and only its hash is kept.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { PosternError } from '../../kernel/errors.ts';
import { type Ids, randomSecret } from '../../kernel/ids.ts';
import { asSystem, type Database } from '../../store/database.ts';

/** Who asks the facilitator: what its token may do. */
export interface Client {
  /** The token's id, never the token. */
  id: string;
  /** Where it may be paid, by the network's name. */
  payTo: { network: string; payTo: string }[];
  /** A devnet's own token: it may pay anyone, on testnets. */
  anyPayTo: boolean;
}

export interface NewToken {
  name: string;
  payTo: Client['payTo'];
  /** Gas a day by the network's name, in billionths of its coin; only the network's own bounds where none is named. */
  gasPerDayNano: ReadonlyMap<string, bigint>;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The token's client, or undefined if it is unknown or revoked. */
export async function findClient(db: Database, token: string): Promise<Client | undefined> {
  const { rows } = await sql<Client>`
    select t.id, t.any_pay_to, coalesce(
      (select json_agg(json_build_object('network', network, 'payTo', pay_to))
        from facilitator_token_pay_to where token_id = t.id), '[]'::json) as pay_to
    from facilitator_tokens t where token_hash = ${hashOf(token)} and revoked_at is null`.execute(db);
  return rows[0];
}

/** Everywhere that the tokens in use may be paid, by the network's name. */
export async function clientPayTos(db: Database): Promise<Client['payTo']> {
  const { rows } = await sql<Client['payTo'][number]>`
    select distinct network, pay_to from facilitator_token_pay_to p
      join facilitator_tokens t on t.id = p.token_id where revoked_at is null`.execute(db);
  return rows;
}

/** Makes a token. @returns it, for this once. @throws {PosternError} `conflict` where the name is taken */
export async function createToken(db: Database, ids: Ids, wanted: NewToken): Promise<string> {
  const token = `pft_${randomSecret(32).toString('base64url')}`;
  const { name, payTo, gasPerDayNano } = wanted;
  await asSystem(db, async (tx) => {
    const id = ids('ftk');
    const made = await tx
      .insertInto('facilitatorTokens')
      .values({ id, name, tokenHash: hashOf(token) })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (!made.numInsertedOrUpdatedRows)
      throw new PosternError('conflict', `There is a token named ${JSON.stringify(name)} already.`);
    await tx
      .insertInto('facilitatorTokenPayTo')
      .values(payTo.map((entry) => ({ tokenId: id, ...entry })))
      .execute();
    const networks = [...new Set(payTo.map(({ network }) => network))];
    await tx
      .insertInto('facilitatorTokenGas')
      .values(
        networks.map((network) => ({ tokenId: id, network, perDayNano: gasPerDayNano.get(network) ?? null })),
      )
      .execute();
  });
  return token;
}

/** Lets a devnet be tried without making a token: one that may pay anyone on it, the same after each restart. */
export async function keepDevnetToken(
  db: Database,
  token: string,
  networks: readonly { name: string }[],
): Promise<void> {
  const id = `ftk_devnet_${hashOf(token).slice(0, 12)}`;
  await asSystem(db, async (tx) => {
    await tx
      .insertInto('facilitatorTokens')
      .values({ id, name: id, tokenHash: hashOf(token), anyPayTo: true })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('facilitatorTokenGas')
      .values(networks.map(({ name }) => ({ tokenId: id, network: name, perDayNano: null })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

/** Ends a token at once. What it queued is settled all the same. @throws {PosternError} `not_found` */
export async function revokeToken(db: Database, name: string): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('facilitatorTokens')
    .set({ revokedAt: sql`now()` })
    .where('name', '=', name)
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new PosternError('not_found', `No token named ${JSON.stringify(name)}.`);
}

/** A token as its operator sees it. */
export interface TokenRow {
  id: string;
  name: string;
  createdAt: Date;
  payTo: Client['payTo'];
  settlements: number;
}

/** The tokens that are not revoked, the oldest first. */
export async function listTokens(db: Database): Promise<TokenRow[]> {
  const { rows } = await sql<TokenRow>`
    select id, name, created_at, coalesce(
      (select json_agg(json_build_object('network', network, 'payTo', pay_to) order by network, pay_to)
        from facilitator_token_pay_to where token_id = t.id), '[]'::json) as pay_to,
      (select count(*) from facilitator_settlements where token_id = t.id)::int4 as settlements
    from facilitator_tokens t where revoked_at is null order by created_at`.execute(db);
  return rows;
}
