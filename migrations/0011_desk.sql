-- The desk for people: what a ticket carries beside its thread, the history of every change, who proposed what, teams, and
-- what the workspace opens to agents.

alter table tickets
  drop constraint tickets_status_check,
  drop constraint tickets_channel_check,
  add constraint tickets_status_check
    check (status in ('open', 'pending', 'snoozed', 'resolved', 'closed', 'spam')),
  add constraint tickets_channel_check check (channel in ('email', 'door', 'web', 'operator')),
  -- The version at which the thread last moved: a message or a note. Who answers has seen at least that one.
  add column thread_version int4 not null default 1,
  add column priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
  add column tags text[] not null default '{}',
  add column assignee_id text,
  add column team_id text,
  add column snoozed_until timestamptz,
  -- Opened to agents by hand; the workspace may open more by tag, or all.
  add column opened_to_agents boolean not null default false,
  -- The address that it was written to; null where it did not come by mail.
  add column mailbox text,
  add column first_response_due_at timestamptz,
  add column first_responded_at timestamptz,
  add column resolution_due_at timestamptz,
  add column resolved_at timestamptz,
  add column closed_at timestamptz,
  -- The ticket that its thread went to.
  add column merged_into text,
  add constraint tickets_snoozed_check check ((status = 'snoozed') = (snoozed_until is not null));
update tickets set thread_version = version;

-- What Postern writes by itself, such as an acknowledgement, is the house's.
alter table messages
  drop constraint messages_author_check,
  add constraint messages_author_check check (author in ('customer', 'operator', 'agent', 'house'));

-- Every change of a ticket, in the transaction that made it: history for people, and what rules and webhooks follow.
create table ticket_events (
  workspace_id text not null references workspaces (id),
  id text not null,
  ticket_id text not null,
  -- `ticket.created`, `ticket.updated`, `message.created`, `proposal.created`, `proposal.approved`, `proposal.rejected`.
  kind text not null,
  -- As `actorOf` of the catalogue says it; `customer` where one wrote in.
  actor text not null,
  -- By field: {"status": {"from": "open", "to": "pending"}}; of a message its id and visibility.
  changes jsonb not null default '{}',
  -- The ticket's version after it.
  version int4 not null,
  -- How many rules in a row led here; a cap on it ends loops.
  depth int2 not null default 0,
  -- Two of one transaction have their order.
  at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
create index ticket_events_of_ticket on ticket_events (workspace_id, ticket_id, at);

-- Who proposed: a wallet, a credential, or the model; and what the reviewer should see beside it.
alter table proposals
  add column credential_id text,
  -- Name of the model that drafted it.
  add column model text,
  -- What it cites: [{"articleId", "title", "passage"}].
  add column evidence jsonb not null default '[]',
  -- Such as `looks_like_instruction`, `unverified_address`.
  add column flags text[] not null default '{}',
  -- What was approved where the reviewer edited it; `arguments` stay as they were proposed.
  add column edited_arguments jsonb;

create table teams (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 200),
  primary key (workspace_id, id)
);
create unique index teams_name on teams (workspace_id, lower(name));
create table team_members (
  workspace_id text not null,
  team_id text not null,
  user_id text not null,
  primary key (workspace_id, team_id, user_id),
  foreign key (workspace_id, team_id) references teams (workspace_id, id) on delete cascade
);

create table desk_settings (
  workspace_id text primary key references workspaces (id) on delete cascade,
  -- Which tickets strangers may read, redacted: none, those with the tag, those opened by hand, all.
  agents_see text not null default 'none' check (agents_see in ('none', 'hand', 'tag', 'all')),
  agents_tag text not null default 'agents',
  -- IANA name.
  time_zone text not null default 'UTC'
);
create function give_desk_settings() returns trigger language plpgsql as $$
begin
  insert into desk_settings (workspace_id) values (new.id);
  return new;
end $$;
create trigger give_desk_settings after insert on workspaces for each row execute function give_desk_settings();
insert into desk_settings (workspace_id) select id from workspaces;

-- Row-level security as every table of a workspace has it (0003_isolation.sql): its own rows to a workspace, all to the system.
create function isolate(variadic tables text[]) returns void language plpgsql as $$
declare t text;
begin
  foreach t in array tables loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy of_workspace on %I to postern_workspace
      using (workspace_id = (select current_setting('postern.workspace_id')))
      with check (workspace_id = (select current_setting('postern.workspace_id')))$p$, t);
    execute format('create policy of_system on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
revoke all on function isolate from public;
select isolate('ticket_events', 'teams', 'team_members', 'desk_settings');
grant select, insert, update, delete on teams, team_members to postern_workspace;
-- Deleted only where a customer is erased.
grant select, insert, delete on ticket_events to postern_workspace;
grant select, update on desk_settings to postern_workspace;
