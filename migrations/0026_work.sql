-- What makes many tickets bearable: views, mentions, ratings, and the indexes of snoozes, merges and reports.

create table views (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 100),
  -- Filters as `search_tickets` reads them, without words.
  query text not null,
  sort text not null check (sort in ('active', 'newest', 'oldest', 'priority', 'due')),
  -- Whose alone it is; null: everybody's.
  owner_id text,
  made_by text not null,
  created_at timestamptz not null,
  primary key (workspace_id, id)
);
create unique index views_name on views (workspace_id, coalesce(owner_id, ''), lower(name));

-- Members whom a note names. The note says on which ticket.
create table mentions (
  workspace_id text not null references workspaces (id),
  message_id text not null,
  user_id text not null,
  -- As `actorOf` says it.
  mentioned_by text not null,
  created_at timestamptz not null,
  seen_at timestamptz,
  primary key (workspace_id, message_id, user_id),
  foreign key (workspace_id, message_id) references messages (workspace_id, id) on delete cascade
);
create index mentions_newest on mentions (workspace_id, user_id, created_at desc, message_id desc);

-- One for each time that a customer was asked: how good was our help?
create table ratings (
  workspace_id text not null references workspaces (id),
  id text not null,
  ticket_id text not null,
  -- The resolution that it is about: `resolved_at` of the ticket as it was then.
  resolved_at timestamptz not null,
  asked_at timestamptz not null,
  -- No answer is taken from then on.
  ends_at timestamptz not null,
  score text check (score in ('good', 'bad')),
  comment text check (char_length(comment) between 1 and 2000),
  -- When it was first answered.
  rated_at timestamptz,
  primary key (workspace_id, id),
  unique (workspace_id, ticket_id, resolved_at),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id) on delete cascade,
  check ((score is null) = (rated_at is null)),
  check (comment is null or score is not null)
);
create index ratings_rated on ratings (workspace_id, rated_at) where rated_at is not null;

alter table desk_settings
  -- Nothing is mailed that nobody asked for: off until an admin wants it.
  add column ask_for_rating boolean not null default false,
  -- A ticket is not asked about again for so long.
  add column rating_pause_days int4 not null default 30 check (rating_pause_days between 1 and 365);

-- Who is to come back, and what went to which ticket.
create index tickets_snoozed on tickets (snoozed_until) where status = 'snoozed';
create index tickets_merged on tickets (workspace_id, merged_into) where merged_into is not null;
-- Reports, and who is to be asked.
create index tickets_by_resolution on tickets (workspace_id, resolved_at);
create index tickets_by_opening on tickets (workspace_id, created_at);

select isolate('views', 'mentions', 'ratings');
grant select, insert, update, delete on views, mentions to postern_workspace;
grant select, insert, update on ratings to postern_workspace;
