-- What a workspace owns carries workspace_id first in its key and lies under row-level security.
-- Settlements and the relayer's tables know no workspace and hold no content; no workspace's role may touch them.

create table workspaces (
  id text primary key,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null,
  next_ticket_number int8 not null default 1,
  created_at timestamptz not null default now()
);

-- Where a workspace takes money, per network. Set by the command line or configuration.
create table workspace_networks (
  workspace_id text not null references workspaces (id),
  network text not null,
  pay_to text not null,
  primary key (workspace_id, network)
);

-- A workspace's own price for an operation; without a row the catalogue's default holds.
create table workspace_prices (
  workspace_id text not null references workspaces (id),
  operation text not null,
  price_atomic int8 not null check (price_atomic > 0),
  primary key (workspace_id, operation)
);

-- Processes that advance purchases. One that is silent by this database's clock is overtaken.
create table processes (
  id text primary key,
  seen_at timestamptz not null default now()
);

create table customers (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text,
  email text,
  -- An address given through the door is unverified until it has written in or an operator approved a reply to it.
  email_verified boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index customers_verified_email on customers (workspace_id, lower(email)) where email_verified;

create table tickets (
  workspace_id text not null references workspaces (id),
  id text not null,
  number int8 not null,
  subject text not null check (char_length(subject) between 1 and 200),
  status text not null default 'open' check (status in ('open', 'pending', 'resolved', 'closed')),
  customer_id text,
  channel text not null check (channel in ('email', 'door', 'web')),
  -- The wallet that opened it through the door.
  wallet text,
  version int4 not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (workspace_id, id),
  unique (workspace_id, number),
  foreign key (workspace_id, customer_id) references customers (workspace_id, id)
);
create index tickets_newest on tickets (workspace_id, updated_at desc, id);
create index tickets_of_wallet on tickets (workspace_id, wallet, created_at desc) where wallet is not null;

create table messages (
  workspace_id text not null references workspaces (id),
  id text not null,
  ticket_id text not null,
  author text not null check (author in ('customer', 'operator', 'agent')),
  -- The wallet or operator that wrote it, where there is one.
  author_id text,
  visibility text not null default 'public' check (visibility in ('public', 'note')),
  body text not null check (char_length(body) between 1 and 50000),
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
create index messages_of_ticket on messages (workspace_id, ticket_id, created_at, id);

create table articles (
  workspace_id text not null references workspaces (id),
  id text not null,
  slug text not null,
  title text not null check (char_length(title) between 1 and 200),
  body text not null check (char_length(body) between 1 and 50000),
  published boolean not null default true,
  updated_at timestamptz not null default now(),
  -- Title and body weigh the same: measured over 219 questions, OR of the terms with even weights found most.
  search tsvector generated always as (to_tsvector('english', title || ' ' || body)) stored,
  primary key (workspace_id, id),
  unique (workspace_id, slug)
);
create index articles_search on articles using gin (search);

-- An operation with its arguments, waiting for a human. Approving it runs the operation.
create table proposals (
  workspace_id text not null references workspaces (id),
  id text not null,
  operation text not null,
  arguments jsonb not null,
  ticket_id text,
  -- The ticket's version that the proposer saw: approval is refused if the thread has moved since.
  ticket_version int4,
  wallet text,
  purchase_id text,
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'rejected')),
  reason text,
  decided_by text,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id),
  check ((state = 'waiting') = (decided_at is null)),
  check (state <> 'rejected' or reason is not null)
);
create index proposals_waiting on proposals (workspace_id, created_at, id) where state = 'waiting';

-- Mail that leaves the house. Written by commit, sent by a loop, never sent from a request.
create table outbox (
  workspace_id text not null references workspaces (id),
  id text not null,
  ticket_id text,
  message_id text not null,
  mail_from text not null,
  rcpt_to text not null,
  subject text not null,
  body text not null,
  headers jsonb not null default '{}',
  state text not null default 'queued' check (state in ('queued', 'sent', 'failed')),
  attempts int4 not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create index outbox_due on outbox (next_attempt_at) where state = 'queued';
