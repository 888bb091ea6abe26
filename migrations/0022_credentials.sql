-- Credentials: the workspace's own agents, what an admin granted each, and what they have mailed.

create table credentials (
  workspace_id text not null references workspaces (id),
  id text not null,
  name text not null check (char_length(name) between 1 and 200),
  -- SHA-256 of the secret, hexadecimal. The secret is 256 random bits, so there is nothing to guess at and no slow hash is needed.
  secret_hash text not null unique,
  -- Replies that it may send in a day of the workspace's time zone.
  daily_replies int4 not null check (daily_replies >= 0),
  created_by text not null,
  created_at timestamptz not null,
  -- To the minute: not every call writes it.
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (workspace_id, id)
);
-- A revoked one's name is free again.
create unique index credentials_name on credentials (workspace_id, lower(name)) where revoked_at is null;
create index credentials_newest on credentials (workspace_id, created_at desc, id desc);

-- Tools that an admin raised it to, one at a time.
create table credential_tools (
  workspace_id text not null,
  credential_id text not null,
  tool text not null,
  granted_by text not null,
  granted_at timestamptz not null,
  primary key (workspace_id, credential_id, tool),
  foreign key (workspace_id, credential_id) references credentials (workspace_id, id)
);

-- One row a credential: how many replies it has sent on the day that it last sent one.
create table credential_replies (
  workspace_id text not null,
  credential_id text not null,
  day date not null,
  replies int4 not null,
  primary key (workspace_id, credential_id),
  foreign key (workspace_id, credential_id) references credentials (workspace_id, id)
);

-- One row a ticket: when credentials last replied to it, as far back as the bound looks.
create table ticket_replies (
  workspace_id text not null,
  ticket_id text not null,
  recent timestamptz[] not null,
  primary key (workspace_id, ticket_id),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id) on delete cascade
);

select isolate('credentials', 'credential_tools', 'credential_replies', 'ticket_replies');
grant select, insert, update on credentials, credential_replies, ticket_replies to postern_workspace;
grant select, insert, delete on credential_tools to postern_workspace;
