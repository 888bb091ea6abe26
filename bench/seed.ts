import { sql } from 'kysely';
import type { Database } from '../src/store/database.ts';

/**
 * Fills the demo workspace's tables with delivered purchases, as the door leaves them behind: ten of each wallet. They are
 * numbered; those from `first` on, up to and without `end`, are added.
 */
export async function seedPurchases(db: Database, first: number, end: number): Promise<void> {
  const rows = sql`(
    select n, md5('claim ' || n) as key, 'pur_' || left(md5('purchase ' || n), 24) as id,
      '0x' || md5('wallet ' || n / 10) || left(md5('more ' || n / 10), 8) as payer,
      (select id from workspaces where slug = 'acme') as workspace_id, now() - interval '30 days' + n * interval '1 second' as at
    from generate_series(${first}::int4, ${end - 1}::int4) as n
  ) as seed`;
  const asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
  const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C';
  const body = 'I ordered a year ago, and it was due on Monday. The tracking page shows nothing. '.repeat(4);
  const receipt = JSON.stringify({ format: 'eip712', signature: `0x${'ab'.repeat(65)}`, payload: body });
  await db.transaction().execute(async (tx) => {
    // Triggers and foreign keys rest, or a hundred thousand rows would take minutes.
    await sql`set local session_replication_role = replica`.execute(tx);
    const statements = [
      sql`insert into wallets (workspace_id, address, standing, purchases_delivered)
        select workspace_id, payer, 'known', 10 from ${rows} where n % 10 = 0 or n = ${first} on conflict do nothing`,
      sql`insert into claims (id, workspace_id, network, asset, payer, nonce, pay_to, amount_atomic, call_hash, signature,
          state, process_id, standing, created_at, updated_at)
        select id, workspace_id, 'base-sepolia', ${asset}, payer, '0x' || key || key, ${payTo}, 20000, key || key,
          '0x' || repeat(key, 4) || '1b', 'delivered', 'prc_gone', 'known', at, at from ${rows}`,
      sql`insert into purchases (workspace_id, id, operation, input, plan, output, private, payer, created_at)
        select workspace_id, id, 'create_ticket', jsonb_build_object('subject', 'Where is my order?', 'body', ${body}::text),
          '{}', jsonb_build_object('ticketId', 'tkt_' || left(key, 24)), false, payer, at from ${rows}`,
      sql`insert into settlements (id, network, asset, payer, pay_to, amount_atomic, valid_after, valid_before, nonce,
          signature, verified_at_block, state, transaction_hash, block_number, created_at, updated_at)
        select id, 'base-sepolia', ${asset}, payer, ${payTo}, 20000, 0, extract(epoch from at)::int8 + 300,
          '0x' || key || key, '0x' || repeat(key, 4) || '1b', 0, 'settled', '0x' || key || key, 0, at, at from ${rows}`,
      sql`insert into relayer_transactions (id, network, sender, account_nonce, hash, raw, state, created_at)
        select 'txn_' || left(key, 24), 'base-sepolia', '0xseeded', n, '0x' || key || key, '0x02' || repeat(key, 24),
          'mined', at from ${rows}`,
      sql`insert into relayer_transaction_settlements (transaction_id, settlement_id)
        select 'txn_' || left(key, 24), id from ${rows}`,
      sql`insert into credited_logs (network, transaction_hash, log_index, settlement_id)
        select 'base-sepolia', '0x' || key || key, 0, id from ${rows}`,
      sql`insert into receipts (workspace_id, id, purchase_id, output_hash, signed, created_at)
        select workspace_id, 'rcp_' || left(key, 24), id, key || key, ${receipt}::jsonb, at from ${rows}`,
      sql`insert into tickets (workspace_id, id, number, subject, channel, wallet, created_at, updated_at)
        select workspace_id, 'tkt_' || left(key, 24), 1000000000 + n, 'Where is my order?', 'door', payer, at, at from ${rows}`,
      sql`insert into messages (workspace_id, id, ticket_id, author, author_id, body, created_at)
        select workspace_id, 'msg_' || left(key, 24), 'tkt_' || left(key, 24), 'agent', payer, ${body}::text, at from ${rows}`,
    ];
    for (const statement of statements) await statement.execute(tx);
  });
  await sql`analyze`.execute(db);
  // What was seeded is written out now, and not by those who are measured.
  await sql`checkpoint`.execute(db);
}
