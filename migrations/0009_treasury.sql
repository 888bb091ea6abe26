-- What the treasury is told of gas, and how far each network's ledger was compared with its chain.

-- Filled when a transaction's receipt is first seen: gas used, what it cost in the chain's smallest native unit, and when.
alter table relayer_transactions
  add column if not exists gas_used int8,
  add column if not exists fee_wei numeric,
  add column if not exists mined_at timestamptz;
-- Sums over all time are read from here alone: the rows themselves carry raw transactions, a kilobyte and more each.
create index relayer_transactions_fees on relayer_transactions (network, mined_at) include (fee_wei, gas_used)
  where fee_wei is not null;

-- One row a network: up to which block the running servers have reconciled it, and what they found. One server at a time
-- takes the row and writes it; no content, and no workspace's.
create table reconciliations (
  network text primary key,
  to_block int8 not null,
  -- When it was last taken; the next turn is a while after that.
  taken_at timestamptz not null default now(),
  -- Differences found since the first turn, and the last of them in words.
  differences int8 not null default 0,
  last_difference text,
  last_difference_at timestamptz
);
