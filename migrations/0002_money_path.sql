-- One row a paid call: what the authorization buys, and where it stands. No content: that is in purchases.
-- The claim is made by the system, which sees all rows: an insert that conflicts with a row that row-level security
-- hides would insert nothing and say nothing. A workspace sees and moves its own.
create table claims (
  -- The purchase's id.
  id text primary key,
  workspace_id text not null references workspaces (id),
  network text not null,
  asset text not null,
  payer text not null,
  nonce text not null,
  pay_to text not null,
  amount_atomic int8 not null check (amount_atomic > 0),
  -- Hash of workspace, operation and arguments: the same authorization buys the same call, or nothing.
  call_hash text not null,
  signature text not null,
  -- The client's own name for the call (x402 payment-identifier), of this workspace and payer.
  identifier text,
  state text not null default 'settling' check
    (state in ('settling', 'paid', 'delivered', 'void', 'owed', 'refunding', 'refunded', 'lost')),
  -- Why it is void or owed, in words.
  reason text,
  -- Every state change names the fence it expects. Raising it overtakes a process that went silent.
  fence int4 not null default 1,
  process_id text not null,
  -- Failed attempts to deliver what is paid.
  attempts int4 not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Invariant 1: one authorization, one claim, whatever its encoding.
  unique (network, asset, payer, nonce)
);
-- A name names one call: a client that signed anew, because it lost the answer, is answered and not charged again.
-- After a void one, which charged nothing, it may be used again.
create unique index claims_identifier on claims (workspace_id, payer, identifier)
  where identifier is not null and state <> 'void';
-- Invariant 4: at most one purchase in flight per wallet and network. This is the lease; its safety needs no clock.
create unique index claims_in_flight on claims (network, payer) where state in ('settling', 'paid');
create index claims_unfinished on claims (process_id) where state in ('settling', 'paid', 'refunding');

-- What was bought, with its content; owned by the workspace.
create table purchases (
  workspace_id text not null references workspaces (id),
  id text not null references claims (id),
  operation text not null,
  input jsonb not null,
  plan jsonb not null,
  -- The plan is what compute made of it: what cost money is not bought twice.
  computed boolean not null default false,
  output jsonb,
  private boolean not null,
  payer text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);

create table receipts (
  workspace_id text not null references workspaces (id),
  id text not null,
  purchase_id text not null,
  -- Hash of the output delivered.
  output_hash text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, purchase_id)
);

-- One authorization on its way onto a chain.
create table settlements (
  id text primary key,
  network text not null,
  asset text not null,
  payer text not null,
  pay_to text not null,
  amount_atomic int8 not null,
  valid_after int8 not null,
  valid_before int8 not null,
  nonce text not null,
  signature text not null,
  -- The block that verify read; the log pair lies after it, but for a rollback (docs/decisions/0007).
  verified_at_block int8 not null,
  state text not null default 'queued' check (state in ('queued', 'sent', 'settled', 'void')),
  -- Attempts to simulate or send, and what came of the last.
  attempts int4 not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  -- Of the transaction that moved the money, whoever sent it.
  transaction_hash text,
  block_number int8,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (network, asset, payer, nonce)
);
create index settlements_queued on settlements (network, next_attempt_at) where state = 'queued';
create index settlements_open on settlements (network) where state in ('queued', 'sent');

-- What the relayer signed, stored before it is broadcast, so that a crash can only repeat it.
create table relayer_transactions (
  id text primary key,
  network text not null,
  sender text not null,
  account_nonce int8 not null,
  hash text not null unique,
  raw text not null,
  state text not null default 'stored' check (state in ('stored', 'mined', 'dropped')),
  created_at timestamptz not null default now()
);
create index relayer_transactions_stored on relayer_transactions (network, sender, account_nonce) where state = 'stored';
create index relayer_transactions_of_nonce on relayer_transactions (network, sender, account_nonce);

-- Which settlements a transaction carries: one each for now, many once they go out in batches.
create table relayer_transaction_settlements (
  transaction_id text not null references relayer_transactions (id),
  settlement_id text not null references settlements (id),
  primary key (transaction_id, settlement_id)
);
create index relayer_transactions_of_settlement on relayer_transaction_settlements (settlement_id);

-- The hot keys' account nonces are ours: allocated here, not asked of a node.
create table relayer_accounts (
  network text not null,
  address text not null,
  next_nonce int8 not null,
  -- Hash of the chain's block 1: another chain behind the same name is noticed, not signed for.
  first_block_hash text not null,
  primary key (network, address)
);

-- Each log pair pays for one settlement, once (invariant 2 and 6).
create table credited_logs (
  network text not null,
  transaction_hash text not null,
  log_index int4 not null,
  settlement_id text not null unique references settlements (id),
  primary key (network, transaction_hash, log_index)
);
