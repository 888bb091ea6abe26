-- Payments on Solana use the rows that are there. What a wallet signs is a transaction, so that is what `signature` holds:
-- base64, without our signature. `nonce` is the hash of its message. `valid_before` is the height of the last block that
-- can hold it, `block_number` a slot, and `transaction_hash` the fee payer's signature, as is `block_hash`.

-- What we signed as fee payer, stored before it is sent. One a settlement: a message signed again is the same transaction.
create table svm_transactions (
  settlement_id text primary key references settlements (id),
  network text not null,
  signature text not null unique,
  raw text not null,
  -- What it costs us, landed or failed.
  fee_lamports int8 not null,
  created_at timestamptz not null default now()
);
create index svm_transactions_newest on svm_transactions (network, created_at);

-- The wallet that a workspace's refunds on Solana are paid from, as it was derived first.
alter table workspace_floats add svm_address text;

-- Token accounts that we made, or meant to make, so that a payTo can be paid.
create table svm_accounts (
  network text not null,
  owner text not null,
  made_at timestamptz not null default now(),
  primary key (network, owner)
);
