-- What happens by itself: saved replies, macros, business hours, due times by policy, rules and the log of what they did.

-- Whether rules have seen the event. A flag and not a cursor: a transaction that commits late leaves nothing behind one.
alter table ticket_events add column handled boolean not null default true;
alter table ticket_events alter column handled set default false;
create index ticket_events_unhandled on ticket_events (workspace_id, at, id) where not handled;
grant update (handled) on ticket_events to postern_workspace;

-- Of a mail that a machine sent (RFC 3834); no machine of ours answers it.
alter table messages add column automatic boolean not null default false;

create table saved_replies (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 200),
  body text not null check (char_length(body) between 1 and 50000),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index saved_replies_name on saved_replies (workspace_id, lower(name));

create table macros (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 200),
  -- As `src/desk/automation/actions.ts` has them, in their order.
  actions jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index macros_name on macros (workspace_id, lower(name));

create table desk_automation (
  workspace_id text primary key references workspaces (id) on delete cascade,
  -- Seven lists of `09:00-17:00`, Monday's first; null: always open.
  week jsonb,
  -- Dates, `2026-12-25`.
  holidays text[] not null default '{}',
  -- Rises with all that due times depend on.
  revision int4 not null default 1,
  -- Up to which all tickets have been gone through.
  renewed int4 not null default 0
);
create function renew_due_times() returns trigger language plpgsql as $$
begin
  update desk_automation set revision = revision + 1 where workspace_id = new.workspace_id;
  return new;
end $$;
create trigger renew_due_times after update of time_zone on desk_settings for each row
  when (old.time_zone <> new.time_zone) execute function renew_due_times();

-- The first, by position, whose conditions hold is a ticket's.
create table sla_policies (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 200),
  position int4 not null,
  -- Empty: of every priority.
  priorities text[] not null default '{}',
  tag text,
  mailbox text,
  customer_id text,
  first_response_minutes int4 check (first_response_minutes > 0),
  resolution_minutes int4 check (resolution_minutes > 0),
  -- Whether the minutes are those of business hours.
  in_business_hours boolean not null,
  primary key (workspace_id, id)
);

create table rules (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 200),
  position int4 not null,
  enabled boolean not null,
  trigger text not null,
  -- Of one that waits: how long after, or before where it is negative.
  minutes int4,
  -- As `src/desk/automation/conditions.ts` has them: all of the first, one of the second where there are any.
  all_of jsonb not null,
  any_of jsonb not null,
  actions jsonb not null,
  -- What comes due before that is past and none of its business.
  since timestamptz not null,
  primary key (workspace_id, id)
);

create table rule_runs (
  workspace_id text not null,
  id text not null,
  -- It may be gone by now.
  rule_id text not null,
  ticket_id text not null,
  -- Null: its time had come.
  event_id text,
  outcome text not null check (outcome in ('fired', 'not_met', 'failed', 'capped')),
  -- What came of it, in our words: nothing that a customer wrote.
  detail text not null,
  depth int2 not null,
  at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
create index rule_runs_newest on rule_runs (workspace_id, at desc, id desc);
create index rule_runs_of_rule on rule_runs (workspace_id, rule_id, at desc, id desc);
create index rule_runs_of_ticket on rule_runs (workspace_id, ticket_id, at desc);

-- What a waiting rule has done on a ticket: once for each state that it waits for.
create table rule_marks (
  workspace_id text not null,
  rule_id text not null,
  ticket_id text not null,
  -- The time that it counts from.
  state timestamptz not null,
  fired boolean not null,
  -- Where its conditions did not hold: when to look again.
  look_at timestamptz not null,
  primary key (workspace_id, rule_id, ticket_id),
  foreign key (workspace_id, rule_id) references rules (workspace_id, id) on delete cascade,
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);

-- What waiting rules count from, and due times were made from. All of it follows from messages and history.
create table ticket_clocks (
  workspace_id text not null,
  ticket_id text not null,
  -- Who wrote last in public, rules left aside.
  last_by text check (last_by in ('customer', 'operator')),
  last_at timestamptz,
  status_since timestamptz not null,
  -- Of `desk_automation`, when it was made.
  revision int4 not null,
  primary key (workspace_id, ticket_id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
create index ticket_clocks_of_messages on ticket_clocks (workspace_id, last_by, last_at);
create index ticket_clocks_of_status on ticket_clocks (workspace_id, status_since);
create index tickets_by_first_response_due on tickets (workspace_id, first_response_due_at)
  where first_response_due_at is not null and first_responded_at is null;

-- Whose turn it was last.
create table round_robins (
  workspace_id text not null,
  team_id text not null,
  last_user_id text,
  primary key (workspace_id, team_id),
  foreign key (workspace_id, team_id) references teams (workspace_id, id) on delete cascade
);
create table absences (
  workspace_id text not null,
  user_id text not null,
  -- Null: until they say so.
  until timestamptz,
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);

-- A ticket is acknowledged once.
create table acknowledgements (
  workspace_id text not null,
  ticket_id text not null,
  at timestamptz not null,
  primary key (workspace_id, ticket_id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
-- When a rule last wrote to an address: at most once an hour. Rows go after a day.
create table automatic_mails (
  workspace_id text not null references workspaces (id),
  -- Lower case.
  address text not null,
  ticket_id text not null,
  at timestamptz not null,
  primary key (workspace_id, address)
);

select isolate(
  'saved_replies', 'macros', 'desk_automation', 'sla_policies', 'rules', 'rule_runs', 'rule_marks', 'ticket_clocks',
  'round_robins', 'absences', 'acknowledgements', 'automatic_mails'
);
grant select, insert, update, delete on saved_replies, macros, desk_automation, sla_policies, rules, rule_runs, rule_marks,
  ticket_clocks, round_robins, absences, acknowledgements, automatic_mails to postern_workspace;
