-- People: who signs in (of no workspace: one person may be a member of several), and who is a member of what.
-- The first five tables are better-auth's; no workspace's role reaches them.

create table users (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table sessions (
  id text primary key,
  -- Half of what a cookie holds: the other half is its signature, which needs the house secret.
  token text not null unique,
  user_id text not null references users (id) on delete cascade,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index sessions_of_user on sessions (user_id);
create table accounts (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  user_id text not null references users (id) on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  -- scrypt, salted.
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index accounts_of_user on accounts (user_id);
create table verifications (
  id text primary key,
  -- The hash of what was mailed, never itself.
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_identifier on verifications (identifier);
create table passkeys (
  id text primary key,
  name text,
  public_key text not null,
  user_id text not null references users (id) on delete cascade,
  credential_id text not null unique,
  counter int8 not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  aaguid text,
  created_at timestamptz default now()
);
create index passkeys_of_user on passkeys (user_id);

create table members (
  workspace_id text not null references workspaces (id),
  user_id text not null references users (id) on delete cascade,
  role text not null check (role in ('viewer', 'operator', 'admin', 'owner')),
  -- Copies, for a workspace does not see users; `members_follow` keeps them.
  name text not null,
  email text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index members_of_user on members (user_id);
create function members_follow() returns trigger language plpgsql as $$
begin
  update members set name = new.name, email = new.email where user_id = new.id;
  return new;
end $$;
create trigger members_follow after update of name, email on users for each row execute function members_follow();

-- Whoever proves that the address is theirs, by signing in, may take it up until it expires.
create table invitations (
  workspace_id text not null references workspaces (id),
  id text not null,
  -- Lower case.
  email text not null,
  role text not null check (role in ('viewer', 'operator', 'admin', 'owner')),
  state text not null default 'pending' check (state in ('pending', 'accepted', 'cancelled')),
  invited_by text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, id)
);
create unique index invitations_pending on invitations (workspace_id, email) where state = 'pending';
create index invitations_of_address on invitations (email) where state = 'pending';

-- The house's own mails (sign-in, password) belong to no workspace, and no workspace sees them.
alter table outbox drop constraint outbox_pkey;
alter table outbox
  alter column workspace_id drop not null,
  add constraint outbox_key unique nulls not distinct (workspace_id, id);

select isolate('members', 'invitations');
-- Only who signed in becomes a member, which no workspace does by itself.
grant select, update, delete on members to postern_workspace;
grant select, insert, update on invitations to postern_workspace;
