-- Many settlements a transaction, many transactions a nonce, and what all of it costs.

-- What a transaction may take at most, and what it took: the latter from its receipt, in the chain's smallest native unit.
-- Of several that share an account nonce, because one replaced another, at most one is mined.
alter table relayer_transactions
  add column gas_limit int8 not null default 0,
  -- What it offers per gas at most.
  add column max_fee_wei int8 not null default 0,
  add column if not exists gas_used int8,
  add column if not exists fee_wei numeric,
  add column if not exists mined_at timestamptz;
-- Mined, and not asked yet what it cost.
create index relayer_transactions_uncounted on relayer_transactions (network, sender, created_at)
  where state = 'mined' and fee_wei is null;

-- What gas cost a network's hot keys each day (UTC): the daily budget is held against it.
create table gas_days (
  network text not null,
  day_at timestamptz not null,
  spent_wei numeric not null,
  primary key (network, day_at)
);

-- How many settlements its next transaction may carry. Less after one failed, until it goes alone.
alter table settlements add column together int4 not null default 1000 check (together > 0);

-- Transactions that cost gas and moved nothing of this settlement, through its payer's doing. One row each, whoever counts.
create table gas_failures (
  settlement_id text not null references settlements (id),
  transaction_hash text not null,
  payer text not null,
  failed_at timestamptz not null default now(),
  primary key (settlement_id, transaction_hash)
);
create index gas_failures_recent on gas_failures (failed_at, payer);
