-- Anonymous is not unbounded: what a wallet may do in a workspace, what it has spent of that, and how it earned it.
-- Who locks more than one of these rows takes them in this order: wallets, new_wallet_spending, claims. Two who take
-- them in different orders would wait for each other.

-- Caps by standing; `all new` bounds all new wallets of a workspace together. A blocked wallet has none.
create table workspace_caps (
  workspace_id text not null references workspaces (id),
  standing text not null check (standing in ('new', 'known', 'trusted', 'all new')),
  calls_per_minute int4 not null check (calls_per_minute >= 0),
  actions_per_day int4 not null check (actions_per_day >= 0),
  amount_per_day_atomic int8 not null check (amount_per_day_atomic >= 0),
  primary key (workspace_id, standing)
);

-- The rules by which standing is earned, and what is paid back without being asked. Defaults are here and nowhere else.
create table workspace_policies (
  workspace_id text primary key references workspaces (id),
  known_after_purchases int4 not null default 3 check (known_after_purchases >= 0),
  trusted_after_approvals int4 not null default 10 check (trusted_after_approvals >= 1),
  trusted_approved_percent int4 not null default 80 check (trusted_approved_percent between 0 and 100),
  trusted_strike_free_days int4 not null default 30 check (trusted_strike_free_days >= 0),
  -- Proposals of new wallets that may wait at once.
  waiting_proposals_of_new int4 not null default 200 check (waiting_proposals_of_new >= 0),
  -- How long an operator has to deliver what is owed, before it is paid back.
  refund_after_seconds int4 not null default 300 check (refund_after_seconds >= 0),
  -- Past these an operator decides.
  refund_per_day_wallet_atomic int8 not null default 2000000 check (refund_per_day_wallet_atomic >= 0),
  refund_per_day_workspace_atomic int8 not null default 20000000 check (refund_per_day_workspace_atomic >= 0)
);

-- One row a wallet and workspace, whatever the network. Windows begin with the first call in them.
create table wallets (
  workspace_id text not null references workspaces (id),
  -- Lower case.
  address text not null,
  standing text not null default 'new' check (standing in ('new', 'known', 'trusted', 'blocked')),
  -- An operator set it; the rules leave it alone.
  standing_by_hand boolean not null default false,
  purchases_delivered int4 not null default 0,
  proposals_approved int4 not null default 0,
  proposals_rejected int4 not null default 0,
  strikes int4 not null default 0,
  last_strike_at timestamptz,
  minute_at timestamptz not null default '-infinity',
  minute_calls int4 not null default 0,
  day_at timestamptz not null default '-infinity',
  day_actions int4 not null default 0,
  day_amount_atomic int8 not null default 0,
  refund_day_at timestamptz not null default '-infinity',
  refund_day_amount_atomic int8 not null default 0,
  created_at timestamptz not null default now(),
  primary key (workspace_id, address)
);

-- What all new wallets of a workspace have spent together.
create table new_wallet_spending (
  workspace_id text primary key references workspaces (id),
  minute_at timestamptz not null default '-infinity',
  minute_calls int4 not null default 0,
  day_at timestamptz not null default '-infinity',
  day_actions int4 not null default 0,
  day_amount_atomic int8 not null default 0,
  -- Places in the approval queue that are taken, or promised to purchases under way.
  waiting_proposals int4 not null default 0
);

-- What was paid back in a workspace's day.
create table refund_spending (
  workspace_id text primary key references workspaces (id),
  day_at timestamptz not null default '-infinity',
  day_amount_atomic int8 not null default 0
);

-- Who did what to whom, and why. Rows are only ever added.
create table audit_log (
  workspace_id text not null references workspaces (id),
  id text not null,
  -- Two rows of one transaction have their order.
  at timestamptz not null default clock_timestamp(),
  -- `rules`, `system`, or `operator:` and its id.
  actor text not null,
  -- Such as `standing.changed`, `wallet.struck`, `caps.changed`, `breaker.paused`, `purchase.refunded`.
  action text not null,
  -- What it was done to: a wallet's address, a purchase's id.
  subject text,
  reason text not null,
  details jsonb not null default '{}',
  primary key (workspace_id, id)
);
create index audit_log_newest on audit_log (workspace_id, at desc);
create index audit_log_subject on audit_log (workspace_id, subject, at desc);

-- A row here stops agents' mail in a workspace: their sends become proposals.
create table breakers (
  workspace_id text primary key references workspaces (id),
  paused_at timestamptz not null default now(),
  reason text not null
);

-- The standing under which a purchase was admitted; what was refused or queued then is judged by it.
alter table claims add standing text not null default 'new' check (standing in ('new', 'known', 'trusted', 'blocked'));
-- The breaker as it was asked then: a send that was admitted while it was paused is queued, whatever it is since.
alter table claims add breaker text not null default 'closed' check (breaker in ('closed', 'paused'));
-- It took one of the waiting places of new wallets; given back when the proposal is decided, or never comes.
alter table claims add holds_proposal boolean not null default false;

create function give_policy() returns trigger language plpgsql as $$
begin
  insert into workspace_caps values
    (new.id, 'new', 10, 50, 2000000),
    (new.id, 'known', 30, 300, 20000000),
    (new.id, 'trusted', 120, 3000, 200000000),
    (new.id, 'all new', 60, 500, 20000000);
  insert into workspace_policies (workspace_id) values (new.id);
  insert into new_wallet_spending (workspace_id) values (new.id);
  insert into refund_spending (workspace_id) values (new.id);
  return new;
end $$;
create trigger give_policy after insert on workspaces for each row execute function give_policy();
insert into workspace_caps
  select id, standing, calls, actions, amount from workspaces,
    (values ('new', 10, 50, 2000000), ('known', 30, 300, 20000000), ('trusted', 120, 3000, 200000000),
      ('all new', 60, 500, 20000000)) as d (standing, calls, actions, amount);
insert into workspace_policies (workspace_id) select id from workspaces;
insert into new_wallet_spending (workspace_id) select id from workspaces;
insert into refund_spending (workspace_id) select id from workspaces;

do $$
declare t text;
begin
  foreach t in array array['workspace_caps', 'workspace_policies', 'wallets', 'new_wallet_spending', 'refund_spending',
    'audit_log', 'breakers'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy of_workspace on %I to postern_workspace
      using (workspace_id = (select current_setting('postern.workspace_id')))
      with check (workspace_id = (select current_setting('postern.workspace_id')))$p$, t);
    execute format('create policy of_system on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
grant select on workspace_caps, workspace_policies, new_wallet_spending, refund_spending, breakers, wallets, audit_log
  to postern_workspace;
grant insert (workspace_id, address) on wallets to postern_workspace;
grant update (standing, standing_by_hand, purchases_delivered, proposals_approved, proposals_rejected, strikes,
  last_strike_at) on wallets to postern_workspace;
grant update (waiting_proposals) on new_wallet_spending to postern_workspace;
grant insert on audit_log to postern_workspace;
grant insert, update, delete on breakers to postern_workspace;
grant update (holds_proposal) on claims to postern_workspace;
