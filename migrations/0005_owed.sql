-- What is owed and paid back, what the chain takes back, and receipts that can be shown to others.

-- Since when a purchase is owed; when its refund is tried next, and why the last try came to nothing.
alter table claims add owed_at timestamptz;
alter table claims add refund_next_at timestamptz;
alter table claims add refund_note text;
-- An operator asked for the refund: it may go past the daily caps.
alter table claims add refund_approved_at timestamptz;
-- What was owed before there were refunds is owed since then, to wallets that have no row yet.
update claims set owed_at = updated_at where state = 'owed';
insert into wallets (workspace_id, address) select distinct workspace_id, payer from claims on conflict do nothing;
create index claims_owed on claims (owed_at) where state = 'owed';
grant update (owed_at) on claims to postern_workspace;

-- The block that carried the payment: where the chain has another at its height, it was reorged away.
alter table settlements add block_hash text;
-- It landed after we called it void: its purchase is owed.
alter table settlements add late boolean not null default false;
create index settlements_late on settlements (id) where late;
-- It had landed, and can no longer: a reorganisation took it away.
create index settlements_taken_back on settlements (id) where state = 'void' and transaction_hash is not null;
-- Those called void, by when the chain is asked about them again.
create index settlements_void on settlements (network, next_attempt_at) where state = 'void';
create index settlements_newest on settlements (network, block_number desc) where state = 'settled';
-- The delivering transaction runs as the workspace, which sees no settlement, and delivers only what is settled there
-- and then.
create function is_settled(purchase_id text) returns boolean language sql stable security definer
  begin atomic
    select exists (select from settlements where id = purchase_id and state = 'settled');
  end;

-- The wallet that a workspace's refunds are paid from, as it was derived first; another key is not used in its place.
create table workspace_floats (
  workspace_id text primary key references workspaces (id),
  address text not null
);
alter table workspace_floats enable row level security;
alter table workspace_floats force row level security;
create policy of_workspace on workspace_floats to postern_workspace
  using (workspace_id = (select current_setting('postern.workspace_id')))
  with check (workspace_id = (select current_setting('postern.workspace_id')));
do $$ begin
  execute 'create policy of_system on workspace_floats to current_user using (true) with check (true)';
end $$;
grant select on workspace_floats to postern_workspace;

-- Sign-ins that were used: each counts once, in whichever process. No content, and no workspace's.
create table sign_in_nonces (
  nonce text primary key,
  expires_at timestamptz not null
);
create index sign_in_nonces_expired on sign_in_nonces (expires_at);

-- The signed receipt, as x402's offer-receipt extension has it.
alter table receipts add signed jsonb;
-- What was signed is not altered afterwards.
revoke update on receipts from postern_workspace;

-- Deliveries of what is owed that an operator asked for; a running server takes each once.
create table delivery_requests (
  purchase_id text primary key references claims (id),
  requested_at timestamptz not null default now()
);
