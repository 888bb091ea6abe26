-- What a workspace publishes beside articles: known problems and a changelog; and what agents may write of it, which waits
-- for a member to publish it. `version` rises with every change: who publishes has seen that one.

create table issues (
  workspace_id text not null references workspaces (id),
  id text not null,
  title text not null check (char_length(title) between 1 and 200),
  body text not null check (char_length(body) between 1 and 50000),
  status text not null default 'open' check (status in ('open', 'investigating', 'fixed')),
  published boolean not null default false,
  version int4 not null default 1,
  -- As `actorOf` of the catalogue says it.
  author text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, id)
);
create index issues_newest on issues (workspace_id, created_at desc, id desc);
create index issues_titles on issues (workspace_id, lower(title)) where published;

-- Tickets that an issue explains.
create table issue_tickets (
  workspace_id text not null,
  issue_id text not null,
  ticket_id text not null,
  linked_at timestamptz not null,
  primary key (workspace_id, issue_id, ticket_id),
  foreign key (workspace_id, issue_id) references issues (workspace_id, id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
create index issue_tickets_of_ticket on issue_tickets (workspace_id, ticket_id);

create table changelog_entries (
  workspace_id text not null references workspaces (id),
  id text not null,
  title text not null check (char_length(title) between 1 and 200),
  body text not null check (char_length(body) between 1 and 50000),
  -- Null: a draft.
  published_at timestamptz,
  version int4 not null default 1,
  author text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (workspace_id, id)
);
create index changelog_entries_newest
  on changelog_entries (workspace_id, (coalesce(published_at, created_at)) desc, id desc);

-- A change of what is published waits beside it: title, body and search stay until a member publishes it.
alter table articles
  add column version int4 not null default 1,
  add column draft_title text check (char_length(draft_title) between 1 and 200),
  add column draft_body text check (char_length(draft_body) between 1 and 50000),
  -- Who wrote what waits.
  add column draft_by text,
  add constraint articles_draft_check
    check ((draft_title is null) = (draft_body is null) and (draft_title is null) = (draft_by is null));

create index proposals_of_purchase on proposals (workspace_id, purchase_id) where purchase_id is not null;

-- Hashes of what a purchase moved, for who asks after it: public on the chain, while settlements belong to no workspace.
create function purchase_transactions(purchase text, out paid text, out refunded text)
  language sql stable security definer set search_path from current as $$
  select s.transaction_hash, r.transaction_hash
  from claims c
    join settlements s on s.id = c.id
    left join settlements r on r.id = 'rfd_' || substr(c.id, 5) and r.state = 'settled'
  where c.id = purchase and c.workspace_id = current_setting('postern.workspace_id')
$$;
revoke all on function purchase_transactions from public;
grant execute on function purchase_transactions to postern_workspace;

select isolate('issues', 'issue_tickets', 'changelog_entries');
grant select, insert, update, delete on issues, issue_tickets, changelog_entries to postern_workspace;
